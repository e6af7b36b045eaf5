"""Activating an account by the link in its mail."""

from collections.abc import Callable

import pytest
from doors.appseed import Appseed
from doors.mobile import Mobile
from doors.notes import BASES, DEAD_LINK, NOT_ACTIVATED, VERIFIED, Notes
from doors.vault import Vault
from support.answers import at_once, whole
from support.mailbox import letter_to
from support.server import Server
from support.tokens import expire


@pytest.mark.parametrize("base", BASES)
def test_m01_head_changes_nothing_and_all_who_follow_the_link_get_through(
    notes: Notes, name: str, link: str, base: str
) -> None:
    for _ in range(2):
        assert notes.ask("HEAD", base + link).status_code == 200
        assert whole(notes.login(name)) == NOT_ACTIVATED

    answers = at_once(lambda _: notes.ask("GET", base + link), 8)

    assert [whole(answer) for answer in answers] == [VERIFIED] * 8
    assert notes.login(name).status_code == 200
    assert whole(notes.ask("GET", base + link)) == VERIFIED


@pytest.mark.parametrize("base", BASES)
@pytest.mark.parametrize("token", ["x", "6Yy0Pp2sQmXJ3mXG5rT8mZt1cVw9kLhN4bDfA7eUoRg", "' OR 1=1 --", "🦉", "x" * 256])
def test_an_unknown_link_is_dead(notes: Notes, base: str, token: str) -> None:
    assert whole(notes.client.get(f"{base}/auth/verify", params={"token": token})) == DEAD_LINK
    assert notes.client.head(f"{base}/auth/verify", params={"token": token}).status_code == 400


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
    assert whole(notes.login(name)) == NOT_ACTIVATED


MEANWHILE: dict[str, Callable[[Server, str], None]] = {
    "moved": lambda server, email: server.at(Appseed).move(email, f"new.{email}"),
    "was deleted": lambda server, email: server.at(Mobile).delete(email),
}


@pytest.mark.parametrize("what", MEANWHILE)
def test_m02_a_link_is_of_its_account_and_its_address(
    server: Server, notes: Notes, email: str, link: str, account: None, what: str
) -> None:
    MEANWHILE[what](server, email)

    assert whole(notes.ask("GET", link)) == DEAD_LINK


def test_m02_a_link_is_of_its_purpose(server: Server, notes: Notes, email: str, link: str, account: None) -> None:
    vault = server.at(Vault)
    vault.forget(email)
    resetting, activating = letter_to(server, email, 2).token, link.partition("=")[2]

    assert whole(notes.client.get("/auth/verify", params={"token": resetting})) == DEAD_LINK
    assert vault.choose(activating).status_code == 400
    assert whole(notes.ask("GET", link)) == VERIFIED  # and is still good for its own
