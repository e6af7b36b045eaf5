"""Owners: made, read by uuid or by address and password, updated, deleted with all that is theirs."""

import re
from uuid import UUID, uuid4

import pytest
from doors import new_address, owners
from doors.owners import JASON, Owners, Tenant
from support.answers import object_in, whole
from support.database import stored
from support.server import Server

SIGNED = re.compile(r"[\w-]+\.[\w-]+\.[\w-]+")


# ---------------------------------------------------------------- create
def test_create_an_owner_as_documented(door: Owners, tenant: Tenant, email: str) -> None:
    answer = door.create_owner(email)

    uuid, deletion_token = answer.json()["uuid"], answer.json()["deletion_token"]
    names = {"firstname": "Jason", "lastname": "Bourne"}
    assert whole(answer) == (200, names | {"email": email, "deletion_token": deletion_token, "uuid": uuid})
    assert str(UUID(uuid)) == uuid
    assert UUID(uuid).version == 4
    assert SIGNED.fullmatch(deletion_token)
    assert uuid != tenant.owner["uuid"]
    assert deletion_token != tenant.owner["deletion_token"]


def test_an_owner_s_address_is_taken_in_any_case(door: Owners, tenant: Tenant) -> None:
    for spelt in (tenant.email, tenant.email.upper(), tenant.email.title()):
        assert whole(door.create_owner(spelt)) == door.taken


def test_names_of_an_owner_have_up_to_255_characters(door: Owners, email: str) -> None:
    made = object_in(door.create_owner(email, firstname="🦉" * 255, lastname="é"))

    assert whole(door.owner_by_uuid(made["uuid"])) == (200, made)


def test_a02_unknown_properties_of_an_owner_are_ignored(server: Server, door: Owners, email: str) -> None:
    sent = {"uuid": str(uuid4()), "deletion_token": "mine", "idowners": 1, "note": f"marker-{email}"}

    made = object_in(door.create_owner(email, **sent))

    assert made["uuid"] != sent["uuid"]
    assert made["deletion_token"] != sent["deletion_token"]
    assert f"marker-{email}" not in stored(server)


# ---------------------------------------------------------------- read
def test_read_an_owner_by_uuid_as_documented(door: Owners, tenant: Tenant) -> None:
    uuid = tenant.owner["uuid"]
    for spelt in (uuid, uuid, uuid.upper()):
        assert whole(door.owner_by_uuid(spelt)) == (200, tenant.owner)  # the deletion token is the same every time


def test_read_an_owner_by_address_and_password_as_documented(door: Owners, tenant: Tenant) -> None:
    for spelt in (tenant.email, tenant.email.upper()):
        assert whole(door.owner_by_password(spelt, JASON["password"])) == (200, tenant.owner)
    as_printed = door.client.get(f"/appowner/emailpassword/{tenant.email}/{JASON['password']}")
    assert whole(as_printed) == (200, tenant.owner)


PASSWORDS = ["with/slash/", "?query=1", "#fragment", "100% %2F", "a space and +", "pässwörd 🔑", "a;b,c:d@e&f"]


@pytest.mark.parametrize("password", PASSWORDS)
def test_any_password_fits_into_the_path(door: Owners, email: str, password: str) -> None:
    made = object_in(door.create_owner(email, password=password))

    assert whole(door.owner_by_password(email, password)) == (200, made)


NO_OWNERS_UUID = [str(UUID(int=0)), "858afac0-28cd-4ea7-99ca-f262941a8a7e", "x", "' OR 1=1 --", "🦉", "x" * 64]


@pytest.mark.parametrize("uuid", NO_OWNERS_UUID)
def test_an_unknown_uuid_is_no_owner_and_has_no_applications(door: Owners, uuid: str) -> None:
    assert whole(door.owner_by_uuid(uuid)) == whole(door.create_application(uuid)) == owners.NO_OWNER


