"""Activating an account by the link in its mail."""

import pytest
from doors.appseed import Appseed
from doors.notes import BASES, DEAD_LINK, VERIFIED, Notes
from support.answers import at_once, whole
from support.server import Server
from support.tokens import expire


@pytest.mark.parametrize("base", BASES)
def test_m01_all_who_follow_the_link_get_through(notes: Notes, name: str, link: str, base: str) -> None:
    answers = at_once(lambda _: notes.ask("GET", base + link), 8)

    assert [whole(answer) for answer in answers] == [VERIFIED] * 8
    assert notes.login(name).status_code == 200
    assert whole(notes.ask("GET", base + link)) == VERIFIED


@pytest.mark.parametrize("token", ["x", "6Yy0Pp2sQmXJ3mXG5rT8mZt1cVw9kLhN4bDfA7eUoRg", "' OR 1=1 --", "🦉", "x" * 256])
def test_an_unknown_link_is_dead(notes: Notes, token: str) -> None:
    assert whole(notes.client.get("/auth/verify", params={"token": token})) == DEAD_LINK


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("", "'token' is required"),
        ("?token=", "'token' is too short, at least 1 character"),
        ("?token=x&token=y", "'token' is sent more than once"),
        (f"?token={'x' * 257}", "'token' is too long, at most 256 characters"),
    ],
)
def test_a_link_has_one_token(notes: Notes, query: str, message: str) -> None:
    assert whole(notes.ask("GET", f"/auth/verify{query}")) == notes.refused(400, message)


def test_m02_a_link_is_over_in_time(server: Server, notes: Notes, name: str, link: str) -> None:
    expire(server, link.partition("=")[2])

    assert whole(notes.ask("GET", link)) == DEAD_LINK
    assert whole(notes.login(name)) == notes.awaiting


def test_m02_a_link_is_of_its_address(server: Server, notes: Notes, email: str, link: str, account: None) -> None:
    server.at(Appseed).move(email, f"new.{email}")

    assert whole(notes.ask("GET", link)) == DEAD_LINK
