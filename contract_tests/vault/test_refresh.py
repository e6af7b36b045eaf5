"""Refreshing a session: one successor for each token, and what becomes of a session whose token is sent too late."""

import time
from datetime import timedelta

import pytest
from doors.vault import Vault
from support.answers import whole
from support.database import ago, sql
from support.server import Server
from support.tokens import forged
from vault.pairs import Pair, pair_of

from portico.core.sessions import GRACE

ONE_DAY = 24 * 60 * 60
METHODS = ["GET", "POST"]
NO_SESSION = Vault.no_session
INVALID_TOKEN = 'Bearer error="invalid_token"'


def pass_the_window(server: Server, pair: Pair) -> None:
    """Lets the last refresh of a session have been a little longer ago than a second tab takes."""
    sql(server, f"UPDATE session SET issued_at = '{ago(GRACE + timedelta(seconds=1))}' WHERE id = '{pair.session}'")


@pytest.mark.parametrize("method", METHODS)
def test_r01_r04_refresh_answers_a_new_pair_of_the_same_session_and_that_again(
    vault: Vault, pair: Pair, method: str
) -> None:
    (new,) = {pair_of(vault.renew(pair.userToken, method)) for _ in range(3)}

    issued = new.user["iat"]
    assert new != pair
    assert new.user == pair.user | {"jti": f"{pair.session}.1", "iat": issued, "exp": issued + ONE_DAY}
    assert new.vault == new.user | {"aud": "vault:team"}
    newest = pair_of(vault.renew(new.userToken, method))
    assert (newest.session, newest.generation) == (pair.session, 2)


def test_m01_r01_r02_after_the_window_the_old_token_opens_nothing_and_its_refresh_ends_the_session(
    server: Server, vault: Vault, email: str, pair: Pair
) -> None:
    other = pair_of(vault.login(email))
    new = pair_of(vault.renew(pair.userToken))
    assert pair_of(vault.resend(pair.userToken)) == new  # what was on its way gets through
    pass_the_window(server, pair)

    assert whole(vault.resend(pair.userToken)) == NO_SESSION
    assert vault.renew(pair.userToken, "HEAD").status_code == 401  # M01: a scanner logs nobody out
    assert pair_of(vault.resend(new.userToken)).generation == 1  # to ask with the old one was not to steal

    reused = vault.renew(pair.userToken)

    assert whole(reused) == NO_SESSION
    assert reused.headers["WWW-Authenticate"] == INVALID_TOKEN
    assert whole(vault.renew(new.userToken)) == NO_SESSION
    assert pair_of(vault.renew(other.userToken))  # and no other


def test_r02_reuse_of_the_one_before_the_last_is_refused_and_later_ends_the_session(
    server: Server, vault: Vault, pair: Pair
) -> None:
    second = pair_of(vault.renew(pair.userToken))
    third = pair_of(vault.renew(second.userToken))

    assert whole(vault.renew(pair.userToken)) == NO_SESSION
    assert pair_of(vault.renew(second.userToken)) == third  # so far it was a slow tab

    pass_the_window(server, pair)

    assert whole(vault.renew(pair.userToken)) == NO_SESSION
    assert whole(vault.renew(third.userToken)) == NO_SESSION


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(("ended", "good"), [(1, True), (6.99, True), (7.01, False), (400, False)])
def test_s06_a_token_that_ended_is_refreshed_for_seven_days(
    server: Server, vault: Vault, token: str, method: str, ended: float, good: bool
) -> None:
    end = int(time.time() - ended * ONE_DAY)

    answer = vault.renew(forged(server, token, iat=end - ONE_DAY, exp=end), method)

    if good:
        new = pair_of(answer)
        assert new.generation == 1
        assert new.user["exp"] > time.time()
    else:
        assert whole(answer) == vault.without_session("expired")
        assert answer.headers["WWW-Authenticate"] == INVALID_TOKEN


def test_s06_a_token_that_may_be_refreshed_opens_nothing_else(server: Server, vault: Vault, token: str) -> None:
    late = forged(server, token, exp=int(time.time()) - 1)

    assert whole(vault.resend(late)) == vault.without_session("expired")


def test_s06_a_session_ends_however_often_it_is_refreshed_and_no_token_says_otherwise(
    server: Server, vault: Vault, pair: Pair
) -> None:
    sql(server, f"UPDATE session SET ends_at = '{ago(-timedelta(hours=1))}' WHERE id = '{pair.session}'")
    new = pair_of(vault.renew(pair.userToken))
    assert max(new.user["exp"], new.vault["exp"]) <= time.time() + 60 * 60

    sql(server, f"UPDATE session SET ends_at = '{ago(timedelta(seconds=1))}' WHERE id = '{pair.session}'")
    assert whole(vault.renew(new.userToken)) == NO_SESSION
