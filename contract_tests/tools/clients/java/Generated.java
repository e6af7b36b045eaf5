package javax.annotation;

/** What OpenAPI Generator marks its classes with; the JDK has not had it since version 11. */
public @interface Generated {
    String[] value();

    String date() default "";

    String comments() default "";
}
