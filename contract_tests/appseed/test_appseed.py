"""The door `appseed`: every row of its table, and what its published clients send and read."""

from collections.abc import Callable
from uuid import UUID, uuid4

import httpx
import pytest
from support.answers import Headers, Json, object_in, text_in

REGISTER, LOGIN, LOGOUT = "/api/users/register", "/api/users/login", "/api/users/logout"
CHECK, EDIT = "/api/users/checkSession", "/api/users/edit"

DONE = {"success": True}
ENDED = {"success": True, "msg": "Token revoked"}
NOT_LOGGED_ON = {"success": False, "msg": "User is not logged on"}
WRONG = {"success": False, "msg": "Wrong credentials."}
NOT_YOURS = {"success": False, "msg": "Error updating user"}
TAKEN = {"success": False, "msg": "Email already taken"}

JSON = {"Content-Type": "application/json"}
CARRIAGES = ["{}", "Bearer {}", "bearer {}", "BEARER  {}"]
EMPTY_BODIES: dict[str, Json] = {
    "no body": {},
    "no body but a JSON type": {"headers": JSON},
    "an empty object": {"json": {}},
    "an empty multipart form": {
        "content": b"--BoUnDaRyStRiNg--\r\n",
        "headers": {"Content-Type": "multipart/form-data; boundary=BoUnDaRyStRiNg"},
    },
}


# ---------------------------------------------------------------- how the laws of every door enter this one
SHORTEST_PASSWORD = 4
BASE = "/api/users"
UNKNOWN_CREDENTIALS = (400, WRONG)
NO_SESSION = (401, NOT_LOGGED_ON)


def register(client: httpx.Client, email: str, password: str = "pass", **more: object) -> httpx.Response:
    return client.post(REGISTER, json={"username": "test", "email": email, "password": password} | more)


def login(client: httpx.Client, email: str, password: str = "pass", headers: Headers | None = None) -> httpx.Response:
    return client.post(LOGIN, json={"email": email, "password": password}, headers=headers)


def token_of(answer: httpx.Response) -> str:
    return text_in(answer, "token")


def email_of(answer: httpx.Response) -> str:
    return text_in(answer, "user", "email")


def protected(client: httpx.Client, **headers: str) -> httpx.Response:
    """An operation that needs a session and changes nothing."""
    return client.post(EDIT, json={}, headers=headers)


def logout(client: httpx.Client, **headers: str) -> httpx.Response:
    return client.post(LOGOUT, headers=headers)


def carriages(token: str) -> list[dict[str, str]]:
    return [{"Authorization": carriage.format(token)} for carriage in CARRIAGES]


def refusal(status: int, message: str) -> Json:
    return {"success": False, "msg": message}


# ---------------------------------------------------------------- helpers of this file
def check(client: httpx.Client, token: str) -> Json:
    return object_in(client.post(CHECK, headers={"Authorization": token}))


def edit(client: httpx.Client, token: str, **changes: object) -> httpx.Response:
    return client.post(EDIT, json=changes, headers={"Authorization": token})


def whole(answer: httpx.Response) -> tuple[int, Json]:
    return answer.status_code, answer.json()


def profile(client: httpx.Client, email: str, password: str = "pass") -> tuple[str, str]:
    """The name and the address that a login shows."""
    user = login(client, email, password).json()["user"]
    return user["username"], user["email"]


@pytest.fixture
def user_id(client: httpx.Client, email: str) -> str:
    return text_in(register(client, email), "userID")


@pytest.fixture
def token(client: httpx.Client, email: str, user_id: str) -> str:
    return token_of(login(client, email))


@pytest.fixture
def other_email(client: httpx.Client) -> str:
    """The address of somebody else."""
    address = f"{uuid4().hex}@appseed.us"
    register(client, address)
    return address


