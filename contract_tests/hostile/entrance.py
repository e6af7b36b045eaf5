"""A door as a hostile client sees it, and what each of its requests is to be answered."""

import json
from collections.abc import Callable
from urllib.parse import urlencode

import pytest
from doors import DOORS, Door
from hostile.words import JSON, NO_SESSION, NOT_HTTP, Outcome, Refusal
from support.documents import Operation, operations_of
from support.raw import Answer, ask, head, post
from support.server import Server

Expected = Outcome | Refusal


METHODS = ("GET", "PUT", "PATCH", "DELETE", "TRACE", "OPTIONS", "PROPFIND")


def login_of(door: str) -> Operation:
    (login,) = (each for each in operations_of(door) if each.label == f"POST {DOORS[door].login_path}")
    return login


def media_types(door: str) -> list[str]:
    """What a login may be sent as, in the order of the document."""
    return list(login_of(door).media_types)


def undocumented(door: str) -> list[str]:
    """Methods that the path of a login does not have."""
    return [method for method in METHODS if method not in login_of(door).methods]


class Entrance:
    """The login of a door for an account that nobody has, and its operation that wants a session."""

    def __init__(self, door: Door) -> None:
        self.door = door
        self.path = door.login_path
        self.fields: dict[str, str] = door.credentials("nobody@portico.test", "of no account")
        self.media_types = media_types(door.name)
        self.wrong_method = undocumented(door.name)[0]

    def json(self, more: bytes = b"") -> bytes:
        """A body that is fine but for `more`, further members that no operation knows."""
        members = json.dumps(self.fields).encode()[1:-1]
        return b"{%b}" % b", ".join(filter(None, (members, more)))

    def parts(self) -> list[bytes]:
        return [part(name, value.encode()) for name, value in self.fields.items()]

    def urlencoded(self, more: bytes = b"") -> bytes:
        return b"&".join(filter(None, (urlencode(self.fields).encode(), more)))

    def post(self, body: bytes, *headers: str) -> bytes:
        return post(self.path, body, *headers)

    def guard(self, *headers: str, body: bytes = b"{}") -> bytes:
        """A request to the operation that wants a session."""
        return head(*self.door.guarded, JSON, *headers, f"Content-Length: {len(body)}") + body

    def check(self, answer: Answer, expected: "Awaited") -> None:
        """That `answer` is `expected`, or what the door itself expects."""
        expected = expected(self) if callable(expected) else expected
        if expected is NOT_HTTP:
            assert (answer.status, answer.body) == (400, b"Invalid HTTP request received.")
            return
        said = (answer.status, json.loads(answer.body))
        if expected is NO_SESSION:
            assert said in self.no_session()
        elif isinstance(expected, tuple):
            untold = (400, "A refusal that names no field")  # where a door does not tell
            assert said in [self.door.refused(*each) for each in (expected, untold)]
        else:
            assert said == self.door.wrong_credentials
        assert answer.headers.items() >= self._headers(answer.status).items()
        if answer.status == 405:
            allowed = login_of(self.door.name).methods
            assert set(answer.headers["allow"].split(", ")) == allowed | ({"HEAD"} if "GET" in allowed else set())

    def no_session(self) -> list[tuple[int, object]]:
        """Whatever was sent instead of a good token, one of these is answered."""
        return [self.door.without_session(why) for why in ("missing", "malformed", "forged")]

    def _headers(self, status: int) -> dict[str, str]:
        content_type = self.door.refusal_type if status >= 400 else "application/json"
        common = {"content-type": content_type, "cache-control": "no-store", "x-content-type-options": "nosniff"}
        closing = {"connection": "close"}
        return common | (closing if status in (408, 413) else {})


Build = Callable[[Entrance], bytes]
Awaited = Expected | Callable[[Entrance], Expected]  # of every door, or of each another
Row = tuple[str, Build, Awaited]


def tried(rows: list[Row], media_type: str = "application/json") -> Callable[..., None]:
    """A test of every row at every door; at one that takes no such body of the fine row alone, which is refused."""
    cases = [
        pytest.param(name, build, expected if media_type in media_types(name) else unsupported, id=f"{name}-{label}")
        for name in DOORS
        for label, build, expected in rows
        if label == "fine" or media_type in media_types(name)
    ]

    @pytest.mark.parametrize(("entrance", "build", "expected"), cases, indirect=["entrance"])
    def test(hostile: Server, entrance: Entrance, build: Build, expected: Awaited) -> None:
        entrance.check(ask(hostile.url, build(entrance)), expected)

    return test


# ---------------------------------------------------------------- what they are made of
def posting(body: Build, *headers: str) -> Build:
    return lambda door: door.post(body(door), *headers)


def always(body: bytes) -> Build:
    return lambda door: body


def unsupported(door: Entrance) -> Refusal:
    return 415, f"The body must be {' or '.join(door.media_types)}"


def first_is_missing(door: Entrance) -> Refusal:
    return 400, f"'{next(iter(door.fields))}' is a required property"


def part(name: str, value: bytes, *headers: str) -> bytes:
    lines = [f'Content-Disposition: form-data; name="{name}"', *headers]
    return b"--portico\r\n%b\r\n\r\n%b\r\n" % ("\r\n".join(lines).encode(), value)


def form(*parts: bytes) -> bytes:
    return b"".join(parts) + b"--portico--\r\n"
