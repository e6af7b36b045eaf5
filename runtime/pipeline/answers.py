"""Answers: checked against the contract, serialised, sent. What the contract does not allow stays in the house."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import orjson
from starlette.types import Message

from portico.handlers import Reply

from .parameters import from_text
from .validation import IsValid, Schema, compiled

Result = Any  # what a handler returns: a body, a Reply, or as in Connexion (body, status) or (body, status, headers)

SAFE = [(b"x-content-type-options", b"nosniff"), (b"referrer-policy", b"no-referrer")]
PRIVATE = [(b"cache-control", b"no-store"), *SAFE]


class Violation(Exception):
    """An answer the contract does not allow. Names the place and the rule, never a value."""


class Header(NamedTuple):
    name: str  # in lower case
    required: bool
    schema: Schema
    typed: Callable[[str], object]

    @classmethod
    def compiled(cls, name: str, definition: dict[str, Any]) -> "Header":
        schema = definition.get("schema", {})
        return cls(name.lower(), definition.get("required", False), compiled(schema), from_text(schema))


@dataclass(frozen=True)
class Answer:
    """One status in one media type."""

    content_type: bytes
    fixed: list[tuple[bytes, bytes]]  # the headers of an answer whose handler names none
    is_json: bool
    schema: Schema | None
    is_valid: IsValid
    headers: list[Header]

    @classmethod
    def compiled(cls, response: dict[str, Any], media_type: str | None, content: dict[str, Any]) -> "Answer":
        is_json = media_type is not None and (media_type == "application/json" or media_type.endswith("+json"))
        schema = compiled(content["schema"]) if "schema" in content else None
        headers = [Header.compiled(name, header) for name, header in response.get("headers", {}).items()]
        charset = "; charset=utf-8" if (media_type or "").startswith("text/") else ""
        content_type = f"{media_type}{charset}".encode() if media_type else b""
        fixed = [(b"content-type", content_type), *PRIVATE] if content_type else PRIVATE
        return cls(content_type, fixed, is_json, schema, schema.is_valid if schema and is_json else _anything, headers)


class Answers:
    """Every answer one operation may give."""

    def __init__(self, responses: dict[str, dict[str, Any]]) -> None:
        self._compiled = {status: self._media_types(response) for status, response in responses.items()}
        self._single = {
            int(status): next(iter(answers.values()))
            for status, answers in self._compiled.items()
            if status.isdigit() and len(answers) == 1
        }
        # of these a person in a browser gets a page where a program gets JSON
        self.in_html = {
            int(status) for status, answers in self._compiled.items() if len(answers) > 1 and "text/html" in answers
        }

    @staticmethod
    def _media_types(response: dict[str, Any]) -> dict[str | None, Answer]:
        content = response.get("content") or {None: {}}
        return {media: Answer.compiled(response, media, definition) for media, definition in content.items()}

    def start_and_body(self, result: Result) -> tuple[Message, bytes]:
        """The two ASGI messages of an answer. Raises Violation."""
        body, status, headers = result if isinstance(result, tuple) and len(result) == 3 else _unpacked(result)
        answer = self._single.get(status) or self._find(status, headers)
        if answer.schema and not answer.is_valid(body):
            raise Violation(f"{status}: {answer.schema.complaint(body)}")
        if answer.headers:
            _refuse_wrong_headers(answer, status, headers or {})
        payload: bytes
        if answer.is_json:
            payload = orjson.dumps(body)
        else:
            payload = body.encode() if isinstance(body, str) else body or b""
        if headers:
            return start(status, answer.content_type, len(payload), headers), payload
        sent = [(b"content-length", b"%d" % len(payload)), *answer.fixed]
        return {"type": "http.response.start", "status": status, "headers": sent}, payload

    def _find(self, status: int, headers: Mapping[str, str] | None) -> Answer:
        wildcard = f"{status // 100}XX"
        answers = self._compiled.get(str(status)) or self._compiled.get(wildcard) or self._compiled.get("default")
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
    """`http.response.start` with headers of its own; it is private unless they say how it may be kept."""
    named = [(name.lower().encode("latin-1"), str(value).encode("latin-1")) for name, value in headers.items()]
    sent = [(b"content-length", b"%d" % length), (b"content-type", content_type)]
    sent += [header for header in named if header[0] != b"content-type"]
    sent += SAFE if any(name == b"cache-control" for name, _ in named) else PRIVATE
    return {"type": "http.response.start", "status": status, "headers": sent}


def _anything(body: object) -> bool:
    return True  # a page or a file is ours from the first octet to the last


def plain(reply: Reply) -> tuple[Message, bytes]:
    """The two ASGI messages of a refusal that no operation stands behind."""
    body, status, headers = reply
    payload = orjson.dumps(body)
    content_type = headers.get("Content-Type", "application/json").encode()
    return start(status, content_type, len(payload), headers), payload


def _unpacked(result: Result) -> tuple[Any, int, Mapping[str, str] | None]:
    return (*result, None) if isinstance(result, tuple) else (result, 200, None)


def _refuse_wrong_headers(answer: Answer, status: int, headers: Mapping[str, str]) -> None:
    sent = {name.decode(): value.decode() for name, value in PRIVATE} | {
        name.lower(): str(value) for name, value in headers.items()
    }
    for name, required, schema, typed in answer.headers:
        if name not in sent:
            if required:
                raise Violation(f"{status}: header {name} is missing")
        elif not schema.is_valid(typed(sent[name])):
            raise Violation(f"{status}: header {name} {schema.complaint(typed(sent[name]))}")