# ---------------------------------------------------------------- register
def test_register_answers_the_new_id(client: httpx.Client, email: str) -> None:
    answer = register(client, email)

    user_id = answer.json()["userID"]
    assert whole(answer) == (200, {"success": True, "userID": user_id, "msg": "The user was successfully registered"})
    assert str(UUID(user_id)) == user_id


@pytest.mark.parametrize("spelt", [str, str.upper, str.title])
def test_register_refuses_a_taken_address_in_any_case(
    client: httpx.Client, email: str, user_id: str, spelt: Callable[[str], str]
) -> None:
    assert whole(register(client, spelt(email), "another password")) == (400, TAKEN)


@pytest.mark.parametrize("name", ["t", "t" * 64, "Zoë Ångström", "名前", "🦉" * 64, "' OR 1=1 --", "<b>test</b>"])
def test_register_takes_any_name_and_login_echoes_it(client: httpx.Client, email: str, name: str) -> None:
    assert register(client, email, username=name).status_code == 200
    assert profile(client, email) == (name, email)


def test_names_need_not_be_unique(client: httpx.Client, email: str, user_id: str, other_email: str) -> None:
    assert profile(client, email) == ("test", email)
    assert profile(client, other_email) == ("test", other_email)


REFUSED_REGISTRATIONS = [
    ({"username": None}, "'username' is a required property"),
    ({"email": None}, "'email' is a required property"),
    ({"password": None}, "'password' is a required property"),
    ({"username": None, "email": None, "password": None}, "'username' is a required property"),
    ({"email": 5, "password": None}, "'password' is a required property"),
    ({"username": 5}, "'username' must be of type string"),
    ({"email": ["a@b.c"]}, "'email' must be of type string"),
    ({"password": 1234}, "'password' must be of type string"),
    ({"password": True}, "'password' must be of type string"),
    ({"username": ""}, "username: '' is too short"),
    ({"email": ""}, "email: '' is too short"),
    ({"password": ""}, "password: '' is too short"),
    ({"username": "t" * 65}, "'username' is too long, at most 64 characters"),
    ({"password": "abc"}, "'password' is too short, at least 4 characters"),
    ({"password": "p" * 1025}, "'password' is too long, at most 1024 characters"),
    ({"email": "nope"}, "'email' is not a valid e-mail address"),
    ({"email": f"{'a' * 300}@appseed.us"}, "'email' is too long, at most 254 characters"),
    ({"email": "nope", "password": ""}, "password: '' is too short"),
]


@pytest.mark.parametrize(("wrong", "msg"), REFUSED_REGISTRATIONS)
def test_register_names_the_field_and_the_rule(client: httpx.Client, email: str, wrong: Json, msg: str) -> None:
    body = {"username": "test", "email": email, "password": "pass"} | wrong
    sent = {name: value for name, value in body.items() if value is not None}

    assert whole(client.post(REGISTER, json=sent)) == (400, {"success": False, "msg": msg})


@pytest.mark.parametrize("body", ["[]", '"text"', "5", "null", "true", '[{"email": "a@b.c"}]'])
def test_register_wants_an_object(client: httpx.Client, body: str) -> None:
    answer = client.post(REGISTER, content=body, headers=JSON)
    assert whole(answer) == (400, {"success": False, "msg": "'body' must be of type object"})


@pytest.mark.parametrize("operation", [REGISTER, LOGIN])
def test_a_body_is_required(client: httpx.Client, operation: str) -> None:
    assert whole(client.post(operation)) == (400, {"success": False, "msg": "A body is required"})


@pytest.mark.parametrize("field", ["username", "email", "password"])
@pytest.mark.parametrize("operation", [REGISTER, LOGIN, EDIT])
def test_h02_no_refusal_echoes_a_value(
    client: httpx.Client, email: str, token: str, operation: str, field: str
) -> None:
    value = "S3cretS3cret@" * 100
    body = {"username": "test", "email": email, "password": "pass", field: value}

    answer = client.post(operation, json=body, headers={"Authorization": token})

    if answer.status_code == 200:  # a field the operation does not know
        assert (operation, field) in {(LOGIN, "username"), (EDIT, "password")}
    else:
        assert answer.status_code == 400
    assert "S3cret" not in answer.text


