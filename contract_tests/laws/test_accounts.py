"""One account opens every door of the house; those of applications are accounts of their own."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from doors import DOORS, PASSWORD, Door
from support.answers import bearer, whole
from support.database import sql
from support.mailbox import awaited, letters_to
from support.server import Server

WITH_OWN_ACCOUNTS = [name for name, kind in DOORS.items() if kind.has_own_accounts]
SHARING = [name for name, kind in DOORS.items() if not kind.has_own_accounts]
RECOVERING = [name for name, kind in DOORS.items() if kind.recovering]
OTHER = "another good passphrase"


# ---------------------------------------------------------------- one account, every door
@pytest.mark.parametrize("name", [name for name in SHARING if not DOORS[name].accounts_of])
def test_one_account_opens_every_door_that_shares_it(
    server: Server, sharing: list[Door], email: str, name: str
) -> None:
    assert server.at(DOORS[name]).register(email).is_success

    for door in sharing:
        answer = door.login(email)
        assert answer.is_success, door.name
        assert door.protected(**bearer(door.token_of(answer))).is_success, door.name
        assert whole(door.login(email, "a bad passphrase")) == door.wrong_credentials, door.name
        assert whole(door.register(email.upper(), OTHER)) == door.door_of_registration.taken, door.name


def test_of_many_who_register_an_address_at_once_one_gets_it(maker: Door, email: str) -> None:
    maker.registration(email, PASSWORD)  # what it needs is made before
    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(lambda _: maker.register(email), range(8)))

    refused = [whole(answer) for answer in answers if not answer.is_success]
    assert refused == [maker.taken] * 7


@pytest.mark.parametrize("name", SHARING)
def test_an_account_that_awaits_its_activation_opens_no_door(server: Server, email: str, name: str) -> None:
    """Where it is told so, it is told after the right password only."""
    door = server.at(DOORS[name])
    assert door.register(email).is_success

    sql(server, f"UPDATE account SET awaits_activation = true WHERE email_key = '{email}'")
    assert whole(door.login(email)) == (door.awaiting or door.wrong_credentials)
    assert whole(door.login(email, "a bad passphrase")) == door.wrong_credentials

    sql(server, f"UPDATE account SET awaits_activation = false WHERE email_key = '{email}'")
    assert door.login(email).is_success


@pytest.mark.parametrize("name", WITH_OWN_ACCOUNTS)
def test_a01_accounts_of_applications_are_accounts_of_their_own(
    server: Server, sharing: list[Door], email: str, name: str
) -> None:
    """The same address in the house and in two applications, each with a password that is good there only."""
    applications = [DOORS[name](server.client) for _ in range(2)]  # each description makes one for itself
    makers = [sharing[0].door_of_registration, *applications]
    passwords = ["the first passphrase", "the second passphrase", "the third passphrase"]

    for maker, password in zip(makers, passwords, strict=True):
        assert maker.register(email, password).is_success
        assert whole(maker.register(email.upper(), OTHER)) == maker.taken

    for own, doors in zip(passwords, [sharing, *([each] for each in applications)], strict=True):
        for door in doors:
            assert door.login(email, own).is_success, door.name
            for other in set(passwords) - {own}:
                assert whole(door.login(email, other)) == door.wrong_credentials, door.name


@pytest.mark.parametrize("name", WITH_OWN_ACCOUNTS)
def test_a01_the_users_of_applications_are_nobody_to_those_who_ask_for_an_address(
    server: Server, sharing: list[Door], email: str, name: str
) -> None:
    assert server.at(DOORS[name]).register(email).is_success

    for door in sharing:
        assert not door.knows(email), door.name
        for path in door.recovering:
            assert door.ask("POST", path, {"email": email}).is_success, path
    assert sharing[0].register(f"b.{email}").is_success
    for door in sharing:
        assert door.knows(f"b.{email}") in (True, None), door.name
        for path in door.recovering:
            door.ask("POST", path, {"email": f"b.{email}"})
            awaited(lambda: letters_to(server, f"b.{email}"), "a mail that was asked for later")
    assert letters_to(server, email) == []


# ---------------------------------------------------------------- nobody and a wrong password look the same
def test_e01_unknown_account_wrong_password_and_inactive_account_are_one(
    door: Door, server: Server, email: str
) -> None:
    for name in ("wrong", "inactive"):
        assert door.register(f"{name}.{email}").is_success
    sql(server, f"UPDATE account SET active = false WHERE email_key = 'inactive.{email}'")

    answers = [
        door.login(f"nobody.{email}"),
        door.login(f"wrong.{email}", "a bad passphrase"),
        *(door.login(f"wrong.{email}", wrong) for wrong in ("x", PASSWORD.upper(), f" {PASSWORD}", "p" * 1024)),
        door.login(f"inactive.{email}"),
    ]

    assert [whole(answer) for answer in answers] == [door.wrong_credentials] * 7
    assert len({(answer.content, *(name for name, _ in answer.headers.multi_items())) for answer in answers}) == 1


@pytest.mark.parametrize("name", RECOVERING)
def test_e03_forgetting_looks_the_same_whoever_forgets(server: Server, email: str, name: str) -> None:
    door = server.at(DOORS[name])
    for who in ("known", "inactive"):
        assert door.register(f"{who}.{email}").is_success
    sql(server, f"UPDATE account SET active = false WHERE email_key = 'inactive.{email}'")

    for path in door.recovering:
        addresses = [f"{who}.{email}" for who in ("nobody", "known", "inactive")]
        answers = [door.ask("POST", path, {"email": address}) for address in addresses]
        assert answers[0].is_success
        assert len({(answer.content, *(name for name, _ in answer.headers.multi_items())) for answer in answers}) == 1
