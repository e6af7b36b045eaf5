"""Secrets: not in the database, not in the log, and passed on by no URL (A04, S05)."""

import re
from urllib.parse import quote

import pytest
from doors import PASSWORD
from doors.owners import JASON, Owners, Tenant
from support.answers import object_in, text_in, whole
from support.database import rows, sql, stored
from support.server import Server, Serving
from support.tokens import parts

BY_UUID, BY_PASSWORD, IS_LOGGED = "/appowner/uuid", "/appowner/emailpassword", "/users/islogged"


# ---------------------------------------------------------------- in the database
def test_s05_no_secret_stands_in_the_database(server: Server, tenant: Tenant) -> None:
    owner, dump = tenant.owner, stored(server).lower()
    tokens = [owner["deletion_token"], owner["deletion_token"].split(".")[2], tenant.token]

    assert tenant.email in dump  # it is the right database
    for secret in (owner["uuid"], *tokens, tenant.key, tenant.data["apikey"], JASON["password"], PASSWORD):
        assert secret.lower() not in dump
        assert secret.lower().replace("-", "") not in dump


def test_s05_what_is_derived_is_another_at_another_server(serving: Serving, server: Server, tenant: Tenant) -> None:
    """Whoever steals the database, and knows what credentials are made of, lacks the key they are made with."""
    (seed, made_at) = rows(server, f"SELECT seed, created_at FROM owner WHERE email = '{tenant.email}'")[0]
    elsewhere = serving()
    door = elsewhere.at(Owners)
    twin = Tenant(door)
    sql(
        elsewhere,
        f"UPDATE owner SET seed = '{seed}', created_at = '{made_at}'",
        f"UPDATE account SET uuid = '{tenant.user['uuid']}' WHERE email = '{twin.email}'",
    )

    owner = object_in(door.owner_by_password(twin.email, JASON["password"]))
    shown = object_in(door.use(door.token_of(twin.sign_in_with_email())))

    assert shown["uuid"] == tenant.user["uuid"]
    assert shown["apikey"] != tenant.data["apikey"]
    assert owner["uuid"] != tenant.owner["uuid"]
    assert parts(owner["deletion_token"])[1] == parts(tenant.owner["deletion_token"])[1]
    assert owner["deletion_token"] != tenant.owner["deletion_token"]


# ---------------------------------------------------------------- in a URL
def test_a04_a_secret_in_a_url_is_not_kept_and_not_passed_on(door: Owners, tenant: Tenant) -> None:
    by_uuid = [f"{BY_UUID}/{uuid}" for uuid in (tenant.owner["uuid"], "unknown", "x" * 65)]
    by_password = [f"{BY_PASSWORD}/{tenant.email}/{password}" for password in (JASON["password"], "wrong")]
    for path in (*by_uuid, *by_password, f"{IS_LOGGED}/{tenant.token}", f"{IS_LOGGED}/x"):
        answer = door.client.get(path)
        assert answer.headers.get_list("Referrer-Policy") == ["no-referrer"], path
        assert answer.headers.get_list("Cache-Control") == ["no-store"], path


def test_a04_a_secret_that_is_too_long_is_not_echoed(door: Owners) -> None:
    for path, times in ((BY_UUID, 20), (f"{BY_PASSWORD}/a@b.c", 200), (IS_LOGGED, 700)):
        answer = door.client.get(f"{path}/{'S3cret' * times}")
        assert door.is_refusal(answer)
        assert answer.status_code == 400
        assert "S3cret" not in answer.text


# ---------------------------------------------------------------- in the log
@pytest.fixture(scope="module")
def logging(serving: Serving) -> Server:
    return serving("--access-log")


def paths_logged(server: Server) -> list[str]:
    return re.findall(r'"path": ?"([^"]*)"', server.log)


def test_a04_secrets_are_masked_in_the_access_log(logging: Server, email: str) -> None:
    door, client = logging.at(Owners), logging.client
    tenant = Tenant(door)
    password = "S3cret/with a slash"
    assert door.create_owner(email, password=password).is_success
    before = len(paths_logged(logging))

    for path in (
        f"{BY_UUID}/{tenant.owner['uuid']}",
        f"{BY_PASSWORD}/{tenant.email}/{JASON['password']}",
        f"{BY_PASSWORD}/{email}/{quote(password, safe='')}",
        f"{IS_LOGGED}/{tenant.token}",
        f"{IS_LOGGED}/{tenant.token}/{tenant.token}?token={tenant.token}",
    ):
        client.get(path)

    masked = [f"{BY_UUID}/*", f"{BY_PASSWORD}/*/*", f"{BY_PASSWORD}/*/*/*", f"{IS_LOGGED}/*", f"{IS_LOGGED}/*/*"]
    assert paths_logged(logging)[before:] == masked
    secrets = [tenant.owner["uuid"], tenant.owner["deletion_token"], tenant.token, tenant.key]
    secrets += [tenant.email, email, "S3cret", JASON["password"]]
    assert [secret for secret in secrets if secret in logging.log] == []


@pytest.mark.parametrize("password", ["signwithemail", "checkSession", "reset-password", "resend-email-verification"])
def test_a04_a_password_that_is_a_word_of_the_contract_is_masked_too(
    logging: Server, email: str, password: str
) -> None:
    assert logging.at(Owners).create_owner(email, password=password).is_success
    before = len(paths_logged(logging))

    assert logging.client.get(f"{BY_PASSWORD}/{email}/{password}").status_code == 200

    assert paths_logged(logging)[before:] == [f"{BY_PASSWORD}/*/*"]


# ---------------------------------------------------------------- the strict profile
def test_p06_the_strict_profile_takes_no_common_password_from_anybody(serving: Serving, email: str) -> None:
    """And has ways to sign in and to read an owner that put no secret into a URL."""
    strict = serving(PORTICO_PROFILE="strict").at(Owners)
    tenant = Tenant(strict)
    easy = {"password": "passwordpassword"}

    answers = [
        strict.create_owner(email, **easy),
        tenant.update_owner("POST", **easy),
        tenant.sign_up(email, **easy),
        tenant.update(**easy),
    ]

    assert [whole(answer) for answer in answers] == [strict.refused(400, "'password' is too easy to guess")] * 4
    by_body = strict.ask("POST", BY_PASSWORD, {"email": tenant.email, "password": JASON["password"]})
    assert whole(by_body) == (200, tenant.owner)
    assert text_in(tenant.sign_in_with_email(), "uuid") == tenant.user["uuid"]
