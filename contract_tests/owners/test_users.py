"""Users of an application: they sign up, sign in, and change what they are."""

from uuid import UUID, uuid4

import pytest
from doors import owners
from doors.owners import Owners, Tenant
from support.answers import Json, object_in, text_in, whole
from support.database import sql, stored
from support.server import Server

UPDATE = "/users/update"
NEW_PASSWORD = "attheserviceofhisgracefulmajesty"


# ---------------------------------------------------------------- sign up
def test_sign_up_as_documented(door: Owners, tenant: Tenant, email: str) -> None:
    answer = tenant.sign_up(email, username="JBond", password="bond007")

    user = object_in(answer)
    given = {name: user[name] for name in ("uuid", "creationdate", "enddate")}
    chosen = {"apikey": tenant.key, "username": "JBond", "email": email, "active": True}
    assert whole(answer) == (202, given | chosen)
    assert UUID(user["uuid"]).version == 4
    assert whole(tenant.sign_up(email.upper(), username="other")) == door.taken


def test_a02_a_user_sets_neither_dates_nor_keys(server: Server, door: Owners, tenant: Tenant, email: str) -> None:
    dates = {"creationdate": "2020-02-06", "enddate": "2999-01-01", "starts_on": "2020-02-06", "ends_on": "2999-01-01"}
    privileged: Json = dates | {"uuid": str(uuid4()), "application_id": 0, "note": f"marker-{email}"}

    user = object_in(tenant.sign_up(email, **privileged, active=False))

    token = door.token_of(door.sign_in(user["uuid"], tenant.key))
    shown = object_in(door.use(token))
    assert user["uuid"] != privileged["uuid"]
    assert user == tenant.user | {"uuid": user["uuid"], "email": email}  # its dates, and active
    update = door.update(token, **privileged, active=True, apikey=tenant.key)
    assert whole(update) == owners.user_updated("JBond", email)
    assert whole(door.use(token)) == (200, shown)
    assert f"marker-{email}" not in stored(server)


# ---------------------------------------------------------------- sign in
def test_both_ways_to_sign_in_as_documented(door: Owners, tenant: Tenant) -> None:
    by_uuid, with_email = tenant.sign_in(), tenant.sign_in_with_email()
    in_capitals = door.sign_in(tenant.user["uuid"].upper(), tenant.key)

    tokens = [door.token_of(answer) for answer in (by_uuid, in_capitals, with_email)]
    assert len(set(tokens)) == 3
    assert [door.told_of(token) for token in tokens] == [owners.live(token) for token in tokens]
    assert [whole(by_uuid), whole(in_capitals)] == [owners.live(token) for token in tokens[:2]]
    assert whole(with_email) == (200, {"auth": True, "token": tokens[2], "uuid": tenant.user["uuid"]})


@pytest.mark.parametrize("wrong", ["6cb56f4e-c22e-4b6b-9072-a267044890fc", "x", "' OR 1=1 --", "🦉"])
def test_sign_in_of_an_unknown_user_or_with_a_wrong_key(door: Owners, tenant: Tenant, wrong: str) -> None:
    assert whole(door.sign_in(wrong, tenant.key)) == owners.NO_USER
    for key in (wrong, "DQKPV83-BBB4Y1P-NNTTXB1-D8V8NHC", tenant.key.lower()):
        assert whole(door.sign_in(tenant.user["uuid"], key)) == owners.WRONG


# ---------------------------------------------------------------- userdata
def test_user_data_as_documented(door: Owners, tenant: Tenant, other: Tenant) -> None:
    own_key = tenant.data["apikey"]

    assert whole(door.use(tenant.token)) == (200, tenant.user | {"apikey": own_key})
    assert len({own_key, tenant.key, other.data["apikey"]}) == 3
    assert len(own_key) == len(tenant.key)


# ---------------------------------------------------------------- update
@pytest.mark.parametrize("method", ["PUT", "POST"])
def test_update_a_user_as_documented(door: Owners, tenant: Tenant, method: str) -> None:
    email = f"james.{tenant.email}"
    change = {"username": "JAMESBOND", "email": email, "active": True, "password": NEW_PASSWORD}

    answer = door.ask(method, UPDATE, {"token": tenant.token} | change)

    assert whole(answer) == owners.user_updated("JAMESBOND", email)
    now = tenant.data | {"username": "JAMESBOND", "email": email}  # the key of his own is what it was
    assert whole(door.use(tenant.token)) == (200, now)
    again = door.sign_in_with_email(tenant.key, email, NEW_PASSWORD)
    assert text_in(again, "uuid") == tenant.user["uuid"]
    assert whole(door.sign_in_with_email(tenant.key, email)) == owners.WRONG
    assert whole(tenant.sign_in_with_email(NEW_PASSWORD)) == owners.WRONG


@pytest.mark.parametrize("change", [{}, {"username": "JAMESBOND"}, {"active": True}, {"note": "x"}])
def test_update_changes_what_is_sent_and_nothing_else(door: Owners, tenant: Tenant, change: Json) -> None:
    another = door.token_of(tenant.sign_in_with_email())

    answer = tenant.update(**change)

    tenant.data["username"] = change.get("username", "JBond")
    assert whole(answer) == owners.user_updated(tenant.data["username"], tenant.email)
    assert tenant.is_whole()
    assert door.is_live(another)


@pytest.mark.parametrize("method", ["PUT", "POST"])
def test_update_refuses_a_taken_address_and_changes_nothing(
    door: Owners, tenant: Tenant, other: Tenant, email: str, method: str
) -> None:
    assert tenant.sign_up(email).status_code == 202
    change = {"token": tenant.token, "username": "x", "email": email.upper(), "password": NEW_PASSWORD}

    assert whole(door.ask(method, UPDATE, change)) == door.taken

    assert tenant.is_whole()
    assert whole(tenant.update(email=other.email)) == owners.user_updated("JBond", other.email)  # elsewhere it is taken


# ---------------------------------------------------------------- update: what it ends
def test_s03_a_new_password_ends_the_other_sessions(door: Owners, tenant: Tenant) -> None:
    another = door.token_of(tenant.sign_in_with_email())

    assert whole(tenant.update(password=NEW_PASSWORD)) == owners.user_updated("JBond", tenant.email)

    assert door.told_of(tenant.token) == owners.live(tenant.token)
    assert door.told_of(another) == owners.REVOKED
    assert whole(tenant.sign_in_with_email()) == owners.WRONG
    assert tenant.sign_in_with_email(NEW_PASSWORD).json()["auth"] is True


def test_s04_whoever_deactivates_himself_is_out_and_stays_out(door: Owners, tenant: Tenant) -> None:
    another = door.token_of(tenant.sign_in_with_email())

    assert whole(tenant.update(active=False)) == owners.user_updated("JBond", tenant.email)

    for dead in (tenant.token, another):
        assert door.told_of(dead) == whole(door.update(dead, active=True)) == owners.REVOKED
    assert tenant.sign_ins() == [owners.NO_USER, owners.WRONG]
    assert whole(tenant.sign_up(tenant.email)) == door.taken


def test_s04_an_inactive_user_does_not_sign_in_and_cannot_reactivate_himself(
    server: Server, door: Owners, tenant: Tenant
) -> None:
    sql(server, f"UPDATE account SET active = false WHERE email_key = '{tenant.email}'")

    assert whole(tenant.update(active=True)) == owners.REVOKED
    assert tenant.sign_ins() == [owners.NO_USER, owners.WRONG]
