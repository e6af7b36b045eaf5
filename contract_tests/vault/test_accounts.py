"""Registering, logging in, and asking whether an address has an account."""

import time
from uuid import UUID

import pytest
from doors import PASSWORD
from doors.notes import Notes
from doors.vault import OK, Vault
from support.answers import whole
from support.database import rows
from support.mailbox import letter_to
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


def test_no_mail_goes_to_an_address_that_is_taken(server: Server, vault: Vault, email: str, mailed: str) -> None:
    assert whole(vault.register(email.title())) == vault.taken

    assert rows(server, f"SELECT count(*) FROM mail WHERE lower(recipient) = '{email}'") == [(1,)]


def test_h04_wrong_credentials_name_the_scheme(vault: Vault, email: str) -> None:
    assert vault.login(email).headers["WWW-Authenticate"] == "Bearer"


def test_a05_the_link_that_activates_an_account_of_notes_verifies_it_here(
    server: Server, vault: Vault, email: str
) -> None:
    assert server.at(Notes).ask("POST", *server.at(Notes).registration(email, PASSWORD)).is_success
    assert whole(vault.login(email)) == vault.wrong_credentials

    assert pair_of(vault.verify(letter_to(server, email).token)).team != NO_TEAM
    assert pair_of(vault.login(email)).team != NO_TEAM


# ---------------------------------------------------------------- whether an address has an account
def test_exist_email_answers_true_or_false(vault: Vault, email: str, pair: Pair) -> None:
    for address, there in ((email, True), (email.upper(), True), (f"b.{email}", False), ("a@b", False)):
        answer = vault.exists(address)
        assert whole(answer) == (200, there)
        assert answer.content == (b"true" if there else b"false")
        assert answer.headers.get_list("Content-Type") == ["application/json"]


@pytest.mark.parametrize(
    "shape", ["{}+tag@example.org", "a/{}@example.org", '"{} ?#"@example.org', "{}%41@example.org"]
)
def test_exist_email_takes_any_address_a_path_can_hold(vault: Vault, email: str, shape: str) -> None:
    address = shape.format(email[:32])
    assert whole(vault.exists(address)) == (200, False)
    vault.register(address)

    assert whole(vault.exists(address)) == (200, True)


@pytest.mark.parametrize("wrong", ["nope", "a@b@c", "ä@b.c", "a b@c.d", "%%%"])
def test_exist_email_wants_an_address(vault: Vault, wrong: str) -> None:
    assert whole(vault.exists(wrong)) == vault.refused(400, "'email' is not a valid e-mail address")


def test_no_limits_when_they_are_off(vault: Vault, email: str) -> None:
    for _ in range(8):
        assert whole(vault.exists(email)) == (200, False)
        assert whole(vault.forget(email)) == OK
