"""The door `mobile`: every row of its table, the documented samples first."""

import re
import sqlite3
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import httpx
import pytest
from support.answers import Headers, Json, object_in, text_in
from support.database import sql, stored
from support.server import POSTGRES, Server, Serving
from support.tokens import forged, parts

LOGIN, SIGN_UP, DETAILS = "/api/user/login", "/api/user/signUp", "/api/user/details"
UPDATE, DELETE = "/api/user/update", "/api/user/delete"

CHANDLER = {
    "firstName": "Chandler",
    "lastName": "Bing",
    "gender": "Male",
    "contactNo": "7047059630",
    "age": "25",
    "email": "chandler.bing@example.com",
    "password": "123456",
}
JOEY = {"firstName": "Joey", "lastName": "Tribbiani", "gender": "Male", "contactNo": "7048763263", "age": "20"}

WRONG: Json = {"status": 400, "message": "Invalid email/password"}
TAKEN = {"status": 400, "message": "Email already exist.Try to Login.."}
NO_TOKEN: Json = {"status": 400, "message": "Access denied. Token not provided"}
INVALID: Json = {"status": 401, "message": "Invalid token"}
NO_USER = {"status": 400, "message": "User not found in the database"}
UPDATED = {"status": 200, "message": "User details updated successfully"}
DELETED = {"status": 200, "message": "User details deleted successfully"}
NOTHING = {"status": 400, "message": "'body' needs at least one of firstName, lastName, gender, contactNo, age"}

MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
THIRTY_DAYS = 30 * 24 * 60 * 60
JSON = {"Content-Type": "application/json"}


# ---------------------------------------------------------------- how the laws of every door enter this one
SHORTEST_PASSWORD = 6
BASE = "/api/user"
UNKNOWN_CREDENTIALS = (400, WRONG)
NO_SESSION = (401, INVALID)


def register(client: httpx.Client, email: str, password: str = "123456", **more: object) -> httpx.Response:
    return client.post(SIGN_UP, json=CHANDLER | {"email": email, "password": password} | more)


def login(client: httpx.Client, email: str, password: str = "123456", headers: Headers | None = None) -> httpx.Response:
    return client.post(LOGIN, json={"email": email, "password": password}, headers=headers)


def token_of(answer: httpx.Response) -> str:
    return text_in(answer, "token")


def email_of(answer: httpx.Response) -> str:
    return text_in(answer, "email")


def protected(client: httpx.Client, **headers: str) -> httpx.Response:
    """An operation that needs a session and changes nothing."""
    return client.get(DETAILS, headers=headers)


def logout(client: httpx.Client, **headers: str) -> httpx.Response:
    """The one way to end a session here ends the account."""
    return client.delete(DELETE, headers=headers)


def carriages(token: str) -> list[dict[str, str]]:
    return [{"token": token}, {"Token": token}, {"token": f"Bearer {token}"}, {"Authorization": f"bearer {token}"}]


def refusal(status: int, message: str) -> Json:
    return {"status": status, "message": message}


# ---------------------------------------------------------------- helpers of this file
def whole(answer: httpx.Response) -> tuple[int, Json]:
    return answer.status_code, answer.json()


def refused(message: str) -> tuple[int, Json]:
    return 400, refusal(400, message)


def update(client: httpx.Client, token: str, **changes: object) -> httpx.Response:
    return client.put(UPDATE, json=changes, headers={"token": token})


def details(client: httpx.Client, token: str) -> Json:
    """What the account shows of itself, without what it cannot choose."""
    answer = client.get(DETAILS, headers={"token": token})
    assert answer.status_code == 200
    chosen = object_in(answer)
    for given in ("status", "userId", "createdAt"):
        del chosen[given]
    return chosen


def without_cascade(server: Server, statement: str) -> None:
    """Runs a statement in the database and leaves below it what should have gone along."""
    if POSTGRES:
        sql(server, f"SET session_replication_role = replica; {statement}")
        return
    with closing(sqlite3.connect(server.folder / "portico.db", isolation_level=None)) as database:
        database.execute(statement)


