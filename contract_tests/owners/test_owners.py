"""The door `owners`: every row of its table, the documented samples first, and what no row may let through."""

import re
import time
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from datetime import UTC, datetime, timedelta
from threading import Lock
from urllib.parse import quote
from uuid import UUID, uuid4

import httpx
import pytest
from support.answers import Headers, Json, object_in, text_in
from support.database import sql, stored
from support.mailbox import rows
from support.server import Server, Serving
from support.tokens import forged, parts

from portico.core import tenants

OWNER, OWNER_BY_UUID, OWNER_BY_PASSWORD = "/appowner/create", "/appowner/uuid/{}", "/appowner/emailpassword"
DELETE_OWNER, UPDATE_OWNER = "/appowner/delete", "/appowner/update"
APPLICATION, DELETE_APPLICATION = "/applications/create", "/applications/delete"
SIGN_UP, SIGN_IN, SIGN_IN_WITH_EMAIL = "/users/signup", "/users/signin", "/users/signwithemail"
IS_LOGGED, USER_DATA, UPDATE_USER = "/users/islogged", "/users/userdata", "/users/update"

JASON = {"firstname": "Jason", "lastname": "Bourne", "password": "theverymuchsecretpasswordofjasonbourne"}

NOT_IN = {"auth": False}
NO_USER = {"error": "User not found"}
NO_OWNER = {"status": 404, "message": "owner not found"}
NO_APPLICATION = {"status": 404, "message": "application not found"}
SWITCHED_OFF = {"status": 404, "message": "There is nothing here"}
EMAIL_TAKEN = {"status": 409, "message": "That email is taken"}
NAME_TAKEN = {"status": 409, "message": "That name is taken"}
ALL_GONE = {"affectedRows": 1, "message": "All auth users of this application are deleted too"}
NOTHING_TO_DELETE = {"affectedRows": 0, "message": "nothing to delete"}
ROTTEN = {
    word: {"auth": False, "message": f"jwt {word}"} for word in ("malformed", "expired", "revoked", "must be provided")
}
FORGED = {"auth": False, "message": "invalid signature"}

KEY = re.compile(r"[0-9A-HJKMNP-TV-Z]{7}(-[0-9A-HJKMNP-TV-Z]{7}){3}")
SIGNED = re.compile(r"[\w-]+\.[\w-]+\.[\w-]+")
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
ONE_DAY = 24 * 60 * 60


# ---------------------------------------------------------------- how the laws of every door enter this one
SHORTEST_PASSWORD = 7
BASE = "/users"
UNKNOWN_CREDENTIALS = (200, NOT_IN)
NO_SESSION = (401, ROTTEN["revoked"])

_keys: dict[str, str] = {}
_one_at_a_time = Lock()


def application_of(client: httpx.Client) -> str:
    """The key of the application in which the laws are tried at this server."""
    with _one_at_a_time:
        server = str(client.base_url)
        if server not in _keys:
            _keys[server] = new_application(client, new_owner(client, f"{uuid4().hex}@gmail.com")["uuid"])["apiKey"]
    return _keys[server]


def register(client: httpx.Client, email: str, password: str = "bond007", **more: object) -> httpx.Response:
    return sign_up(client, application_of(client), email, **{"password": password} | more)


def login(
    client: httpx.Client, email: str, password: str = "bond007", headers: Headers | None = None
) -> httpx.Response:
    body = {"apikey": application_of(client), "email": email, "password": password}
    return client.post(SIGN_IN_WITH_EMAIL, json=body, headers=headers)


def token_of(answer: httpx.Response) -> str:
    return text_in(answer, "token")


def email_of(answer: httpx.Response) -> str:
    """A sign-in does not show the address; its token does."""
    return text_in(httpx.post(answer.url.join(USER_DATA), json={"token": token_of(answer)}, timeout=20), "email")


def protected(client: httpx.Client, **headers: str) -> httpx.Response:
    """An operation that needs a session and changes nothing."""
    return client.post(USER_DATA, headers=headers)


def logout(client: httpx.Client, **headers: str) -> httpx.Response:
    """The one way to end a session here ends all of the user."""
    return client.put(UPDATE_USER, json={"active": False}, headers=headers)


def carriages(token: str) -> list[dict[str, str]]:
    """Of the headers; the documented carriage is the body."""
    return [{"Authorization": f"{scheme} {token}"} for scheme in ("Bearer", "bearer", "BEARER ")]


def refusal(status: int, message: str) -> Json:
    return {"status": status, "message": message}


# ---------------------------------------------------------------- helpers of this file
def new_owner(client: httpx.Client, email: str, **fields: object) -> Json:
    answer = client.post(OWNER, json=JASON | {"email": email} | fields)
    assert answer.status_code == 200
    return object_in(answer)


def new_application(client: httpx.Client, owner: str, name: str = "my new and awsome app") -> Json:
    answer = client.post(APPLICATION, json={"owneruuid": owner, "appname": name})
    assert answer.status_code == 200
    return object_in(answer)


def sign_up(client: httpx.Client, key: str, email: str, **fields: object) -> httpx.Response:
    return client.post(
        SIGN_UP, json={"apikey": key, "username": "JBond", "email": email, "password": "bond007"} | fields
    )


def sign_in(client: httpx.Client, user: str, key: str) -> httpx.Response:
    return client.post(SIGN_IN, json={"uuid": user, "apikey": key})


def with_email(client: httpx.Client, key: str, email: str, password: str = "bond007") -> httpx.Response:
    return client.post(SIGN_IN_WITH_EMAIL, json={"apikey": key, "email": email, "password": password})


def is_logged(client: httpx.Client, token: str) -> Json:
    """What both ways to ask answer."""
    by_url, by_body = client.get(f"{IS_LOGGED}/{quote(token)}"), client.post(IS_LOGGED, json={"token": token})
    assert by_url.status_code == by_body.status_code == 200
    assert by_url.json() == by_body.json()
    return object_in(by_url)


def user_data(client: httpx.Client, token: str) -> httpx.Response:
    return client.post(USER_DATA, json={"token": token})


def update(client: httpx.Client, token: str, **changes: object) -> httpx.Response:
    return client.put(UPDATE_USER, json={"token": token} | changes)


def by_uuid(client: httpx.Client, uuid: str) -> httpx.Response:
    return client.get(OWNER_BY_UUID.format(uuid))


def by_password(client: httpx.Client, email: str, password: str) -> httpx.Response:
    """By the path; what both ways to ask answer."""
    in_path = client.get(f"{OWNER_BY_PASSWORD}/{quote(email, safe='')}/{quote(password, safe='')}")
    in_body = client.post(OWNER_BY_PASSWORD, json={"email": email, "password": password})
    assert whole(in_path) == whole(in_body)
    return in_path


def delete_owner(client: httpx.Client, uuid: str, deletion_token: str) -> httpx.Response:
    return client.request("DELETE", DELETE_OWNER, json={"deletion_token": deletion_token, "uuid": uuid})


def delete_application(client: httpx.Client, key: str) -> httpx.Response:
    return client.request("DELETE", DELETE_APPLICATION, json={"apikey": key})


def affected(rows: int) -> tuple[int, Json]:
    """What the deletion of an owner answers."""
    return 200, {"affectedRows": rows, "insertId": 0, "warningStatus": 0}


def whole(answer: httpx.Response) -> tuple[int, Json]:
    return answer.status_code, answer.json()


def refused(message: str) -> tuple[int, Json]:
    return 400, refusal(400, message)


def day(after: int = 0) -> str:
    return f"{datetime.now(UTC) + timedelta(days=after):%Y-%m-%d}"


def in_a_year() -> str:
    return f"{tenants.a_year_after(datetime.now(UTC)):%Y-%m-%d}"


@pytest.fixture
def owner(client: httpx.Client, email: str) -> Json:
    return new_owner(client, f"owner.{email}")


@pytest.fixture
def application(client: httpx.Client, owner: Json) -> Json:
    return new_application(client, owner["uuid"])


@pytest.fixture
def key(application: Json) -> str:
    return str(application["apiKey"])


@pytest.fixture
def user(client: httpx.Client, email: str, key: str) -> Json:
    answer = sign_up(client, key, email)
    assert answer.status_code == 202
    return object_in(answer)


@pytest.fixture
def token(client: httpx.Client, user: Json, key: str) -> str:
    return token_of(sign_in(client, user["uuid"], key))