# ---------------------------------------------------------------- login
def test_login_answers_token_and_user(client: httpx.Client, email: str, user_id: str) -> None:
    answer = login(client, email)

    assert whole(answer) == (
        200,
        {
            "success": True,
            "token": token_of(answer),
            "user": {"_id": user_id, "id": user_id, "username": "test", "email": email},
        },
    )
    assert check(client, token_of(answer)) == DONE


@pytest.mark.parametrize("password", ["", "p", "Pass", "pass ", " pass", "passpass", "p" * 1024])
def test_login_refuses_any_other_password_without_naming_the_policy(
    client: httpx.Client, email: str, user_id: str, password: str
) -> None:
    assert whole(login(client, email, password)) == (400, WRONG)


REFUSED_LOGINS = [
    ({"password": "pass"}, "'email' is a required property"),
    ({"email": "a@appseed.us"}, "'password' is a required property"),
    ({"email": "", "password": "pass"}, "email: '' is too short"),
    ({"email": "nope", "password": "pass"}, "'email' is not a valid e-mail address"),
    ({"email": "a@appseed.us", "password": 1234}, "'password' must be of type string"),
    ({"email": "a@appseed.us", "password": "p" * 1025}, "'password' is too long, at most 1024 characters"),
]


@pytest.mark.parametrize(("body", "msg"), REFUSED_LOGINS)
def test_login_names_the_field_and_the_rule(client: httpx.Client, body: Json, msg: str) -> None:
    assert whole(client.post(LOGIN, json=body)) == (400, {"success": False, "msg": msg})


# ---------------------------------------------------------------- check, edit, log out: both carriages
@pytest.mark.parametrize("carriage", CARRIAGES)
def test_journey(client: httpx.Client, email: str, user_id: str, carriage: str) -> None:
    headers = {"Authorization": carriage.format(token_of(login(client, email)))}

    assert whole(client.post(CHECK, headers=headers)) == (200, DONE)
    assert whole(client.post(EDIT, headers=headers, json={"userID": user_id, "username": "tested"})) == (200, DONE)
    assert profile(client, email) == ("tested", email)
    assert whole(client.post(LOGOUT, headers=headers)) == (200, ENDED)
    assert whole(client.post(LOGOUT, headers=headers)) == (200, NOT_LOGGED_ON)
    assert whole(client.post(CHECK, headers=headers)) == (200, NOT_LOGGED_ON)
    assert whole(client.post(EDIT, headers=headers, json={"username": "test"})) == (401, NOT_LOGGED_ON)
    assert profile(client, email) == ("tested", email)


# ---------------------------------------------------------------- logout
@pytest.mark.parametrize("empty", EMPTY_BODIES)
def test_logout_ends_the_session_of_the_header(client: httpx.Client, token: str, empty: str) -> None:
    options = EMPTY_BODIES[empty]
    headers = options.get("headers", {}) | {"Authorization": token}

    assert whole(client.post(LOGOUT, **options | {"headers": headers})) == (200, ENDED)
    assert check(client, token) == NOT_LOGGED_ON


NO_TOKENS = EMPTY_BODIES | {
    "null": {"json": {"token": None}},
    "an empty text": {"json": {"token": ""}},
    "the printed sample": {"json": {"token": "JWT_TOKEN"}},
    "only Bearer": {"json": {"token": "Bearer "}},
    "a long text": {"json": {"token": "x" * 60_000}},
    "a text like a token": {"json": {"token": "eyJhbGciOiJub25lIn0.e30."}},
}


