"""Accounts of the door `appseed`: they register, log in and change what they are."""

from uuid import UUID

import pytest
from doors.appseed import DONE, NOT_YOURS, Appseed
from support.answers import Json, text_in, whole


# ---------------------------------------------------------------- register and log in
def test_register_answers_the_new_id(door: Appseed, email: str) -> None:
    answer = door.register(email)

    user_id = text_in(answer, "userID")
    assert whole(answer) == (200, {"success": True, "userID": user_id, "msg": "The user was successfully registered"})
    assert str(UUID(user_id)) == user_id
    for spelt in (email, email.upper(), email.title()):
        assert whole(door.register(spelt, "another password")) == door.taken


@pytest.mark.parametrize("name", ["t", "t" * 64, "Zoë Ångström", "名前", "🦉" * 64, "' OR 1=1 --", "<b>test</b>"])
def test_register_takes_any_name_and_login_echoes_it(door: Appseed, email: str, name: str) -> None:
    assert door.register(email, username=name).is_success
    assert door.profile(email) == (name, email)


def test_names_need_not_be_unique(door: Appseed, email: str, user_id: str, other_email: str) -> None:
    assert (door.profile(email), door.profile(other_email)) == (("test", email), ("test", other_email))


@pytest.mark.parametrize(
    ("path", "wrong", "words"),
    [
        ("register", {"email": "nope", "password": ""}, "password: '' is too short"),
        ("register", {"username": "", "password": 5}, "'password' must be of type string"),
        ("edit", {"email": "nope", "username": "t" * 65}, "'username' is too long, at most 64 characters"),
        ("edit", {"userID": ""}, "userID: '' is too short"),
    ],
)
def test_of_several_broken_rules_the_one_that_helps_most_is_told(
    door: Appseed, email: str, token: str, path: str, wrong: Json, words: str
) -> None:
    body = {"username": "tested", "email": f"new.{email}", "password": "pass"} | wrong

    answer = door.ask("POST", f"/api/users/{path}", body, headers={"Authorization": token})

    assert whole(answer) == door.refused(400, words)
    assert door.profile(email) == ("test", email)


def test_login_answers_token_and_user(door: Appseed, email: str, user_id: str) -> None:
    answer = door.login(email)

    user = {"_id": user_id, "id": user_id, "username": "test", "email": email}
    assert whole(answer) == (200, {"success": True, "token": door.token_of(answer), "user": user})
    assert whole(door.use(door.token_of(answer))) == DONE


# ---------------------------------------------------------------- edit
def test_edit_only_the_name(door: Appseed, email: str, token: str) -> None:
    assert whole(door.edit(token, username="tested")) == DONE
    assert door.profile(email) == ("tested", email)


def test_edit_only_the_address(door: Appseed, email: str, token: str, user_id: str) -> None:
    new = f"new.{email}"

    assert whole(door.edit(token, email=new)) == DONE

    assert whole(door.use(token)) == DONE
    assert whole(door.login(email)) == door.wrong_credentials
    answer = door.login(new)
    user = {"_id": user_id, "id": user_id, "username": "test", "email": new}
    assert whole(answer) == (200, {"success": True, "token": door.token_of(answer), "user": user})
    assert door.register(email).is_success  # the old address is free


def test_edit_both_with_the_own_id(door: Appseed, email: str, token: str, user_id: str) -> None:
    assert whole(door.edit(token, userID=user_id, username="tested", email=f"new.{email}")) == DONE
    assert door.profile(f"new.{email}") == ("tested", f"new.{email}")


def test_edit_nothing(door: Appseed, email: str, token: str) -> None:
    assert whole(door.edit(token)) == DONE
    assert door.profile(email) == ("test", email)


ANOTHER = ["60e15ef3a800a95bc456602b", "1", 1, 0, -1, 2**53, str(UUID(int=0)), "of somebody real"]


@pytest.mark.parametrize("another", ANOTHER)
def test_a01_edit_refuses_the_id_of_another(
    door: Appseed, email: str, token: str, other_email: str, another: str | int
) -> None:
    if another == "of somebody real":
        another = text_in(door.login(other_email), "user", "id")

    assert whole(door.edit(token, userID=another, username="tested")) == NOT_YOURS
    assert (door.profile(email), door.profile(other_email)) == (("test", email), ("test", other_email))


def test_edit_refuses_a_taken_address_and_changes_nothing(
    door: Appseed, email: str, token: str, other_email: str
) -> None:
    for spelt in (other_email, other_email.upper()):
        assert whole(door.edit(token, username="tested", email=spelt)) == door.taken
    assert (door.profile(email), door.profile(other_email)) == (("test", email), ("test", other_email))


def test_edit_changes_the_case_of_the_own_address(door: Appseed, email: str, token: str) -> None:
    assert whole(door.edit(token, email=email.upper())) == DONE
    assert door.profile(email) == ("test", email.upper())