@pytest.fixture(scope="module")
def strict(serving: Serving) -> Server:
    return serving(PORTICO_PROFILE="strict")


# ---------------------------------------------------------------- owners: create
def test_create_an_owner_as_documented(client: httpx.Client, email: str) -> None:
    answer = client.post(OWNER, json=JASON | {"email": email})

    uuid, deletion_token = answer.json()["uuid"], answer.json()["deletion_token"]
    assert whole(answer) == (
        200,
        {"firstname": "Jason", "lastname": "Bourne", "email": email, "deletion_token": deletion_token, "uuid": uuid},
    )
    assert str(UUID(uuid)) == uuid
    assert UUID(uuid).version == 4
    assert SIGNED.fullmatch(deletion_token)
    assert answer.headers.get_list("Cache-Control") == ["no-store"]


@pytest.mark.parametrize("spelt", [str, str.upper, str.title])
def test_an_owner_s_address_is_taken_in_any_case(client: httpx.Client, email: str, spelt: Callable[[str], str]) -> None:
    new_owner(client, email)

    assert whole(client.post(OWNER, json=JASON | {"email": spelt(email)})) == (409, EMAIL_TAKEN)


def test_two_owners_share_nothing_secret(client: httpx.Client, email: str, owner: Json) -> None:
    other = new_owner(client, f"other.{email}")

    assert other["uuid"] != owner["uuid"]
    assert other["deletion_token"] != owner["deletion_token"]


REFUSED_OWNERS = [
    ({"firstname": None}, "'firstname' must be of type string"),
    ({"firstname": ""}, "'firstname' is too short, at least 1 character"),
    ({"firstname": "x" * 256}, "'firstname' is too long, at most 255 characters"),
    ({"lastname": ""}, "'lastname' is too short, at least 1 character"),
    ({"lastname": "x" * 256}, "'lastname' is too long, at most 255 characters"),
    ({"email": "nope"}, "'email' is not a valid e-mail address"),
    ({"email": 5}, "'email' must be of type string"),
    ({"password": "sixsix"}, "'password' is too short, at least 7 characters"),
    ({"password": 1234567}, "'password' must be of type string"),
    ({"password": "p" * 1025}, "'password' is too long, at most 1024 characters"),
]


@pytest.mark.parametrize(("wrong", "message"), REFUSED_OWNERS)
def test_create_and_update_of_an_owner_name_the_field_and_the_rule(
    client: httpx.Client, email: str, owner: Json, wrong: Json, message: str
) -> None:
    body = JASON | {"email": f"new.{email}"} | wrong

    assert whole(client.post(OWNER, json=body)) == refused(message)
    assert whole(client.post(UPDATE_OWNER, json=body | {"uuid": owner["uuid"]})) == refused(message)
    assert whole(by_uuid(client, owner["uuid"])) == (200, owner)


@pytest.mark.parametrize("missing", ["firstname", "lastname", "email", "password"])
def test_every_field_of_an_owner_is_required(client: httpx.Client, email: str, owner: Json, missing: str) -> None:
    body = {name: value for name, value in (JASON | {"email": f"new.{email}"}).items() if name != missing}
    complaint = refused(f"'{missing}' is a required property")

    assert whole(client.post(OWNER, json=body)) == complaint
    assert whole(client.post(UPDATE_OWNER, json=body | {"uuid": owner["uuid"]})) == complaint


def test_names_of_an_owner_have_up_to_255_characters(client: httpx.Client, email: str) -> None:
    made = new_owner(client, email, firstname="🦉" * 255, lastname="é")

    assert whole(by_uuid(client, made["uuid"])) == (200, made)


def test_a02_unknown_properties_of_an_owner_are_ignored(server: Server, client: httpx.Client, email: str) -> None:
    sent = {"uuid": str(uuid4()), "deletion_token": "mine", "idowners": 1, "note": f"marker-{email}"}

    made = new_owner(client, email, **sent)

    assert made["uuid"] != sent["uuid"]
    assert made["deletion_token"] != sent["deletion_token"]
    assert f"marker-{email}" not in stored(server)


# ---------------------------------------------------------------- owners: read
def test_read_an_owner_by_uuid_as_documented(client: httpx.Client, owner: Json) -> None:
    for _ in range(2):
        assert whole(by_uuid(client, owner["uuid"])) == (200, owner)  # the deletion token is the same every time


def test_a_uuid_is_compared_without_regard_to_case(client: httpx.Client, owner: Json) -> None:
    assert whole(by_uuid(client, owner["uuid"].upper())) == (200, owner)


def test_read_an_owner_by_address_and_password_as_documented(client: httpx.Client, email: str, owner: Json) -> None:
    assert whole(by_password(client, f"owner.{email}", JASON["password"])) == (200, owner)
    assert whole(by_password(client, f"Owner.{email}".upper(), JASON["password"])) == (200, owner)


def test_the_path_may_be_written_as_printed(client: httpx.Client, email: str, owner: Json) -> None:
    assert whole(client.get(f"{OWNER_BY_PASSWORD}/owner.{email}/{JASON['password']}")) == (200, owner)


PASSWORDS = ["with/slash/", "?query=1", "#fragment", "100% %2F", "a space and +", "pässwörd 🔑", "a;b,c:d@e&f"]


@pytest.mark.parametrize("password", PASSWORDS)
def test_any_password_fits_into_the_path(client: httpx.Client, email: str, password: str) -> None:
    made = new_owner(client, email, password=password)

    assert whole(by_password(client, email, password)) == (200, made)


NO_OWNERS_UUID = [str(UUID(int=0)), "858afac0-28cd-4ea7-99ca-f262941a8a7e", "x", "' OR 1=1 --", "🦉", "x" * 64]


@pytest.mark.parametrize("uuid", NO_OWNERS_UUID)
def test_an_unknown_uuid_is_no_owner(client: httpx.Client, uuid: str) -> None:
    assert whole(by_uuid(client, quote(uuid))) == (404, NO_OWNER)


def test_e01_a_wrong_password_is_an_unknown_owner_byte_for_byte(client: httpx.Client, email: str, owner: Json) -> None:
    wrong, unknown = (
        by_password(client, f"owner.{email}", "wrong"),
        by_password(client, f"nobody.{email}", JASON["password"]),
    )

    assert whole(wrong) == (404, NO_OWNER)
    assert (wrong.status_code, wrong.content) == (unknown.status_code, unknown.content)
    assert [name for name, _ in wrong.headers.multi_items()] == [name for name, _ in unknown.headers.multi_items()]


def test_read_by_post_names_the_field_and_the_rule(client: httpx.Client) -> None:
    assert whole(client.post(OWNER_BY_PASSWORD, json={"email": "a@b.c"})) == refused(
        "'password' is a required property"
    )
    assert whole(client.post(OWNER_BY_PASSWORD, json={"password": "x"})) == refused("'email' is a required property")
    wrong = {"email": "nope", "password": "x"}
    assert whole(client.post(OWNER_BY_PASSWORD, json=wrong)) == refused("'email' is not a valid e-mail address")


# ---------------------------------------------------------------- owners: update
@pytest.mark.parametrize("method", ["POST", "PUT"])
def test_update_an_owner_as_documented(client: httpx.Client, email: str, owner: Json, method: str) -> None:
    change = {
        "uuid": owner["uuid"],
        "firstname": "David",
        "lastname": "Webb",
        "email": f"new.{email}",
        "password": "otherpassword",
    }

    assert whole(client.request(method, UPDATE_OWNER, json=change)) == (202, {"status": 202, "affectedRows": 1})

    now = owner | {"firstname": "David", "lastname": "Webb", "email": f"new.{email}"}
    assert whole(by_uuid(client, owner["uuid"])) == (200, now)  # the deletion token outlives the address
    assert whole(by_password(client, f"new.{email}", "otherpassword")) == (200, now)
    assert whole(by_password(client, f"new.{email}", JASON["password"])) == (404, NO_OWNER)
    assert whole(by_password(client, f"owner.{email}", "otherpassword")) == (404, NO_OWNER)
    assert whole(delete_owner(client, owner["uuid"], owner["deletion_token"])) == affected(1)


@pytest.mark.parametrize("method", ["POST", "PUT"])
def test_update_of_an_unknown_owner(client: httpx.Client, email: str, method: str) -> None:
    change = JASON | {"uuid": str(uuid4()), "email": email}

    assert whole(client.request(method, UPDATE_OWNER, json=change)) == (404, {"status": 404, "affectedRows": 0})


