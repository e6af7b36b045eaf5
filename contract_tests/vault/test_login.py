"""Registering and logging in: what the pair of tokens says."""

import time
from uuid import UUID

import pytest
from doors import PASSWORD
from doors.notes import Notes
from doors.vault import NEW_PASSWORD, TAKEN, Vault
from support.answers import whole
from support.mailbox import letter_to, rows
from support.server import Server
from vault.pairs import NO_TEAM, Pair, pair_of

ONE_DAY = 24 * 60 * 60


def test_register_answers_a_pair_without_a_team(server: Server, vault: Vault, email: str) -> None:
    answer = vault.register(email)

    pair = pair_of(answer)
    assert answer.headers.get_list("Content-Type") == ["application/json"]
    assert pair.user == {
        "iss": server.url,
        "aud": "vault",
        "sub": str(UUID(pair.user["sub"])),
        "jti": f"{pair.session}.0",
        "iat": pair.user["iat"],
        "exp": pair.user["iat"] + ONE_DAY,
    }
    assert abs(pair.user["iat"] - time.time()) < 60
    assert pair.vault == pair.user | {"aud": "vault:team"}
    assert len(letter_to(server, email).token) == 43


def test_login_answers_a_pair_of_the_same_account_and_another_session(vault: Vault, email: str, pair: Pair) -> None:
    again = pair_of(vault.login(email))

    assert again.user["sub"] == pair.user["sub"]
    assert again.session != pair.session
    assert again.vault == again.user | {"aud": "vault:team"}


def test_an_address_is_taken_in_any_case_and_no_mail_goes_out(
    server: Server, vault: Vault, email: str, mailed: str
) -> None:
    assert whole(vault.register(email.title(), NEW_PASSWORD)) == TAKEN
    assert whole(vault.login(email, NEW_PASSWORD)) == vault.wrong_credentials
    assert rows(server, f"SELECT count(*) FROM mail WHERE lower(recipient) = '{email}'") == [(1,)]


@pytest.mark.parametrize("password", ["", "p", "p" * 1024])
def test_a_login_does_not_name_the_policy_of_passwords(vault: Vault, email: str, pair: Pair, password: str) -> None:
    assert whole(vault.login(email, password)) == vault.wrong_credentials


def test_a05_the_link_that_activates_an_account_of_notes_verifies_it_here(
    server: Server, vault: Vault, email: str
) -> None:
    assert server.at(Notes).ask("POST", *server.at(Notes).registration(email, PASSWORD)).is_success
    assert whole(vault.login(email)) == vault.wrong_credentials

    assert pair_of(vault.verify(letter_to(server, email).token)).team != NO_TEAM
    assert pair_of(vault.login(email)).team != NO_TEAM
