"""Verifying an address, which brings a team and a project, and asking for its mail once more."""

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import pytest
from doors.appseed import Appseed
from doors.vault import DEAD_LINK, DONE_ALREADY, RESEND, Vault
from support.answers import NOTHING_HERE, whole
from support.database import moment, rows, sql
from support.mailbox import letter_to, letters_to
from support.server import Server
from support.tokens import expire
from vault.pairs import Pair, pair_of

UNVERIFIED = [(None,)]


def verified_at(server: Server, email: str) -> list[tuple[object, ...]]:
    return rows(server, f"SELECT verified_at FROM account WHERE email_key = '{email}'")


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_verify_answers_a_pair_with_team_and_project(
    server: Server, vault: Vault, email: str, pair: Pair, mailed: str, method: str
) -> None:
    verified = pair_of(vault.verify(mailed, method))

    team, project = map(str, verified.team)
    assert verified.user["sub"] == pair.user["sub"]
    assert verified.session != pair.session
    claims = {"aud": "vault:team", "team": str(UUID(team)), "project": str(UUID(project))}
    assert verified.vault == verified.user | claims
    assert team != project
    assert verified_at(server, email) != UNVERIFIED


def test_every_session_has_the_same_team_once_there_is_one(vault: Vault, email: str, token: str, mailed: str) -> None:
    team = pair_of(vault.verify(mailed)).team

    assert None not in team
    assert pair_of(vault.login(email)).team == team
    assert pair_of(vault.renew(token)).team == team  # begun before there was one
    assert pair_of(vault.verify(mailed)).team == team


def test_every_account_has_a_team_of_its_own(server: Server, vault: Vault, email: str, mailed: str) -> None:
    vault.register(f"b.{email}")
    others = letter_to(server, f"b.{email}").token

    assert len({*pair_of(vault.verify(mailed)).team, *pair_of(vault.verify(others)).team}) == 4


@pytest.mark.parametrize(
    "unknown", ["x", "6Yy0Pp2sQmXJ3mXG5rT8mZt1cVw9kLhN4bDfA7eUoRg", "🦉", "' OR 1=1 --", "a%2Fb", "x" * 256]
)
def test_an_unknown_token_verifies_nothing(vault: Vault, unknown: str) -> None:
    for method in ("GET", "POST"):
        assert whole(vault.verify(unknown, method)) == DEAD_LINK
    assert vault.verify(unknown, "HEAD").status_code == 400


def test_a_link_without_its_token_is_no_path(vault: Vault) -> None:
    assert whole(vault.verify("")) == vault.refused(404, NOTHING_HERE)


WORTHLESS: dict[str, Callable[[Server, str, str], None]] = {
    "once its life is over": lambda server, email, token: expire(server, token),
    "once the account has another address": lambda server, email, _: server.at(Appseed).move(email, f"new.{email}"),
    "while the account is inactive": lambda server, email, _: deactivate(server, email),
}


def deactivate(server: Server, email: str) -> None:
    sql(server, f"UPDATE account SET active = false WHERE email_key = '{email}'")


@pytest.mark.parametrize("verified_before", [True, False])
@pytest.mark.parametrize("when", WORTHLESS)
def test_m02_s04_a_token_verifies_nothing(
    server: Server, vault: Vault, email: str, mailed: str, when: str, verified_before: bool
) -> None:
    if verified_before:
        vault.verify(mailed)
    WORTHLESS[when](server, email, mailed)
    before = rows(server, "SELECT id, verified_at FROM account ORDER BY id")

    for method in ("GET", "POST"):
        assert whole(vault.verify(mailed, method)) == DEAD_LINK
    assert rows(server, "SELECT id, verified_at FROM account ORDER BY id") == before


def test_s02_a_vault_token_is_no_user_token(vault: Vault, pair: Pair, mailed: str) -> None:
    for vault_token in (pair.vaultToken, pair_of(vault.verify(mailed)).vaultToken):
        assert whole(vault.renew(vault_token)) == vault.without_session("forged")
        assert whole(vault.resend(vault_token)) == vault.without_session("forged")


def test_m02_tokens_live_two_days_and_one_hour(server: Server, email: str, forgotten: str) -> None:
    query = f"SELECT purpose, created_at, expires_at FROM one_time_token WHERE address = '{email}'"
    lives = {purpose: moment(end) - moment(start) for purpose, start, end in rows(server, query)}

    hours = {purpose: round(life / timedelta(hours=1), 2) for purpose, life in lives.items()}
    assert hours == {"verify": 48, "reset": 1}


def test_a05_a_new_address_is_not_verified_and_the_team_stays(
    server: Server, vault: Vault, email: str, mailed: str
) -> None:
    team = pair_of(vault.verify(mailed)).team

    server.at(Appseed).move(email, f"new.{email}")

    assert verified_at(server, f"new.{email}") == UNVERIFIED
    assert pair_of(vault.login(f"new.{email}")).team == team


def test_another_case_of_the_address_is_the_same_address(server: Server, vault: Vault, email: str, mailed: str) -> None:
    server.at(Appseed).move(email, email.upper())

    assert None not in pair_of(vault.verify(mailed)).team


# ---------------------------------------------------------------- the mail once more
@pytest.mark.parametrize("name", ["capcha", "captcha"])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_resend_answers_the_pair_and_mails_again(
    server: Server, vault: Vault, email: str, pair: Pair, mailed: str, method: str, name: str
) -> None:
    assert pair_of(vault.resend(pair.userToken, method, name)) == pair

    second = letter_to(server, email, 2).token
    assert second != mailed
    assert None not in pair_of(vault.verify(second)).team
    assert None not in pair_of(vault.verify(mailed)).team  # the slower mail is as good
    assert whole(vault.resend(pair.userToken, method, name)) == DONE_ALREADY
    assert len(letters_to(server, email)) == 2


def test_h03_a_solution_is_sent_once(vault: Vault, token: str) -> None:
    answer = vault.ask("GET", f"{RESEND}?capcha=a&capcha=b", token=token)

    assert whole(answer) == vault.refused(400, "'capcha' is sent more than once")
