"""Tokens of users: what is told of them, and how they are sent."""

import time
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait

import pytest
from doors import owners
from doors.owners import Owners, Tenant
from support.answers import JSON, NOTHING_HERE, Headers, bearer, whole
from support.server import Server, Serving
from support.tokens import forged

UPDATE, USER_DATA = "/users/update", "/users/userdata"
ONE_DAY = 24 * 60 * 60


# ---------------------------------------------------------------- what is told of a token
NO_TOKENS = ["x", "undefined", "a.b", "a.b.c", "....", "eyJhbGciOiJub25lIn0", "🦉", "Bearer x", "x" * 4096]


@pytest.mark.parametrize("token", NO_TOKENS)
def test_what_is_no_token_is_malformed(door: Owners, token: str) -> None:
    assert door.told_of(token) == owners.MALFORMED


def test_a_token_that_was_tampered_with_or_whose_day_is_over(server: Server, door: Owners, tenant: Tenant) -> None:
    header, claims, signature = tenant.token.split(".")
    swapped, now = "A" if signature[5] != "A" else "B", int(time.time())

    assert door.told_of(f"{header}.{claims}.{signature[:5]}{swapped}{signature[6:]}") == owners.FORGED
    assert door.told_of(f"{header}.{claims}.") == owners.FORGED
    assert door.told_of(forged(server, tenant.token, iat=now - ONE_DAY - 1, exp=now - 1)) == owners.EXPIRED


def test_s04_a_sign_in_that_is_under_way_outlives_no_deactivation(serving: Serving) -> None:
    """Its password was right and its user active when it began; what it gets is dead all the same."""
    door = serving(PORTICO_BCRYPT_COST="10").at(Owners)
    tenant = Tenant(door)

    with ThreadPoolExecutor(12) as threads:
        under_way = [threads.submit(tenant.sign_in_with_email) for _ in range(12)]
        wait(under_way, return_when=FIRST_COMPLETED)
        assert tenant.update(active=False).status_code == 202
        answers = [answer.result() for answer in under_way]

    tokens = [door.token_of(answer) for answer in answers if whole(answer) != owners.WRONG]
    assert tokens
    assert [door.told_of(token) for token in tokens] == [owners.REVOKED] * len(tokens)


def test_without_a_token_there_is_no_path(door: Owners) -> None:
    assert whole(door.client.get("/users/islogged/")) == door.refused(404, NOTHING_HERE)


# ---------------------------------------------------------------- how it is sent
@pytest.mark.parametrize("scheme", ["Bearer", "bearer"])
def test_user_data_and_update_by_bearer(door: Owners, tenant: Tenant, scheme: str) -> None:
    headers = {"Authorization": f"{scheme} {tenant.token}"}

    for body, more in ((None, {}), ({}, {}), (None, JSON)):
        assert whole(door.ask("POST", USER_DATA, body, headers=headers | more)) == (200, tenant.data)
    for method in ("PUT", "POST"):
        changed = door.ask(method, UPDATE, {"username": method}, headers=headers)
        assert whole(changed) == owners.user_updated(method, tenant.email)


def test_the_token_of_the_body_counts_before_the_header(door: Owners, tenant: Tenant, other: Tenant) -> None:
    headers = bearer(other.token)

    mine = door.ask("POST", USER_DATA, {"token": tenant.token}, headers=headers)
    dead = door.ask("POST", USER_DATA, {"token": "x"}, headers=headers)
    update_of_mine = door.ask("PUT", UPDATE, {"token": tenant.token, "username": "mine"}, headers=headers)

    assert whole(mine) == (200, tenant.data)
    assert whole(dead) == owners.MALFORMED
    assert whole(update_of_mine) == owners.user_updated("mine", tenant.email)
    assert other.is_whole()


@pytest.mark.parametrize("stale", ["Bearer JWT_TOKEN", "Bearer", "Basic dGVzdDpwYXNz", "JWT_TOKEN"])
def test_a_stale_header_beside_a_live_token_hurts_nobody(door: Owners, tenant: Tenant, stale: str) -> None:
    answer = door.ask("POST", USER_DATA, {"token": tenant.token}, headers={"Authorization": stale})

    assert whole(answer) == (200, tenant.data)


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Basic dGVzdDpwYXNz"}, {"token": "x"}])
def test_without_a_token_one_must_be_provided(door: Owners, headers: Headers) -> None:
    update = door.ask("PUT", UPDATE, {"username": "x"}, headers=headers)

    assert whole(update) == whole(door.protected(**headers)) == door.without_session("missing")
