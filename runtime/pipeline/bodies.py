"""Request bodies: read within their limits, parsed as JSON, urlencoded or multipart, validated."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable

import orjson
from starlette.datastructures import Headers, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser

from portico.core.refusals import Invalid, Malformed, TooLarge, TooSlow, WrongMediaType

from .parameters import MOST_FIELDS, from_text, grouped, parse_fields
from .validation import Schema

LARGEST = 64 * 1024  # octets
SLOWEST = 10  # seconds from the first octet of a body to its last

Receive = Callable[[], Awaitable[dict]]


class Body:
    """The body of one operation, in each of the media types its contract lists."""

    headers = frozenset({b"content-type", b"content-length", b"transfer-encoding"})

    def __init__(self, definition: dict) -> None:
        self.required = definition.get("required", False)
        self._readers = {media_type.lower(): _reader(media_type.lower(), content) for media_type, content in definition["content"].items()}

    async def read(self, headers: dict[bytes, str], receive: Receive) -> object | None:
        """The validated body, or None where it is optional and absent.

        Raises TooLarge, TooSlow, WrongMediaType, Malformed or Invalid.
        """
        raw = await _octets(headers, receive)
        content_type = headers.get(b"content-type")
        if not raw and (content_type is None or not self.required):
            if self.required:
                raise Malformed("A body is required")
            return None
        reader = self._readers.get(_media_type(content_type))
        if reader is None:
            raise WrongMediaType(list(self._readers))
        return await reader(raw, content_type)


async def _octets(headers: dict[bytes, str], receive: Receive) -> bytes:
    length = headers.get(b"content-length")
    if length is not None and int(length) > LARGEST:
        raise TooLarge()
    if length in (None, "0") and b"transfer-encoding" not in headers:
        return b""
    message = await receive()
    if not message.get("more_body"):
        return _within_limit(message.get("body", b""))
    try:
        async with asyncio.timeout(SLOWEST):
            return await _rest(message["body"], receive)
    except TimeoutError:
        raise TooSlow() from None


async def _rest(first: bytes, receive: Receive) -> bytes:
    raw = bytearray(first)
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Malformed("The body is incomplete")
        raw += _within_limit(message.get("body", b""), len(raw))
        more = message.get("more_body", False)
    return bytes(raw)


def _within_limit(octets: bytes, before: int = 0) -> bytes:
    if before + len(octets) > LARGEST:
        raise TooLarge()
    return octets


def _media_type(content_type: str | None) -> str:
    return (content_type or "").partition(";")[0].strip().lower()


def _reader(media_type: str, content: dict) -> Callable[[bytes, str], Awaitable[object]]:
    schema = content.get("schema", {})
    validator = Schema(schema)
    if media_type == "application/json" or media_type.endswith("+json"):

        async def read(raw: bytes, content_type: str) -> object:
            return _validated(parse_json(raw), validator)

    elif media_type in ("application/x-www-form-urlencoded", "multipart/form-data"):
        typed = _field_types(schema)
        fields = _urlencoded if media_type == "application/x-www-form-urlencoded" else _multipart

        async def read(raw: bytes, content_type: str) -> object:
            return _validated(_as_object(await fields(raw, content_type), typed), validator)

    else:
        raise ValueError(f"bodies of type {media_type} are not compiled")
    return read


def _validated(value: object, schema: Schema) -> object:
    schema.refuse_invalid(value, "body")
    return value


def parse_json(raw: bytes) -> object:
    """JSON that means the same to every reader: UTF-8, no key twice, no NaN, no NUL, no lone surrogate, not too deep."""
    try:
        value = orjson.loads(raw)
    except orjson.JSONDecodeError:
        raise Malformed("The body is not valid JSON") from None
    json.loads(raw, object_pairs_hook=_unique)
    if b"\\u0000" in raw and _holds_nul(value):
        raise Malformed("The body holds a NUL character")
    return value


def _unique(pairs: list[tuple[str, object]]) -> dict:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise Malformed("The body names a property twice")
    return found


def _holds_nul(value: object) -> bool:
    if isinstance(value, str):
        return "\0" in value
    if isinstance(value, dict):
        return any(map(_holds_nul, value)) or any(map(_holds_nul, value.values()))
    return isinstance(value, list) and any(map(_holds_nul, value))


def _field_types(schema: dict) -> dict[str, tuple[bool, Callable[[str], object]]]:
    """For each property of a form: does it take several values, and what a text becomes."""
    if schema.get("type") != "object":
        raise ValueError("a form must be described as an object")
    types = {}
    for name, field in schema.get("properties", {}).items():
        many = field.get("type") == "array"
        types[name] = (many, from_text(field.get("items", {}) if many else field))
    return types


def _as_object(fields: list[tuple[str, str]], types: dict) -> dict[str, object]:
    found = {}
    for name, texts in grouped(fields).items():
        many, typed = types.get(name, (False, str))
        if many:
            found[name] = [typed(text) for text in texts]
        elif len(texts) > 1:
            raise Malformed("The body names a field twice")
        else:
            found[name] = typed(texts[0])
    return found


async def _urlencoded(raw: bytes, content_type: str) -> list[tuple[str, str]]:
    return parse_fields(_text(raw))


async def _multipart(raw: bytes, content_type: str) -> list[tuple[str, str]]:
    text = _text(raw)
    if "\0" in text:
        raise Malformed("The text holds a NUL character")

    async def stream() -> AsyncIterator[bytes]:
        yield raw

    parser = MultiPartParser(Headers({"content-type": content_type}), stream(), max_files=1, max_fields=MOST_FIELDS)
    try:
        form = await parser.parse()
    except (MultiPartException, KeyError, ValueError, LookupError):
        raise Malformed("The multipart body cannot be read") from None
    if not text.rstrip("\r\n").endswith("--"):
        raise Malformed("The multipart body is incomplete")
    for name, value in form.multi_items():
        if isinstance(value, UploadFile):
            raise Invalid(name, "must be text, not a file")
    return form.multi_items()


def _text(raw: bytes) -> str:
    try:
        return raw.decode()
    except UnicodeDecodeError:
        raise Malformed("The body is not UTF-8 text") from None
