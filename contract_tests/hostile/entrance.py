"""A door as a hostile client sees it, and what each of its requests is to be answered."""

import json
from collections.abc import Callable
from urllib.parse import urlencode

import pytest
from doors import DOORS, Door
from hostile.words import JSON, NO_SESSION, NOT_HTTP, Outcome, Refusal
from support.documents import Operation, operations_of
from support.raw import Answer, ask, head, post

Expected = Outcome | Refusal


def login_of(door: str) -> Operation:
    (login,) = (each for each in operations_of(door) if each.label == f"POST {DOORS[door].login_path}")
    return login


class Entrance:
    """The login of a door for an account that nobody has, and its operation that wants a session."""

    def __init__(self, door: Door) -> None:
        self.door = door
        self.path = door.login_path
        self.fields: dict[str, str] = door.credentials("nobody@portico.test", "of no account")
        self.login = login_of(door.name)
        self.wrong_method = next(method for method in ("GET", "PUT", "DELETE") if method not in self.login.methods)

    def json(self, more: bytes = b"") -> bytes:
        """Builds a body that is fine but for `more`, further members that no operation knows."""
        members = json.dumps(self.fields).encode()[1:-1]
        return b"{%b}" % b", ".join(filter(None, (members, more)))

    def parts(self) -> list[bytes]:
        return [part(name, value.encode()) for name, value in self.fields.items()]

    def urlencoded(self, more: bytes = b"") -> bytes:
        return b"&".join(filter(None, (urlencode(self.fields).encode(), more)))

    def post(self, body: bytes, *headers: str) -> bytes:
        return post(self.path, body, *headers)

    def guard(self, *headers: str, body: bytes = b"{}") -> bytes:
        """Builds a request to the operation that wants a session."""
        return head(*self.door.guarded, JSON, *headers, f"Content-Length: {len(body)}") + body

    def answers(self, build: "Build", expected: "Awaited") -> None:
        """Checks that a request on a connection of its own is answered as expected."""
        self.check(ask(str(self.door.client.base_url), build(self)), expected)

    def check(self, answer: Answer, expected: "Awaited") -> None:
        """Checks that `answer` is `expected`, or what the door itself expects."""
        expected = expected(self) if callable(expected) else expected
        if expected is NOT_HTTP:
            assert (answer.status, answer.body) == (400, b"Invalid HTTP request received.")
            return
        said = (answer.status, json.loads(answer.body))
        if expected is NO_SESSION:
            assert said in self.no_session()
        elif isinstance(expected, tuple):
            status, words = expected
            wrong = self.door.wrong_field(self.login.id, words)
            assert said == (wrong if status == 400 else self.door.refused(status, words))
        else:
            assert said == self.door.wrong_credentials
        assert answer.headers.items() >= self._headers(answer.status).items()
        if answer.status == 405:
            allowed = self.login.methods | ({"HEAD"} if "GET" in self.login.methods else set())
            assert set(answer.headers["allow"].split(", ")) == allowed

    def no_session(self) -> list[tuple[int, object]]:
        """Returns what may be answered to whatever was sent instead of a good token."""
        return [self.door.without_session(why) for why in ("missing", "malformed", "forged")]

    def _headers(self, status: int) -> dict[str, str]:
        content_type = self.door.refusal_type if status >= 400 else "application/json"
        common = {"content-type": content_type, "cache-control": "no-store", "x-content-type-options": "nosniff"}
        closing = {"connection": "close"}
        return common | (closing if status in (408, 413) else {})


Build = Callable[[Entrance], bytes]
Awaited = Expected | Callable[[Entrance], Expected]  # of every door, or of each another
Row = tuple[str, Build, Awaited]


def at_every_door(rows: list[Row], media_type: str = "application/json") -> pytest.MarkDecorator:
    """Tries every row at every door; at one that takes no such body the fine row alone, which is refused."""
    taking = {name: media_type in login_of(name).media_types for name in DOORS}
    cases = [
        pytest.param(name, build, expected if takes else unsupported, id=f"{name}-{label}")
        for name, takes in taking.items()
        for label, build, expected in rows
        if takes or label == "fine"
    ]
    return pytest.mark.parametrize(("entrance", "build", "expected"), cases, indirect=["entrance"])


# ---------------------------------------------------------------- what they are made of
def posting(body: Build, *headers: str) -> Build:
    return lambda door: door.post(body(door), *headers)


def always(body: bytes) -> Build:
    return lambda door: body


def unsupported(door: Entrance) -> Refusal:
    return 415, f"The body must be {' or '.join(door.login.media_types)}"


def first_is_missing(door: Entrance) -> Refusal:
    return 400, f"'{next(iter(door.fields))}' is a required property"


def part(name: str, value: bytes, *headers: str) -> bytes:
    lines = [f'Content-Disposition: form-data; name="{name}"', *headers]
    return b"--portico\r\n%b\r\n\r\n%b\r\n" % ("\r\n".join(lines).encode(), value)


def form(*parts: bytes) -> bytes:
    return b"".join(parts) + b"--portico--\r\n"
