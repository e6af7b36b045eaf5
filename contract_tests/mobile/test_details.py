"""What an account of the door `mobile` tells of itself, and how it changes."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from doors import mobile
from doors.mobile import CHANDLER, JOEY, NOTHING, Mobile
from support.answers import Json, object_in, text_in, whole
from support.database import sql, stored
from support.server import Server, Serving

MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")


def test_details_as_documented(door: Mobile, email: str) -> None:
    before = datetime.now(UTC)
    signed_up = object_in(door.register(email))
    after = datetime.now(UTC)

    answer = door.protected(token=signed_up["token"])

    created_at = text_in(answer, "createdAt")
    given = {"status": 200, "userId": signed_up["userId"], "createdAt": created_at, "email": email}
    assert whole(answer) == (200, CHANDLER | given)
    assert MOMENT.fullmatch(created_at)
    assert before.replace(microsecond=before.microsecond // 1000 * 1000) <= datetime.fromisoformat(created_at) <= after
    assert "token" not in answer.headers
    head = door.client.head("/api/user/details", headers={"token": signed_up["token"]})
    assert (head.status_code, head.content) == (200, b"")


@pytest.mark.parametrize(
    ("stored_as", "shown"),
    [
        ("2019-09-25 16:34:30.203999+00:00", "2019-09-25T16:34:30.203Z"),
        ("2019-09-25 16:34:30+00:00", "2019-09-25T16:34:30.000Z"),
        ("2020-02-29 00:00:00.001000+00:00", "2020-02-29T00:00:00.001Z"),
    ],
)
def test_created_at_is_utc_with_milliseconds(
    server: Server, door: Mobile, email: str, token: str, stored_as: str, shown: str
) -> None:
    sql(server, f"UPDATE account SET created_at = '{stored_as}' WHERE email_key = '{email}'")

    assert text_in(door.protected(token=token), "createdAt") == shown


def test_created_at_is_utc_wherever_the_server_stands(serving: Serving, email: str) -> None:
    door = serving(TZ="Etc/GMT-14").at(Mobile)
    before = datetime.now(UTC)

    token = door.token_of(door.register(email))

    created_at = datetime.fromisoformat(text_in(door.protected(token=token), "createdAt"))
    assert before - timedelta(seconds=1) < created_at <= datetime.now(UTC)


def test_what_an_account_of_another_door_never_had_is_empty(door: Mobile, email: str, foreign: str) -> None:
    assert text_in(door.login(email), "name") == "test"
    assert door.details(foreign) == NOTHING | {"email": email}


# ---------------------------------------------------------------- update
def test_update_as_documented(door: Mobile, email: str, token: str) -> None:
    assert whole(door.update(token, **JOEY)) == mobile.UPDATED

    assert door.details(token) == JOEY | {"email": email}
    assert text_in(door.login(email), "name") == "Joey Tribbiani"


@pytest.mark.parametrize("field", JOEY)
def test_update_changes_what_is_sent_and_the_full_name_along(door: Mobile, email: str, token: str, field: str) -> None:
    assert whole(door.update(token, **{field: JOEY[field]})) == mobile.UPDATED

    now = CHANDLER | {field: JOEY[field]}
    assert door.details(token) == now | {"email": email}
    assert text_in(door.login(email), "name") == f"{now['firstName']} {now['lastName']}"


@pytest.mark.parametrize(
    ("changes", "name"),
    [({"age": 20}, "test"), ({"firstName": "Joey"}, "Joey"), ({"lastName": "Tribbiani"}, "Tribbiani")],
)
def test_update_of_an_account_of_another_door(door: Mobile, email: str, foreign: str, changes: Json, name: str) -> None:
    assert whole(door.update(foreign, **changes)) == mobile.UPDATED

    shown = {field: str(value) for field, value in changes.items()}
    assert door.details(foreign) == NOTHING | {"email": email} | shown
    assert text_in(door.login(email), "name") == name


@pytest.mark.parametrize(
    "body", [{}, {"email": "new@example.com"}, {"password": "1234567"}, {"firstname": "Joey"}, {"active": False}]
)
def test_update_of_nothing_is_refused(door: Mobile, email: str, token: str, body: Json) -> None:
    words = "'body' needs at least one of firstName, lastName, gender, contactNo, age"

    assert whole(door.update(token, **body)) == door.refused(400, words)
    assert door.login(email).is_success


def test_a02_update_ignores_what_it_does_not_name(server: Server, door: Mobile, email: str, token: str) -> None:
    user_id = door.user_id(token)
    privileged = {"email": f"new.{email}", "password": "1234567", "userId": email, "active": False, "status": 500}

    assert whole(door.update(token, firstName="Joey", note=f"marker-{email}", **privileged)) == mobile.UPDATED

    answer = object_in(door.login(email))
    assert (answer["name"], answer["id"]) == ("Joey Bing", user_id)
    assert f"marker-{email}" not in stored(server)
