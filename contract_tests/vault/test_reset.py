"""A forgotten password: the mail that lets somebody choose another one, and what becomes of who had the old one."""

from collections.abc import Callable

import pytest
from doors import PASSWORD
from doors.appseed import Appseed
from doors.vault import DEAD_LINK, FORGOT, MISSPELT, NEW_PASSWORD, OK, RESET, Vault
from support.answers import whole
from support.mailbox import letter_to
from support.server import Server, Serving
from support.tokens import expire
from vault.pairs import pair_of


@pytest.mark.parametrize("spelt", [str, MISSPELT.get])
def test_m02_forgot_and_reset_work_once_under_both_spellings(
    server: Server, vault: Vault, email: str, mailed: str, spelt: Callable[[str], str]
) -> None:
    assert whole(vault.forget(email, path=spelt(FORGOT))) == OK
    forgotten = letter_to(server, email, 2).token
    assert whole(vault.choose(forgotten, path=spelt(RESET))) == OK

    assert whole(vault.login(email)) == vault.wrong_credentials
    assert pair_of(vault.login(email, NEW_PASSWORD))
    assert whole(vault.choose(forgotten, PASSWORD, spelt(RESET))) == DEAD_LINK
    assert pair_of(vault.login(email, NEW_PASSWORD))


def test_m02_a_reset_makes_the_other_mails_worthless(server: Server, vault: Vault, email: str, forgotten: str) -> None:
    vault.forget(email)
    second = letter_to(server, email, 3).token
    assert whole(vault.choose(forgotten)) == OK

    assert whole(vault.choose(second, PASSWORD)) == DEAD_LINK
    assert pair_of(vault.login(email, NEW_PASSWORD))


def test_m02_an_expired_token_resets_nothing(server: Server, vault: Vault, email: str, forgotten: str) -> None:
    expire(server, forgotten)

    assert whole(vault.choose(forgotten)) == DEAD_LINK
    assert pair_of(vault.login(email))


def test_m02_a_token_resets_no_password_of_a_later_address(
    server: Server, vault: Vault, email: str, forgotten: str
) -> None:
    server.at(Appseed).move(email, f"new.{email}")

    assert whole(vault.choose(forgotten)) == DEAD_LINK
    assert pair_of(vault.login(f"new.{email}"))


@pytest.mark.parametrize(("weak", "rule"), [("seven77", "too short, at least"), ("e\u0301" * 7, "shorter than")])
def test_a_weak_password_does_not_use_the_token_up(
    vault: Vault, email: str, forgotten: str, weak: str, rule: str
) -> None:
    assert whole(vault.choose(forgotten, weak)) == vault.refused(400, f"'newPassword' is {rule} 8 characters")
    assert pair_of(vault.login(email))
    assert whole(vault.choose(forgotten)) == OK


def test_p06_the_strict_profile_takes_no_common_password_by_a_mailed_link_either(serving: Serving, email: str) -> None:
    server = serving(PORTICO_PROFILE="strict")
    vault = server.at(Vault)
    vault.register(email)
    vault.forget(email)
    forgotten = letter_to(server, email, 2).token

    for easy in ("passwordpassword", email):
        assert whole(vault.choose(forgotten, easy)) == vault.refused(400, "'newPassword' is too easy to guess")
    assert whole(vault.choose(forgotten)) == OK


def test_a05_who_reads_the_mail_throws_out_who_signed_up_with_the_address(
    server: Server, vault: Vault, email: str
) -> None:
    """Somebody took an address that is not his; its owner wants it and can only say that he forgot his password."""
    seized = pair_of(vault.register(email, "the password of a thief"))
    refreshed = pair_of(vault.renew(seized.userToken))
    assert whole(vault.register(email)) == vault.taken

    vault.forget(email)
    assert whole(vault.choose(letter_to(server, email, 2).token, PASSWORD)) == OK

    for thief in (seized.userToken, refreshed.userToken):
        assert whole(vault.renew(thief)) == vault.no_session
        assert whole(vault.resend(thief)) == vault.no_session
    assert whole(vault.login(email, "the password of a thief")) == vault.wrong_credentials
    assert pair_of(vault.login(email))
