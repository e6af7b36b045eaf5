"""Logging in by a name or an address, and what a login tells of the account."""

from collections.abc import Callable

import pytest
from doors import PASSWORD
from doors.appseed import Appseed
from doors.notes import Notes
from support.answers import whole
from support.server import Server

CUCKOO = "the password of a cuckoo"


@pytest.mark.parametrize("spelt", [str, str.upper, str.title])
def test_login_by_name_or_address_in_any_case(
    notes: Notes, name: str, email: str, account: None, spelt: Callable[[str], str]
) -> None:
    for username in (name, email):
        assert notes.current(notes.token_of(notes.login(spelt(username)))) == (200, {"username": name})


def test_the_account_of_another_door_logs_in_by_its_address_and_leaves_its_name_free(
    server: Server, notes: Notes, name: str, email: str
) -> None:
    server.at(Appseed).register(email, username=name)

    assert notes.current(notes.token_of(notes.login(email))) == (200, {"username": name})
    assert whole(notes.login(name)) == notes.wrong_credentials
    assert notes.join(name, f"new.{email}").status_code == 200


@pytest.mark.parametrize("cuckoo_first", [True, False])
def test_a01_a_name_that_is_another_s_address_never_stands_for_him(
    notes: Notes, name: str, email: str, cuckoo_first: bool
) -> None:
    """Whoever signs up as somebody's address gets in by his own address only, and keeps nobody out."""
    people = [(name, email, PASSWORD), (email, f"cuckoo.{email}", CUCKOO)]
    for person in reversed(people) if cuckoo_first else people:
        assert notes.register(person[1], person[2], username=person[0]).status_code == 200

    assert notes.current(notes.token_of(notes.login(email))) == (200, {"username": name})
    assert whole(notes.login(email, CUCKOO)) == notes.wrong_credentials
    assert notes.current(notes.token_of(notes.login(f"cuckoo.{email}", CUCKOO))) == (200, {"username": email})


def test_e01_a_wrong_password_is_an_unknown_name_byte_for_byte(notes: Notes, name: str, account: None) -> None:
    answers = [
        *(notes.login(name, password) for password in ("", "seven", "p" * 1024)),
        *(notes.login(unknown) for unknown in (f"nobody-{name}", "' OR 1=1 --", "🦉")),
    ]

    assert [whole(answer) for answer in answers] == [notes.wrong_credentials] * 6
    assert len({answer.content for answer in answers}) == 1
    assert len({tuple(name for name, _ in answer.headers.multi_items()) for answer in answers}) == 1


def test_e01_a_name_that_awaits_activation_is_told_so_after_the_right_password_only(
    notes: Notes, name: str, link: str
) -> None:
    assert whole(notes.login(name)) == notes.awaiting
    assert whole(notes.login(name, "a wrong password")) == notes.wrong_credentials