@pytest.fixture
def token(client: httpx.Client, email: str) -> str:
    return token_of(register(client, email))


@pytest.fixture
def foreign(client: httpx.Client, email: str) -> str:
    """The token of an account made at another door."""
    made = client.post("/api/users/register", json={"username": "test", "email": email, "password": "123456"})
    assert made.status_code == 200
    return token_of(login(client, email))


# ---------------------------------------------------------------- signUp
def test_sign_up_as_documented(client: httpx.Client, email: str) -> None:
    answer = register(client, email)

    token, user_id = token_of(answer), answer.json()["userId"]
    assert whole(answer) == (
        200,
        {
            "status": 200,
            "token": token,
            "userId": user_id,
            "name": "Chandler Bing",
            "email": email,
            "contactNo": "7047059630",
        },
    )
    assert answer.headers.get_list("token") == [token]
    assert answer.headers.get_list("Cache-Control") == ["no-store"]
    assert str(UUID(user_id)) == user_id
    assert protected(client, token=token).json()["userId"] == user_id


AGES = [("25", "25"), (25, "25"), (0, "0"), ("0", "0"), ("007", "007"), (999, "999"), ("999", "999"), (25.0, "25")]


@pytest.mark.parametrize(("sent", "shown"), AGES)
def test_age_is_text_or_integer_and_always_answered_as_text(
    client: httpx.Client, email: str, sent: str | int | float, shown: str
) -> None:
    token = token_of(register(client, email, age=sent))
    assert details(client, token)["age"] == shown

    assert whole(update(client, token, age="1")) == (200, UPDATED)
    assert whole(update(client, token, age=sent)) == (200, UPDATED)
    assert details(client, token)["age"] == shown


@pytest.mark.parametrize(
    "age", ["", "1000", "x", "-1", " 25", "25\n", "2.5", "２５", -1, 1000, 25.5, True, None, [], ["25"], {}]
)
def test_other_ages_are_refused(client: httpx.Client, email: str, token: str, age: object) -> None:
    complaint = refused("'age' does not have the form that the contract describes")

    assert whole(register(client, f"new.{email}", age=age)) == complaint
    assert whole(update(client, token, age=age)) == complaint
    assert details(client, token)["age"] == "25"


@pytest.mark.parametrize("name", ["x", "x" * 64, "Zoë", "名前", "' OR 1=1 --", "<b>", "\u202e", "🦉" * 64])
def test_names_are_echoed_as_given(client: httpx.Client, email: str, name: str) -> None:
    answer = register(client, email, firstName=name, lastName=name, gender=name)

    assert answer.json()["name"] == f"{name} {name}"
    shown = details(client, token_of(answer))
    assert (shown["firstName"], shown["lastName"], shown["gender"]) == (name, name, name)


@pytest.mark.parametrize("spelt", [str, str.upper, str.title])
def test_sign_up_refuses_a_taken_address_in_any_case(
    client: httpx.Client, email: str, token: str, spelt: Callable[[str], str]
) -> None:
    assert whole(register(client, spelt(email), "another password")) == (400, TAKEN)


def test_sign_up_refuses_the_address_of_an_account_of_another_door(
    client: httpx.Client, email: str, foreign: str
) -> None:
    assert whole(register(client, email, "another password")) == (400, TAKEN)


def test_of_many_at_once_one_signs_up(client: httpx.Client, email: str) -> None:
    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(lambda _: register(client, email), range(8)))

    refusals = [whole(answer) for answer in answers if answer.status_code != 200]
    assert refusals == [(400, TAKEN)] * 7


@pytest.mark.parametrize("missing", CHANDLER)
def test_sign_up_wants_every_field(client: httpx.Client, email: str, missing: str) -> None:
    sent = {name: value for name, value in (CHANDLER | {"email": email}).items() if name != missing}

    assert whole(client.post(SIGN_UP, json=sent)) == refused(f"'{missing}' is a required property")


