"""Tokens of the door `mobile`: how long they live and how they are sent."""

import sqlite3
from contextlib import closing

import pytest
from doors.mobile import JOEY, NO_USER, Mobile
from support.answers import Headers, Json, text_in, whole
from support.database import sql
from support.server import POSTGRES, Server

THIRTY_DAYS = 30 * 24 * 60 * 60
UPDATE = ("PUT", "/api/user/update", JOEY)
WITH_A_SESSION = [("GET", "/api/user/details", None), UPDATE, ("DELETE", "/api/user/delete", None)]
with_a_session = pytest.mark.parametrize(("method", "path", "body"), WITH_A_SESSION)


@with_a_session
@pytest.mark.parametrize(
    "headers", [{}, {"token": ""}, {"Authorization": ""}, {"Authorization": "Bearer"}, {"X-Token": "x"}]
)
def test_without_a_token_access_is_denied(
    door: Mobile, method: str, path: str, body: Json | None, headers: Headers
) -> None:
    assert whole(door.ask(method, path, body, headers=headers)) == door.without_session("missing")


@with_a_session
@pytest.mark.parametrize(
    "sent", ["[TOKEN]", "undefined", "..", "a.b.c", "Bearer", "Bearer x", "Basic dGVzdDpwYXNz", "x" * 4000]
)
def test_h04_any_other_token_is_invalid(door: Mobile, method: str, path: str, body: Json | None, sent: str) -> None:
    answer = door.ask(method, path, body, headers={"token": sent})

    assert whole(answer) == door.no_session
    assert answer.headers.get_list("WWW-Authenticate") == ['Bearer error="invalid_token"']


@pytest.mark.parametrize("carriage", ["token", "Authorization"])
def test_the_token_of_a_body_or_a_query_is_no_token(door: Mobile, token: str, carriage: str) -> None:
    in_body = door.ask("PUT", "/api/user/update", JOEY | {carriage: token})
    in_query = door.client.get("/api/user/details", params={carriage: token})

    assert whole(in_body) == whole(in_query) == door.without_session("missing")


@pytest.mark.parametrize("stale", ["Basic dGVzdDpwYXNz", "Bearer [TOKEN]", "[TOKEN]", "Digest a=b"])
def test_a_stale_authorization_beside_a_live_token_hurts_nobody(
    door: Mobile, email: str, token: str, stale: str
) -> None:
    assert text_in(door.protected(token=token, Authorization=stale), "email") == email


def test_one_token_header_only(door: Mobile, token: str) -> None:
    answer = door.client.get("/api/user/details", headers=[("token", token), ("token", token)])

    assert whole(answer) == door.refused(400, "The header Token is sent more than once")


# ---------------------------------------------------------------- an account that goes while it is asked for
def without_cascade(server: Server, statement: str) -> None:
    """Runs a statement in the database and leaves below it what should have gone along."""
    if POSTGRES:
        sql(server, f"SET session_replication_role = replica; {statement}")
        return
    with closing(sqlite3.connect(server.folder / "portico.db", isolation_level=None)) as database:
        database.execute(statement)


@pytest.mark.parametrize(("method", "path", "body"), [*WITH_A_SESSION, ("PUT", "/api/user/update", {"age": "20"})])
def test_an_account_that_went_under_its_session_is_not_found(
    server: Server, door: Mobile, email: str, token: str, method: str, path: str, body: Json | None
) -> None:
    without_cascade(server, f"DELETE FROM account WHERE email_key = '{email}'")

    assert whole(door.ask(method, path, body, headers={"token": token})) == NO_USER
