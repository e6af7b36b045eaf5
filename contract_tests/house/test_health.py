"""O01: alive is who answers; ready is who reaches a database with the tables of this version."""

import httpx
import pytest
from doors.vault import problem
from support.answers import whole
from support.database import gone, sql
from support.server import Server, Serving

OK = (200, {"status": "ok"})
UNAVAILABLE = (503, problem(503, "The server cannot reach its database, try again in a moment"))


@pytest.fixture(scope="module")
def losing_database(serving: Serving) -> Server:
    """A server whose database is about to fail."""
    server = serving()
    server.expects_failures = True
    return server


def alive(server: Server) -> tuple[int, object]:
    return whole(server.client.get("/health/live"))


def ready(server: Server) -> tuple[int, object]:
    return whole(server.client.get("/health/ready"))


def test_health(client: httpx.Client) -> None:
    for path in ("/health/live", "/health/ready"):
        answer = client.get(path)
        assert whole(answer) == OK
        assert answer.headers["Content-Type"] == "application/json"
        assert answer.headers["Cache-Control"] == "no-store"


def test_o01_ready_follows_the_database_and_live_does_not(losing_database: Server) -> None:
    with gone(losing_database):
        down = losing_database.client.get("/health/ready")
        assert alive(losing_database) == OK

    assert whole(down) == UNAVAILABLE
    assert down.headers["Content-Type"] == "application/problem+json"
    assert int(down.headers["Retry-After"]) >= 1
    assert ready(losing_database) == OK


MIGRATION = "UPDATE tortoise_migrations SET name = '{}'"
BROKEN = {
    "a migration not applied": (MIGRATION.format("0000_other"), MIGRATION.format("0001_initial")),
    "a migration of a later version": (MIGRATION.format("9999_later"), MIGRATION.format("0001_initial")),
    "no built-in application": (
        "UPDATE application SET id = 77 WHERE id = 0",
        "UPDATE application SET id = 0 WHERE id = 77",
    ),
}


@pytest.mark.parametrize("broken", BROKEN)
def test_o01_ready_wants_the_tables_of_this_version(losing_database: Server, broken: str) -> None:
    breaks, mends = BROKEN[broken]

    sql(losing_database, breaks)
    assert (ready(losing_database), alive(losing_database)) == (UNAVAILABLE, OK)

    sql(losing_database, mends)
    assert ready(losing_database) == OK
