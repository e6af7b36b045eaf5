"""Who is known: owners, their applications, and the accounts of each application."""

from tortoise import fields
from tortoise.models import Model

# The id of the application whose accounts all doors but `owners` share. Generated ids start at 1, so 0 is free.
BUILT_IN_APPLICATION = 0

DIGEST = 64  # hexadecimal SHA-256
EMAIL = 254  # octets, RFC 5321


class Owner(Model):
    id = fields.BigIntField(primary_key=True, generated=True)
    seed = fields.CharField(32)  # the uuid and the deletion token are derived from it and the secret key
    uuid_digest = fields.CharField(DIGEST, unique=True)  # whoever knows the uuid acts as the owner
    first_name = fields.CharField(255)
    last_name = fields.CharField(255)
    email = fields.CharField(EMAIL)  # as the client sent it
    email_key = fields.CharField(EMAIL, unique=True)  # in lower case, for comparison
    password = fields.CharField(255)
    created_at = fields.DatetimeField(auto_now_add=True)

    class Meta:
        table = "owner"


class Application(Model):
    id = fields.BigIntField(primary_key=True, generated=True)
    owner: fields.ForeignKeyNullableRelation[Owner] = fields.ForeignKeyField(
        "portico.Owner", related_name="applications", null=True
    )
    owner_id: int | None  # None for the built-in application
    name = fields.CharField(255)
    uuid = fields.CharField(36, unique=True)
    api_key_digest = fields.CharField(DIGEST, unique=True, null=True)
    created_at = fields.DatetimeField(auto_now_add=True)
    ends_at = fields.DatetimeField(null=True)

    class Meta:
        table = "application"
        unique_together = (("owner", "name"),)


class Account(Model):
    id = fields.BigIntField(primary_key=True, generated=True)
    uuid = fields.CharField(36, unique=True)  # the id that clients see, and the subject of tokens
    application: fields.ForeignKeyRelation[Application] = fields.ForeignKeyField(
        "portico.Application", related_name="accounts"
    )
    application_id: int
    email = fields.CharField(EMAIL)  # as the client sent it
    email_key = fields.CharField(EMAIL)  # in lower case, for comparison
    name = fields.CharField(255)
    login_name_key = fields.CharField(64, null=True)  # set where one may log in by name; casefolded
    password = fields.CharField(255)
    active = fields.BooleanField(default=True)
    awaits_activation = fields.BooleanField(default=False)  # no login before the address is confirmed
    verified_at = fields.DatetimeField(null=True)
    first_name = fields.CharField(255, default="")
    last_name = fields.CharField(255, default="")
    gender = fields.CharField(64, default="")
    contact_no = fields.CharField(64, default="")
    age = fields.CharField(3, default="")
    starts_on = fields.DateField(null=True)
    ends_on = fields.DateField(null=True)
    created_at = fields.DatetimeField(auto_now_add=True)

    class Meta:
        table = "account"
        unique_together = (("application", "email_key"), ("application", "login_name_key"))
