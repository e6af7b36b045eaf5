"""Where a request ends: lengths, chunks, pipelines, and bodies that are cut off."""

import gzip
from collections.abc import Callable

import pytest
from doors import DOORS, Session
from hostile.entrance import Awaited, Build, Entrance, Row, at_every_door
from hostile.words import JSON, NO_SESSION, NOT_HTTP, NOT_JSON, REACHED, TOO_LARGE, WRONG_METHOD
from support.answers import LARGEST_BODY
from support.documents import OPERATIONS, door_of
from support.raw import Connection, chunk, chunked, head
from support.server import Server

LAST_CHUNK = b"0\r\n\r\n"
GZIPPED = chunk(gzip.compress(b"{}")) + LAST_CHUNK
CHUNKED = "Transfer-Encoding: chunked"


def framed(*headers: str, body: bytes = b"{}") -> Build:
    return lambda door: head("POST", door.path, JSON, *headers) + body


def in_chunks(cut: Callable[[bytes], bytes], end: bytes = LAST_CHUNK) -> Build:
    return lambda door: chunked(door.path, cut(door.json()) + end, JSON)


FRAMING: list[Row] = [
    ("one-chunk", in_chunks(chunk), REACHED),
    ("a-chunk-per-octet", in_chunks(lambda body: b"".join(chunk(bytes([octet])) for octet in body)), REACHED),
    ("chunk-with-extension", in_chunks(lambda body: chunk(body).replace(b"\r\n", b";a=b\r\n", 1)), REACHED),
    ("chunks-with-trailer", in_chunks(chunk, end=b"0\r\nX-More: a\r\n\r\n"), REACHED),
    ("no-chunk", in_chunks(lambda body: b""), NOT_JSON),
    ("chunks-of-64-KiB", in_chunks(lambda body: chunk(body) + chunk(b" " * (LARGEST_BODY - len(body)))), REACHED),
    ("chunks-without-end", in_chunks(lambda body: chunk(b" " * 1024) * 65, end=b""), TOO_LARGE),
    ("chunk-longer-than-its-size", in_chunks(lambda body: b"1\r\n" + body, end=b""), NOT_HTTP),
    *[
        (f"chunk-size-{size:.9}", in_chunks(f"{size}\r\n".encode().__add__, end=b""), NOT_HTTP)
        for size in ("zz", "-1", "f" * 17)
    ],
    ("length-of-a-terabyte", framed("Content-Length: 1099511627776"), TOO_LARGE),
    ("length-over-64-KiB-and-asks-first", framed("Content-Length: 70000", "Expect: 100-continue", body=b""), TOO_LARGE),
    *[
        (f"length-{length:.9}", framed(f"Content-Length: {length}"), NOT_HTTP)
        for length in ("9" * 30, "-1", "+2", "two", "0x2", "", "2, 2")
    ],
    ("length-shorter-than-the-body", framed("Content-Length: 2", body=b"{}}"), NOT_HTTP),
    ("two-lengths", framed("Content-Length: 2", "Content-Length: 3"), NOT_HTTP),
    ("length-and-chunks", framed("Content-Length: 2", CHUNKED, body=chunk(b"{}") + LAST_CHUNK), NOT_HTTP),
    ("coding-identity", framed("Transfer-Encoding: identity"), NOT_HTTP),
    ("coding-unknown", framed("Transfer-Encoding: xchunked", body=LAST_CHUNK), NOT_HTTP),
    ("coding-after-chunked", framed("Transfer-Encoding: chunked, identity", body=LAST_CHUNK), NOT_HTTP),
    ("gzip-then-chunked", framed("Transfer-Encoding: gzip, chunked", body=GZIPPED), NOT_JSON),
]


@at_every_door(FRAMING)
def test_H03_hostile_framing(entrance: Entrance, build: Build, expected: Awaited) -> None:
    entrance.answers(build, expected)


def test_H03_pipelined_requests_are_answered_in_order(attacked: Server, entrance: Entrance) -> None:
    fine = entrance.post(entrance.json(), JSON)
    with Connection(attacked.url) as connection:
        wrong = head(entrance.wrong_method, entrance.path)
        connection.send(fine + entrance.post(b"{", JSON) + entrance.guard() + wrong + fine)
        for expected in (REACHED, NOT_JSON, NO_SESSION, WRONG_METHOD, REACHED):
            entrance.check(connection.answer(), expected)


@pytest.mark.parametrize(
    "build",
    [
        pytest.param(lambda door: head("POST", door.path, JSON, "Content-Length: 70000") + b"{", id="length"),
        pytest.param(lambda door: chunked(door.path, chunk(b" " * 1024) * 65, JSON), id="chunks"),
    ],
)
def test_H03_a_body_too_large_ends_the_connection(attacked: Server, entrance: Entrance, build: Build) -> None:
    with Connection(attacked.url) as connection:
        connection.send(build(entrance))
        entrance.check(connection.answer(), TOO_LARGE)
        assert connection.closed()


def test_H03_a_client_that_asks_first_is_told_to_go_on(attacked: Server, entrance: Entrance) -> None:
    body = entrance.json()
    with Connection(attacked.url) as connection:
        connection.send(head("POST", entrance.path, JSON, f"Content-Length: {len(body)}", "Expect: 100-continue"))
        assert connection.answer().status == 100
        connection.send(body)
        entrance.check(connection.answer(), REACHED)


@pytest.mark.parametrize(
    ("framing", "body"),
    [
        pytest.param("Content-Length: 10", b"", id="length-and-nothing"),
        pytest.param("Content-Length: 10", b"{", id="length-and-a-part"),
        pytest.param(CHUNKED, b"", id="chunks-and-nothing"),
        pytest.param(CHUNKED, b"2\r\n{}\r\n", id="chunks-without-the-last"),
    ],
)
@pytest.mark.parametrize(
    "operation", [each for kind in DOORS.values() for each in kind.ending_one if OPERATIONS[each].media_types]
)
def test_H03_a_request_cut_off_in_its_body_changes_nothing(
    attacked: Server, operation: str, framing: str, body: bytes
) -> None:
    door, asked = attacked.at(DOORS[door_of(operation)]), OPERATIONS[operation]
    session = Session(door)
    with Connection(attacked.url) as connection:
        connection.send(head(asked.method, asked.path, f"Authorization: Bearer {session.token}", JSON, framing) + body)
        connection.finish()
        answer = connection.answer_or_silence()
        assert answer is None or answer.status == 400
        assert connection.closed()
    door.log_in(session.known)  # a write behind the one that was cut off
    assert door.is_live(session.token)