@pytest.mark.parametrize("sent", NO_TOKENS)
def test_logout_without_a_session_is_200_all_the_same(client: httpx.Client, sent: str) -> None:
    assert whole(client.post(LOGOUT, **NO_TOKENS[sent])) == (200, NOT_LOGGED_ON)


@pytest.mark.parametrize(
    "header", ["JWT_TOKEN", "Bearer JWT_TOKEN", "Bearer", "Basic dGVzdDpwYXNz", "undefined", "null", ".."]
)
@pytest.mark.parametrize("operation", [LOGOUT, CHECK])
def test_garbage_in_the_header_is_nobody(client: httpx.Client, operation: str, header: str) -> None:
    assert whole(client.post(operation, headers={"Authorization": header})) == (200, NOT_LOGGED_ON)


def test_logout_takes_the_body_token_when_there_is_no_header(client: httpx.Client, token: str) -> None:
    assert whole(client.post(LOGOUT, json={"token": token})) == (200, ENDED)
    assert check(client, token) == NOT_LOGGED_ON


def test_logout_takes_the_body_token_of_a_form(client: httpx.Client, token: str) -> None:
    assert whole(client.post(LOGOUT, files={"token": (None, token)})) == (200, ENDED)
    assert check(client, token) == NOT_LOGGED_ON


@pytest.mark.parametrize("header", ["JWT_TOKEN", "Bearer JWT_TOKEN", "revoked"])
def test_a_dead_header_never_lets_the_body_token_in(client: httpx.Client, email: str, token: str, header: str) -> None:
    revoked = token_of(login(client, email))
    logout(client, Authorization=revoked)

    dead = {"Authorization": revoked if header == "revoked" else header}

    assert whole(client.post(LOGOUT, json={"token": token}, headers=dead)) == (200, NOT_LOGGED_ON)
    assert check(client, token) == DONE


def test_logout_ends_the_header_session_and_no_other(client: httpx.Client, email: str, token: str) -> None:
    other = token_of(login(client, email))

    assert whole(client.post(LOGOUT, json={"token": other}, headers={"Authorization": token})) == (200, ENDED)
    assert check(client, token) == NOT_LOGGED_ON
    assert check(client, other) == DONE


# ---------------------------------------------------------------- checkSession
@pytest.mark.parametrize("empty", EMPTY_BODIES)
def test_check_session_takes_any_empty_body(client: httpx.Client, token: str, empty: str) -> None:
    options = EMPTY_BODIES[empty]
    headers = options.get("headers", {})

    live = client.post(CHECK, **options | {"headers": headers | {"Authorization": token}})
    dead = client.post(CHECK, **options | {"headers": headers})

    assert whole(live) == (200, DONE)
    assert whole(dead) == (200, NOT_LOGGED_ON)


def test_check_session_looks_at_no_body(client: httpx.Client, token: str) -> None:
    assert whole(client.post(CHECK, json={"token": token})) == (200, NOT_LOGGED_ON)


# ---------------------------------------------------------------- edit
def test_edit_only_the_name(client: httpx.Client, email: str, token: str) -> None:
    assert whole(edit(client, token, username="tested")) == (200, DONE)
    assert profile(client, email) == ("tested", email)


def test_edit_only_the_address(client: httpx.Client, email: str, token: str, user_id: str) -> None:
    new = f"new.{email}"

    assert whole(edit(client, token, email=new)) == (200, DONE)

    assert check(client, token) == DONE
    assert whole(login(client, email)) == (400, WRONG)
    answer = login(client, new)
    user = {"_id": user_id, "id": user_id, "username": "test", "email": new}
    assert whole(answer) == (200, {"success": True, "token": token_of(answer), "user": user})
    assert register(client, email).status_code == 200  # the old address is free


def test_edit_both_with_the_own_id(client: httpx.Client, email: str, token: str, user_id: str) -> None:
    assert whole(edit(client, token, userID=user_id, username="tested", email=f"new.{email}")) == (200, DONE)
    assert profile(client, f"new.{email}") == ("tested", f"new.{email}")


