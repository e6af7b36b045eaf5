"""Schemas, compiled by jsonschema-rs, with formats and patterns meaning what they say to every other reader.

OpenAPI 3.0 schemas become JSON Schema 2020-12: `nullable` a second type, boolean exclusive limits numbers.
"""

from collections.abc import Callable
from functools import cache
from typing import Any
from uuid import UUID

import orjson
from jsonschema_rs import Draft202012Validator, ValidationError

from portico.core.refusals import Invalid

IsValid = Callable[[object], bool]

# Of several broken rules the one that helps most is told: first what is missing, last what does not fit.
ORDER = ("required", "type", "minLength", "maxLength", "enum", "additionalProperties", "format", "pattern")
NOUNS = {"email": "e-mail address", "uuid": "UUID", "date-time": "date and time", "uri": "URI", "date": "date"}


class Schema:
    """One compiled schema."""

    def __init__(self, schema: dict[str, Any]) -> None:
        self._schema = to_json_schema(schema)
        self._validator = Draft202012Validator(
            self._schema, validate_formats=True, formats={"uuid": _is_uuid}, ignore_unknown_formats=True
        )
        self.is_valid: IsValid = self._validator.is_valid

    def refuse_invalid(self, value: object, name: str) -> None:
        """Raises Invalid, naming the field and the rule it breaks; `name` stands for the value itself."""
        if not self.is_valid(value):
            raise self.refusal(value, name)

    def refusal(self, value: object, name: str) -> Invalid:
        error = min(self._validator.iter_errors(value), key=_rank)
        kind: Any = error.kind  # one class for each rule
        field = _pointer(error.instance_path)
        if kind.name == "required":
            return Invalid(f"{field}.{kind.property}".lstrip("."), "is a required property")
        if kind.name == "anyOf" and (names := _one_of(self._schema, error.schema_path)):
            return Invalid(field or name, f"needs at least one of {', '.join(names)}")
        return Invalid(field or name, _rule(error), empty=error.instance == "")

    def complaint(self, value: object) -> str:
        """What is wrong with an answer of ours, for the log: where and which rule, never the value."""
        error = min(self._validator.iter_errors(value), key=_rank)
        return f"{_pointer(error.instance_path) or '/'} breaks {error.kind.name}"


def compiled(definition: dict[str, Any]) -> Schema:
    """The schema, compiled once however many operations share it."""
    return _compiled(orjson.dumps(definition))


@cache
def _compiled(canonical: bytes) -> Schema:
    return Schema(orjson.loads(canonical))


def to_json_schema(schema: Any) -> Any:
    """An OpenAPI 3.0 schema as JSON Schema 2020-12."""
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
    return (len(ORDER) if rule not in ORDER else ORDER.index(rule), len(error.instance_path))


def _pointer(path: list[str | int]) -> str:
    return ".".join(str(step) for step in path)


def _one_of(schema: Any, path: list[str | int]) -> list[str]:
    """The properties of which `anyOf` at `path` requires one, if that is what it does."""
    for step in path:
        schema = schema[step]
    names = [branch.get("required", [None])[0] for branch in schema if branch.keys() == {"required"}]
    return names if len(names) == len(schema) else []


def _rule(error: ValidationError) -> str:
    """The broken rule as a predicate. It tells what the contract says and nothing of what was sent."""
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
            return f"is not a valid {NOUNS.get(kind.format, kind.format)}"
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
    """As JSON has it, but for the quotes of a text."""
    return option if isinstance(option, str) else orjson.dumps(option).decode()
