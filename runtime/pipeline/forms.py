"""Forms: makes of urlencoded and multipart bodies the objects that their schemas describe. They hold text, no files."""

from collections.abc import AsyncGenerator, Callable, Sequence
from typing import Any, NamedTuple

from python_multipart.multipart import parse_options_header
from starlette.datastructures import Headers, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser

from portico.core.refusals import Invalid, Malformed

from .parameters import MOST_FIELDS, from_text, grouped, parse_fields

UNREADABLE = "The multipart body cannot be read"


class Field(NamedTuple):
    """One field that the schema names."""

    many: bool  # it takes several values
    convert: Callable[[str], object]


class Fields:
    """The fields that the schema of a form names."""

    def __init__(self, schema: dict[str, Any]) -> None:
        if schema.get("type") != "object":
            raise ValueError("a form must be described as an object")
        self._fields = {name: _field(field) for name, field in schema.get("properties", {}).items()}

    def as_object(self, sent: Sequence[tuple[str, str | UploadFile]]) -> dict[str, object]:
        """Makes one object of the fields, without those that the schema does not name. Raises Malformed or Invalid."""
        found: dict[str, object] = {}
        for name, values in grouped(list(sent)).items():
            if name in self._fields:
                many, convert = self._fields[name]
                if len(values) > 1 and not many:
                    raise Malformed("The body names a field twice")
                texts = [convert(_text_of(name, value)) for value in values]
                found[name] = texts if many else texts[0]
        return found


def _text_of(name: str, value: str | UploadFile) -> str:
    if isinstance(value, UploadFile):
        raise Invalid(name, "must be text, not a file")
    return value


def _field(schema: dict[str, Any]) -> Field:
    many = schema.get("type") == "array"
    return Field(many, from_text(schema.get("items", {}) if many else schema))


async def urlencoded(raw: bytes, content_type: str, fields: Fields) -> dict[str, object]:
    return fields.as_object(parse_fields(_decoded(raw)))


async def multipart(raw: bytes, content_type: str, fields: Fields) -> dict[str, object]:
    if "\0" in _decoded(raw):
        raise Malformed("The text holds a NUL character")

    async def stream() -> AsyncGenerator[bytes, None]:
        yield raw

    parser = _Parser(_boundary_only(content_type), stream(), max_files=MOST_FIELDS, max_fields=MOST_FIELDS)
    try:
        form = await parser.parse()
    except (MultiPartException, KeyError, ValueError, LookupError):
        raise Malformed(UNREADABLE) from None
    if not parser.saw_end:
        raise Malformed("The multipart body is incomplete")
    return fields.as_object(form.multi_items())


READERS = {"application/x-www-form-urlencoded": urlencoded, "multipart/form-data": multipart}


class _Parser(MultiPartParser):
    """Knows whether it saw the closing boundary."""

    saw_end = False

    def on_end(self) -> None:
        self.saw_end = True


def _boundary_only(content_type: str) -> Headers:
    """Drops the `charset` of a content type, which RFC 7578 says to ignore, and which Starlette would obey."""
    boundary = parse_options_header(content_type)[1].get(b"boundary", b"").decode("latin-1")
    if not boundary or '"' in boundary or "\\" in boundary:
        raise Malformed(UNREADABLE)
    return Headers({"content-type": f'multipart/form-data; boundary="{boundary}"'})


def _decoded(raw: bytes) -> str:
    try:
        return raw.decode()
    except UnicodeDecodeError:
        raise Malformed("The body is not UTF-8 text") from None
