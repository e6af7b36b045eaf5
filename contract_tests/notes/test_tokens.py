"""Opaque tokens: what refreshes, how long what lives, and what the database holds of it."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from doors.notes import NO_REFRESH, Notes
from support.answers import Json, at_once, found, whole
from support.database import rows, sql, stored
from support.server import Server, Serving
from support.tokens import digest, expire


def end_of(server: Server, token: str) -> datetime:
    """When the database says that a token is over."""
    row = next(line for line in stored(server).splitlines() if digest(token) in line)
    return datetime.fromisoformat(found(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d+)?\+00(:00)?", row)[0])


# ---------------------------------------------------------------- refresh
def test_r01_a_refresh_token_and_its_successor_stay_good(notes: Notes, name: str, tokens: Json) -> None:
    """A successor refreshes as well; all that a login and its refreshes brought is good beside each other."""
    chain = [tokens]
    for _ in range(2):
        chain += [notes.tokens_of(notes.renew(chain[-1]["refresh_token"]))]
    chain += [notes.tokens_of(notes.renew(each["refresh_token"])) for each in chain]

    assert {each["reference_token"] for each in chain[1:]} == {tokens["refresh_token"]}
    assert len({each["access_token"] for each in chain}) == 6
    for each in chain:
        assert notes.current(each["access_token"]) == (200, {"username": name})


def test_r03_many_refreshes_at_once_each_bring_an_access_token(notes: Notes, tokens: Json) -> None:
    answers = at_once(lambda _: notes.renew(tokens["refresh_token"]), 24)

    assert len({notes.token_of(answer) for answer in answers}) == 24


@pytest.mark.parametrize(
    "unknown",
    ["d.cf03600e7e505af7c4e90120838a05a3", "r.", "a.", "x", "' OR 1=1 --", "undefined", "x" * 256, "r." + "0" * 64],
)
def test_what_is_no_token_is_expired(notes: Notes, unknown: str) -> None:
    assert whole(notes.renew(unknown)) == NO_REFRESH
    assert notes.current(unknown) == notes.no_session


@pytest.mark.parametrize(
    "change", [str.upper, lambda token: f"{token}0", lambda token: f"{token}🦉", lambda token: token[:-1]]
)
def test_a_refresh_token_is_good_as_it_is_only(notes: Notes, tokens: Json, change: Callable[[str], str]) -> None:
    assert whole(notes.renew(change(tokens["refresh_token"]))) == NO_REFRESH


# ---------------------------------------------------------------- how long they live
def test_s06_access_tokens_live_as_long_as_they_say(server: Server, notes: Notes, name: str, account: None) -> None:
    before = datetime.now(UTC)
    first = notes.tokens_of(notes.login(name))
    second = notes.tokens_of(notes.renew(first["refresh_token"]))
    after = datetime.now(UTC)

    for tokens in (first, second):
        life = timedelta(seconds=tokens["valid_for"])
        assert before + life <= end_of(server, tokens["access_token"]) <= after + life
    ends = {end_of(server, tokens["refresh_token"]) for tokens in (first, second)}
    assert len(ends) == 1  # a refresh prolongs nothing
    assert before + timedelta(days=30) <= ends.pop() <= after + timedelta(days=30)


def test_s06_an_access_token_expires_and_its_session_goes_on(
    server: Server, notes: Notes, name: str, tokens: Json
) -> None:
    expire(server, tokens["access_token"])

    sent = {"refresh_token": tokens["refresh_token"]}  # beside a dead header, which upstream broke even this
    renewed = notes.tokens_of(notes.ask("POST", "/auth/refresh", sent, token=tokens["access_token"]))

    assert notes.current(renewed["access_token"]) == (200, {"username": name})
    assert notes.current(tokens["access_token"]) == notes.no_session


def test_s06_refresh_tokens_expire(server: Server, notes: Notes, tokens: Json) -> None:
    both = [tokens["refresh_token"], notes.tokens_of(notes.renew(tokens["refresh_token"]))["refresh_token"]]

    expire(server, *both)

    assert [whole(notes.renew(token)) for token in both] == [NO_REFRESH] * 2


CHANGES = {"s01 it ended": "revoked_at = CURRENT_TIMESTAMP", "s02 it is of another door": "door = 'vault'"}


@pytest.mark.parametrize("change", CHANGES)
def test_s01_s02_tokens_are_worth_what_their_session_is(
    server: Server, notes: Notes, name: str, tokens: Json, change: str
) -> None:
    renewed = notes.tokens_of(notes.renew(tokens["refresh_token"]))
    other = notes.tokens_of(notes.login(name))
    mine = f"SELECT session_id FROM token WHERE digest = '{digest(tokens['refresh_token'])}'"

    sql(server, f"UPDATE session SET {CHANGES[change]} WHERE id = ({mine})")

    for each in (tokens, renewed):
        assert notes.current(each["access_token"]) == notes.no_session
        assert whole(notes.renew(each["refresh_token"])) == NO_REFRESH
    assert notes.current(other["access_token"]) == (200, {"username": name})
    assert notes.tokens_of(notes.renew(other["refresh_token"]))


# ---------------------------------------------------------------- what the database holds
def test_s05_the_refresh_token_of_a_session_is_another_at_another_server(
    serving: Serving, server: Server, email: str, tokens: Json
) -> None:
    """Whoever steals the database, and knows what a refresh token is made of, lacks the key it is made with."""
    ((session,),) = rows(server, f"SELECT session_id FROM token WHERE digest = '{digest(tokens['access_token'])}'")
    elsewhere = serving()
    notes = elsewhere.at(Notes)
    notes.register(email)
    theirs = notes.tokens_of(notes.renew(notes.tokens_of(notes.login(email))["refresh_token"]))
    columns = "door, account_id, generation, created_at, issued_at, expires_at, ends_at"
    sql(
        elsewhere,
        f"INSERT INTO session (id, {columns}) SELECT '{session}', {columns} FROM session",
        f"UPDATE token SET session_id = '{session}'",
    )

    renewed = notes.tokens_of(notes.renew(theirs["refresh_token"]))

    assert renewed["reference_token"].startswith("r.")
    assert renewed["reference_token"] != tokens["refresh_token"]