def test_the_first_missing_field_is_named(client: httpx.Client) -> None:
    assert whole(client.post(SIGN_UP, json={})) == refused("'firstName' is a required property")
    assert whole(client.post(LOGIN, json={})) == refused("'email' is a required property")


REFUSED_FIELDS = [
    ({"firstName": ""}, "'firstName' is too short, at least 1 character"),
    ({"lastName": ""}, "'lastName' is too short, at least 1 character"),
    ({"gender": ""}, "'gender' is too short, at least 1 character"),
    ({"contactNo": ""}, "'contactNo' is too short, at least 1 character"),
    ({"firstName": "x" * 65}, "'firstName' is too long, at most 64 characters"),
    ({"lastName": "x" * 65}, "'lastName' is too long, at most 64 characters"),
    ({"gender": "x" * 65}, "'gender' is too long, at most 64 characters"),
    ({"contactNo": "0" * 33}, "'contactNo' is too long, at most 32 characters"),
    ({"contactNo": 7047059630}, "'contactNo' must be of type string"),
    ({"firstName": None}, "'firstName' must be of type string"),
    ({"lastName": 5}, "'lastName' must be of type string"),
    ({"gender": ["Male"]}, "'gender' must be of type string"),
]
REFUSED_SIGN_UPS = [
    *REFUSED_FIELDS,
    ({"email": "nope"}, "'email' is not a valid e-mail address"),
    ({"email": ""}, "'email' is too short, at least 3 characters"),
    ({"email": 5}, "'email' must be of type string"),
    ({"password": "12345"}, "'password' is too short, at least 6 characters"),
    ({"password": 123456}, "'password' must be of type string"),
    ({"password": "p" * 1025}, "'password' is too long, at most 1024 characters"),
]


@pytest.mark.parametrize(("wrong", "message"), REFUSED_SIGN_UPS)
def test_sign_up_names_the_field_and_the_rule(client: httpx.Client, email: str, wrong: Json, message: str) -> None:
    assert whole(client.post(SIGN_UP, json=CHANDLER | {"email": email} | wrong)) == refused(message)
    assert whole(login(client, email)) == (400, WRONG)


def test_a02_unknown_properties_of_a_sign_up_are_ignored(server: Server, client: httpx.Client, email: str) -> None:
    """`customerId` is what a later version of the original took."""
    unknown = {
        "customerId": f"marker-{email}",
        "_id": "5d8b97164dfcab1a47b215ed",
        "createdAt": "2019-09-25T16:34:30.203Z",
    }

    answer = register(client, email, **unknown, active=False, status=500)

    shown = protected(client, token=token_of(answer)).json()
    assert shown["createdAt"] != unknown["createdAt"]
    assert shown["userId"] != unknown["_id"]
    assert "marker-" + email not in stored(server)


# ---------------------------------------------------------------- login
def test_login_as_documented(client: httpx.Client, email: str, token: str) -> None:
    answer = login(client, email)

    new = token_of(answer)
    user_id = protected(client, token=token).json()["userId"]
    assert whole(answer) == (200, {"status": 200, "id": user_id, "token": new, "name": "Chandler Bing", "email": email})
    assert answer.headers.get_list("token") == [new]
    assert answer.headers.get_list("Cache-Control") == ["no-store"]
    assert new != token
    assert protected(client, token=new).json()["userId"] == user_id


@pytest.mark.parametrize("password", ["", "1", "1234567", "123456 ", "１２３４５６７", "p" * 1024])
def test_e01_a_wrong_password_is_an_unknown_account_byte_for_byte(
    client: httpx.Client, email: str, token: str, password: str
) -> None:
    wrong, unknown = login(client, email, password), login(client, f"nobody.{email}", password)

    assert whole(wrong) == (400, WRONG)
    assert (wrong.status_code, wrong.content) == (unknown.status_code, unknown.content)
    assert [name for name, _ in wrong.headers.multi_items()] == [name for name, _ in unknown.headers.multi_items()]
    assert "token" not in wrong.headers


