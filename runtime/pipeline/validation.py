"""Schemas: compiles them with jsonschema-rs, and says in words which rule a value breaks.

OpenAPI 3.0 schemas become JSON Schema 2020-12: `nullable` becomes a second type, boolean exclusive limits become
numbers. Formats and patterns mean what JSON Schema says, not what Python's `re` makes of them.
"""

from collections.abc import Callable
from functools import cache
from typing import Any
from uuid import UUID

import orjson
from jsonschema_rs import Draft202012Validator, ValidationError

from portico.core.refusals import Invalid

IsValid = Callable[[object], bool]

# Of several broken rules the first of these is told, for it helps most: what is missing before what does not fit.
MOST_HELPFUL_FIRST = ("required", "type", "minLength", "maxLength", "enum", "additionalProperties", "format", "pattern")
FORMAT_NAMES = {"email": "e-mail address", "uuid": "UUID", "date-time": "date and time", "uri": "URI", "date": "date"}


class Schema:
    """One compiled schema."""

    def __init__(self, schema: dict[str, Any]) -> None:
        self._schema = to_json_schema(schema)
        self._validator = Draft202012Validator(
            self._schema, validate_formats=True, formats={"uuid": _is_uuid}, ignore_unknown_formats=True
        )
        self.is_valid: IsValid = self._validator.is_valid

    def refuse_invalid(self, value: object, name: str) -> None:
        """Raises Invalid, which names the field and the rule it breaks; the value as a whole is called `name`."""
        if not self.is_valid(value):
            raise self.refusal(value, name)

    def refusal(self, value: object, name: str) -> Invalid:
        error = min(self._validator.iter_errors(value), key=_rank)
        kind: Any = error.kind  # one class for each rule
        field = _pointer(error.instance_path)
        if kind.name == "required":
            return Invalid(f"{field}.{kind.property}".lstrip("."), "is a required property")
        if kind.name == "anyOf" and (names := _alternatives_of(self._schema, error.schema_path)):
            return Invalid(field or name, f"needs at least one of {', '.join(names)}")
        return Invalid(field or name, _predicate(error), empty=error.instance == "")

    def complaint(self, value: object) -> str:
        """Says for the log what is wrong with an answer of ours: the place and the rule, never the value."""
        error = min(self._validator.iter_errors(value), key=_rank)
        return f"{_pointer(error.instance_path) or '/'} breaks {error.kind.name}"


def compiled_schema(definition: dict[str, Any]) -> Schema:
    """Compiles a schema, once however many operations share it."""
    return _compiled(orjson.dumps(definition))


@cache
def _compiled(canonical: bytes) -> Schema:
    return Schema(orjson.loads(canonical))


def to_json_schema(schema: Any) -> Any:
    """Turns an OpenAPI 3.0 schema into JSON Schema 2020-12."""
    if isinstance(schema, list):
        return [to_json_schema(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    converted = {
        key: {name: to_json_schema(item) for name, item in value.items()}
        if key == "properties"
        else to_json_schema(value)
        for key, value in schema.items()
        if key not in ("nullable", "example", "discriminator", "xml", "externalDocs")
    }
    for limit in ("Minimum", "Maximum"):
        exclusive = converted.pop(f"exclusive{limit}", False)
        if exclusive:
            converted[f"exclusive{limit}"] = converted.pop(limit.lower())
    if schema.get("nullable") and "type" in converted:
        converted["type"] = [converted["type"], "null"]
        if "enum" in converted and None not in converted["enum"]:
            converted["enum"] = [*converted["enum"], None]
    return converted


def _is_uuid(text: str) -> bool:
    try:
        return str(UUID(text)) == text.lower()
    except ValueError:
        return False


def _rank(error: ValidationError) -> tuple[int, int]:
    rule = error.kind.name
    return (
        len(MOST_HELPFUL_FIRST) if rule not in MOST_HELPFUL_FIRST else MOST_HELPFUL_FIRST.index(rule),
        len(error.instance_path),
    )


def _pointer(path: list[str | int]) -> str:
    return ".".join(str(step) for step in path)


def _alternatives_of(schema: Any, path: list[str | int]) -> list[str]:
    """Names the properties of which the `anyOf` at `path` requires at least one; none where it says anything else."""
    for step in path:
        schema = schema[step]
    names = [branch.get("required", [None])[0] for branch in schema if branch.keys() == {"required"}]
    return names if len(names) == len(schema) else []


def _predicate(error: ValidationError) -> str:
    """Words the broken rule as a predicate, from what the contract says and nothing that was sent."""
    kind: Any = error.kind
    match kind.name:
        case "type":
            return f"must be of type {' or '.join(kind.types)}"
        case "minLength":
            return f"is too short, at least {_characters(kind.limit)}"
        case "maxLength":
            return f"is too long, at most {_characters(kind.limit)}"
        case "minimum" | "exclusiveMinimum":
            return f"must be at least {kind.limit}" if kind.name == "minimum" else f"must be more than {kind.limit}"
        case "maximum" | "exclusiveMaximum":
            return f"must be at most {kind.limit}" if kind.name == "maximum" else f"must be less than {kind.limit}"
        case "enum":
            return f"must be one of {', '.join(map(_as_written, kind.options))}"
        case "format":
            return f"is not a valid {FORMAT_NAMES.get(kind.format, kind.format)}"
        case "pattern":
            return f"does not match {kind.pattern}"
        case "additionalProperties":
            return "has properties that are not allowed"
        case "minProperties":
            return f"needs at least {kind.limit} of its properties"
        case _:
            return "does not have the form that the contract describes"


def _characters(number: int) -> str:
    return f"{number} character" if number == 1 else f"{number} characters"


def _as_written(option: object) -> str:
    """Writes it as JSON does, but a text without its quotes."""
    return option if isinstance(option, str) else orjson.dumps(option).decode()
