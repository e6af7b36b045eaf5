"""A01: what is of one tenant opens nothing of another, and his users are of their application only."""

from collections.abc import Callable

import httpx
import pytest
from doors import PASSWORD, new_address, owners
from doors.appseed import Appseed
from doors.owners import (
    JASON,
    NO_APPLICATION,
    NO_OWNER,
    NO_USER,
    NOT_UPDATED,
    NOTHING_GONE,
    WRONG,
    Owners,
    Tenant,
)
from support.answers import Said, text_in, whole
from support.server import Server

NEW = new_address()
NONE = owners.deleted(0)
# At the door, what is mine and what is his: the answer, and what it must be.
ACROSS: dict[str, Callable[[Owners, Tenant, Tenant], tuple[httpx.Response, Said]]] = {
    "delete with his token": lambda d, a, b: (d.delete_owner(a.owner["uuid"], b.owner["deletion_token"]), NONE),
    "delete with his uuid": lambda d, a, b: (d.delete_owner(b.owner["uuid"], a.owner["deletion_token"]), NONE),
    "delete by the user's uuid": lambda d, a, b: (d.delete_owner(a.user["uuid"], a.owner["deletion_token"]), NONE),
    "delete by a session": lambda d, a, b: (d.delete_owner(a.owner["uuid"], a.token), NONE),
    "an owner by a user's uuid": lambda d, a, b: (d.owner_by_uuid(a.user["uuid"]), NO_OWNER),
    "an owner by an application's uuid": lambda d, a, b: (d.owner_by_uuid(a.application["uuid"]), NO_OWNER),
    "an owner by a user's password": lambda d, a, b: (d.owner_by_password(a.email, PASSWORD), NO_OWNER),
    "an application for a user": lambda d, a, b: (d.create_application(a.user["uuid"]), NO_OWNER),
    "an application by its uuid": lambda d, a, b: (d.delete_application(a.application["uuid"]), NOTHING_GONE),
    "an application by a user's own key": lambda d, a, b: (d.delete_application(a.data["apikey"]), NOTHING_GONE),
    "an application by its owner": lambda d, a, b: (d.delete_application(a.owner["uuid"]), NOTHING_GONE),
    "sign up by a user's own key": lambda d, a, b: (d.register(NEW, apikey=a.data["apikey"]), NO_APPLICATION),
    "sign up by a uuid": lambda d, a, b: (d.register(NEW, apikey=a.application["uuid"]), NO_APPLICATION),
    "sign in with his key": lambda d, a, b: (d.sign_in(a.user["uuid"], b.key), WRONG),
    "sign in as his user": lambda d, a, b: (d.sign_in(b.user["uuid"], a.key), WRONG),
    "sign in with the user's own key": lambda d, a, b: (d.sign_in(a.user["uuid"], a.data["apikey"]), WRONG),
    "sign in as the owner": lambda d, a, b: (d.sign_in(a.owner["uuid"], a.key), NO_USER),
    "sign in as the application": lambda d, a, b: (d.sign_in(a.application["uuid"], a.key), NO_USER),
    "his user with e-mail": lambda d, a, b: (d.sign_in_with_email(a.key, b.email), WRONG),
    "my user in his application": lambda d, a, b: (d.sign_in_with_email(b.key, a.email), WRONG),
    "a user with the owner's password": lambda d, a, b: (a.sign_in_with_email(JASON["password"]), WRONG),
    "update to his owner": lambda d, a, b: (a.update_owner("PUT", email=b.email), d.taken),
    "update of a user as an owner": lambda d, a, b: (
        a.update_owner("PUT", uuid=a.user["uuid"], email=NEW),
        NOT_UPDATED,
    ),
}


@pytest.mark.parametrize("case", ACROSS)
def test_a01_what_is_of_one_tenant_opens_nothing_of_another(
    door: Owners, tenant: Tenant, other: Tenant, case: str
) -> None:
    answer, expected = ACROSS[case](door, tenant, other)

    assert whole(answer) == expected
    assert tenant.is_whole()
    assert other.is_whole()


def test_a01_an_update_touches_the_user_of_the_token_whatever_else_it_names(
    door: Owners, tenant: Tenant, other: Tenant
) -> None:
    changed = tenant.update(username="mine", uuid=other.user["uuid"], apikey=other.key)

    assert whole(changed) == owners.user_updated("mine", tenant.email)
    assert other.is_whole()


def test_a01_an_account_of_another_door_is_nobody_here(
    server: Server, door: Owners, tenant: Tenant, email: str
) -> None:
    made = text_in(server.at(Appseed).register(email), "userID")

    assert whole(door.sign_in_with_email(tenant.key, email)) == WRONG
    assert whole(door.sign_in(made, tenant.key)) == NO_USER