def test_edit_nothing(client: httpx.Client, email: str, token: str) -> None:
    assert whole(edit(client, token)) == (200, DONE)
    assert profile(client, email) == ("test", email)


@pytest.mark.parametrize("another", ["60e15ef3a800a95bc456602b", "1", 1, 0, -1, 2**53, str(UUID(int=0))])
def test_a01_edit_refuses_the_id_of_another(client: httpx.Client, email: str, token: str, another: str | int) -> None:
    assert whole(edit(client, token, userID=another, username="tested")) == (400, NOT_YOURS)
    assert profile(client, email) == ("test", email)


def test_a01_edit_refuses_the_id_of_somebody_real(client: httpx.Client, email: str, token: str) -> None:
    others = f"{uuid4().hex}@appseed.us"
    other_id = register(client, others).json()["userID"]

    assert whole(edit(client, token, userID=other_id, username="tested")) == (400, NOT_YOURS)
    assert profile(client, others) == ("test", others)
    assert profile(client, email) == ("test", email)


def test_edit_is_all_or_nothing(client: httpx.Client, email: str, token: str, other_email: str) -> None:
    assert whole(edit(client, token, username="tested", email=other_email)) == (400, TAKEN)
    assert profile(client, email) == ("test", email)
    assert profile(client, other_email) == ("test", other_email)


def test_edit_refuses_a_taken_address_in_any_case(
    client: httpx.Client, email: str, token: str, other_email: str
) -> None:
    assert whole(edit(client, token, email=other_email.upper())) == (400, TAKEN)


def test_edit_changes_the_case_of_the_own_address(client: httpx.Client, email: str, token: str) -> None:
    assert whole(edit(client, token, email=email.upper())) == (200, DONE)
    assert profile(client, email) == ("test", email.upper())


REFUSED_EDITS = [
    ({"username": ""}, "username: '' is too short"),
    ({"email": ""}, "email: '' is too short"),
    ({"userID": ""}, "userID: '' is too short"),
    ({"username": "t" * 65}, "'username' is too long, at most 64 characters"),
    ({"username": 5}, "'username' must be of type string"),
    ({"username": None}, "'username' must be of type string"),
    ({"email": "nope"}, "'email' is not a valid e-mail address"),
]


@pytest.mark.parametrize(("changes", "msg"), REFUSED_EDITS)
def test_edit_names_the_field_and_the_rule(
    client: httpx.Client, email: str, token: str, changes: Json, msg: str
) -> None:
    assert whole(edit(client, token, **changes)) == (400, {"success": False, "msg": msg})
    assert profile(client, email) == ("test", email)


@pytest.mark.parametrize("wrong_id", [None, 1.5, True, [], {}])
def test_edit_takes_an_id_as_text_or_integer_only(client: httpx.Client, token: str, wrong_id: object) -> None:
    answer = edit(client, token, userID=wrong_id)

    assert answer.status_code == 400
    assert answer.json()["msg"].startswith("'userID' ")


def test_h04_edit_without_a_session(client: httpx.Client, email: str, token: str) -> None:
    logout(client, Authorization=token)
    bodies = {"username": "tested"}

    absent = client.post(EDIT, json=bodies)
    dead = edit(client, token, **bodies)

    assert (*whole(absent), absent.headers["WWW-Authenticate"]) == (401, NOT_LOGGED_ON, "Bearer")
    assert (*whole(dead), dead.headers["WWW-Authenticate"]) == (401, NOT_LOGGED_ON, 'Bearer error="invalid_token"')
    assert profile(client, email) == ("test", email)


