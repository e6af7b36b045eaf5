"""What the published clients of the door `appseed` send and read."""

import httpx
import pytest
from doors.appseed import DONE, ENDED, NOBODY, NOT_YOURS, Appseed
from support.answers import JSON, Json, whole

REGISTER, LOGIN, LOGOUT = "/api/users/register", "/api/users/login", "/api/users/logout"
CHECK, EDIT = "/api/users/checkSession", "/api/users/edit"


@pytest.mark.parametrize("dashboard", ["datta", "berry"])
def test_the_react_dashboards(door: Appseed, email: str, dashboard: str) -> None:
    """axios: JSON with a charset, from another origin, the token raw; any refusal must have a text `msg`."""
    axios = {"Content-Type": "application/json;charset=utf-8", "Origin": "http://localhost:3000"}

    def post(path: str, body: Json, **headers: str) -> httpx.Response:
        answer = door.client.post(path, json=body, headers=axios | headers)
        assert answer.headers["Access-Control-Allow-Origin"] == "http://localhost:3000"
        return answer

    registered = post(REGISTER, {"username": "test", "password": "pass", "email": email}).json()
    assert registered["success"] is True
    refused = post(LOGIN, {"password": "wrong", "email": email})
    assert whole(refused) == door.wrong_credentials
    logged_in = post(LOGIN, {"password": "pass", "email": email}).json()
    assert logged_in["success"] is True
    assert {"_id", "id", "username", "email"} == set(logged_in["user"])
    token = logged_in["token"]
    body = {} if dashboard == "datta" else {"token": token}
    assert whole(post(LOGOUT, body, Authorization=token)) == ENDED
    assert whole(post(LOGOUT, body, Authorization=token)) == NOBODY


def test_the_postman_collection(door: Appseed, email: str) -> None:
    registered = door.client.post(REGISTER, json={"username": "test", "password": "pass", "email": email})
    user_id = registered.json()["userID"]
    token = door.token_of(door.client.post(LOGIN, json={"password": "pass", "email": email}))
    header = {"authorization": token}

    assert whole(door.client.post(CHECK, content=b"", headers=JSON | header)) == DONE
    sample = {"userID": "60e15ef3a800a95bc456602b", "username": "test", "email": email}
    assert whole(door.client.post(EDIT, json=sample, headers=header)) == NOT_YOURS
    assert whole(door.client.post(EDIT, json=sample | {"userID": user_id}, headers=header)) == DONE
    assert whole(door.client.post(LOGOUT, json={"token": token}, headers=header)) == ENDED


def test_the_tests_of_the_flask_server(door: Appseed, email: str) -> None:
    registered = door.client.post(REGISTER, json={"username": "test", "email": email, "password": "pass"})
    assert registered.status_code == 200
    assert "The user was successfully registered" in registered.json()["msg"]
    empty = door.client.post(REGISTER, json={"username": "test", "email": "", "password": "pass"})
    assert empty.status_code == 400
    assert "'' is too short" in empty.json()["msg"]
    assert door.token_of(door.login(email, "pass")) != ""
    wrong = door.login(email, "wrong")
    assert wrong.status_code == 400
    assert "Wrong credentials." in wrong.json()["msg"]


def test_the_tests_of_the_django_server(door: Appseed, email: str) -> None:
    """Django's test client posts multipart forms, an empty one where there is nothing to send."""

    token = ""

    def post(path: str, **fields: str) -> httpx.Response:
        parts = [
            f'--BoUnDaRyStRiNg\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
            for name, value in fields.items()
        ]
        headers = {"Content-Type": "multipart/form-data; boundary=BoUnDaRyStRiNg"}
        if token:
            headers["Authorization"] = token
        return door.client.post(path, content="".join(parts) + "--BoUnDaRyStRiNg--\r\n", headers=headers)

    registered = post(REGISTER, email=email, password="pass", username="test")
    user_id = registered.json()["userID"]
    assert whole(registered) == (
        200,
        {"success": True, "userID": user_id, "msg": "The user was successfully registered"},
    )
    token = door.token_of(post(LOGIN, email=email, password="pass"))
    assert whole(post(CHECK)) == DONE
    assert whole(post(EDIT, email=f"new.{email}", userID=user_id)) == DONE
    assert door.profile(f"new.{email}", "pass") == ("test", f"new.{email}")
    assert whole(post(EDIT, username="", userID=user_id)) == door.refused(400, "username: '' is too short")
    assert whole(post(LOGOUT, token=token)) == ENDED
    assert whole(post(CHECK)) == NOBODY


def test_a_form_may_hold_a_password_of_digits(door: Appseed, email: str) -> None:
    """Text of a form stays text."""
    fields = {"username": (None, "1"), "email": (None, email), "password": (None, "1234")}

    assert door.client.post(REGISTER, files=fields).status_code == 200
    assert door.profile(email, "1234") == ("1", email)
