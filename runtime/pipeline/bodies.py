"""Request bodies: reads them within limits, parses JSON and forms, validates."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

import orjson
from starlette.types import Receive

from portico.core.refusals import Malformed, TooLarge, TooSlow, WrongMediaType

from . import forms
from .validation import compiled_schema

LARGEST_BODY = 64 * 1024  # octets
LONGEST_READ = 10  # seconds from the first octet of a body to its last
ABSENT = object()  # where a body is optional; `null` is a body

Reader = Callable[[bytes, str], Awaitable[object]]


class Body:
    """The body of one operation, in each of the media types its contract lists."""

    headers = frozenset({b"content-type", b"content-length", b"transfer-encoding"})

    def __init__(self, definition: dict[str, Any]) -> None:
        self.required = definition.get("required", False)
        content = {media_type.lower(): content for media_type, content in definition["content"].items()}
        self._readers = {
            media_type: _compiled_reader(media_type, definition) for media_type, definition in content.items()
        }

    async def read(self, headers: dict[bytes, str], receive: Receive) -> object:
        """Returns the validated body, or ABSENT if it is optional and was not sent.

        Raises TooLarge, TooSlow, WrongMediaType, Malformed or Invalid.
        """
        raw = await _read(headers, receive)
        content_type = headers.get(b"content-type")
        if not raw and (content_type is None or not self.required):
            if self.required:
                raise Malformed("A body is required")
            return ABSENT
        reader = self._readers.get(_media_type(content_type))
        if reader is None:
            raise WrongMediaType(list(self._readers))
        return await reader(raw, content_type or "")


async def _read(headers: dict[bytes, str], receive: Receive) -> bytes:
    length = headers.get(b"content-length")
    if length is not None and int(length) > LARGEST_BODY:
        raise TooLarge()
    if length in (None, "0") and b"transfer-encoding" not in headers:
        return b""
    try:
        async with asyncio.timeout(LONGEST_READ):
            return await _read_all(receive)
    except TimeoutError:
        raise TooSlow() from None


async def _read_all(receive: Receive) -> bytes:
    raw = bytearray()
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Malformed("The body is incomplete")
        raw += message.get("body", b"")
        if len(raw) > LARGEST_BODY:
            raise TooLarge()
        more = message.get("more_body", False)
    return bytes(raw)


def is_json_type(media_type: str) -> bool:
    """Checks whether content of this type is JSON."""
    return media_type == "application/json" or media_type.endswith("+json")


def _media_type(content_type: str | None) -> str:
    return (content_type or "").partition(";")[0].strip().lower()


def _compiled_reader(media_type: str, content: dict[str, Any]) -> Reader:
    schema = content.get("schema", {})
    if is_json_type(media_type):
        parse: Reader = _json
    elif media_type in forms.READERS:
        parse = partial(forms.READERS[media_type], fields=forms.Fields(schema))
    else:
        raise ValueError(f"bodies of type {media_type} are not compiled")
    validator = compiled_schema(schema)

    async def read(raw: bytes, content_type: str) -> object:
        value = await parse(raw, content_type)
        validator.refuse_invalid(value, "body")
        return value

    return read


async def _json(raw: bytes, content_type: str) -> object:
    return parse_json(raw)


def parse_json(raw: bytes) -> object:
    """Parses JSON that means the same to every reader. Raises Malformed.

    It is UTF-8, has no key twice, no NaN, NUL or lone surrogate, and is not too deep.
    """
    try:
        value = orjson.loads(raw)
        _strict_decoder.decode(raw.decode())
    except (orjson.JSONDecodeError, RecursionError):
        raise Malformed("The body is not valid JSON") from None
    if b"\\u0000" in raw and _holds_nul(value):
        raise Malformed("The body holds a NUL character")
    return value


def _without_duplicates(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise Malformed("The body names a property twice")
    return found


_strict_decoder = json.JSONDecoder(object_pairs_hook=_without_duplicates)


def _holds_nul(value: object) -> bool:
    if isinstance(value, str):
        return "\0" in value
    if isinstance(value, dict):
        return any(map(_holds_nul, value)) or any(map(_holds_nul, value.values()))
    return isinstance(value, list) and any(map(_holds_nul, value))