# ---------------------------------------------------------------- what the published clients send and read
@pytest.mark.parametrize("dashboard", ["datta", "berry"])
def test_the_react_dashboards(client: httpx.Client, email: str, dashboard: str) -> None:
    """axios: JSON with a charset, from another origin, the token raw; any refusal must have a text `msg`."""
    axios = {"Content-Type": "application/json;charset=utf-8", "Origin": "http://localhost:3000"}

    def post(path: str, body: Json, **headers: str) -> httpx.Response:
        answer = client.post(path, json=body, headers=axios | headers)
        assert answer.headers["Access-Control-Allow-Origin"] == "http://localhost:3000"
        return answer

    registered = post(REGISTER, {"username": "test", "password": "pass", "email": email}).json()
    assert registered["success"] is True
    refused = post(LOGIN, {"password": "wrong", "email": email})
    assert whole(refused) == (400, WRONG)
    logged_in = post(LOGIN, {"password": "pass", "email": email}).json()
    assert logged_in["success"] is True
    assert {"_id", "id", "username", "email"} == set(logged_in["user"])
    token = logged_in["token"]
    body = {} if dashboard == "datta" else {"token": token}
    assert whole(post(LOGOUT, body, Authorization=token)) == (200, ENDED)
    assert whole(post(LOGOUT, body, Authorization=token)) == (200, NOT_LOGGED_ON)


def test_the_postman_collection(client: httpx.Client, email: str) -> None:
    registered = client.post(REGISTER, json={"username": "test", "password": "pass", "email": email})
    user_id = registered.json()["userID"]
    token = token_of(client.post(LOGIN, json={"password": "pass", "email": email}))
    header = {"authorization": token}

    assert whole(client.post(CHECK, content=b"", headers=JSON | header)) == (200, DONE)
    sample = {"userID": "60e15ef3a800a95bc456602b", "username": "test", "email": email}
    assert whole(client.post(EDIT, json=sample, headers=header)) == (400, NOT_YOURS)
    assert whole(client.post(EDIT, json=sample | {"userID": user_id}, headers=header)) == (200, DONE)
    assert whole(client.post(LOGOUT, json={"token": token}, headers=header)) == (200, ENDED)


def test_the_tests_of_the_flask_server(client: httpx.Client, email: str) -> None:
    registered = client.post(REGISTER, json={"username": "test", "email": email, "password": "pass"})
    assert registered.status_code == 200
    assert "The user was successfully registered" in registered.json()["msg"]
    empty = client.post(REGISTER, json={"username": "test", "email": "", "password": "pass"})
    assert empty.status_code == 400
    assert "'' is too short" in empty.json()["msg"]
    assert login(client, email).json()["token"] != ""
    wrong = login(client, email, "wrong")
    assert wrong.status_code == 400
    assert "Wrong credentials." in wrong.json()["msg"]


def test_the_tests_of_the_django_server(client: httpx.Client, email: str) -> None:
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
        return client.post(path, content="".join(parts) + "--BoUnDaRyStRiNg--\r\n", headers=headers)

    registered = post(REGISTER, email=email, password="pass", username="test")
    user_id = registered.json()["userID"]
    assert whole(registered) == (
        200,
        {"success": True, "userID": user_id, "msg": "The user was successfully registered"},
    )
    token = token_of(post(LOGIN, email=email, password="pass"))
    assert whole(post(CHECK)) == (200, DONE)
    assert whole(post(EDIT, email=f"new.{email}", userID=user_id)) == (200, DONE)
    assert profile(client, f"new.{email}") == ("test", f"new.{email}")
    assert whole(post(EDIT, username="", userID=user_id)) == (400, refusal(400, "username: '' is too short"))
    assert whole(post(LOGOUT, token=token)) == (200, ENDED)
    assert whole(post(CHECK)) == (200, NOT_LOGGED_ON)


def test_a_form_may_hold_a_password_of_digits(client: httpx.Client, email: str) -> None:
    """Text of a form stays text."""
    fields = {"username": (None, "1"), "email": (None, email), "password": (None, "1234")}

    assert client.post(REGISTER, files=fields).status_code == 200
    assert profile(client, email, "1234") == ("1", email)