REFUSED_LOGINS = [
    ({"password": "123456"}, "'email' is a required property"),
    ({"email": "a@example.com"}, "'password' is a required property"),
    ({"email": "nope", "password": "123456"}, "'email' is not a valid e-mail address"),
    ({"email": "a@example.com", "password": 123456}, "'password' must be of type string"),
    ({"email": ["a@example.com"], "password": "123456"}, "'email' must be of type string"),
    ({"email": "a@example.com", "password": "p" * 1025}, "'password' is too long, at most 1024 characters"),
]


@pytest.mark.parametrize(("body", "message"), REFUSED_LOGINS)
def test_login_names_the_field_and_the_rule(client: httpx.Client, body: Json, message: str) -> None:
    assert whole(client.post(LOGIN, json=body)) == refused(message)


def test_the_account_logs_in_at_another_door(client: httpx.Client, email: str, token: str) -> None:
    answer = client.post("/api/users/login", json={"email": email, "password": "123456"})

    user_id = protected(client, token=token).json()["userId"]
    assert answer.json()["user"] == {"_id": user_id, "id": user_id, "username": "Chandler Bing", "email": email}


# ---------------------------------------------------------------- the token
def test_s06_the_token_lives_thirty_days_and_tells_nothing_personal(client: httpx.Client, email: str) -> None:
    answer = register(client, email)

    header, claims, _ = parts(token_of(answer))
    assert claims.keys() == {"iss", "aud", "sub", "jti", "iat", "exp"}
    assert (claims["aud"], claims["sub"]) == ("mobile", answer.json()["userId"])
    assert claims["exp"] - claims["iat"] == THIRTY_DAYS
    assert header.keys() == {"alg", "kid", "typ"}


def test_s06_an_expired_token_is_invalid(server: Server, client: httpx.Client, token: str) -> None:
    now = int(time.time())
    live = forged(server, token, iat=now - THIRTY_DAYS + 60, exp=now + 60)
    expired = forged(server, token, iat=now - THIRTY_DAYS - 1, exp=now - 1)

    assert protected(client, token=live).status_code == 200
    assert whole(protected(client, token=expired)) == (401, INVALID)


WITH_A_SESSION = [("GET", DETAILS, None), ("PUT", UPDATE, JOEY), ("DELETE", DELETE, None)]


@pytest.mark.parametrize(("method", "path", "body"), WITH_A_SESSION)
@pytest.mark.parametrize(
    "headers", [{}, {"token": ""}, {"Authorization": ""}, {"Authorization": "Bearer"}, {"X-Token": "x"}]
)
def test_without_a_token_access_is_denied(
    client: httpx.Client, method: str, path: str, body: Json | None, headers: dict[str, str]
) -> None:
    answer = client.request(method, path, json=body, headers=headers)

    assert whole(answer) == (400, NO_TOKEN)
    assert "WWW-Authenticate" not in answer.headers


@pytest.mark.parametrize(("method", "path", "body"), WITH_A_SESSION)
@pytest.mark.parametrize(
    "sent", ["[TOKEN]", "undefined", "..", "a.b.c", "Bearer", "Bearer x", "Basic dGVzdDpwYXNz", "x" * 4000]
)
def test_h04_any_other_token_is_invalid(
    client: httpx.Client, method: str, path: str, body: Json | None, sent: str
) -> None:
    answer = client.request(method, path, json=body, headers={"token": sent})

    assert whole(answer) == (401, INVALID)
    assert answer.headers.get_list("WWW-Authenticate") == ['Bearer error="invalid_token"']


@pytest.mark.parametrize("carriage", ["token", "Authorization"])
def test_the_token_of_a_body_or_a_query_is_no_token(client: httpx.Client, token: str, carriage: str) -> None:
    assert whole(client.put(UPDATE, json=JOEY | {carriage: token})) == (400, NO_TOKEN)
    assert whole(client.get(DETAILS, params={carriage: token})) == (400, NO_TOKEN)


