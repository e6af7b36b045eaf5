"""While the database is out of reach or too many passwords wait, every door says so, and is well again afterwards."""

import os
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from itertools import cycle, islice

import httpx
import pytest
from doors import DOORS, PASSWORD, Door, OutOfReach
from support.answers import bearer, whole
from support.database import gone, locked
from support.server import POSTGRES, Server, Serving

BUSY = "The server is busy, try again in a moment"
UNAVAILABLE = "The server cannot reach its database, try again in a moment"
MANY = 100


@pytest.fixture(scope="module")
def losing_database(serving: Serving) -> Server:
    """A server whose database is about to fail, and which does not wait long for it."""
    server = serving() if POSTGRES else serving(PORTICO_DATABASE_URL="sqlite://portico.db?busy_timeout=50")
    server.expects_failures = True
    return server


@pytest.mark.skipif(bool(POSTGRES), reason="PostgreSQL locks rows, not the database")
def test_o02_503_while_the_database_is_locked(door: Door, losing_database: Server, email: str) -> None:
    there = losing_database.at(type(door))
    token = there.logged_in(email)

    with locked(losing_database):
        answers = [there.door_of_registration.register(f"b.{email}"), there.login(email)]
        with suppress(OutOfReach):
            answers.append(there.logout(**bearer(token)))
        wrong = there.login(email, "a bad passphrase")

    for answer, words in zip(answers, (there.door_of_registration, there, there), strict=False):
        assert whole(answer) == words.refused(503, UNAVAILABLE)
        assert int(answer.headers["Retry-After"]) >= 1
    assert whole(wrong) == there.wrong_credentials  # nothing had to be written
    assert there.protected(**bearer(token)).is_success
    assert there.register(f"b.{email}").is_success


def test_o02_503_while_the_database_is_gone(door: Door, losing_database: Server, email: str) -> None:
    there = losing_database.at(type(door))
    token = there.logged_in(email)

    with gone(losing_database):
        answers = [
            there.login(email),
            there.login(email, "a bad passphrase"),
            there.login(f"nobody.{email}"),
            *([] if there.accounts_of else [there.register(f"b.{email}")]),
        ]

    for answer in answers:
        assert whole(answer) == there.refused(503, UNAVAILABLE)
        assert int(answer.headers["Retry-After"]) >= 1
    assert there.protected(**bearer(token)).is_success
    assert there.login(email).is_success


@pytest.fixture(scope="module")
def one_core(serving: Serving) -> Server:
    """A server on one processor: it checks one password at a time and lets 32 wait."""
    processors = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(processors)})
    try:
        return serving(PORTICO_BCRYPT_COST="10")
    finally:
        os.sched_setaffinity(0, processors)


def test_b09_e02_503_when_more_passwords_wait_than_can_be_checked(one_core: Server, email: str) -> None:
    """Logins of nobody, at all doors in turn, take their place in the queue as everybody's do."""
    limits = httpx.Limits(max_connections=None)
    with ThreadPoolExecutor(MANY) as threads, httpx.Client(base_url=one_core.url, timeout=60, limits=limits) as client:
        doors = [kind(client) for kind in DOORS.values()]
        bodies = [door.credentials(email, PASSWORD) for door in doors]  # what they need is made before
        in_turn = list(islice(cycle(zip(doors, bodies, strict=True)), MANY))
        logins = [threads.submit(door.ask, "POST", door.login_path, body) for door, body in in_turn]
        live = one_core.client.get("/health/live")
        answers = [(door, login.result()) for (door, _), login in zip(in_turn, logins, strict=True)]

    assert whole(live) == (200, {"status": "ok"})
    busy = [(door, answer) for door, answer in answers if answer.status_code == 503]
    for door, answer in busy:
        assert whole(answer) == door.refused(503, BUSY)
        assert int(answer.headers["Retry-After"]) >= 1
    assert {door.name for door, _ in busy} == set(DOORS)
    served = [(door, answer) for door, answer in answers if answer.status_code != 503]
    assert served
    for door, answer in served:
        assert whole(answer) == door.wrong_credentials