@pytest.mark.parametrize("method", ["POST", "PUT"])
def test_update_refuses_the_address_of_another_owner_and_changes_nothing(
    client: httpx.Client, email: str, owner: Json, method: str
) -> None:
    other = new_owner(client, f"other.{email}")
    change = {"uuid": owner["uuid"], "firstname": "David", "lastname": "Webb", "password": "otherpassword"}

    answer = client.request(method, UPDATE_OWNER, json=change | {"email": f"other.{email}".upper()})

    assert whole(answer) == (409, EMAIL_TAKEN)
    assert whole(by_uuid(client, owner["uuid"])) == (200, owner)
    assert whole(by_password(client, f"owner.{email}", JASON["password"])) == (200, owner)
    assert whole(by_uuid(client, other["uuid"])) == (200, other)


def test_update_takes_the_own_address_in_another_case(client: httpx.Client, email: str, owner: Json) -> None:
    change = JASON | {"uuid": owner["uuid"], "email": f"owner.{email}".upper()}

    assert whole(client.post(UPDATE_OWNER, json=change)) == (202, {"status": 202, "affectedRows": 1})
    assert whole(by_uuid(client, owner["uuid"])) == (200, owner | {"email": change["email"]})


# ---------------------------------------------------------------- owners: delete
def test_delete_an_owner_as_documented(client: httpx.Client, email: str, owner: Json) -> None:
    assert whole(delete_owner(client, owner["uuid"], owner["deletion_token"])) == affected(1)

    assert whole(by_uuid(client, owner["uuid"])) == (404, NO_OWNER)
    assert whole(by_password(client, f"owner.{email}", JASON["password"])) == (404, NO_OWNER)
    assert whole(delete_owner(client, owner["uuid"], owner["deletion_token"])) == affected(0)
    assert new_owner(client, f"owner.{email}")["uuid"] != owner["uuid"]  # the address is free


def test_delete_wants_the_very_token(client: httpx.Client, owner: Json) -> None:
    token = owner["deletion_token"]
    for wrong in ("x", " ", "[TOKEN]", token[:-1], f"{token}A", f" {token}", f"Bearer {token}", "🦉", "x" * 4096):
        assert whole(delete_owner(client, owner["uuid"], wrong)) == affected(0)

    assert whole(by_uuid(client, owner["uuid"])) == (200, owner)


@pytest.mark.parametrize("missing", ["uuid", "deletion_token"])
def test_delete_of_an_owner_wants_both(client: httpx.Client, owner: Json, missing: str) -> None:
    body = {name: owner[name] for name in ("uuid", "deletion_token") if name != missing}

    assert whole(client.request("DELETE", DELETE_OWNER, json=body)) == refused(f"'{missing}' is a required property")
    assert whole(by_uuid(client, owner["uuid"])) == (200, owner)


def test_s02_a_deletion_token_opens_nothing_else(client: httpx.Client, owner: Json) -> None:
    deletion_token = owner["deletion_token"]

    assert is_logged(client, deletion_token) == FORGED
    assert whole(user_data(client, deletion_token)) == (401, FORGED)
    assert whole(update(client, deletion_token, username="x")) == (401, FORGED)
    assert whole(protected(client, Authorization=f"Bearer {deletion_token}")) == (401, FORGED)
    assert client.get("/api/user/details", headers={"token": deletion_token}).status_code == 401
    assert client.post("/api/users/edit", json={}, headers={"Authorization": deletion_token}).status_code == 401
    assert client.get("/auth/current", headers={"Authorization": f"Bearer {deletion_token}"}).status_code == 403
    assert client.get("/api/refresh", headers={"Authorization": f"Bearer {deletion_token}"}).status_code == 401


# ---------------------------------------------------------------- the cascade
def test_s04_an_owner_takes_all_below_along_at_once(
    server: Server, client: httpx.Client, email: str, owner: Json, application: Json, key: str, user: Json, token: str
) -> None:
    assert is_logged(client, token) == {"auth": True, "token": token}

    assert whole(delete_owner(client, owner["uuid"], owner["deletion_token"])) == affected(1)

    assert is_logged(client, token) == ROTTEN["revoked"]
    assert whole(user_data(client, token)) == (401, ROTTEN["revoked"])
    assert whole(sign_in(client, user["uuid"], key)) == (404, NO_USER)
    assert whole(with_email(client, key, email)) == (404, NO_USER)
    assert whole(sign_up(client, key, f"new.{email}")) == (404, NO_APPLICATION)
    assert whole(delete_application(client, key)) == (202, NOTHING_TO_DELETE)
    for trace in (email, owner["email"], user["uuid"], application["uuid"]):
        assert trace not in stored(server)


def test_s04_an_application_takes_its_users_along_and_nobody_else(
    client: httpx.Client, email: str, owner: Json, key: str, user: Json, token: str
) -> None:
    other = new_application(client, owner["uuid"], "another app")
    neighbour = sign_up(client, other["apiKey"], email).json()
    neighbours = token_of(sign_in(client, neighbour["uuid"], other["apiKey"]))

    assert whole(delete_application(client, key)) == (202, ALL_GONE)

    assert is_logged(client, token) == ROTTEN["revoked"]
    assert whole(user_data(client, token)) == (401, ROTTEN["revoked"])
    assert whole(update(client, token, username="x")) == (401, ROTTEN["revoked"])
    assert whole(sign_in(client, user["uuid"], key)) == (404, NO_USER)
    assert whole(with_email(client, key, email)) == (404, NO_USER)
    assert whole(delete_application(client, key)) == (202, NOTHING_TO_DELETE)
    assert is_logged(client, neighbours) == {"auth": True, "token": neighbours}
    assert whole(by_uuid(client, owner["uuid"])) == (200, owner)
    assert new_application(client, owner["uuid"])["apiKey"] != key  # the name is free