@pytest.mark.parametrize("stale", ["Basic dGVzdDpwYXNz", "Bearer [TOKEN]", "[TOKEN]", "Digest a=b"])
def test_a_stale_authorization_beside_a_live_token_hurts_nobody(
    client: httpx.Client, email: str, token: str, stale: str
) -> None:
    assert protected(client, token=token, Authorization=stale).json()["email"] == email


def test_one_token_header_only(client: httpx.Client, token: str) -> None:
    answer = client.get(DETAILS, headers=[("token", token), ("token", token)])

    assert whole(answer) == refused("The header Token is sent more than once")


# ---------------------------------------------------------------- details
def test_details_as_documented(client: httpx.Client, email: str) -> None:
    before = datetime.now(UTC)
    signed_up = register(client, email)
    after = datetime.now(UTC)

    answer = client.get(DETAILS, headers={"token": token_of(signed_up)})

    created_at = answer.json()["createdAt"]
    assert whole(answer) == (
        200,
        {
            "status": 200,
            "userId": signed_up.json()["userId"],
            "firstName": "Chandler",
            "lastName": "Bing",
            "email": email,
            "gender": "Male",
            "contactNo": "7047059630",
            "age": "25",
            "createdAt": created_at,
        },
    )
    assert MOMENT.fullmatch(created_at)
    assert before.replace(microsecond=before.microsecond // 1000 * 1000) <= datetime.fromisoformat(created_at) <= after
    assert answer.headers.get_list("Cache-Control") == ["no-store"]
    assert "token" not in answer.headers


@pytest.mark.parametrize(
    ("stored_as", "shown"),
    [
        ("2019-09-25 16:34:30.203999+00:00", "2019-09-25T16:34:30.203Z"),
        ("2019-09-25 16:34:30+00:00", "2019-09-25T16:34:30.000Z"),
        ("2020-02-29 00:00:00.001000+00:00", "2020-02-29T00:00:00.001Z"),
    ],
)
def test_created_at_is_utc_with_milliseconds(
    server: Server, client: httpx.Client, email: str, token: str, stored_as: str, shown: str
) -> None:
    sql(server, f"UPDATE account SET created_at = '{stored_as}' WHERE email_key = '{email}'")

    assert client.get(DETAILS, headers={"token": token}).json()["createdAt"] == shown


def test_created_at_is_utc_wherever_the_server_stands(serving: Serving, email: str) -> None:
    server = serving(TZ="Etc/GMT-14")
    before = datetime.now(UTC)

    token = token_of(register(server.client, email))

    created_at = datetime.fromisoformat(protected(server.client, token=token).json()["createdAt"])
    assert before - timedelta(seconds=1) < created_at <= datetime.now(UTC)


def test_what_an_account_of_another_door_never_had_is_empty(client: httpx.Client, email: str, foreign: str) -> None:
    assert login(client, email).json()["name"] == "test"
    assert details(client, foreign) == {
        "firstName": "",
        "lastName": "",
        "email": email,
        "gender": "",
        "contactNo": "",
        "age": "",
    }


def test_head_of_details_is_get_without_a_body(client: httpx.Client, token: str) -> None:
    answer = client.head(DETAILS, headers={"token": token})

    assert (answer.status_code, answer.content) == (200, b"")


# ---------------------------------------------------------------- update
def test_update_as_documented(client: httpx.Client, email: str, token: str) -> None:
    answer = client.put(UPDATE, json=JOEY, headers={"token": token})

    assert whole(answer) == (200, UPDATED)
    assert details(client, token) == JOEY | {"email": email}
    assert login(client, email).json()["name"] == "Joey Tribbiani"


@pytest.mark.parametrize("field", JOEY)
def test_update_changes_what_is_sent_and_nothing_else(client: httpx.Client, email: str, token: str, field: str) -> None:
    assert whole(update(client, token, **{field: JOEY[field]})) == (200, UPDATED)

    expected = {name: value for name, value in CHANDLER.items() if name != "password"}
    assert details(client, token) == expected | {"email": email, field: JOEY[field]}


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"firstName": "Joey"}, "Joey Bing"),
        ({"lastName": "Tribbiani"}, "Chandler Tribbiani"),
        ({"age": 20}, "Chandler Bing"),
    ],
)
def test_update_changes_the_full_name_along(
    client: httpx.Client, email: str, token: str, changes: Json, name: str
) -> None:
    update(client, token, **changes)

    assert login(client, email).json()["name"] == name


