"""Answers: checks what a handler returned against the contract and makes ASGI messages of it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import orjson
from starlette.types import Message

from portico.handlers import Reply

from .bodies import is_json_type
from .parameters import from_text
from .validation import IsValid, Schema, compiled_schema

Result = Any  # what a handler returns: a body, or a Reply, for which (body, status, headers) will do

SAFE_HEADERS = [(b"x-content-type-options", b"nosniff"), (b"referrer-policy", b"no-referrer")]
PRIVATE_HEADERS = [(b"cache-control", b"no-store"), *SAFE_HEADERS]


class Violation(Exception):
    """An answer that the contract does not allow. It names the place and the rule, never a value."""


class Header(NamedTuple):
    """One header that the contract describes."""

    name: str  # in lower case
    required: bool
    schema: Schema
    convert: Callable[[str], object]

    @classmethod
    def from_definition(cls, name: str, definition: dict[str, Any]) -> "Header":
        schema = definition.get("schema", {})
        return cls(name.lower(), definition.get("required", False), compiled_schema(schema), from_text(schema))


@dataclass(frozen=True)
class Answer:
    """What the contract says of one status in one media type."""

    content_type: bytes
    default_headers: list[tuple[bytes, bytes]]  # those of an answer whose handler names none
    is_json: bool
    schema: Schema | None
    is_valid: IsValid
    headers: list[Header]

    @classmethod
    def from_definition(cls, response: dict[str, Any], media_type: str | None, content: dict[str, Any]) -> "Answer":
        is_json = media_type is not None and is_json_type(media_type)
        schema = compiled_schema(content["schema"]) if "schema" in content else None
        headers = [Header.from_definition(name, header) for name, header in response.get("headers", {}).items()]
        charset = "; charset=utf-8" if (media_type or "").startswith("text/") else ""
        content_type = f"{media_type}{charset}".encode() if media_type else b""
        default_headers = [(b"content-type", content_type), *PRIVATE_HEADERS] if content_type else PRIVATE_HEADERS
        is_valid = schema.is_valid if schema and is_json else _accept_anything
        return cls(content_type, default_headers, is_json, schema, is_valid, headers)


class Answers:
    """All answers that one operation may give."""

    def __init__(self, responses: dict[str, dict[str, Any]]) -> None:
        self._by_status = {status: self._by_media_type(response) for status, response in responses.items()}
        self._only = {  # the answer of each status that has but one media type: nearly all
            int(status): next(iter(answers.values()))
            for status, answers in self._by_status.items()
            if status.isdigit() and len(answers) == 1
        }
        # The statuses of which a browser gets a page and a program gets JSON.
        self.in_html = {
            int(status) for status, answers in self._by_status.items() if len(answers) > 1 and "text/html" in answers
        }

    @staticmethod
    def _by_media_type(response: dict[str, Any]) -> dict[str | None, Answer]:
        content = response.get("content") or {None: {}}
        return {media: Answer.from_definition(response, media, definition) for media, definition in content.items()}

    def start_and_body(self, result: Result) -> tuple[Message, bytes]:
        """Makes the first ASGI message and the payload of an answer. Raises Violation."""
        body, status, headers = result if isinstance(result, tuple) and len(result) == 3 else (result, 200, None)
        answer = self._only.get(status) or self._find(status, headers)
        if answer.schema and not answer.is_valid(body):
            raise Violation(f"{status}: {answer.schema.complaint(body)}")
        if answer.headers:
            _refuse_wrong_headers(answer, status, headers or {})
        payload: bytes
        if answer.is_json:
            payload = orjson.dumps(body)
        elif isinstance(body, str):
            payload = body.encode()
        elif isinstance(body, bytes) or body is None:
            payload = body or b""
        else:
            raise Violation(f"{status}: has a body that the contract does not name")
        if headers:
            return start(status, answer.content_type, len(payload), headers), payload
        sent = [(b"content-length", b"%d" % len(payload)), *answer.default_headers]
        return {"type": "http.response.start", "status": status, "headers": sent}, payload

    def _find(self, status: int, headers: Mapping[str, str] | None) -> Answer:
        wildcard = f"{status // 100}XX"
        answers = self._by_status.get(str(status)) or self._by_status.get(wildcard) or self._by_status.get("default")
        if answers is None:
            raise Violation(f"status {status} is not documented")
        if len(answers) == 1:
            return next(iter(answers.values()))
        named = next((value for name, value in (headers or {}).items() if name.lower() == "content-type"), None)
        answer = answers.get(named) if named else next((answer for answer in answers.values() if answer.is_json), None)
        if answer is None:
            raise Violation(f"{status}: the handler chose none of its media types")
        return answer


def start(status: int, content_type: bytes, length: int, headers: Mapping[str, str]) -> Message:
    """Makes `http.response.start` with the handler's headers, which alone may allow that the answer is cached."""
    named = [(name.lower().encode("latin-1"), str(value).encode("latin-1")) for name, value in headers.items()]
    sent = [(b"content-length", b"%d" % length), (b"content-type", content_type)]
    sent += [header for header in named if header[0] != b"content-type"]
    sent += SAFE_HEADERS if any(name == b"cache-control" for name, _ in named) else PRIVATE_HEADERS
    return {"type": "http.response.start", "status": status, "headers": sent}


def _accept_anything(body: object) -> bool:
    return True  # a page or a file comes from our own templates, from the first octet to the last


def unchecked(reply: Reply) -> tuple[Message, bytes]:
    """Makes the first ASGI message and the payload of a refusal that belongs to no operation."""
    body, status, headers = reply
    payload = orjson.dumps(body)
    content_type = headers.get("Content-Type", "application/json").encode()
    return start(status, content_type, len(payload), headers), payload


def _refuse_wrong_headers(answer: Answer, status: int, headers: Mapping[str, str]) -> None:
    sent = {name.decode(): value.decode() for name, value in PRIVATE_HEADERS} | {
        name.lower(): str(value) for name, value in headers.items()
    }
    for name, required, schema, convert in answer.headers:
        if name not in sent:
            if required:
                raise Violation(f"{status}: header {name} is missing")
        elif not schema.is_valid(convert(sent[name])):
            raise Violation(f"{status}: header {name} {schema.complaint(convert(sent[name]))}")
