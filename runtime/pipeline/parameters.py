"""Parameters of path, query, headers and cookies: reads them, gives them the types of their schemas, validates."""

import re
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any, TypeVar
from urllib.parse import parse_qsl

from starlette.types import Scope

from portico.core.refusals import Invalid, Malformed

from .validation import compiled_schema

T = TypeVar("T")

MOST_FIELDS = 200  # of a query, and of a form
PLAIN_STYLE = {"path": "simple", "header": "simple", "query": "form", "cookie": "form"}
INTEGER = re.compile(r"-?[0-9]{1,18}")
NUMBER = re.compile(r"-?[0-9]{1,18}(\.[0-9]{1,18})?([eE][+-]?[0-9]{1,2})?")


class Parameter:
    """One parameter of an operation."""

    def __init__(self, definition: dict[str, Any]) -> None:
        self.name: str = definition["name"]
        self.place: str = definition["in"]
        self.argument = argument_name(self.name)
        self.required = definition.get("required", False)
        schema = definition.get("schema", {})
        if "content" in definition or schema.get("type") == "object":
            raise ValueError(f"parameter {self.name!r}: only plain values and arrays are compiled")
        if definition.get("style", PLAIN_STYLE[self.place]) != PLAIN_STYLE[self.place]:
            raise ValueError(f"parameter {self.name!r}: style {definition['style']!r} is not compiled")
        self.default = schema.get("default")
        self.read_when_absent = self.required or "default" in schema  # it is a refusal, or the default
        self.many = schema.get("type") == "array"
        self.explode = definition.get("explode", self.place in ("query", "cookie"))
        self.convert = from_text(schema.get("items", {}) if self.many else schema)
        self.schema = compiled_schema(schema)

    def value(self, texts: list[str]) -> object:
        """Returns the value of a parameter that was sent as `texts`. Raises Invalid."""
        if not texts:
            if self.required:
                raise Invalid(self.name, "is required")
            return self.default
        value: object
        if self.many:
            parts = texts if self.explode else texts[0].split(",")
            value = [self.convert(part) for part in parts]
        elif len(texts) > 1:
            raise Invalid(self.name, "is sent more than once")
        else:
            value = self.convert(texts[0])
        self.schema.refuse_invalid(value, self.name)
        return value


class Parameters:
    """The parameters of one operation, which become arguments of its handler."""

    def __init__(self, definitions: list[dict[str, Any]]) -> None:
        self._all = [Parameter(definition) for definition in definitions]
        for argument in (counts := Counter(self.arguments)):
            if counts[argument] > 1:
                raise ValueError(f"two parameters would be the argument {argument} of its handler")
        places = {parameter.place for parameter in self._all}
        self.headers = {parameter.name.lower().encode() for parameter in self._all if parameter.place == "header"}
        if "cookie" in places:
            self.headers.add(b"cookie")
        self._reads_query = "query" in places

    def __bool__(self) -> bool:
        return bool(self._all)

    @property
    def arguments(self) -> list[str]:
        return [parameter.argument for parameter in self._all]

    @property
    def optional(self) -> list[str]:
        """The arguments that have no value when nothing is sent."""
        return [parameter.argument for parameter in self._all if not parameter.read_when_absent]

    def refuse_others_than(self, path: str) -> None:
        """Raises ValueError unless the template `path` names exactly the path parameters."""
        here = {parameter.name for parameter in self._all if parameter.place == "path"}
        for name in here ^ set(re.findall(r"{([^}]*)}", path)):
            where = "the parameters of the operation" if name not in here else "its path"
            raise ValueError(f"the path parameter {name!r} is missing in {where}")

    def read(self, scope: Scope, path: dict[str, str], headers: dict[bytes, str]) -> dict[str, object]:
        """Reads the parameters that are sent or have a default. Raises Malformed or Invalid."""
        query = read_query(scope["query_string"]) if self._reads_query else {}
        cookies = read_cookies(headers[b"cookie"]) if b"cookie" in headers else {}
        return {
            parameter.argument: parameter.value(texts)
            for parameter in self._all
            if (texts := _texts(parameter, path, query, headers, cookies)) or parameter.read_when_absent
        }


def _texts(
    parameter: Parameter,
    path: Mapping[str, str],
    query: Mapping[str, list[str]],
    headers: Mapping[bytes, str],
    cookies: Mapping[str, str],
) -> list[str]:
    match parameter.place:
        case "path":
            return [path[parameter.name]]
        case "query":
            return query.get(parameter.name, [])
        case "header":
            text = headers.get(parameter.name.lower().encode())
        case _:
            text = cookies.get(parameter.name)
    return [] if text is None else [text]


def argument_name(name: str) -> str:
    """Returns the name of the handler's argument for the parameter `name`."""
    return re.sub(r"\W", "_", name)


def read_query(raw: bytes) -> dict[str, list[str]]:
    """Parses a query string into the values of each name. Raises Malformed."""
    try:
        return grouped(parse_fields(raw.decode("ascii")))
    except UnicodeDecodeError:
        raise Malformed("The query is not UTF-8 text") from None


def parse_fields(text: str) -> list[tuple[str, str]]:
    """Parses `application/x-www-form-urlencoded` text into names and values. Raises Malformed."""
    try:
        fields = parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=MOST_FIELDS)
    except UnicodeDecodeError:
        raise Malformed("The text is not UTF-8") from None
    except ValueError:
        raise Malformed(f"There are more than {MOST_FIELDS} fields") from None
    if any("\0" in name or "\0" in value for name, value in fields):
        raise Malformed("The text holds a NUL character")
    return fields


def grouped(fields: list[tuple[str, T]]) -> dict[str, list[T]]:
    """Groups values by their names, in the order they were sent."""
    found: dict[str, list[T]] = {}
    for name, value in fields:
        found.setdefault(name, []).append(value)
    return found


def read_cookies(header: str) -> dict[str, str]:
    """Parses a `Cookie` header (RFC 6265 section 5.4); a malformed cookie spoils no other."""
    pairs = (pair.partition("=") for pair in header.split(";"))
    return {name.strip(): value.strip().strip('"') for name, equals, value in pairs if equals}


def from_text(schema: dict[str, Any]) -> Callable[[str], object]:
    """Returns the function that turns a text into the schema's type. A text that does not fit stays text: invalid."""
    match schema.get("type"):
        case "integer":
            return lambda text: int(text) if INTEGER.fullmatch(text) else text
        case "number":
            return lambda text: float(text) if NUMBER.fullmatch(text) else text
        case "boolean":
            return lambda text: {"true": True, "false": False}.get(text, text)
        case _:
            return lambda text: text