@pytest.mark.parametrize(
    ("changes", "name"),
    [({"age": 20}, "test"), ({"firstName": "Joey"}, "Joey"), ({"lastName": "Tribbiani"}, "Tribbiani")],
)
def test_update_of_an_account_of_another_door(
    client: httpx.Client, email: str, foreign: str, changes: Json, name: str
) -> None:
    assert whole(update(client, foreign, **changes)) == (200, UPDATED)

    nothing = {"firstName": "", "lastName": "", "gender": "", "contactNo": "", "age": ""}
    assert details(client, foreign) == nothing | {"email": email} | {
        field: str(value) for field, value in changes.items()
    }
    assert login(client, email).json()["name"] == name


NOTHING_TO_UPDATE = [
    {},
    {"email": "new@example.com"},
    {"password": "1234567"},
    {"firstname": "Joey"},
    {"active": False},
]


@pytest.mark.parametrize("body", NOTHING_TO_UPDATE)
def test_update_of_nothing_is_refused(client: httpx.Client, email: str, token: str, body: Json) -> None:
    assert whole(update(client, token, **body)) == (400, NOTHING)
    assert login(client, email).status_code == 200


def test_a02_update_ignores_what_it_does_not_name(server: Server, client: httpx.Client, email: str, token: str) -> None:
    privileged = {
        "email": f"new.{email}",
        "password": "1234567",
        "userId": str(uuid4()),
        "active": False,
        "status": 500,
    }

    assert whole(update(client, token, firstName="Joey", note=f"marker-{email}", **privileged)) == (200, UPDATED)

    answer = login(client, email)
    assert answer.json()["name"] == "Joey Bing"
    assert answer.json()["id"] == protected(client, token=token).json()["userId"] != privileged["userId"]
    assert f"marker-{email}" not in stored(server)


@pytest.mark.parametrize(("wrong", "message"), REFUSED_FIELDS)
def test_update_names_the_field_and_the_rule_and_changes_nothing(
    client: httpx.Client, token: str, wrong: Json, message: str
) -> None:
    assert whole(update(client, token, **(JOEY | wrong))) == refused(message)
    assert details(client, token)["age"] == "25"


@pytest.mark.parametrize("body", ["[]", '"text"', "5", "null", "true"])
@pytest.mark.parametrize(("method", "path"), [("POST", LOGIN), ("POST", SIGN_UP), ("PUT", UPDATE)])
def test_a_body_is_an_object(client: httpx.Client, token: str, method: str, path: str, body: str) -> None:
    answer = client.request(method, path, content=body, headers=JSON | {"token": token})

    assert whole(answer) == refused("'body' must be of type object")


# ---------------------------------------------------------------- delete
def test_delete_as_documented(client: httpx.Client, email: str, token: str) -> None:
    answer = client.delete(DELETE, headers={"token": token})

    assert whole(answer) == (200, DELETED)
    assert whole(login(client, email)) == (400, WRONG)


@pytest.mark.parametrize(("method", "path", "body"), WITH_A_SESSION)
def test_s04_every_token_of_a_deleted_account_is_invalid_at_once(
    client: httpx.Client, email: str, token: str, method: str, path: str, body: Json | None
) -> None:
    other = token_of(login(client, email))
    assert whole(client.delete(DELETE, headers={"token": token})) == (200, DELETED)

    for dead in (token, other):
        assert whole(client.request(method, path, json=body, headers={"token": dead})) == (401, INVALID)