# ---------------------------------------------------------------- applications
def test_create_an_application_as_documented(client: httpx.Client, owner: Json) -> None:
    before = datetime.now(UTC)
    answer = client.post(APPLICATION, json={"owneruuid": owner["uuid"], "appname": "my new and awsome app"})
    after = datetime.now(UTC)

    body = answer.json()
    assert whole(answer) == (
        200,
        {
            "created": True,
            "appname": "my new and awsome app",
            "creationdate": body["creationdate"],
            "enddate": body["enddate"],
            "uuid": body["uuid"],
            "apiKey": body["apiKey"],
        },
    )
    assert KEY.fullmatch(body["apiKey"])
    assert UUID(body["uuid"]).version == 4
    assert MOMENT.fullmatch(body["enddate"])
    ends = datetime.fromisoformat(body["enddate"])
    earliest = before.replace(microsecond=before.microsecond // 1000 * 1000)
    assert tenants.a_year_after(earliest) <= ends <= tenants.a_year_after(after)
    assert f"{before:%Y-%m-%d}" <= body["creationdate"] <= f"{after:%Y-%m-%d}"


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


def test_a03_a_key_cannot_be_told_from_the_uuid(
    client: httpx.Client, application: Json, user: Json, token: str
) -> None:
    assert key_told_by("17ac43a8-f3b9-40be-a3b4-9eaca99b529a") == "2YP47A5-YEWM1FG-MET9XB1-N6DN56N"  # the printed pair

    assert key_told_by(application["uuid"]) != application["apiKey"]
    assert key_told_by(user["uuid"]) != user_data(client, token).json()["apikey"]


def test_a03_keys_are_random_in_every_place(client: httpx.Client, owner: Json) -> None:
    keys = [new_application(client, owner["uuid"], f"app {number}")["apiKey"] for number in range(40)]

    assert all(KEY.fullmatch(key) for key in keys)
    for place in range(31):
        assert (
            len({key[place] for key in keys}) == 1 if keys[0][place] == "-" else len({key[place] for key in keys}) > 8
        )


def test_an_owner_has_no_two_applications_of_one_name(
    client: httpx.Client, email: str, owner: Json, application: Json
) -> None:
    again = client.post(APPLICATION, json={"owneruuid": owner["uuid"], "appname": application["appname"]})
    other = new_owner(client, f"other.{email}")

    assert whole(again) == (409, NAME_TAKEN)
    assert new_application(client, other["uuid"], application["appname"])["appname"] == application["appname"]
    assert new_application(client, owner["uuid"], "x" * 255)["appname"] == "x" * 255


def test_an_application_needs_an_owner(client: httpx.Client, owner: Json) -> None:
    for uuid in (str(uuid4()), "x", owner["deletion_token"][:64]):
        answer = client.post(APPLICATION, json={"owneruuid": uuid, "appname": "app"})
        assert whole(answer) == (404, NO_OWNER)


REFUSED_APPLICATIONS = [
    ({"appname": ""}, "'appname' is too short, at least 1 character"),
    ({"appname": "x" * 256}, "'appname' is too long, at most 255 characters"),
    ({"appname": 5}, "'appname' must be of type string"),
    ({"owneruuid": ""}, "'owneruuid' is too short, at least 1 character"),
    ({"owneruuid": None}, "'owneruuid' must be of type string"),
]


@pytest.mark.parametrize(("wrong", "message"), REFUSED_APPLICATIONS)
def test_create_an_application_names_the_field_and_the_rule(
    client: httpx.Client, owner: Json, wrong: Json, message: str
) -> None:
    assert whole(client.post(APPLICATION, json={"owneruuid": owner["uuid"], "appname": "app"} | wrong)) == refused(
        message
    )


@pytest.mark.parametrize(
    ("method", "path", "first"),
    [
        ("POST", APPLICATION, "owneruuid"),
        ("DELETE", DELETE_APPLICATION, "apikey"),
        ("DELETE", DELETE_OWNER, "deletion_token"),
        ("POST", UPDATE_OWNER, "uuid"),
        ("POST", SIGN_UP, "apikey"),
        ("POST", SIGN_IN, "uuid"),
        ("POST", SIGN_IN_WITH_EMAIL, "apikey"),
        ("POST", IS_LOGGED, "token"),
    ],
)
def test_the_first_missing_field_is_named(client: httpx.Client, method: str, path: str, first: str) -> None:
    assert whole(client.request(method, path, json={})) == refused(f"'{first}' is a required property")


# ---------------------------------------------------------------- users: sign up
def test_sign_up_as_documented(client: httpx.Client, email: str, key: str) -> None:
    today, then = day(), in_a_year()
    answer = sign_up(client, key, email)

    uuid = answer.json()["uuid"]
    assert whole(answer) == (
        202,
        {
            "apikey": key,
            "uuid": uuid,
            "username": "JBond",
            "email": email,
            "creationdate": today,
            "enddate": then,
            "active": True,
        },
    )
    assert UUID(uuid).version == 4


def test_one_address_in_two_applications_is_two_users(
    client: httpx.Client, email: str, owner: Json, key: str, user: Json
) -> None:
    other = new_application(client, owner["uuid"], "another app")["apiKey"]

    twin = sign_up(client, other, email, password="another password")

    assert twin.status_code == 202
    assert twin.json()["uuid"] != user["uuid"]
    assert with_email(client, key, email).json()["uuid"] == user["uuid"]
    assert with_email(client, other, email, "another password").json()["uuid"] == twin.json()["uuid"]
    assert whole(with_email(client, other, email)) == (200, NOT_IN)
    assert whole(with_email(client, key, email, "another password")) == (200, NOT_IN)


@pytest.mark.parametrize("spelt", [str, str.upper, str.title])
def test_an_address_is_taken_within_an_application_in_any_case(
    client: httpx.Client, email: str, key: str, user: Json, spelt: Callable[[str], str]
) -> None:
    assert whole(sign_up(client, key, spelt(email), username="other")) == (409, EMAIL_TAKEN)


@pytest.mark.parametrize("key", ["DQKPV83-BBB4Y1P-NNTTXB1-D8V8NHC", "x", "' OR 1=1 --", "x" * 64])
def test_an_unknown_key_opens_no_application(client: httpx.Client, email: str, key: str) -> None:
    assert whole(sign_up(client, key, email)) == (404, NO_APPLICATION)
    assert whole(with_email(client, key, email)) == (404, NO_USER)
    assert whole(delete_application(client, key)) == (202, NOTHING_TO_DELETE)


REFUSED_USERS = [
    ({"username": ""}, "'username' is too short, at least 1 character"),
    ({"username": "x" * 256}, "'username' is too long, at most 255 characters"),
    ({"username": None}, "'username' must be of type string"),
    ({"email": "nope"}, "'email' is not a valid e-mail address"),
    ({"email": ""}, "'email' is too short, at least 3 characters"),
    ({"password": "bond00"}, "'password' is too short, at least 7 characters"),
    ({"password": 1234567}, "'password' must be of type string"),
    ({"password": "p" * 1025}, "'password' is too long, at most 1024 characters"),
]


@pytest.mark.parametrize(("wrong", "message"), REFUSED_USERS)
def test_sign_up_and_update_name_the_field_and_the_rule(
    client: httpx.Client, email: str, key: str, token: str, wrong: Json, message: str
) -> None:
    before = user_data(client, token).json()

    assert whole(sign_up(client, key, **{"email": f"new.{email}"} | wrong)) == refused(message)
    assert whole(update(client, token, **{"username": "changed"} | wrong)) == refused(message)
    assert whole(user_data(client, token)) == (200, before)


def test_a02_a_user_sets_neither_dates_nor_keys(server: Server, client: httpx.Client, email: str, key: str) -> None:
    today, then = day(), in_a_year()
    privileged = {
        "uuid": str(uuid4()),
        "creationdate": "2020-02-06",
        "enddate": "2999-01-01",
        "starts_on": "2020-02-06",
        "ends_on": "2999-01-01",
        "active": False,
        "application_id": 0,
        "note": f"marker-{email}",
    }

    user = sign_up(client, key, email, **privileged).json()
    token = token_of(sign_in(client, user["uuid"], key))
    shown = user_data(client, token).json()

    assert user["uuid"] != privileged["uuid"]
    assert (user["creationdate"], user["enddate"], user["active"]) == (today, then, True)
    assert update(client, token, **privileged | {"active": True, "apikey": key}).status_code == 202
    assert whole(user_data(client, token)) == (200, shown)
    assert f"marker-{email}" not in stored(server)


# ---------------------------------------------------------------- users: sign in
def test_sign_in_as_documented(client: httpx.Client, key: str, user: Json) -> None:
    answer = sign_in(client, user["uuid"], key)

    token = token_of(answer)
    assert whole(answer) == (200, {"auth": True, "token": token})
    assert is_logged(client, token) == {"auth": True, "token": token}
    assert token_of(sign_in(client, user["uuid"].upper(), key)) != token


def test_sign_in_with_email_as_documented(client: httpx.Client, email: str, key: str, user: Json) -> None:
    answer = with_email(client, key, email)

    token = token_of(answer)
    assert whole(answer) == (200, {"auth": True, "token": token, "uuid": user["uuid"]})
    assert is_logged(client, token) == {"auth": True, "token": token}


def test_s06_a_token_lives_one_day_and_tells_nothing_personal(user: Json, token: str) -> None:
    _, claims, _ = parts(token)

    assert claims.keys() == {"iss", "aud", "sub", "jti", "iat", "exp"}
    assert (claims["aud"], claims["sub"]) == ("owners", user["uuid"])
    assert claims["exp"] - claims["iat"] == ONE_DAY


@pytest.mark.parametrize("wrong", ["DQKPV83-BBB4Y1P-NNTTXB1-D8V8NHC", "x", "lower", "' OR 1=1 --"])
def test_sign_in_with_a_wrong_key(client: httpx.Client, key: str, user: Json, wrong: str) -> None:
    assert whole(sign_in(client, user["uuid"], key.lower() if wrong == "lower" else wrong)) == (200, NOT_IN)


@pytest.mark.parametrize("uuid", ["6cb56f4e-c22e-4b6b-9072-a267044890fc", "x", "' OR 1=1 --", "🦉"])
def test_sign_in_of_an_unknown_user(client: httpx.Client, key: str, uuid: str) -> None:
    assert whole(sign_in(client, uuid, key)) == (404, NO_USER)


@pytest.mark.parametrize("password", ["", "bond", "Bond007", "bond007 ", "p" * 1024])
def test_e01_a_wrong_password_is_an_unknown_user_byte_for_byte(
    client: httpx.Client, email: str, key: str, user: Json, password: str
) -> None:
    wrong, unknown = with_email(client, key, email, password), with_email(client, key, f"nobody.{email}", password)

    assert whole(wrong) == (200, NOT_IN)
    assert (wrong.status_code, wrong.content) == (unknown.status_code, unknown.content)
    assert [name for name, _ in wrong.headers.multi_items()] == [name for name, _ in unknown.headers.multi_items()]


def outside(server: Server, email: str, **columns: str) -> None:
    """Moves the dates of a user."""
    changes = ", ".join(f"{column} = '{value}'" for column, value in columns.items())
    sql(server, f"UPDATE account SET {changes} WHERE email_key = '{email}'")


@pytest.mark.parametrize("column", ["starts_on", "ends_on"])
def test_outside_the_dates_nobody_signs_in(
    server: Server, client: httpx.Client, email: str, key: str, user: Json, column: str
) -> None:
    outside(server, email, **{column: day(after=1 if column == "starts_on" else 0)})

    assert whole(sign_in(client, user["uuid"], key)) == (404, NO_USER)
    assert whole(with_email(client, key, email)) == (200, NOT_IN)


@pytest.mark.parametrize("column", ["starts_on", "ends_on"])
def test_on_the_first_and_the_last_day_everybody_signs_in(
    server: Server, client: httpx.Client, email: str, key: str, user: Json, column: str
) -> None:
    outside(server, email, **{column: day(after=0 if column == "starts_on" else 1)})

    assert sign_in(client, user["uuid"], key).json()["auth"] is True
    assert with_email(client, key, email).json()["auth"] is True


def test_an_inactive_user_does_not_sign_in(
    server: Server, client: httpx.Client, email: str, key: str, user: Json
) -> None:
    sql(server, f"UPDATE account SET active = false WHERE email_key = '{email}'")

    assert whole(sign_in(client, user["uuid"], key)) == (404, NO_USER)
    assert whole(with_email(client, key, email)) == (200, NOT_IN)


def test_an_application_that_ended_lets_nobody_in(
    server: Server, client: httpx.Client, email: str, application: Json, key: str, user: Json
) -> None:
    past = f"{datetime.now(UTC) - timedelta(seconds=1):%Y-%m-%d %H:%M:%S.%f+00:00}"
    sql(server, f"UPDATE application SET ends_at = '{past}' WHERE uuid = '{application['uuid']}'")

    assert whole(sign_up(client, key, f"new.{email}")) == (404, NO_APPLICATION)
    assert whole(sign_in(client, user["uuid"], key)) == (404, NO_USER)
    assert whole(with_email(client, key, email)) == (404, NO_USER)
    assert whole(delete_application(client, key)) == (202, ALL_GONE)


# ---------------------------------------------------------------- law 1: these users are of their application only
def test_a01_a_user_of_an_application_is_nobody_at_the_other_doors(
    client: httpx.Client, email: str, user: Json
) -> None:
    credentials = {"email": email, "password": "bond007"}

    assert client.post("/api/users/login", json=credentials, timeout=20).status_code == 400
    assert client.post("/api/user/login", json=credentials, timeout=20).status_code == 400
    assert client.post("/api/login", json=credentials, timeout=20).status_code == 401
    assert client.post("/auth/login", data={"username": email, "password": "bond007"}).status_code == 406
    assert (
        client.post("/api/users/register", json=credentials | {"username": "JBond"}).status_code == 200
    )  # another person


def test_a01_an_account_of_the_other_doors_is_nobody_here(client: httpx.Client, email: str, key: str) -> None:
    made = client.post("/api/users/register", json={"username": "test", "email": email, "password": "bond007"}).json()

    assert whole(with_email(client, key, email)) == (200, NOT_IN)
    assert whole(sign_in(client, made["userID"], key)) == (404, NO_USER)


# ---------------------------------------------------------------- users: is logged
@pytest.mark.parametrize(
    "token", ["x", "undefined", "a.b", "a.b.c", "....", "eyJhbGciOiJub25lIn0", "🦉", "Bearer x", "x" * 4096]
)
def test_is_logged_of_what_is_no_token(client: httpx.Client, token: str) -> None:
    assert is_logged(client, token) == ROTTEN["malformed"]


def test_is_logged_of_a_token_that_was_tampered_with(client: httpx.Client, token: str) -> None:
    header, claims, signature = token.split(".")
    swapped = "A" if signature[5] != "A" else "B"

    assert is_logged(client, f"{header}.{claims}.{signature[:5]}{swapped}{signature[6:]}") == FORGED
    assert is_logged(client, f"{header}.{claims}.") == FORGED
    assert is_logged(client, token) == {"auth": True, "token": token}


def test_is_logged_of_a_token_whose_day_is_over(server: Server, client: httpx.Client, token: str) -> None:
    now = int(time.time())

    expired = forged(server, token, iat=now - ONE_DAY - 1, exp=now - 1)

    assert is_logged(client, expired) == ROTTEN["expired"]
    assert whole(user_data(client, expired)) == (401, ROTTEN["expired"])


def test_s02_is_logged_of_the_token_of_another_door(client: httpx.Client, email: str) -> None:
    register = {"username": "test", "email": email, "password": "a good passphrase"}
    client.post("/api/users/register", json=register)
    there = client.post("/api/users/login", json=register).json()["token"]

    assert is_logged(client, there) == FORGED
    assert whole(user_data(client, there)) == (401, FORGED)


@pytest.mark.parametrize(
    ("body", "message"),
    [({"token": ""}, "'token' is too short, at least 1 character"), ({"token": 5}, "'token' must be of type string")],
)
@pytest.mark.parametrize("path", [IS_LOGGED, USER_DATA, UPDATE_USER])
def test_a_token_is_text(client: httpx.Client, path: str, body: Json, message: str) -> None:
    assert whole(client.post(path, json=body)) == refused(message)


def test_is_logged_without_a_token_is_no_path(client: httpx.Client) -> None:
    assert whole(client.get(f"{IS_LOGGED}/")) == (404, SWITCHED_OFF)


# ---------------------------------------------------------------- users: userdata
def test_user_data_as_documented(client: httpx.Client, key: str, user: Json, token: str) -> None:
    answer = user_data(client, token)

    own_key = answer.json()["apikey"]
    assert whole(answer) == (200, user | {"apikey": own_key})
    assert KEY.fullmatch(own_key)
    assert own_key != key
    assert answer.headers.get_list("Cache-Control") == ["no-store"]


def test_a_user_s_own_key_is_his_and_stays(client: httpx.Client, email: str, key: str, user: Json, token: str) -> None:
    own = user_data(client, token).json()["apikey"]
    neighbour = sign_up(client, key, f"neighbour.{email}").json()
    update(client, token, username="JAMESBOND", email=f"new.{email}", password="another password")

    again = user_data(client, token_of(sign_in(client, user["uuid"], key))).json()["apikey"]
    neighbours = user_data(client, token_of(sign_in(client, neighbour["uuid"], key))).json()["apikey"]

    assert again == own
    assert neighbours != own


@pytest.mark.parametrize("scheme", ["Bearer", "bearer"])
def test_user_data_and_update_by_bearer(client: httpx.Client, email: str, user: Json, token: str, scheme: str) -> None:
    headers = {"Authorization": f"{scheme} {token}"}

    bodies: tuple[Json, ...] = ({}, {"json": {}}, {"headers": {"Content-Type": "application/json"}})
    for body in bodies:
        answer = client.post(USER_DATA, **body | {"headers": body.get("headers", {}) | headers})
        assert answer.json()["uuid"] == user["uuid"]
    for method in ("PUT", "POST"):
        changed = client.request(method, UPDATE_USER, json={"username": method}, headers=headers)
        assert whole(changed) == (202, {"done": True, "username": method, "email": email})


def test_the_token_of_the_body_counts_before_the_header(
    client: httpx.Client, email: str, key: str, user: Json, token: str
) -> None:
    neighbour = sign_up(client, key, f"neighbour.{email}").json()
    neighbours = {"Authorization": f"Bearer {token_of(sign_in(client, neighbour['uuid'], key))}"}

    assert client.post(USER_DATA, json={"token": token}, headers=neighbours).json()["uuid"] == user["uuid"]
    assert whole(client.post(USER_DATA, json={"token": "x"}, headers=neighbours)) == (401, ROTTEN["malformed"])
    update_of_mine = client.put(UPDATE_USER, json={"token": token, "username": "mine"}, headers=neighbours)
    assert whole(update_of_mine) == (202, {"done": True, "username": "mine", "email": email})


@pytest.mark.parametrize("stale", ["Bearer JWT_TOKEN", "Bearer", "Basic dGVzdDpwYXNz", "JWT_TOKEN"])
def test_a_stale_header_beside_a_live_token_hurts_nobody(
    client: httpx.Client, user: Json, token: str, stale: str
) -> None:
    answer = client.post(USER_DATA, json={"token": token}, headers={"Authorization": stale})

    assert answer.json()["uuid"] == user["uuid"]


def test_without_a_token_one_must_be_provided(client: httpx.Client) -> None:
    for headers in ({}, {"Authorization": "Basic dGVzdDpwYXNz"}, {"token": "x"}):
        for answer in (
            client.post(USER_DATA, headers=headers),
            client.put(UPDATE_USER, json={"username": "x"}, headers=headers),
        ):
            assert whole(answer) == (401, ROTTEN["must be provided"])


@pytest.mark.parametrize(
    ("sent", "words"), [("x", ROTTEN["malformed"]), ("e30.e30.e30", FORGED), ("a.b.c", ROTTEN["malformed"])]
)
def test_a_dead_bearer_gets_the_same_words_as_a_dead_token(client: httpx.Client, sent: str, words: Json) -> None:
    by_header, by_body = protected(client, Authorization=f"Bearer {sent}"), user_data(client, sent)

    assert whole(by_header) == whole(by_body) == (401, words)


def test_h04_401_tells_the_scheme(client: httpx.Client) -> None:
    """RFC 9110, section 15.5.2, of every 401; RFC 6750 of one for a token that is no good."""
    absent, dead = client.post(USER_DATA), protected(client, Authorization="Bearer x")

    assert absent.headers.get_list("WWW-Authenticate") == ["Bearer"]
    assert dead.headers.get_list("WWW-Authenticate") == ['Bearer error="invalid_token"']


# ---------------------------------------------------------------- users: update
@pytest.mark.parametrize("method", ["PUT", "POST"])
def test_update_a_user_as_documented(
    client: httpx.Client, email: str, key: str, user: Json, token: str, method: str
) -> None:
    change: Json = {
        "token": token,
        "username": "JAMESBOND",
        "email": f"james.{email}",
        "active": True,
        "password": "attheserviceofhisgracefulmajesty",
    }

    answer = client.request(method, UPDATE_USER, json=change)

    assert whole(answer) == (202, {"done": True, "username": "JAMESBOND", "email": f"james.{email}"})
    shown = user_data(client, token).json()
    assert shown == user | {"apikey": shown["apikey"], "username": "JAMESBOND", "email": f"james.{email}"}
    assert with_email(client, key, f"james.{email}", change["password"]).json()["uuid"] == user["uuid"]
    assert whole(with_email(client, key, f"james.{email}")) == (200, NOT_IN)
    assert whole(with_email(client, key, email, change["password"])) == (200, NOT_IN)


@pytest.mark.parametrize("change", [{}, {"username": "JAMESBOND"}, {"active": True}, {"note": "x"}])
def test_update_changes_what_is_sent_and_nothing_else(
    client: httpx.Client, email: str, key: str, token: str, change: Json
) -> None:
    before = user_data(client, token).json()

    answer = update(client, token, **change)

    name = change.get("username", "JBond")
    assert whole(answer) == (202, {"done": True, "username": name, "email": email})
    assert whole(user_data(client, token)) == (200, before | {"username": name})
    assert with_email(client, key, email).json()["auth"] is True


def test_update_refuses_a_taken_address_and_changes_nothing(
    client: httpx.Client, email: str, owner: Json, key: str, token: str
) -> None:
    sign_up(client, key, f"neighbour.{email}")
    other = new_application(client, owner["uuid"], "another app")["apiKey"]
    sign_up(client, other, f"elsewhere.{email}")

    change = {"token": token, "username": "x", "email": f"neighbour.{email}".upper(), "password": "another password"}
    refused_changes = [client.request(method, UPDATE_USER, json=change) for method in ("POST", "PUT")]

    assert [whole(answer) for answer in refused_changes] == [(409, EMAIL_TAKEN)] * 2
    assert user_data(client, token).json()["username"] == "JBond"
    assert with_email(client, key, email).json()["auth"] is True
    elsewhere = update(client, token, email=f"elsewhere.{email}")
    assert whole(elsewhere) == (202, {"done": True, "username": "JBond", "email": f"elsewhere.{email}"})


@pytest.mark.parametrize("active", ["true", 1, 0, None, "no"])
def test_active_is_a_boolean(client: httpx.Client, token: str, active: str | int | None) -> None:
    assert whole(update(client, token, active=active)) == refused("'active' must be of type boolean")
    assert user_data(client, token).json()["active"] is True


def test_s04_whoever_deactivates_himself_is_out_and_stays_out(
    client: httpx.Client, email: str, key: str, user: Json, token: str
) -> None:
    other = token_of(with_email(client, key, email))

    assert whole(update(client, token, active=False)) == (202, {"done": True, "username": "JBond", "email": email})

    for dead in (token, other):
        assert is_logged(client, dead) == ROTTEN["revoked"]
        assert whole(user_data(client, dead)) == (401, ROTTEN["revoked"])
        assert whole(update(client, dead, active=True)) == (401, ROTTEN["revoked"])
    assert whole(sign_in(client, user["uuid"], key)) == (404, NO_USER)
    assert whole(with_email(client, key, email)) == (200, NOT_IN)
    assert whole(sign_up(client, key, email)) == (409, EMAIL_TAKEN)


def test_s04_a_sign_in_that_is_under_way_outlives_no_deactivation(serving: Serving, email: str) -> None:
    """Its password was right and its user active when it began; what it gets is dead all the same."""
    client = serving(PORTICO_BCRYPT_COST="10").client
    key = new_application(client, new_owner(client, email)["uuid"])["apiKey"]
    token = token_of(sign_in(client, sign_up(client, key, email).json()["uuid"], key))

    with ThreadPoolExecutor(12) as threads:
        under_way = [threads.submit(with_email, client, key, email) for _ in range(12)]
        wait(under_way, return_when=FIRST_COMPLETED)
        assert update(client, token, active=False).status_code == 202
        answers = [answer.result() for answer in under_way]

    tokens = [token_of(answer) for answer in answers if whole(answer) != (200, NOT_IN)]
    assert tokens
    assert [is_logged(client, token) for token in tokens] == [ROTTEN["revoked"]] * len(tokens)


def test_s04_an_inactive_user_with_a_live_session_cannot_reactivate_himself(
    server: Server, client: httpx.Client, email: str, key: str, user: Json, token: str
) -> None:
    sql(server, f"UPDATE account SET active = false WHERE email_key = '{email}'")

    assert whole(update(client, token, active=True)) == (401, ROTTEN["revoked"])
    assert whole(sign_in(client, user["uuid"], key)) == (404, NO_USER)


def test_s03_a_new_password_ends_the_other_sessions(client: httpx.Client, email: str, key: str, token: str) -> None:
    other = token_of(with_email(client, key, email))

    assert update(client, token, password="another password").status_code == 202

    assert is_logged(client, token) == {"auth": True, "token": token}
    assert is_logged(client, other) == ROTTEN["revoked"]
    assert whole(with_email(client, key, email)) == (200, NOT_IN)
    assert with_email(client, key, email, "another password").json()["auth"] is True


def test_a_new_name_ends_no_session(client: httpx.Client, email: str, key: str, token: str) -> None:
    other = token_of(with_email(client, key, email))

    assert update(client, token, username="JAMESBOND", email=f"new.{email}").status_code == 202

    assert is_logged(client, other) == {"auth": True, "token": other}


# ---------------------------------------------------------------- A01: two tenants
class Tenant:
    """An owner, the application and the user of it."""

    def __init__(self, client: httpx.Client, email: str) -> None:
        self.email = email
        self.owner = new_owner(client, email)
        self.application = new_application(client, self.owner["uuid"])
        self.key = self.application["apiKey"]
        self.user = sign_up(client, self.key, email).json()
        self.token = token_of(sign_in(client, self.user["uuid"], self.key))
        self.data = user_data(client, self.token).json()

    def is_whole(self, client: httpx.Client) -> bool:
        return (
            whole(by_uuid(client, self.owner["uuid"])) == (200, self.owner)
            and whole(user_data(client, self.token)) == (200, self.data)
            and with_email(client, self.key, self.email).json()["uuid"] == self.user["uuid"]
        )


ACROSS: dict[str, tuple[Callable[[httpx.Client, Tenant, Tenant], httpx.Response], tuple[int, Json]]] = {
    "delete with his token": (lambda c, a, b: delete_owner(c, a.owner["uuid"], b.owner["deletion_token"]), affected(0)),
    "delete with his uuid": (lambda c, a, b: delete_owner(c, b.owner["uuid"], a.owner["deletion_token"]), affected(0)),
    "delete by the user's uuid": (
        lambda c, a, b: delete_owner(c, a.user["uuid"], a.owner["deletion_token"]),
        affected(0),
    ),
    "delete by a session": (lambda c, a, b: delete_owner(c, a.owner["uuid"], a.token), affected(0)),
    "an owner by a user's uuid": (lambda c, a, b: by_uuid(c, a.user["uuid"]), (404, NO_OWNER)),
    "an owner by an application's uuid": (lambda c, a, b: by_uuid(c, a.application["uuid"]), (404, NO_OWNER)),
    "an owner by a user's password": (lambda c, a, b: by_password(c, a.email, "bond007"), (404, NO_OWNER)),
    "an application for a user": (
        lambda c, a, b: c.post(APPLICATION, json={"owneruuid": a.user["uuid"], "appname": "x"}),
        (404, NO_OWNER),
    ),
    "an application by its uuid": (
        lambda c, a, b: delete_application(c, a.application["uuid"]),
        (202, NOTHING_TO_DELETE),
    ),
    "an application by a user's own key": (
        lambda c, a, b: delete_application(c, a.data["apikey"]),
        (202, NOTHING_TO_DELETE),
    ),
    "an application by its owner": (lambda c, a, b: delete_application(c, a.owner["uuid"]), (202, NOTHING_TO_DELETE)),
    "sign up by a user's own key": (
        lambda c, a, b: sign_up(c, a.data["apikey"], "x@example.com"),
        (404, NO_APPLICATION),
    ),
    "sign up by an application's uuid": (
        lambda c, a, b: sign_up(c, a.application["uuid"], "x@example.com"),
        (404, NO_APPLICATION),
    ),
    "sign in with his key": (lambda c, a, b: sign_in(c, a.user["uuid"], b.key), (200, NOT_IN)),
    "sign in as his user": (lambda c, a, b: sign_in(c, b.user["uuid"], a.key), (200, NOT_IN)),
    "sign in with the user's own key": (lambda c, a, b: sign_in(c, a.user["uuid"], a.data["apikey"]), (200, NOT_IN)),
    "sign in as the owner": (lambda c, a, b: sign_in(c, a.owner["uuid"], a.key), (404, NO_USER)),
    "sign in as the application": (lambda c, a, b: sign_in(c, a.application["uuid"], a.key), (404, NO_USER)),
    "his user with e-mail": (lambda c, a, b: with_email(c, a.key, b.email), (200, NOT_IN)),
    "my user in his application": (lambda c, a, b: with_email(c, b.key, a.email), (200, NOT_IN)),
    "a user with the owner's password": (
        lambda c, a, b: with_email(c, a.key, a.email, JASON["password"]),
        (200, NOT_IN),
    ),
    "update to his owner": (
        lambda c, a, b: c.post(UPDATE_OWNER, json=JASON | {"uuid": a.owner["uuid"], "email": b.email}),
        (409, EMAIL_TAKEN),
    ),
    "update of an owner by a user's uuid": (
        lambda c, a, b: c.post(UPDATE_OWNER, json=JASON | {"uuid": a.user["uuid"], "email": "x@example.com"}),
        (404, {"status": 404, "affectedRows": 0}),
    ),
}


@pytest.mark.parametrize("case", ACROSS)
def test_a01_what_is_of_one_tenant_opens_nothing_of_another(client: httpx.Client, email: str, case: str) -> None:
    attempt, answer = ACROSS[case]
    one, other = Tenant(client, f"one.{email}"), Tenant(client, f"other.{email}")

    assert whole(attempt(client, one, other)) == answer
    assert one.is_whole(client)
    assert other.is_whole(client)


def test_a01_an_update_touches_the_user_of_the_token_whatever_else_it_names(client: httpx.Client, email: str) -> None:
    one, other = Tenant(client, f"one.{email}"), Tenant(client, f"other.{email}")

    changed = update(client, one.token, username="mine", uuid=other.user["uuid"], apikey=other.key)

    assert whole(changed) == (202, {"done": True, "username": "mine", "email": one.email})
    assert other.is_whole(client)


# ---------------------------------------------------------------- dates
@pytest.mark.parametrize(
    ("moment", "later"),
    [
        ("2024-02-29T23:59:59.999+00:00", "2025-02-28T23:59:59.999+00:00"),
        ("2096-02-29T00:00:00+00:00", "2097-02-28T00:00:00+00:00"),
        ("2023-02-28T12:00:00+00:00", "2024-02-28T12:00:00+00:00"),
        ("2024-03-01T00:00:00+00:00", "2025-03-01T00:00:00+00:00"),
        ("2023-12-31T23:59:59+00:00", "2024-12-31T23:59:59+00:00"),
        ("2020-02-05T11:38:56.218+00:00", "2021-02-05T11:38:56.218+00:00"),
    ],
)
def test_a_year_later_is_the_same_day_or_28_february(moment: str, later: str) -> None:
    assert tenants.a_year_after(datetime.fromisoformat(moment)) == datetime.fromisoformat(later)


def test_dates_are_utc_wherever_the_server_stands(serving: Serving, email: str) -> None:
    """Upstream they were a day off, east of Greenwich."""
    where_it_is_another_day = "Etc/GMT-14" if datetime.now(UTC).hour >= 10 else "Etc/GMT+12"
    client = serving(TZ=where_it_is_another_day).client
    today, then = day(), in_a_year()

    application = new_application(client, new_owner(client, email)["uuid"])
    user = sign_up(client, application["apiKey"], email).json()
    signed_in = sign_in(client, user["uuid"], application["apiKey"])

    assert (application["creationdate"], application["enddate"][:10]) == (today, then)
    assert (user["creationdate"], user["enddate"]) == (today, then)
    shown = user_data(client, token_of(signed_in)).json()
    assert (shown["creationdate"], shown["enddate"]) == (today, then)


# ---------------------------------------------------------------- secrets
def test_s05_no_secret_stands_in_the_database(
    server: Server, client: httpx.Client, owner: Json, key: str, user: Json, token: str
) -> None:
    own_key = user_data(client, token).json()["apikey"]
    dump = stored(server).lower()

    assert user["email"] in dump  # it is the right database
    for secret in (owner["uuid"], owner["deletion_token"], key, own_key, token, JASON["password"], "bond007"):
        assert secret.lower() not in dump
        assert secret.lower().replace("-", "") not in dump
    assert owner["deletion_token"].split(".")[2].lower() not in dump


def test_s05_what_is_derived_is_another_at_another_server(
    serving: Serving, server: Server, client: httpx.Client, email: str, owner: Json, user: Json, token: str
) -> None:
    """Whoever steals the database, and knows what credentials are made of, lacks the key they are made with."""
    own_key = user_data(client, token).json()["apikey"]
    (seed, made_at) = rows(server, f"SELECT seed, created_at FROM owner WHERE email = '{owner['email']}'")[0]
    elsewhere = serving()
    key = new_application(elsewhere.client, new_owner(elsewhere.client, owner["email"])["uuid"])["apiKey"]
    assert sign_up(elsewhere.client, key, email).status_code == 202
    sql(
        elsewhere,
        f"UPDATE owner SET seed = '{seed}', created_at = '{made_at}'",
        f"UPDATE account SET uuid = '{user['uuid']}' WHERE email = '{email}'",
    )

    namesake = by_password(elsewhere.client, owner["email"], JASON["password"]).json()
    shown = user_data(elsewhere.client, token_of(with_email(elsewhere.client, key, email))).json()

    assert shown["uuid"] == user["uuid"]
    assert shown["apikey"] != own_key
    assert namesake["uuid"] != owner["uuid"]
    assert parts(namesake["deletion_token"])[1] == parts(owner["deletion_token"])[1]
    assert namesake["deletion_token"] != owner["deletion_token"]


ByUrl = Callable[[httpx.Client, Json, str], httpx.Response]
BY_URL: list[ByUrl] = [
    lambda client, owner, token: by_uuid(client, owner["uuid"]),
    lambda client, owner, token: by_uuid(client, "unknown"),
    lambda client, owner, token: client.get(f"{OWNER_BY_PASSWORD}/{owner['email']}/{JASON['password']}"),
    lambda client, owner, token: client.get(f"{OWNER_BY_PASSWORD}/{owner['email']}/wrong"),
    lambda client, owner, token: client.get(f"{IS_LOGGED}/{token}"),
    lambda client, owner, token: client.get(f"{IS_LOGGED}/x"),
    lambda client, owner, token: client.get(OWNER_BY_UUID.format("x" * 65)),
]


@pytest.mark.parametrize("ask", BY_URL)
def test_a04_a_secret_in_a_url_is_not_kept_and_not_passed_on(
    client: httpx.Client, owner: Json, token: str, ask: ByUrl
) -> None:
    answer = ask(client, owner, token)

    assert answer.headers.get_list("Referrer-Policy") == ["no-referrer"]
    assert answer.headers.get_list("Cache-Control") == ["no-store"]


def test_a04_a_secret_that_is_too_long_is_not_echoed(client: httpx.Client) -> None:
    for path, times in ((OWNER_BY_UUID, 20), (f"{OWNER_BY_PASSWORD}/a@b.c/{{}}", 200), (f"{IS_LOGGED}/{{}}", 700)):
        answer = client.get(path.format("S3cret" * times))
        assert answer.status_code == 400
        assert answer.json().keys() == {"status", "message"}
        assert "S3cret" not in answer.text


@pytest.fixture(scope="module")
def logging(serving: Serving) -> Server:
    return serving("--access-log")


def paths_logged(server: Server) -> list[str]:
    return re.findall(r'"path": ?"([^"]*)"', server.log)


def test_a04_secrets_are_masked_in_the_access_log(logging: Server, email: str) -> None:
    client = logging.client
    tenant = Tenant(client, email)
    before = len(paths_logged(logging))
    password = "S3cret/with a slash"
    new_owner(client, f"other.{email}", password=password)

    client.get(OWNER_BY_UUID.format(tenant.owner["uuid"]))
    client.get(f"{OWNER_BY_PASSWORD}/{tenant.email}/{JASON['password']}")
    client.get(f"{OWNER_BY_PASSWORD}/other.{email}/{quote(password, safe='')}")
    client.get(f"{IS_LOGGED}/{tenant.token}")
    client.get(f"{IS_LOGGED}/{tenant.token}/{tenant.token}?token={tenant.token}")

    assert paths_logged(logging)[before + 1 :] == [
        "/appowner/uuid/*",
        "/appowner/emailpassword/*/*",
        "/appowner/emailpassword/*/*/*",
        "/users/islogged/*",
        "/users/islogged/*/*",
    ]
    secrets = [
        tenant.owner["uuid"],
        tenant.owner["deletion_token"],
        tenant.token,
        tenant.key,
        email,
        "S3cret",
        JASON["password"],
    ]
    assert [secret for secret in secrets if secret in logging.log] == []


@pytest.mark.parametrize("password", ["signwithemail", "checkSession", "reset-password", "resend-email-verification"])
def test_a04_a_password_that_is_a_word_of_the_contract_is_masked_too(
    logging: Server, email: str, password: str
) -> None:
    new_owner(logging.client, email, password=password)
    before = len(paths_logged(logging))

    answer = logging.client.get(f"{OWNER_BY_PASSWORD}/{email}/{password}")

    assert answer.status_code == 200
    assert paths_logged(logging)[before:] == ["/appowner/emailpassword/*/*"]


# ---------------------------------------------------------------- the strict profile
def test_a04_the_strict_profile_has_no_secrets_in_urls(strict: Server, email: str) -> None:
    client = strict.client
    tenant_owner = new_owner(client, email)
    key = new_application(client, tenant_owner["uuid"])["apiKey"]
    sign_up(client, key, email, password="a good passphrase")
    token = token_of(with_email(client, key, email, "a good passphrase"))

    for path in (
        OWNER_BY_UUID.format(tenant_owner["uuid"]),
        OWNER_BY_UUID.format("unknown"),
        f"{OWNER_BY_PASSWORD}/{email}/{JASON['password']}",
        f"{OWNER_BY_PASSWORD}/nobody.{email}/wrong",
        f"{IS_LOGGED}/{token}",
        f"{IS_LOGGED}/x",
    ):
        assert whole(client.get(path)) == (404, SWITCHED_OFF), path
        assert client.head(path).status_code == 404
    by_body = client.post(OWNER_BY_PASSWORD, json={"email": email, "password": JASON["password"]})
    assert whole(by_body) == (200, tenant_owner)
    assert whole(client.post(IS_LOGGED, json={"token": token})) == (200, {"auth": True, "token": token})


def test_the_strict_profile_knows_no_sign_in_without_a_password(strict: Server, email: str) -> None:
    client = strict.client
    key = new_application(client, new_owner(client, email)["uuid"])["apiKey"]
    user = sign_up(client, key, email, password="a good passphrase").json()

    right, wrong, unknown = (
        sign_in(client, user["uuid"], key),
        sign_in(client, user["uuid"], "x"),
        sign_in(client, "x", key),
    )

    assert [whole(answer) for answer in (right, wrong, unknown)] == [(404, SWITCHED_OFF)] * 3
    assert with_email(client, key, email, "a good passphrase").json()["auth"] is True


def test_p06_the_strict_profile_takes_no_common_password_from_anybody(strict: Server, email: str) -> None:
    client = strict.client
    tenant_owner = new_owner(client, email)
    key = new_application(client, tenant_owner["uuid"])["apiKey"]
    sign_up(client, key, email, password="a good passphrase")
    token = token_of(with_email(client, key, email, "a good passphrase"))
    easy = {"password": "passwordpassword"}

    answers = [
        client.post(OWNER, json=JASON | {"email": f"b.{email}"} | easy),
        client.post(UPDATE_OWNER, json=JASON | {"uuid": tenant_owner["uuid"], "email": email} | easy),
        sign_up(client, key, f"b.{email}", **easy),
        update(client, token, **easy),
    ]

    assert [whole(answer) for answer in answers] == [refused("'password' is too easy to guess")] * 4
    assert whole(client.post(OWNER_BY_PASSWORD, json={"email": email, "password": JASON["password"]})) == (
        200,
        tenant_owner,
    )
    assert with_email(client, key, email, "a good passphrase").json()["auth"] is True


# ---------------------------------------------------------------- the documented journey
def test_journey(client: httpx.Client, email: str) -> None:
    """The document from its first request to its last."""
    owner = client.post(OWNER, json=JASON | {"email": email}).json()
    change = JASON | {"uuid": owner["uuid"], "email": f"my.other.{email}", "password": "otherpassword"}
    assert client.post(UPDATE_OWNER, json=change).json() == {"status": 202, "affectedRows": 1}
    application = client.post(APPLICATION, json={"owneruuid": owner["uuid"], "appname": "my new and awsome app"}).json()
    key = application["apiKey"]
    user = client.post(SIGN_UP, json={"apikey": key, "username": "JBond", "email": email, "password": "bond007"}).json()
    assert client.post(SIGN_IN, json={"uuid": user["uuid"], "apikey": key}).json()["auth"] is True
    signed_in = client.post(SIGN_IN_WITH_EMAIL, json={"apikey": key, "email": email, "password": "bond007"}).json()
    token = signed_in["token"]
    assert signed_in == {"auth": True, "token": token, "uuid": user["uuid"]}
    assert client.get(f"{IS_LOGGED}/{token}").json() == {"auth": True, "token": token}
    shown = client.post(USER_DATA, json={"token": token}).json()
    assert shown == user | {"apikey": shown["apikey"]}
    renamed = {
        "token": token,
        "username": "JAMESBOND",
        "email": f"007.{email}",
        "active": True,
        "password": "hisgracefulmajesty",
    }
    assert client.put(UPDATE_USER, json=renamed).json() == {
        "done": True,
        "username": "JAMESBOND",
        "email": f"007.{email}",
    }
    assert whole(delete_application(client, key)) == (202, ALL_GONE)
    assert whole(delete_owner(client, owner["uuid"], owner["deletion_token"])) == affected(1)
