"""Where a request ends: lengths, chunks, pipelines, and bodies that are cut off."""

import gzip
from collections.abc import Callable

import pytest
from doors import DOORS, Session
from hostile.entrance import (
    JSON,
    LIMIT,
    NO_SESSION,
    NOT_HTTP,
    NOT_JSON,
    REACHED,
    TOO_LARGE,
    WRONG_METHOD,
    Awaited,
    Build,
    Entrance,
    Row,
    at_every_door,
)
from support.documents import OPERATIONS, door_of
from support.raw import Connection, ask, chunk, chunked, head
from support.server import Server

LAST_CHUNK = b"0\r\n\r\n"


def framed(*headers: str, body: bytes = b"{}") -> Build:
    return lambda door: head("POST", door.path, JSON, *headers) + body


def in_chunks(cut: Callable[[bytes], bytes]) -> Build:
    return lambda door: chunked(door.path, cut(door.json()), JSON)


FRAMING: list[Row] = [
    ("one-chunk", in_chunks(lambda body: chunk(body) + LAST_CHUNK), REACHED),
    (
        "a-chunk-per-octet",
        in_chunks(lambda body: b"".join(chunk(bytes([octet])) for octet in body) + LAST_CHUNK),
        REACHED,
    ),
    (
        "chunk-with-extension",
        in_chunks(lambda body: chunk(body).replace(b"\r\n", b";a=b\r\n", 1) + LAST_CHUNK),
        REACHED,
    ),
    ("chunks-with-trailer", in_chunks(lambda body: chunk(body) + b"0\r\nX-More: a\r\n\r\n"), REACHED),
    ("no-chunk", in_chunks(lambda body: LAST_CHUNK), NOT_JSON),
    ("chunks-of-64-KiB", in_chunks(lambda body: chunk(body) + chunk(b" " * (LIMIT - len(body))) + LAST_CHUNK), REACHED),
    (
        "chunks-over-64-KiB",
        in_chunks(lambda body: chunk(body) + chunk(b" " * (LIMIT - len(body) + 1)) + LAST_CHUNK),
        TOO_LARGE,
    ),
    ("chunks-without-end", in_chunks(lambda body: chunk(b" " * 1024) * 65), TOO_LARGE),
    ("chunk-size-no-number", in_chunks(lambda body: b"zz\r\n" + body), NOT_HTTP),
    ("chunk-size-negative", in_chunks(lambda body: b"-1\r\n" + body), NOT_HTTP),
    ("chunk-size-huge", in_chunks(lambda body: b"f" * 17 + b"\r\n" + body), NOT_HTTP),
    ("chunk-longer-than-its-size", in_chunks(lambda body: b"1\r\n" + body), NOT_HTTP),
    ("length-over-64-KiB", framed(f"Content-Length: {LIMIT + 1}"), TOO_LARGE),
    ("length-of-a-terabyte", framed("Content-Length: 1099511627776"), TOO_LARGE),
    ("length-over-64-KiB-and-asks-first", framed("Content-Length: 70000", "Expect: 100-continue", body=b""), TOO_LARGE),
    ("length-over-64-bits", framed("Content-Length: " + "9" * 30), NOT_HTTP),
    ("length-negative", framed("Content-Length: -1"), NOT_HTTP),
    ("length-signed", framed("Content-Length: +2"), NOT_HTTP),
    ("length-no-number", framed("Content-Length: two"), NOT_HTTP),
    ("length-hexadecimal", framed("Content-Length: 0x2"), NOT_HTTP),
    ("length-empty", framed("Content-Length:"), NOT_HTTP),
    ("length-shorter-than-the-body", framed("Content-Length: 2", body=b"{}}"), NOT_HTTP),
    ("length-list", framed("Content-Length: 2, 2"), NOT_HTTP),
    ("two-lengths", framed("Content-Length: 2", "Content-Length: 3"), NOT_HTTP),
    (
        "length-and-chunks",
        framed("Content-Length: 2", "Transfer-Encoding: chunked", body=chunk(b"{}") + LAST_CHUNK),
        NOT_HTTP,
    ),
    ("coding-identity", framed("Transfer-Encoding: identity"), NOT_HTTP),
    ("coding-unknown", framed("Transfer-Encoding: xchunked", body=LAST_CHUNK), NOT_HTTP),
    ("coding-after-chunked", framed("Transfer-Encoding: chunked, identity", body=LAST_CHUNK), NOT_HTTP),
    (
        "gzip-then-chunked",
        framed("Transfer-Encoding: gzip, chunked", body=chunk(gzip.compress(b"{}")) + LAST_CHUNK),
        NOT_JSON,
    ),
]


@at_every_door(FRAMING)
def test_H03_hostile_framing(hostile: Server, entrance: Entrance, build: Build, expected: Awaited) -> None:
    entrance.check(ask(hostile.url, build(entrance)), expected)


def test_H03_pipelined_requests_are_answered_in_order(hostile: Server, entrance: Entrance) -> None:
    fine = entrance.post(entrance.json(), JSON)
    with Connection(hostile.url) as connection:
        connection.send(fine + entrance.post(b"{", JSON) + entrance.guard() + head("GET", entrance.path) + fine)
        for expected in (REACHED, NOT_JSON, NO_SESSION, WRONG_METHOD, REACHED):
            entrance.check(connection.answer(), expected)


@pytest.mark.parametrize(
    "build",
    [
        pytest.param(lambda door: head("POST", door.path, JSON, "Content-Length: 70000") + b"{", id="length"),
        pytest.param(lambda door: chunked(door.path, chunk(b" " * 1024) * 65, JSON), id="chunks"),
    ],
)
def test_H03_a_body_too_large_ends_the_connection(hostile: Server, entrance: Entrance, build: Build) -> None:
    with Connection(hostile.url) as connection:
        connection.send(build(entrance))
        entrance.check(connection.answer(), TOO_LARGE)
        assert connection.closed()


def test_H03_a_client_that_asks_first_is_told_to_go_on(hostile: Server, entrance: Entrance) -> None:
    body = entrance.json()
    with Connection(hostile.url) as connection:
        connection.send(head("POST", entrance.path, JSON, f"Content-Length: {len(body)}", "Expect: 100-continue"))
        assert connection.answer().status == 100
        connection.send(body)
        entrance.check(connection.answer(), REACHED)


@pytest.mark.parametrize(
    ("framing", "body"),
    [
        pytest.param("Content-Length: 10", b"", id="length-and-nothing"),
        pytest.param("Content-Length: 10", b"{", id="length-and-a-part"),
        pytest.param("Transfer-Encoding: chunked", b"", id="chunks-and-nothing"),
        pytest.param("Transfer-Encoding: chunked", b"2\r\n{}\r\n", id="chunks-without-the-last"),
    ],
)
@pytest.mark.parametrize("operation", [each for kind in DOORS.values() for each in kind.ending_one])
def test_H03_a_request_cut_off_in_its_body_changes_nothing(
    hostile: Server, operation: str, framing: str, body: bytes
) -> None:
    door, (_, method, path, _) = hostile.at(DOORS[door_of(operation)]), OPERATIONS[operation]
    session = Session(door)
    with Connection(hostile.url) as connection:
        connection.send(head(method, path, f"Authorization: Bearer {session.token}", JSON, framing) + body)
        connection.finish()
        answer = connection.answer_or_silence()
        assert answer is None or answer.status == 400
        assert connection.closed()
    door.log_in(session.known)  # a write behind the one that was cut off
    assert door.is_live(session.token)