def test_s04_delete_ends_the_account_at_every_door(
    server: Server, client: httpx.Client, email: str, token: str
) -> None:
    credentials = {"email": email, "password": "123456"}
    there = client.post("/api/users/login", json=credentials).json()["token"]

    client.delete(DELETE, headers={"token": token})

    gone = client.post("/api/users/checkSession", headers={"Authorization": there})
    assert whole(gone) == (200, {"success": False, "msg": "User is not logged on"})
    assert client.post("/api/users/login", json=credentials).status_code == 400
    assert email not in stored(server)


def test_who_deleted_the_account_may_sign_up_again(client: httpx.Client, email: str, token: str) -> None:
    first = protected(client, token=token).json()["userId"]
    client.delete(DELETE, headers={"token": token})

    again = register(client, email)

    assert again.status_code == 200
    assert again.json()["userId"] != first
    assert whole(protected(client, token=token)) == (401, INVALID)


def test_a01_delete_leaves_everybody_else_alone(client: httpx.Client, email: str, token: str) -> None:
    other = token_of(register(client, f"other.{email}"))

    client.delete(DELETE, headers={"token": token})

    assert protected(client, token=other).json()["email"] == f"other.{email}"


@pytest.mark.parametrize(("method", "path", "body"), [*WITH_A_SESSION, ("PUT", UPDATE, {"age": "20"})])
def test_an_account_that_went_under_its_session_is_not_found(
    server: Server, client: httpx.Client, email: str, token: str, method: str, path: str, body: Json | None
) -> None:
    without_cascade(server, f"DELETE FROM account WHERE email_key = '{email}'")

    assert whole(client.request(method, path, json=body, headers={"token": token})) == (400, NO_USER)


# ---------------------------------------------------------------- the status of every body
WHAT_GOES_WRONG: dict[str, tuple[int, str, Callable[[httpx.Client], httpx.Response]]] = {
    "unknown path": (404, "There is nothing here", lambda client: client.get("/api/user/nothing")),
    "another case": (404, "There is nothing here", lambda client: client.post("/api/user/signup", json=CHANDLER)),
    "wrong method": (405, "This method is not allowed here", lambda client: client.get(LOGIN)),
    "no body": (400, "A body is required", lambda client: client.post(LOGIN)),
    "no JSON": (400, "The body is not valid JSON", lambda client: client.post(LOGIN, content="{", headers=JSON)),
    "too large": (413, "The body is too large", lambda client: client.post(LOGIN, content=b" " * 65_537, headers=JSON)),
    "a form": (415, "The body must be application/json", lambda client: client.post(LOGIN, data=CHANDLER)),
    "text": (415, "The body must be application/json", lambda client: client.post(LOGIN, content="{}")),
    "wrong field": (400, "'email' is not a valid e-mail address", lambda client: login(client, "nope")),
    "wrong password": (400, WRONG["message"], lambda client: login(client, "nobody@example.com")),
    "no token": (400, NO_TOKEN["message"], protected),
    "wrong token": (401, INVALID["message"], lambda client: protected(client, token="[TOKEN]")),
}


@pytest.mark.parametrize("case", WHAT_GOES_WRONG)
def test_every_refusal_carries_its_integer_status(client: httpx.Client, case: str) -> None:
    status, message, send = WHAT_GOES_WRONG[case]

    answer = send(client)

    assert whole(answer) == (status, {"status": status, "message": message})
    assert type(answer.json()["status"]) is int
    assert answer.headers.get_list("Content-Type") == ["application/json"]


ALLOWED = [(LOGIN, {"POST"}), (SIGN_UP, {"POST"}), (DETAILS, {"GET", "HEAD"}), (UPDATE, {"PUT"}), (DELETE, {"DELETE"})]


@pytest.mark.parametrize(("path", "allowed"), ALLOWED)
def test_the_wrong_method_is_told_the_right_ones(client: httpx.Client, path: str, allowed: set[str]) -> None:
    answer = client.request("PATCH", path)

    assert whole(answer) == (405, {"status": 405, "message": "This method is not allowed here"})
    assert set(answer.headers["Allow"].split(", ")) == allowed
