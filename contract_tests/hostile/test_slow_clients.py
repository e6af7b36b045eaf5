"""Clients that take their time are not waited for, and the others are served meanwhile."""

from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor

import pytest
from hostile.entrance import Build, Entrance
from hostile.words import JSON
from support.raw import Answer, Connection, chunk, head
from support.server import Server

LONGEST_STALL = 15  # seconds until a stalled client must be gone


def body(*headers: str, begun: bytes = b"") -> Build:
    return lambda door: head("POST", door.path, JSON, *headers) + begun


def headers(more: bytes = b"") -> Build:
    return lambda door: head("POST", door.path, JSON)[:-2] + more


SLOW_BODIES: dict[str, tuple[Build, bytes]] = {  # what is sent, and what drips after it
    "none": (body("Content-Length: 10"), b""),
    "half": (body("Content-Length: 10", begun=b'{"a":'), b""),
    "dripping": (body("Content-Length: 1000"), b" "),
    "no-chunk": (body("Transfer-Encoding: chunked"), b""),
    "one-chunk": (body("Transfer-Encoding: chunked", begun=chunk(b"{}")), b""),
    "dripping-chunks": (body("Transfer-Encoding: chunked"), chunk(b" ")),
    "none-though-told-to-go-on": (body("Content-Length: 10", "Expect: 100-continue"), b""),
}
SLOW_HEADERS: dict[str, tuple[Build, bytes]] = {
    "nothing": (lambda door: b"", b""),
    "half-a-line": (lambda door: f"POST {door.path}".encode(), b""),
    "half-the-headers": (headers(), b""),
    "dripping": (headers(b"X-More: "), b"a"),
    "dripping-headers": (headers(), b"X-More: a\r\n"),
    "of-the-second-request": (lambda door: head("GET", "/health/live") + headers()(door), b""),
}
SLOW_RESTS: dict[str, tuple[Build, bytes, int | None]] = {  # of bodies nobody reads, behind an answer
    "not-found": (lambda door: head("POST", door.path + "/", JSON, "Content-Length: 60000"), b" ", 404),
    "wrong-method": (
        lambda door: head(door.wrong_method, door.path, JSON, "Transfer-Encoding: chunked"),
        chunk(b" "),
        405,
    ),
    "no-session": (lambda door: head(*door.door.guarded, JSON, "Content-Length: 60000"), b" ", None),
}
SLOW_CLIENTS: dict[str, Mapping[str, tuple[Build, bytes, *tuple[int | None, ...]]]] = {
    "body": SLOW_BODIES,
    "headers": SLOW_HEADERS,
    "rest": SLOW_RESTS,
}
Stalled = dict[tuple[str, str, str], Future[list[Answer] | None]]  # by door, kind and name


def stall(url: str, octets: bytes, drip: bytes) -> list[Answer] | None:
    """Sends `octets`, then `drip` twice a second, and returns what is answered until it closes, if it does."""
    answers = []
    with Connection(url) as connection:
        connection.send(octets)
        for _ in range(2 * LONGEST_STALL):
            if not connection.heard(0.5):
                connection.send(drip)
            elif answer := connection.answer_or_silence():
                answers.append(answer)
            else:
                return answers
    return None


@pytest.fixture(scope="module")
def stalled(attacked: Server, entrances: dict[str, Entrance]) -> Iterator[Stalled]:
    """All slow clients at once."""
    clients = [
        ((name, kind, case), build(entrance), drip)
        for name, entrance in entrances.items()
        for kind, named in SLOW_CLIENTS.items()
        for case, (build, drip, *_) in named.items()
    ]
    with ThreadPoolExecutor(len(clients)) as pool:
        yield {key: pool.submit(stall, attacked.url, octets, drip) for key, octets, drip in clients}


def answered(stalled: Stalled, entrance: Entrance, kind: str, case: str) -> list[Answer]:
    answers = stalled[entrance.door.name, kind, case].result()
    assert answers is not None, "the connection stays open"
    return answers


@pytest.mark.parametrize("case", SLOW_BODIES)
def test_H03_a_body_that_does_not_come_is_not_waited_for(stalled: Stalled, entrance: Entrance, case: str) -> None:
    *before, answer = answered(stalled, entrance, "body", case)
    assert [answer.status for answer in before] in ([], [100])
    entrance.check(answer, (408, "The request did not arrive in time"))


@pytest.mark.parametrize("case", SLOW_HEADERS)
def test_H03_headers_that_do_not_come_are_not_waited_for(stalled: Stalled, entrance: Entrance, case: str) -> None:
    fine = [200] if case == "of-the-second-request" else []
    statuses = [answer.status for answer in answered(stalled, entrance, "headers", case)]
    assert statuses in (fine, [*fine, 408])


@pytest.mark.parametrize("case", SLOW_RESTS)
def test_H03_the_rest_of_a_body_nobody_reads_is_not_waited_for(stalled: Stalled, entrance: Entrance, case: str) -> None:
    """Where a session is optional, a token might yet come in the body."""
    (answer,) = answered(stalled, entrance, "rest", case)
    expected = SLOW_RESTS[case][2]
    assert answer.status in ([expected] if expected else [408, *(status for status, _ in entrance.no_session())])