def test_e01_a_wrong_password_is_an_unknown_owner_byte_for_byte(door: Owners, tenant: Tenant) -> None:
    wrong = door.owner_by_password(tenant.email, "wrong")
    unknown = door.owner_by_password(f"nobody.{tenant.email}", JASON["password"])

    assert whole(wrong) == owners.NO_OWNER
    assert (wrong.status_code, wrong.content) == (unknown.status_code, unknown.content)
    assert [name for name, _ in wrong.headers.multi_items()] == [name for name, _ in unknown.headers.multi_items()]


# ---------------------------------------------------------------- update
DAVID = {"firstname": "David", "lastname": "Webb", "password": "otherpassword"}


@pytest.mark.parametrize("method", ["POST", "PUT"])
def test_update_an_owner_as_documented(door: Owners, tenant: Tenant, method: str) -> None:
    uuid, email = tenant.owner["uuid"], f"new.{tenant.email}"

    assert whole(tenant.update_owner(method, email=email, **DAVID)) == owners.UPDATED

    now = tenant.owner | {"firstname": "David", "lastname": "Webb", "email": email}
    assert whole(door.owner_by_uuid(uuid)) == (200, now)  # the deletion token outlives the address
    assert whole(door.owner_by_password(email, DAVID["password"])) == (200, now)
    assert whole(door.owner_by_password(email, JASON["password"])) == owners.NO_OWNER
    assert whole(door.owner_by_password(tenant.email, DAVID["password"])) == owners.NO_OWNER
    assert whole(tenant.delete()) == owners.deleted(1)


@pytest.mark.parametrize("method", ["POST", "PUT"])
def test_update_of_another_owner_s_address_or_of_nobody_changes_nothing(
    door: Owners, tenant: Tenant, other: Tenant, method: str
) -> None:
    taken = tenant.update_owner(method, email=other.email.upper(), **DAVID)
    unknown = tenant.update_owner(method, uuid=str(uuid4()), email=new_address(), **DAVID)

    assert (whole(taken), whole(unknown)) == (door.taken, owners.NOT_UPDATED)
    assert tenant.is_whole()
    assert other.is_whole()
    assert whole(door.owner_by_password(tenant.email, JASON["password"])) == (200, tenant.owner)


def test_update_takes_the_own_address_in_another_case(door: Owners, tenant: Tenant) -> None:
    shouted = tenant.email.upper()

    assert whole(tenant.update_owner("POST", email=shouted)) == owners.UPDATED
    assert whole(door.owner_by_uuid(tenant.owner["uuid"])) == (200, tenant.owner | {"email": shouted})


# ---------------------------------------------------------------- delete
def test_delete_an_owner_as_documented(door: Owners, tenant: Tenant) -> None:
    assert whole(tenant.delete()) == owners.deleted(1)

    assert whole(door.owner_by_uuid(tenant.owner["uuid"])) == owners.NO_OWNER
    assert whole(door.owner_by_password(tenant.email, JASON["password"])) == owners.NO_OWNER
    assert whole(tenant.delete()) == owners.deleted(0)
    again = object_in(door.create_owner(tenant.email))  # the address is free
    assert again["uuid"] != tenant.owner["uuid"]


def test_delete_wants_the_very_token(door: Owners, tenant: Tenant) -> None:
    token = tenant.owner["deletion_token"]
    for wrong in ("x", " ", "[TOKEN]", token[:-1], f"{token}A", f" {token}", f"Bearer {token}", "🦉", "x" * 4096):
        assert whole(door.delete_owner(tenant.owner["uuid"], wrong)) == owners.deleted(0)

    assert tenant.is_whole()


def test_s04_an_owner_takes_all_below_along_at_once(
    server: Server, door: Owners, tenant: Tenant, other: Tenant
) -> None:
    assert whole(tenant.delete()) == owners.deleted(1)

    assert door.told_of(tenant.token) == owners.REVOKED
    assert tenant.sign_ins() == [owners.NO_USER] * 2
    assert whole(tenant.sign_up(new_address())) == owners.NO_APPLICATION
    assert whole(door.delete_application(tenant.key)) == owners.NOTHING_GONE
    for trace in (tenant.email, tenant.user["uuid"], tenant.application["uuid"]):
        assert trace not in stored(server)
    assert other.is_whole()
