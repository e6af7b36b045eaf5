"""Applications: made, deleted with their users, and what their keys tell."""

import re
from uuid import UUID

import pytest
from doors import owners
from doors.owners import Owners, Tenant
from support.answers import object_in, text_in, whole

KEY = re.compile(r"[0-9A-HJKMNP-TV-Z]{7}(-[0-9A-HJKMNP-TV-Z]{7}){3}")


def test_create_an_application_as_documented(door: Owners, tenant: Tenant) -> None:
    answer = door.create_application(tenant.owner["uuid"], "a new and awsome app")

    body = object_in(answer)
    given = {name: body[name] for name in ("creationdate", "enddate", "uuid", "apiKey")}
    assert whole(answer) == (200, {"created": True, "appname": "a new and awsome app"} | given)
    assert KEY.fullmatch(body["apiKey"])
    assert UUID(body["uuid"]).version == 4


def test_an_owner_has_no_two_applications_of_one_name(door: Owners, tenant: Tenant, other: Tenant) -> None:
    again = door.create_application(tenant.owner["uuid"], tenant.application["appname"])

    assert whole(again) == door.refused(409, "That name is taken")
    assert other.application["appname"] == tenant.application["appname"]
    longest = door.create_application(tenant.owner["uuid"], "x" * 255)
    assert text_in(longest, "appname") == "x" * 255


def test_s04_an_application_takes_its_users_along_and_nobody_else(door: Owners, tenant: Tenant) -> None:
    elsewhere = text_in(door.create_application(tenant.owner["uuid"], "another app"), "apiKey")
    assert door.register(tenant.email, apikey=elsewhere).status_code == 202
    neighbour = door.token_of(door.sign_in_with_email(elsewhere, tenant.email))

    assert whole(door.delete_application(tenant.key)) == owners.APPLICATION_GONE

    assert door.told_of(tenant.token) == owners.REVOKED
    assert whole(tenant.update(username="x")) == owners.REVOKED
    assert tenant.sign_ins() == [owners.NO_USER] * 2
    assert whole(door.delete_application(tenant.key)) == owners.NOTHING_GONE
    assert door.is_live(neighbour)
    assert whole(door.owner_by_uuid(tenant.owner["uuid"])) == (200, tenant.owner)
    again = door.create_application(tenant.owner["uuid"], tenant.application["appname"])  # the name is free
    assert text_in(again, "apiKey") != tenant.key


# ---------------------------------------------------------------- keys
@pytest.mark.parametrize("key", ["DQKPV83-BBB4Y1P-NNTTXB1-D8V8NHC", "x", "' OR 1=1 --", "x" * 64])
def test_an_unknown_key_opens_no_application(door: Owners, email: str, key: str) -> None:
    assert whole(door.register(email, apikey=key)) == owners.NO_APPLICATION
    assert whole(door.sign_in_with_email(key, email)) == owners.NO_USER
    assert whole(door.delete_application(key)) == owners.NOTHING_GONE


def key_told_by(uuid: str) -> str:
    """The key the original server made of a uuid, by a reversible encoding (`upstream.md`, section 4)."""
    digits = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
    groups = []
    for start in range(0, 32, 8):
        word = int(UUID(uuid).hex[start : start + 8], 16)
        check = 0
        for shift in range(0, 32, 3):
            check ^= word >> shift & 7
        number = word << 3 | check
        groups.append("".join(digits[number >> shift & 31] for shift in range(30, -1, -5)))
    return "-".join(groups)


def test_a03_a_key_cannot_be_told_from_the_uuid(tenant: Tenant) -> None:
    assert key_told_by("17ac43a8-f3b9-40be-a3b4-9eaca99b529a") == "2YP47A5-YEWM1FG-MET9XB1-N6DN56N"  # the printed pair

    assert key_told_by(tenant.application["uuid"]) != tenant.key
    assert key_told_by(tenant.user["uuid"]) != tenant.data["apikey"]


def test_a03_keys_are_random_in_every_place(door: Owners, tenant: Tenant) -> None:
    made = [door.create_application(tenant.owner["uuid"], f"app {number}") for number in range(40)]
    keys = [text_in(answer, "apiKey") for answer in made]

    assert all(KEY.fullmatch(key) for key in keys)
    for letters in zip(*keys, strict=True):
        assert set(letters) == {"-"} or len(set(letters)) > 8
