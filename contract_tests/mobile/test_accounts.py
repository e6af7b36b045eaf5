"""Accounts of the door `mobile`: they sign up, log in and are deleted."""

from uuid import UUID

import pytest
from doors import mobile
from doors.appseed import Appseed
from doors.mobile import Mobile
from support.answers import NOTHING_HERE, object_in, text_in, whole
from support.database import stored
from support.server import Server

NAME, CONTACT = "Chandler Bing", {"contactNo": "7047059630"}


# ---------------------------------------------------------------- sign up
def test_sign_up_as_documented(door: Mobile, email: str) -> None:
    answer = door.register(email, "123456")

    token, user_id = door.token_of(answer), text_in(answer, "userId")
    shown = {"status": 200, "token": token, "userId": user_id, "name": NAME, "email": email} | CONTACT
    assert whole(answer) == (200, shown)
    assert answer.headers.get_list("token") == [token]
    assert str(UUID(user_id)) == user_id == door.user_id(token)


def test_paths_are_told_apart_by_case(door: Mobile) -> None:
    assert whole(door.ask("POST", "/api/user/signup", {})) == door.refused(404, NOTHING_HERE)


AGES = [("25", "25"), (25, "25"), (0, "0"), ("0", "0"), ("007", "007"), (999, "999"), ("999", "999"), (25.0, "25")]


@pytest.mark.parametrize(("sent", "shown"), AGES)
def test_age_is_text_or_integer_and_always_answered_as_text(
    door: Mobile, email: str, sent: str | int | float, shown: str
) -> None:
    token = door.token_of(door.register(email, age=sent))
    assert door.details(token)["age"] == shown

    assert whole(door.update(token, age="1")) == whole(door.update(token, age=sent)) == mobile.UPDATED
    assert door.details(token)["age"] == shown


@pytest.mark.parametrize(
    "age", ["", "1000", "x", "-1", " 25", "25\n", "2.5", "２５", -1, 1000, 25.5, True, None, [], ["25"], {}]
)
def test_other_ages_are_refused(door: Mobile, email: str, token: str, age: object) -> None:
    for answer in (door.register(f"new.{email}", age=age), door.update(token, age=age)):
        assert whole(answer) == door.refused(400, "'age' does not have the form that the contract describes")
    assert door.details(token)["age"] == "25"


@pytest.mark.parametrize("name", ["x", "x" * 64, "Zoë", "名前", "' OR 1=1 --", "<b>", "\u202e", "🦉" * 64])
def test_names_are_echoed_as_given(door: Mobile, email: str, name: str) -> None:
    names = dict.fromkeys(("firstName", "lastName", "gender"), name)

    answer = door.register(email, **names)

    assert text_in(answer, "name") == f"{name} {name}"
    assert door.details(door.token_of(answer)) == mobile.CHANDLER | names | {"email": email}


def test_sign_up_refuses_the_address_of_an_account_of_any_door(door: Mobile, email: str, foreign: str) -> None:
    for spelt in (email, email.upper(), email.title()):
        assert whole(door.register(spelt, "another password")) == door.taken


def test_a02_unknown_properties_of_a_sign_up_are_ignored(server: Server, door: Mobile, email: str) -> None:
    """`customerId` is what a later version of the original took."""
    ids = {"customerId": f"marker-{email}", "_id": "5d8b97164dfcab1a47b215ed", "userId": str(UUID(int=1))}
    unknown = ids | {"createdAt": "2019-09-25T16:34:30.203Z"}

    answer = door.register(email, **unknown, active=False, status=500)

    shown = object_in(door.protected(token=door.token_of(answer)))
    assert not set(shown.values()) & set(unknown.values())
    assert f"marker-{email}" not in stored(server)


# ---------------------------------------------------------------- log in
def test_login_as_documented(door: Mobile, email: str, token: str) -> None:
    answer = door.login(email)

    new, user_id = door.token_of(answer), door.user_id(token)
    assert whole(answer) == (200, {"status": 200, "id": user_id, "token": new, "name": NAME, "email": email})
    assert answer.headers.get_list("token") == [new]
    assert new != token
    assert door.user_id(new) == user_id
    assert "token" not in door.login(email, "a bad passphrase").headers


def test_the_account_logs_in_at_another_door(server: Server, door: Mobile, email: str, token: str) -> None:
    there, user_id = server.at(Appseed).login(email), door.user_id(token)

    assert object_in(there, "user") == {"_id": user_id, "id": user_id, "username": NAME, "email": email}


# ---------------------------------------------------------------- delete
def test_s04_delete_as_documented(server: Server, door: Mobile, email: str, token: str) -> None:
    first, other = door.user_id(token), door.token_of(door.login(email))

    assert whole(door.logout(token=token)) == mobile.DELETED

    assert email not in stored(server)
    assert whole(door.login(email)) == door.wrong_credentials
    again = door.register(email)
    assert text_in(again, "userId") != first
    for dead in (token, other):
        for answer in (door.protected(token=dead), door.update(dead, **mobile.JOEY), door.logout(token=dead)):
            assert whole(answer) == door.no_session
    assert door.user_id(door.token_of(again)) == text_in(again, "userId")
