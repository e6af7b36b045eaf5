"""The laws of every door, each proved at every open door.

A door enters through its own test file, `test_<door>.py`, which says how to register, log in, call an operation that
needs a session and log out there (`None` where nothing ends a session), and what a refusal looks like. A new door adds
that file and nothing here.
"""

import os
import re
import unicodedata
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Protocol
from urllib.parse import quote
from uuid import uuid4

import httpx
import pytest
import test_appseed
import test_mobile
import test_notes
import test_owners
import test_vault
import yaml
from support.answers import Headers, Json, object_in, text_in
from support.database import gone, locked, sql, stored
from support.mailbox import awaited, letters_to
from support.server import POSTGRES, Server, Serving
from support.tokens import forged

from portico.core import settings
from portico.runtime.contract import Contract
from portico.runtime.documents import METHODS


class Door(Protocol):
    """What the tests of each door tell of it, so that the laws of every door can be tried there."""

    __name__: str
    SHORTEST_PASSWORD: int
    BASE: str

    @property
    def UNKNOWN_CREDENTIALS(self) -> tuple[int, Json]: ...

    @property
    def NO_SESSION(self) -> tuple[int, Json]: ...

    @property
    def logout(self) -> Callable[..., httpx.Response] | None: ...

    def register(self, client: httpx.Client, email: str, password: str = ..., **more: object) -> httpx.Response: ...

    def login(
        self, client: httpx.Client, email: str, password: str = ..., headers: Headers | None = None
    ) -> httpx.Response: ...

    def token_of(self, answer: httpx.Response) -> str: ...

    def email_of(self, answer: httpx.Response) -> str: ...

    def protected(self, client: httpx.Client, **headers: str) -> httpx.Response: ...

    def carriages(self, token: str) -> list[Headers]: ...

    def refusal(self, status: int, message: str) -> Json: ...


TESTED: dict[str, Door] = {
    "appseed": test_appseed,
    "mobile": test_mobile,
    "notes": test_notes,
    "owners": test_owners,
    "vault": test_vault,
}
DOORS = {name: TESTED[name] for name in settings.DOORS}
DOCUMENTS = Contract(settings.Settings(_env_file=None)).documents
OPERATIONS = [
    (door, method.upper(), path)
    for door, document in DOCUMENTS.items()
    for path, item in document["paths"].items()
    for method in METHODS
    if method in item
]
APART = {"owners"}  # its accounts belong to applications of their own; the others share the built-in one
SHARING = [name for name in DOORS if name not in APART]
SIGNED = [name for name in DOORS if "JWT" in str(DOCUMENTS[name]["components"]["securitySchemes"])]
LIMIT = 64 * 1024
PASSWORD = "a good passphrase"
JSON = {"Content-Type": "application/json"}
NO_LIMITS = httpx.Limits(max_connections=None)

UNKNOWN = "There is nothing here"
WRONG_METHOD = "This method is not allowed here"
TOO_LARGE = "The body is too large"
NOT_JSON = "The body is not valid JSON"
BUSY = "The server is busy, try again in a moment"
UNAVAILABLE = "The server cannot reach its database, try again in a moment"


@pytest.fixture(scope="module")
def server(serving: Serving) -> Server:
    """The server most laws are tried at; how often something may be done is no law of every door."""
    return serving(PORTICO_LIMITS="off")


@pytest.fixture(params=DOORS)
def door(request: pytest.FixtureRequest) -> Door:
    return DOORS[request.param]


@pytest.fixture
def token(door: Door, client: httpx.Client, email: str) -> str:
    return logged_in(door, client, email)


@pytest.fixture(scope="module")
def strict(serving: Serving) -> Server:
    return serving(PORTICO_PROFILE="strict")


@pytest.fixture(scope="module")
def twelve(serving: Serving) -> Server:
    return serving(PORTICO_PASSWORD_MIN_LENGTH="12", PORTICO_CORS_ORIGINS="https://app.example.org")


@pytest.fixture
def fragile(serving: Serving) -> Iterator[Server]:
    """A server whose database is about to fail, and which does not wait long for it."""
    server = serving() if POSTGRES else serving(PORTICO_DATABASE_URL="sqlite://portico.db?busy_timeout=50")
    server.expects_failures = True
    yield server
    server.stop()


def logged_in(door: Door, client: httpx.Client, email: str, password: str = "a good passphrase") -> str:
    """The token of a new account."""
    assert door.register(client, email, password).status_code in (200, 202)
    return door.token_of(door.login(client, email, password))


def bearer(token: str) -> dict[str, str]:
    """The carriage that works at every door."""
    return {"Authorization": f"Bearer {token}"}


# Why there is no session, where a door tells; any other, or for any other reason, answers its NO_SESSION.
WHY: dict[tuple[str, str], str | tuple[str, str] | tuple[int, str]] = {
    ("vault", "missing"): ("A token is required", "token_missing"),
    ("vault", "malformed"): ("The token is malformed", "token_malformed"),
    ("vault", "forged"): ("The token is not valid here", "token_forged"),
    ("vault", "revoked"): ("The session has ended", "token_revoked"),
    ("owners", "missing"): "jwt must be provided",
    ("owners", "malformed"): "jwt malformed",
    ("owners", "forged"): "invalid signature",
    ("owners", "revoked"): "jwt revoked",
    ("mobile", "missing"): (400, "Access denied. Token not provided"),
    ("notes", "missing"): (400, "Bad request"),
}


def no_session(door: Door, why: str) -> tuple[int, Json]:
    name = name_of(door)
    match WHY.get((name, why)):
        case (int(status), message):
            return status, door.refusal(status, message)
        case (detail, code):
            return 401, door.refusal(401, detail) | {"code": code}
        case str(message):
            return 401, {"auth": False, "message": message}
    return door.NO_SESSION


def name_of(door: Door) -> str:
    return door.__name__.removeprefix("test_")


def whole(answer: httpx.Response) -> tuple[int, Any]:
    return answer.status_code, answer.json()


def refusal(door: Door, status: int, message: str) -> tuple[int, Json]:
    return status, door.refusal(status, message)


def is_refusal(door: Door, answer: httpx.Response) -> bool:
    """Whether the answer is this door's envelope, whatever it says."""
    shape = door.refusal(answer.status_code, "words")
    return answer.is_client_error and {name: type(value) for name, value in answer.json().items()} == {
        name: type(value) for name, value in shape.items()
    }


def registers(door: Door, client: httpx.Client, email: str, password: str) -> bool:
    """Registers and logs in, or is refused as a wrong input is; nothing else may happen."""
    answer = door.register(client, email, password)
    if answer.is_success:
        assert door.login(client, email, password).is_success
        return True
    assert answer.status_code == 400
    assert is_refusal(door, answer)
    return False


# ---------------------------------------------------------------- law 1: one account, every door
@pytest.mark.parametrize("home", SHARING)
def test_one_account_opens_every_door_that_shares_it(client: httpx.Client, email: str, home: str) -> None:
    assert DOORS[home].register(client, email, PASSWORD).is_success

    for name in SHARING:
        door = DOORS[name]
        answer = door.login(client, email, PASSWORD)
        assert answer.is_success, name
        assert door.protected(client, **bearer(door.token_of(answer))).is_success, name
        assert whole(door.login(client, email, "a bad passphrase")) == door.UNKNOWN_CREDENTIALS, name
        again = door.register(client, email.upper(), "another passphrase")
        assert again.status_code in (400, 409), name
        assert is_refusal(door, again), name


def test_one_account_that_awaits_its_activation_opens_no_door(server: Server, client: httpx.Client, email: str) -> None:
    fields = {"username": f"n{email[:12]}", "email": email, "password": PASSWORD}
    assert client.post("/auth/signup", json=fields).status_code == 200

    for name in SHARING:
        door = DOORS[name]
        expected = (406, {"error": "Please check your email and activate your account."}) if name == "notes" else None
        assert whole(door.login(client, email, PASSWORD)) == (expected or door.UNKNOWN_CREDENTIALS), name
        assert whole(door.login(client, email, "a bad passphrase")) == door.UNKNOWN_CREDENTIALS, name

    sql(server, f"UPDATE account SET awaits_activation = false WHERE email_key = '{email}'")
    for name in SHARING:
        assert DOORS[name].login(client, email, PASSWORD).is_success, name


def test_accounts_of_applications_are_accounts_of_their_own(client: httpx.Client, email: str) -> None:
    """The same address in the built-in application and in two others, each with a password that is good there only."""
    assert DOORS["appseed"].register(client, email, "the first passphrase").is_success
    owner = new_owner(client)
    keys = [new_application(client, owner), new_application(client, owner)]
    users = []
    for key, password in zip(keys, ("the second passphrase", "the third passphrase"), strict=True):
        users.append(sign_up(client, key, email, password))
        again = client.post("/users/signup", json=new_user(key, email.upper(), password))
        assert whole(again) == (409, {"status": 409, "message": "That email is taken"})

    assert len({user["uuid"] for user in users}) == 2
    for key, own in zip(keys, ("the second passphrase", "the third passphrase"), strict=True):
        for password in ("the first passphrase", "the second passphrase", "the third passphrase"):
            assert sign_in(client, key, email, password)["auth"] is (password == own)
    for name in SHARING:
        door = DOORS[name]
        assert door.login(client, email, "the first passphrase").is_success, name
        for password in ("the second passphrase", "the third passphrase"):
            assert whole(door.login(client, email, password)) == door.UNKNOWN_CREDENTIALS, name


def test_a01_the_users_of_applications_are_nobody_to_those_who_ask_for_an_address(
    server: Server, client: httpx.Client, email: str
) -> None:
    sign_up(client, new_application(client, new_owner(client)), email, PASSWORD)

    assert whole(client.get(f"/api/exist-email/{email}")) == (200, False)
    assert whole(client.post("/api/forgot-password", json={"email": email})) == (200, {"status": "ok"})
    assert DOORS["vault"].register(client, email, PASSWORD).is_success

    awaited(lambda: letters_to(server, email), "the mail to the account")
    (letter,) = letters_to(server, email)
    assert "/api/verify-email/" in letter.link


def new_owner(client: httpx.Client) -> Json:
    fields = {"firstname": "Jason", "lastname": "Bourne", "email": f"{uuid4().hex}@owners.test", "password": PASSWORD}
    return object_in(client.post("/appowner/create", json=fields))


def new_application(client: httpx.Client, owner: Json) -> str:
    answer = client.post("/applications/create", json={"owneruuid": owner["uuid"], "appname": uuid4().hex})
    return text_in(answer, "apiKey")


def new_user(key: str, email: str, password: str) -> dict[str, str]:
    return {"apikey": key, "username": "test", "email": email, "password": password}


def sign_up(client: httpx.Client, key: str, email: str, password: str = PASSWORD) -> Json:
    answer = client.post("/users/signup", json=new_user(key, email, password))
    assert answer.status_code == 202
    return object_in(answer)


def sign_in(client: httpx.Client, key: str, email: str, password: str = PASSWORD) -> Json:
    return object_in(client.post("/users/signwithemail", json={"apikey": key, "email": email, "password": password}))


# ---------------------------------------------------------------- law 2: a token opens only the door that issued it
@pytest.mark.parametrize("name", SIGNED)
def test_j02_a_token_of_this_door_is_good_when_signed_again(
    server: Server, client: httpx.Client, email: str, name: str
) -> None:
    door = DOORS[name]
    token = logged_in(door, client, email)

    assert door.protected(client, **bearer(forged(server, token))).is_success


AUDIENCES = [*DOORS, "vault:team", "service", "", "Appseed", ["appseed"], ["vault", "mobile"], None, 5]


@pytest.mark.parametrize("name", SIGNED)
def test_s02_j02_a_token_of_another_door_is_refused(
    server: Server, client: httpx.Client, email: str, name: str
) -> None:
    door = DOORS[name]
    token = logged_in(door, client, email)

    for audience in AUDIENCES:
        foreign = forged(server, token, aud=audience)
        if audience != name:
            assert whole(door.protected(client, **bearer(foreign))) == no_session(door, "forged"), audience


def keyring(server: Server, email: str) -> dict[str, str]:
    """A token of every kind there is, all but those of `owners` of one account."""
    client = server.client
    assert client.post("/api/register", json={"email": email, "password": PASSWORD, "name": "test"}).status_code == 200
    pair = client.post("/api/login", json={"email": email, "password": PASSWORD}).json()
    notes = client.post("/auth/login", json={"username": email, "password": PASSWORD}).json()["tokens"]
    renewed = client.post("/auth/refresh", json={"refresh_token": notes["refresh_token"]}).json()["tokens"]
    other = f"n.{email}"
    fields = {"username": f"n{email[:12]}", "email": other, "password": PASSWORD}
    assert client.post("/auth/signup", json=fields).status_code == 200
    assert client.post("/api/forgot-password", json={"email": email}).status_code == 200
    owner = new_owner(client)
    key = new_application(client, owner)
    user = sign_up(client, key, email)
    return {
        "appseed": DOORS["appseed"].token_of(DOORS["appseed"].login(client, email, PASSWORD)),
        "vault": pair["userToken"],
        "vault, of the team": pair["vaultToken"],
        "mobile": DOORS["mobile"].token_of(DOORS["mobile"].login(client, email, PASSWORD)),
        "notes": notes["access_token"],
        "notes, to refresh": notes["refresh_token"],
        "notes, to refresh, the next": renewed["refresh_token"],
        "owners": sign_in(client, key, email)["token"],
        "owners, to delete": owner["deletion_token"],
        "owners, the owner": owner["uuid"],
        "owners, the key": key,
        "owners, the user": user["uuid"],
        "mail of vault, to verify": mailed(server, email, "/api/verify-email/"),
        "mail of vault, to reset": mailed(server, email, "/api/reset-password?token="),
        "mail of notes, to verify": mailed(server, other, "/auth/verify?token="),
        "nobody's": "e30.e30.e30",
    }


def mailed(server: Server, address: str, link: str) -> str:
    """The token of a link in a mail to an address, once it has come."""
    return awaited(
        lambda: [each.token for each in letters_to(server, address) if link in each.link], f"{link} to {address}"
    )[-1]


@pytest.fixture(scope="module")
def keys_of_all(serving: Serving) -> tuple[Server, dict[str, str]]:
    server = serving()
    return server, keyring(server, f"{uuid4().hex}@appseed.us")


KINDS = [
    "appseed",
    "vault",
    "vault, of the team",
    "mobile",
    "notes",
    "notes, to refresh",
    "notes, to refresh, the next",
    "owners",
    "owners, to delete",
    "owners, the owner",
    "owners, the key",
    "owners, the user",
    "mail of vault, to verify",
    "mail of vault, to reset",
    "mail of notes, to verify",
    "nobody's",
]


def test_s02_the_matrix_knows_every_kind_of_token(keys_of_all: tuple[Server, dict[str, str]]) -> None:
    _, tokens = keys_of_all

    assert list(tokens) == KINDS
    assert len(set(tokens.values())) == len(KINDS)


@pytest.mark.parametrize("kind", KINDS)
def test_s02_a_token_in_a_header_opens_its_own_door_and_no_other(
    keys_of_all: tuple[Server, dict[str, str]], kind: str
) -> None:
    server, tokens = keys_of_all
    for name, method, path in OPERATIONS:
        operation = DOCUMENTS[name]["paths"][path][method.lower()]
        if operation["security"] and name != kind:
            for headers in (bearer(tokens[kind]), {"Authorization": tokens[kind]}, {"token": tokens[kind]}):
                body: Json = {"json": {}} if "requestBody" in operation else {}
                answer = server.client.request(method, path, headers=headers, **body)
                assert is_closed(DOORS[name], operation, whole(answer)), (method, path, headers, answer.text)
    if kind in DOORS:  # and none of that did any harm
        assert DOORS[kind].protected(server.client, **bearer(tokens[kind])).is_success


def is_closed(door: Door, operation: Json, answer: tuple[int, Json]) -> bool:
    """Whether an answer says that there is no session: where one is optional, as the operation says it."""
    if operation["operationId"] in ("appseed.logout", "appseed.check_session"):
        return answer == (200, {"success": False, "msg": "User is not logged on"})
    return answer in [no_session(door, why) for why in ("missing", "malformed", "forged")]


# Where a token is sent in the body or the path: who takes it, and what everybody else is told.
TAKERS = {
    ("POST", "/api/users/logout", "token"): ({"appseed"}, (200, {"success": False, "msg": "User is not logged on"})),
    ("POST", "/auth/refresh", "refresh_token"): (
        {"notes, to refresh", "notes, to refresh, the next"},
        (406, {"error": "Expired token"}),
    ),
    ("POST", "/api/auth/refresh", "refresh_token"): (
        {"notes, to refresh", "notes, to refresh, the next"},
        (406, {"error": "Expired token"}),
    ),
    ("POST", "/users/userdata", "token"): ({"owners"}, None),
    ("PUT", "/users/update", "token"): ({"owners"}, None),
    ("POST", "/users/update", "token"): ({"owners"}, None),
    ("POST", "/api/verify-email", "token"): ({"mail of vault, to verify", "mail of notes, to verify"}, 400),
    ("POST", "/api/reset-password", "token"): ({"mail of vault, to reset"}, 400),
    ("POST", "/api/reset-passsword", "token"): ({"mail of vault, to reset"}, 400),
    ("DELETE", "/appowner/delete", "deletion_token"): (
        {"owners, to delete"},
        (200, {"affectedRows": 0, "insertId": 0, "warningStatus": 0}),
    ),
    ("DELETE", "/applications/delete", "apikey"): (
        {"owners, the key"},
        (202, {"affectedRows": 0, "message": "nothing to delete"}),
    ),
    ("POST", "/applications/create", "owneruuid"): (
        {"owners, the owner"},
        (404, {"status": 404, "message": "owner not found"}),
    ),
}


def longest(method: str, path: str, field: str) -> int:
    """How long a text the field takes; where its schema does not tell, nothing is too long."""
    (owner,) = [name for name, *place in OPERATIONS if place == [method, path]]
    for here, there, schema, _ in with_examples(DOORS[owner]):
        if (here, there) == (method, path):
            return int(schema["properties"][field].get("maxLength", LIMIT))
    raise LookupError(path)


BESIDE = {"newPassword": "another good passphrase", "appname": "test"}


@pytest.mark.parametrize("kind", KINDS)
def test_s02_a_token_in_a_body_is_taken_by_its_own_operation_and_no_other(
    keys_of_all: tuple[Server, dict[str, str]], kind: str
) -> None:
    server, tokens = keys_of_all
    for (method, path, field), (takers, refused) in TAKERS.items():
        if kind in takers:
            continue
        body = BESIDE | {field: tokens[kind]}
        if field == "deletion_token":
            body["uuid"] = tokens["owners, the owner"]
        answer = whole(server.client.request(method, path, json=body))
        if len(tokens[kind]) > longest(method, path, field):
            assert answer[0] == 400, path
        elif refused is None:
            assert answer in [no_session(DOORS["owners"], why) for why in ("malformed", "forged")], (path, answer)
        elif refused == 400:
            assert (answer[0], answer[1]["code"]) == (400, "unproven"), (path, answer)
        else:
            assert answer == refused, path
    for path in ("/api/verify-email/{}", "/auth/verify?token={}", "/api/reset-password?token={}"):
        if not kind.startswith("mail"):
            assert server.client.get(path.format(tokens[kind])).status_code == 400, path
    if kind != "owners":
        answer = whole(server.client.get(f"/users/islogged/{tokens[kind]}"))
        assert answer in [(200, no_session(DOORS["owners"], why)[1]) for why in ("malformed", "forged")]


# ---------------------------------------------------------------- law 3: revocation is immediate
ENDING = [name for name, door in DOORS.items() if getattr(door, "logout", None)]
LOGGING_OUT = [name for name in DOORS if f"{name}.logout" in str(DOCUMENTS[name])]  # of one session, and no more


def log_out(door: Door, client: httpx.Client, token: str) -> httpx.Response:
    """Ends a session, at a door where that can be asked for."""
    assert door.logout
    return door.logout(client, **bearer(token))


@pytest.mark.parametrize("name", ENDING)
def test_s01_logout_ends_the_session_on_the_next_request(client: httpx.Client, email: str, name: str) -> None:
    door = DOORS[name]
    token = logged_in(door, client, email)
    assert door.protected(client, **bearer(token)).is_success

    assert log_out(door, client, token).is_success

    assert whole(door.protected(client, **bearer(token))) == no_session(door, "revoked")


@pytest.mark.parametrize("name", LOGGING_OUT)
def test_s01_logout_ends_no_other_session(client: httpx.Client, email: str, name: str) -> None:
    door = DOORS[name]
    token = logged_in(door, client, email)
    others = {other: DOORS[other].token_of(DOORS[other].login(client, email, PASSWORD)) for other in SHARING}

    log_out(door, client, token)

    for other, live in others.items():
        assert DOORS[other].protected(client, **bearer(live)).is_success, other


def test_s04_deleting_the_account_ends_its_sessions(
    door: Door, server: Server, client: httpx.Client, email: str, token: str
) -> None:
    sql(server, f"DELETE FROM account WHERE email_key = '{email}'")

    assert whole(door.protected(client, **bearer(token))) == no_session(door, "revoked")


def sessions_everywhere(client: httpx.Client, email: str, password: str = PASSWORD) -> dict[str, str]:
    return {name: DOORS[name].token_of(DOORS[name].login(client, email, password)) for name in SHARING}


def test_s04_deleting_the_account_at_one_door_ends_it_at_all(client: httpx.Client, email: str) -> None:
    assert DOORS["mobile"].register(client, email, PASSWORD).is_success
    bystander = logged_in(DOORS["appseed"], client, f"b.{email}")
    tokens = sessions_everywhere(client, email)
    refresh = client.post("/auth/login", json={"username": email, "password": PASSWORD}).json()["tokens"][
        "refresh_token"
    ]

    deleted = client.delete("/api/user/delete", headers={"token": tokens["mobile"]})

    assert whole(deleted) == (200, {"status": 200, "message": "User details deleted successfully"})
    for name, token in tokens.items():
        assert whole(DOORS[name].protected(client, **bearer(token))) == no_session(DOORS[name], "revoked"), name
        assert whole(DOORS[name].login(client, email, PASSWORD)) == DOORS[name].UNKNOWN_CREDENTIALS, name
    assert whole(client.post("/auth/refresh", json={"refresh_token": refresh})) == (406, {"error": "Expired token"})
    assert DOORS["appseed"].protected(client, **bearer(bystander)).is_success
    assert DOORS["appseed"].register(client, email, PASSWORD).is_success  # the address is free again


def test_s03_a_reset_password_ends_every_session_at_every_door(
    server: Server, client: httpx.Client, email: str
) -> None:
    assert DOORS["vault"].register(client, email, PASSWORD).is_success
    bystander = logged_in(DOORS["mobile"], client, f"b.{email}")
    tokens = sessions_everywhere(client, email)
    refresh = client.post("/auth/login", json={"username": email, "password": PASSWORD}).json()["tokens"][
        "refresh_token"
    ]
    assert whole(client.post("/api/forgot-passsword", json={"email": email})) == (200, {"status": "ok"})
    body = {"token": mailed(server, email, "/api/reset-password?token="), "newPassword": "another good passphrase"}

    assert whole(client.post("/api/reset-passsword", json=body)) == (200, {"status": "ok"})

    for name, token in tokens.items():
        door = DOORS[name]
        assert whole(door.protected(client, **bearer(token))) == no_session(door, "revoked"), name
        assert whole(door.login(client, email, PASSWORD)) == door.UNKNOWN_CREDENTIALS, name
        assert door.login(client, email, "another good passphrase").is_success, name
    assert whole(client.post("/auth/refresh", json={"refresh_token": refresh})) == (406, {"error": "Expired token"})
    assert DOORS["mobile"].protected(client, **bearer(bystander)).is_success


def logged(client: httpx.Client, token: str) -> Json:
    return object_in(client.post("/users/islogged", json={"token": token}))


ENDED = {"auth": False, "message": "jwt revoked"}


def test_s04_the_cascade_of_owner_application_and_user(client: httpx.Client, email: str) -> None:
    """What is deleted ends all below it and nothing beside it."""
    owners = [new_owner(client), new_owner(client)]
    keys = [new_application(client, owners[0]), new_application(client, owners[0]), new_application(client, owners[1])]
    tokens = []
    for key in keys:
        for address in (email, f"b.{email}"):
            sign_up(client, key, address)
            tokens.append(sign_in(client, key, address)["token"])

    def live() -> list[bool]:
        return [logged(client, token) == {"auth": True, "token": token} for token in tokens]

    assert live() == [True] * 6
    assert client.put("/users/update", json={"token": tokens[0], "active": False}).status_code == 202
    assert live() == [False, True, True, True, True, True]
    assert client.request("DELETE", "/applications/delete", json={"apikey": keys[0]}).json()["affectedRows"] == 1
    assert live() == [False, False, True, True, True, True]
    body = {"uuid": owners[0]["uuid"], "deletion_token": owners[0]["deletion_token"]}
    assert client.request("DELETE", "/appowner/delete", json=body).json()["affectedRows"] == 1
    assert live() == [False, False, False, False, True, True]

    assert [logged(client, token) for token in tokens[:4]] == [ENDED] * 4
    for token in tokens[:4]:
        assert whole(client.post("/users/userdata", json={"token": token})) == (401, ENDED)
        assert whole(client.post("/users/userdata", headers=bearer(token))) == (401, ENDED)
    for key in keys[:2]:
        sent = {"apikey": key, "email": email, "password": PASSWORD}
        assert whole(client.post("/users/signwithemail", json=sent)) == (404, {"error": "User not found"})


def test_s03_a_new_password_of_a_user_ends_the_other_sessions(client: httpx.Client, email: str) -> None:
    key = new_application(client, new_owner(client))
    sign_up(client, key, email)
    here, there = (sign_in(client, key, email)["token"] for _ in range(2))

    changed = client.put("/users/update", json={"token": here, "password": "another good passphrase"})

    assert whole(changed) == (202, {"done": True, "username": "test", "email": email})
    assert (logged(client, here), logged(client, there)) == ({"auth": True, "token": here}, ENDED)
    assert sign_in(client, key, email) == {"auth": False}


def test_s01_every_worker_knows_at_once(serving: Serving, email: str) -> None:
    """At every door the sessions of one account, ended by its deletion at one."""
    server = serving("--workers", "2")
    assert DOORS["appseed"].register(server.client, email, PASSWORD).is_success
    tokens = sessions_everywhere(server.client, email)

    def asked(name: str) -> tuple[int, bool]:
        with httpx.Client(base_url=server.url, timeout=20) as client:  # whichever worker takes the connection
            answer = DOORS[name].protected(client, **bearer(tokens[name]))
            return answer.is_success, whole(answer) == no_session(DOORS[name], "revoked")

    with ThreadPoolExecutor(10) as threads:
        assert set(threads.map(asked, [*tokens] * 10)) == {(True, False)}
        assert server.client.delete("/api/user/delete", headers={"token": tokens["mobile"]}).status_code == 200
        assert set(threads.map(asked, [*tokens] * 10)) == {(False, True)}


# ---------------------------------------------------------------- law 4: carriages
def test_every_carriage_opens_the_door(door: Door, client: httpx.Client, token: str) -> None:
    for headers in [*door.carriages(token), bearer(token)]:
        assert door.protected(client, **headers).is_success, headers


STALE = ["JWT_TOKEN", "Bearer JWT_TOKEN", "Basic dGVzdDpwYXNz", "Bearer", "Digest a=b", "foreign", "expired"]


def stale_headers(server: Server, email: str, stale: str) -> dict[str, str]:
    """A header `Authorization`, and beside it a header `token`, that opens nothing."""
    foreign = logged_in(DOORS["mobile"], server.client, f"stale.{email}")
    token = {"foreign": f"Bearer {foreign}", "expired": f"Bearer {forged(server, foreign, exp=1)}"}.get(stale, stale)
    return {"Authorization": token, "token": token}


@pytest.mark.parametrize("stale", STALE)
def test_a_stale_header_breaks_nothing_that_needs_no_session(
    door: Door, server: Server, email: str, stale: str
) -> None:
    headers = stale_headers(server, email, stale)
    with httpx.Client(base_url=server.url, headers=headers, timeout=20) as client:
        assert door.register(client, f"new.{email}", PASSWORD).is_success
        assert door.login(client, f"new.{email}", PASSWORD).is_success


@pytest.mark.parametrize("stale", STALE)
def test_a_stale_header_breaks_no_refresh_by_body_and_no_recovery(server: Server, email: str, stale: str) -> None:
    assert DOORS["vault"].register(server.client, email, PASSWORD).is_success
    tokens = server.client.post("/auth/login", json={"username": email, "password": PASSWORD}).json()["tokens"]
    with httpx.Client(base_url=server.url, headers=stale_headers(server, email, stale), timeout=20) as client:
        assert client.post("/auth/refresh", json={"refresh_token": tokens["refresh_token"]}).status_code == 200
        assert whole(client.get(f"/api/verify-email/{mailed(server, email, '/api/verify-email/')}"))[0] == 200
        assert whole(client.post("/api/forgot-passsword", json={"email": email})) == (200, {"status": "ok"})
        body = {"token": mailed(server, email, "/api/reset-password?token="), "newPassword": "another good passphrase"}
        assert whole(client.post("/api/reset-passsword", json=body)) == (200, {"status": "ok"})


def test_a_stale_header_changes_no_answer_of_an_operation_that_needs_no_session(server: Server, email: str) -> None:
    stale = stale_headers(server, email, "expired")
    for name, method, path in OPERATIONS:
        operation = DOCUMENTS[name]["paths"][path][method.lower()]
        if name in DOORS and not operation["security"]:
            url = example_url(path, operation)
            body: Json = {"json": {}} if "requestBody" in operation else {}
            answers = [server.client.request(method, url, headers=headers, **body) for headers in ({}, stale)]
            assert whole(answers[0]) == whole(answers[1]), path


def example_url(path: str, operation: Json) -> str:
    """A path with the examples of its parameters."""
    parameters = {each["name"]: each["example"] for each in operation.get("parameters", []) if each["in"] == "path"}
    return path.format(**{name: quote(value, safe="") for name, value in parameters.items()})


# ---------------------------------------------------------------- law 5: addresses
VALID_ADDRESSES = [
    "{}@appseed.us",
    "{}@localhost",
    "{}@b.c",
    "{}.dotted.name@example.org",
    "{}+tag@example.org",
    "!#$%&'*+/?=^_`{{|}}~-{}@example.org",
    '"{} quoted"@example.org',
    '"{}@quoted"@example.org',
    '"{}\\"quoted"@example.org',
    "{}@xn--bcher-kva.example",
    "{}@1.2.3.example",
    "{}@" + "a" * 63 + ".example",
]
INVALID_ADDRESSES = [
    "{}",
    "{}@",
    "@{}",
    "@",
    "{}@@example.org",
    "{}@a@example.org",
    ".{}@example.org",
    "{}.@example.org",
    "{}..a@example.org",
    "{} a@example.org",
    " {}@example.org",
    "{}@example.org ",
    "{}@example.org\n",
    "{}@exa\tmple.org",
    "{}\r\nBcc: all@example.org",
    "{}@-example.org",
    "{}@example-.org",
    "{}@.example.org",
    "{}@example..org",
    "{}@exa_mple.org",
    "{}@exämple.org",
    "{}ä@example.org",
    "{}@" + "a" * 64 + ".example",
    "{}@[127.0.0.1]",
    "{}(comment)@example.org",
    '"{}@example.org',
    '""@{}.example.org',
    "=?utf-8?q?{}?=@example.org",  # a header field would decode it
    "<{}@example.org>",
    "Test <{}@example.org>",
    "{}@example.org,b@example.org",
    "{}\x7f@example.org",
]


@pytest.mark.parametrize("address", VALID_ADDRESSES)
def test_addresses_that_are_taken_and_echoed_as_given(
    door: Door, client: httpx.Client, email: str, address: str
) -> None:
    address = address.format(f"Z{email[:12]}")

    assert door.register(client, address, "a good passphrase").is_success
    assert door.email_of(door.login(client, address, "a good passphrase")) == address


@pytest.mark.parametrize("address", INVALID_ADDRESSES)
def test_addresses_that_are_refused(door: Door, client: httpx.Client, email: str, address: str) -> None:
    answer = door.register(client, address.format(email[:12]), "a good passphrase")

    assert answer.status_code == 400
    assert is_refusal(door, answer)


def test_an_address_has_at_most_254_octets(door: Door, client: httpx.Client, email: str) -> None:
    local, host = email[:32].ljust(64, "x"), ".".join(["a" * 62, "b" * 62, "c" * 63])

    assert len(f"{local}@{host}") == 254
    assert door.register(client, f"{local}@{host}", "a good passphrase").is_success
    assert is_refusal(door, door.register(client, f"{local}@a{host}", "a good passphrase"))


def test_addresses_are_compared_without_regard_to_case(door: Door, client: httpx.Client, email: str) -> None:
    as_given = email.replace("appseed", "AppSeed").title()
    assert door.register(client, as_given, "a good passphrase").is_success

    for spelt in (email, email.upper(), as_given):
        assert door.email_of(door.login(client, spelt, "a good passphrase")) == as_given
        assert is_refusal(door, door.register(client, spelt, "another passphrase"))


@pytest.mark.parametrize("address", ["a", "a@b@c.de", "a b@example.org", "a@exa_mple.org", f"{'a' * 250}@b.cd"])
def test_every_operation_that_takes_an_address_looks_at_it(
    door: Door, client: httpx.Client, token: str, address: str
) -> None:
    """One that logs in by a name or an address, and one that looks for an owner by a path, may take any text."""
    asked = []
    for method, path, schema, example in with_examples(door):
        if schema["properties"].get("email", {}).get("format") == "email":
            answer = client.request(method, path, json=example | {"email": address}, headers=bearer(token))
            assert answer.status_code == 400, path
            assert is_refusal(door, answer), path
            asked.append(path)
    assert asked


# ---------------------------------------------------------------- law 6: passwords
def test_p01_p03_long_and_simple_passwords_are_taken(door: Door, client: httpx.Client, email: str) -> None:
    passwords = ["correct horse ünïcödé 🐎🔋📎 " + "ab cd " * 8, "abcdefghijklmnopqrst", "🔑" * 64, " " * 20 + "x"]
    for number, password in enumerate(passwords):
        assert registers(door, client, f"{number}.{email}", password), password


def test_p02_the_shortest_password_is_counted_in_code_points(door: Door, client: httpx.Client, email: str) -> None:
    shortest = door.SHORTEST_PASSWORD

    assert not registers(door, client, email, "🔑" * (shortest - 1))
    assert not registers(door, client, email, "e\u0301" * (shortest - 1))  # one code point each after NFKC
    assert registers(door, client, email, "🔑" * shortest)


def test_p04_nothing_is_truncated(door: Door, client: httpx.Client, email: str) -> None:
    assert door.register(client, email, "A" * 72 + "x").is_success

    assert door.login(client, email, "A" * 72 + "x").is_success
    for other in ("A" * 72 + "y", "A" * 72, "A" * 72 + "x\u00a0", "A" * 73 + "x"):
        assert whole(door.login(client, email, other)) == door.UNKNOWN_CREDENTIALS


def test_p04_the_longest_password_has_1024_code_points(door: Door, client: httpx.Client, email: str) -> None:
    assert registers(door, client, email, "🔑" * 1024)
    assert not registers(door, client, f"b.{email}", "🔑" * 1025)
    assert not registers(door, client, f"c.{email}", "p" * 5000)
    assert not registers(door, client, f"d.{email}", "\ufdfa" * 1000)  # eighteen code points each after NFKC
    assert is_refusal(door, door.login(client, email, "p" * 5000))


def test_p05_forms_that_nfkc_makes_equal_log_in_and_no_others(door: Door, client: httpx.Client, email: str) -> None:
    composed, decomposed = "Pâsswörd № ﬁve", unicodedata.normalize("NFKD", "Pâsswörd № ﬁve")
    assert composed != decomposed
    assert door.register(client, email, composed).is_success

    assert door.login(client, email, decomposed).is_success
    assert door.login(client, email, "Pâsswörd No five").is_success
    for other in (composed.lower(), f"{composed} ", f" {composed}", "Password № ﬁve"):
        assert whole(door.login(client, email, other)) == door.UNKNOWN_CREDENTIALS


def test_p02_a_setting_raises_the_shortest_password_of_every_door(door: Door, twelve: Server, email: str) -> None:
    assert not registers(door, twelve.client, email, "p" * 11)
    assert registers(door, twelve.client, email, "p" * 12)


def test_p02_p06_the_strict_profile(door: Door, strict: Server, email: str) -> None:
    address = f"Strict.{email}"
    local = address.partition("@")[0]

    assert not registers(door, strict.client, address, "fourteen chars")
    common = ["passwordpassword", "PASSWORDpassword", "qwertyqwertyqwerty", "12345678901234567890"]
    for easy in [*common, address, address.lower(), local * 2]:
        assert len(easy) >= 15
        answer = door.register(strict.client, address, easy)
        assert whole(answer) == refusal(door, 400, "'password' is too easy to guess"), easy
    assert registers(door, strict.client, address, "fifteen of them")


@pytest.mark.parametrize(("name", "shortest"), [("server", 0), ("twelve", 12), ("strict", 15)])
def test_p02_the_documents_tell_the_shortest_password_in_force(
    door: Door, request: pytest.FixtureRequest, name: str, shortest: int
) -> None:
    client = request.getfixturevalue(name).client
    expected = max(shortest, door.SHORTEST_PASSWORD)

    for document in ("openapi.json", f"openapi/{name_of(door)}.json"):
        schemas = client.get(f"/{document}").json()["components"]["schemas"]
        new_passwords = [
            field["minLength"]
            for component, schema in schemas.items()
            if component.startswith(name_of(door).capitalize())
            for field in schema.get("properties", {}).values()
            if field.get("x-portico-policy") == "new-password"
        ]
        assert new_passwords
        assert set(new_passwords) == {expected}


@pytest.mark.parametrize(("name", "shortest"), [("server", 0), ("twelve", 12), ("strict", 15)])
def test_p02_p06_every_operation_that_sets_a_password_looks_at_its_length(
    door: Door, request: pytest.FixtureRequest, name: str, shortest: int
) -> None:
    client = request.getfixturevalue(name).client
    shortest = max(shortest, door.SHORTEST_PASSWORD)
    asked = []
    for method, path, schema, example in with_examples(door):
        for field, rules in schema["properties"].items():
            if rules.get("x-portico-policy") == "new-password":
                too_short = client.request(method, path, json=example | {field: "🔑" * (shortest - 1)})
                too_long = client.request(method, path, json=example | {field: "p" * 1025})
                short = f"'{field}' is too short, at least {shortest} characters"
                assert whole(too_short) == refusal(door, 400, short), path
                assert whole(too_long) == refusal(door, 400, f"'{field}' is too long, at most 1024 characters"), path
                asked.append(path)
    assert asked


# ---------------------------------------------------------------- law 7: unknown properties
def test_a02_unknown_properties_are_ignored_and_never_stored(
    door: Door, server: Server, client: httpx.Client, email: str
) -> None:
    marker = f"marker-{email[:12]}"
    known = {name for _, _, schema, _ in with_examples(door) for name in schema["properties"]}
    columns = {
        "note",
        "hash",
        "gender",
        "contact_no",
        "first_name",
        "created_at",
        "verified_at",
        "starts_on",
        "__proto__",
    }
    unknown = dict.fromkeys(sorted(columns - known), marker)
    privileged = {
        "id": 1,
        "is_admin": True,
        "active": False,
        "awaits_activation": True,
        "application_id": 99,
        "": marker,
    }

    answer = door.register(client, email, "a good passphrase", **unknown, **privileged)
    token = door.token_of(door.login(client, email, "a good passphrase", headers={"X-Note": marker}))

    assert answer.is_success
    assert door.protected(client, **bearer(token)).is_success
    assert email in stored(server)
    assert marker not in stored(server)


# ---------------------------------------------------------------- law 8: nobody and a wrong password look the same
def test_e01_unknown_account_wrong_password_and_inactive_account_are_one(
    door: Door, server: Server, client: httpx.Client, email: str
) -> None:
    for name in ("wrong", "inactive"):
        door.register(client, f"{name}.{email}", "a good passphrase")
    sql(server, f"UPDATE account SET active = false WHERE email_key = 'inactive.{email}'")

    answers = [
        door.login(client, f"nobody.{email}", "a good passphrase"),
        door.login(client, f"wrong.{email}", "a bad passphrase"),
        door.login(client, f"inactive.{email}", "a good passphrase"),
    ]

    assert [whole(answer) for answer in answers] == [door.UNKNOWN_CREDENTIALS] * 3
    assert look_the_same(answers)


def look_the_same(answers: list[httpx.Response]) -> bool:
    names = {tuple(name for name, _ in answer.headers.multi_items()) for answer in answers}
    return len({(answer.status_code, answer.content) for answer in answers}) == len(names) == 1


def test_e01_an_unknown_owner_and_a_wrong_password_are_one(client: httpx.Client) -> None:
    owner = new_owner(client)
    email = owner["email"]
    sent = [("nobody@owners.test", PASSWORD), (email, "a bad passphrase"), (email.upper(), "A good passphrase")]
    by_body = [
        client.post("/appowner/emailpassword", json={"email": email, "password": password}) for email, password in sent
    ]
    by_path = [client.get(f"/appowner/emailpassword/{email}/{quote(password)}") for email, password in sent]

    assert whole(by_body[0]) == whole(by_path[0]) == (404, {"status": 404, "message": "owner not found"})
    assert look_the_same(by_body)
    assert look_the_same(by_path)
    assert (
        client.post("/appowner/emailpassword", json={"email": email.upper(), "password": PASSWORD}).status_code == 200
    )


def test_e03_forgetting_looks_the_same_whoever_forgets(server: Server, client: httpx.Client, email: str) -> None:
    for name in ("known", "inactive"):
        assert DOORS["vault"].register(client, f"{name}.{email}", PASSWORD).is_success
    sql(server, f"UPDATE account SET active = false WHERE email_key = 'inactive.{email}'")

    addresses = [f"{who}.{email}" for who in ("nobody", "known", "inactive")]
    answers = [client.post("/api/forgot-passsword", json={"email": address}) for address in addresses]

    assert whole(answers[0]) == (200, {"status": "ok"})
    assert look_the_same(answers)


# ---------------------------------------------------------------- law 9: what goes wrong, in the door's own words
def at_this_door(door: Door) -> list[tuple[str, str]]:
    name = name_of(door)
    return [(method, path) for owner, method, path in OPERATIONS if owner == name]


def test_h03_404(door: Door, client: httpx.Client) -> None:
    for path in ("/nothing", "/", "/nothing/at/all", "/nothing?a=b", "/%E2%82%AC", "/.", "//"):
        for method in ("GET", "POST", "DELETE"):
            assert whole(client.request(method, door.BASE + path)) == refusal(door, 404, UNKNOWN), path


def test_h03_405_and_a_complete_allow(door: Door, client: httpx.Client) -> None:
    at = at_this_door(door)
    for path in {path for _, path in at}:
        allowed = {method for method, other in at if other == path}
        allowed |= {"HEAD"} if "GET" in allowed else set()
        for method in {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND"} - allowed:
            answer = client.request(method, re.sub(r"\{.*?\}", "a", path))
            assert answer.status_code == 405
            assert set(answer.headers["Allow"].split(", ")) == allowed
            if method == "HEAD":
                assert answer.content == b""
            else:
                assert whole(answer) == refusal(door, 405, WRONG_METHOD)


def with_bodies(door: Door) -> Iterator[tuple[str, str, Json]]:
    """Each operation with a body: method, path, and the schema of its JSON."""
    return ((method, path, schema) for method, path, schema, _ in with_examples(door))


def with_examples(door: Door, media_type: str = "application/json") -> Iterator[tuple[str, str, Json, Json]]:
    """Each operation that takes such a body: method, path, the schema of the body, and its first example."""
    document = DOCUMENTS[name_of(door)]
    for method, path in at_this_door(door):
        content = document["paths"][path][method.lower()].get("requestBody", {"content": {}})["content"]
        if media_type in content:
            schema = document["components"]["schemas"][content[media_type]["schema"]["$ref"].rpartition("/")[2]]
            example = next(iter(content[media_type]["examples"].values()))["value"]
            yield method, path, {"properties": {}} | schema, example


def test_h03_413(door: Door, client: httpx.Client, token: str) -> None:
    for method, path, _ in with_bodies(door):
        headers = JSON | bearer(token)
        announced = client.request(method, path, content=b" " * (LIMIT + 1), headers=headers)
        chunked = client.request(method, path, content=iter([b" " * LIMIT, b" "]), headers=headers)

        assert whole(announced) == refusal(door, 413, TOO_LARGE), path
        assert whole(chunked) == refusal(door, 413, TOO_LARGE), path


def test_a_body_of_the_limit_fits(door: Door, client: httpx.Client) -> None:
    for method, path, _ in with_bodies(door):
        empty = client.request(method, path, content=b"{}", headers=JSON)
        padded = client.request(method, path, content=b"{}".ljust(LIMIT), headers=JSON)
        assert whole(padded) == whole(empty)


def test_h03_415(door: Door, client: httpx.Client, token: str) -> None:
    for method, path, _ in with_bodies(door):
        for media_type in ("text/plain", "application/xml", "application/jsonp", "nonsense", None):
            headers = bearer(token) | ({"Content-Type": media_type} if media_type else {})
            answer = client.request(method, path, content=b"{}", headers=headers)
            assert answer.status_code == 415
            assert is_refusal(door, answer)


NO_JSON = [b"{", b"not json", b'{"a":1,}', b"{'a':1}", b'{"a":NaN}', b'{"a":1}{"a":1}', b"\xff\xfe{}", b'{"\xe4":1}']


@pytest.mark.parametrize("body", NO_JSON)
def test_h03_malformed_json(door: Door, client: httpx.Client, token: str, body: bytes) -> None:
    for method, path, _ in with_bodies(door):
        answer = client.request(method, path, content=body, headers=JSON | bearer(token))
        assert whole(answer) == refusal(door, 400, NOT_JSON), path


def test_h03_a_property_named_twice(door: Door, client: httpx.Client, token: str) -> None:
    for method, path, _ in with_bodies(door):
        answer = client.request(method, path, content=b'{"a":1,"a":1}', headers=JSON | bearer(token))
        assert whole(answer) == refusal(door, 400, "The body names a property twice")


@pytest.mark.skipif(bool(POSTGRES), reason="PostgreSQL locks rows, not the database")
def test_o02_503_while_the_database_is_locked(door: Door, fragile: Server, email: str) -> None:
    client = fragile.client
    token = logged_in(door, client, email)

    with locked(fragile):
        answers = [
            door.register(client, f"b.{email}", "a good passphrase"),
            door.login(client, email, "a good passphrase"),
        ]
        answers += [door.logout(client, **bearer(token))] if door.logout else []
        wrong = door.login(client, email, "a bad passphrase")

    for answer in answers:
        assert whole(answer) == refusal(door, 503, UNAVAILABLE)
        assert int(answer.headers["Retry-After"]) >= 1
    assert whole(wrong) == door.UNKNOWN_CREDENTIALS  # nothing had to be written
    assert door.protected(client, **bearer(token)).is_success
    assert door.register(client, f"b.{email}", "a good passphrase").is_success


def test_o02_503_while_the_database_is_gone(door: Door, fragile: Server, email: str) -> None:
    client = fragile.client
    token = logged_in(door, client, email)

    with gone(fragile):
        answers = [
            door.register(client, f"b.{email}", "a good passphrase"),
            door.login(client, email, "a good passphrase"),
            door.login(client, email, "a bad passphrase"),
            door.login(client, f"nobody.{email}", "a good passphrase"),
        ]

    for answer in answers:
        assert whole(answer) == refusal(door, 503, UNAVAILABLE)
        assert int(answer.headers["Retry-After"]) >= 1
    assert door.protected(client, **bearer(token)).is_success
    assert door.login(client, email, "a good passphrase").is_success


@pytest.fixture
def narrow(serving: Serving) -> Server:
    """A server on one processor: it checks one password at a time and lets 32 wait."""
    processors = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(processors)})
    try:
        return serving(PORTICO_BCRYPT_COST="10")
    finally:
        os.sched_setaffinity(0, processors)


def test_b09_e02_503_when_more_passwords_wait_than_can_be_checked(door: Door, narrow: Server, email: str) -> None:
    many = 100  # logins of nobody, which take their place in the queue as everybody's do
    with ThreadPoolExecutor(many) as threads, httpx.Client(base_url=narrow.url, timeout=60, limits=NO_LIMITS) as client:
        logins = [threads.submit(door.login, client, email, "a good passphrase") for _ in range(many)]
        live = narrow.client.get("/health/live")
        answers = [login.result() for login in logins]

    assert whole(live) == (200, {"status": "ok"})
    busy = [answer for answer in answers if answer.status_code == 503]
    assert busy
    for answer in busy:
        assert whole(answer) == refusal(door, 503, BUSY)
        assert int(answer.headers["Retry-After"]) >= 1
    served = [answer for answer in answers if answer.status_code != 503]
    assert served
    for answer in served:
        assert whole(answer) == door.UNKNOWN_CREDENTIALS


# ---------------------------------------------------------------- law 10: headers
def one_of_each(door: Door, client: httpx.Client, email: str) -> list[httpx.Response]:
    """Answers of every kind."""
    registered = door.register(client, email, "a good passphrase")
    logged_in = door.login(client, email, "a good passphrase")
    token = door.token_of(logged_in)
    method, path = at_this_door(door)[0]
    return [
        registered,
        logged_in,
        door.login(client, email, "a bad passphrase"),
        door.register(client, email, "a good passphrase"),
        door.protected(client, **bearer(token)),
        door.protected(client),
        *([door.logout(client, **bearer(token))] if door.logout else []),
        client.get(f"{door.BASE}/nothing"),
        client.request("PATCH", path),
        client.request(method, path, content=b"{", headers=JSON),
        client.request(method, path, content=b"{}", headers={"Content-Type": "text/plain"}),
        client.request(method, path, content=b" " * (LIMIT + 1), headers=JSON),
    ]


def test_h05_no_answer_is_kept_or_guessed_at(door: Door, client: httpx.Client, email: str) -> None:
    for answer in one_of_each(door, client, email):
        assert answer.headers.get_list("Cache-Control") == ["no-store"]
        assert answer.headers.get_list("X-Content-Type-Options") == ["nosniff"]
        assert answer.headers.get_list("Content-Type") in (["application/json"], ["application/problem+json"])
        assert "Server" not in answer.headers


NEAR = [
    "http://localhost:3000",
    "http://localhost",
    "https://localhost:8443",
    "http://127.0.0.1:5173",
    "http://[::1]:3000",
]
FOREIGN = [
    "https://evil.example",
    "https://app.example.org.evil.example",
    "http://app.example.org",
    "https://app.example.org:444",
    "http://localhost.evil.example",
    "http://evil.example/localhost",
    "http://127.0.0.1.evil.example:3000",
    "http://localhost:3000.evil.example",
    "http://192.168.0.1",
    "null",
    "*",
    "",
]


def cors(answer: httpx.Response) -> dict[str, str]:
    return {name: value for name, value in answer.headers.items() if name.startswith("access-control-allow")}


def preflight(door: Door, client: httpx.Client, origin: str) -> httpx.Response:
    asked = {
        "Origin": origin,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization, content-type, token",
    }
    return client.options(at_this_door(door)[0][1], headers=asked)


@pytest.mark.parametrize("origin", NEAR)
def test_h05_a_loopback_server_lets_loopback_origins_in(
    door: Door, client: httpx.Client, email: str, origin: str
) -> None:
    client.headers["Origin"] = origin
    try:
        answers = one_of_each(door, client, email)
    finally:
        del client.headers["Origin"]

    for answer in answers:
        assert cors(answer) == {"access-control-allow-origin": origin}
        assert "origin" in answer.headers["Vary"].lower()
    before = preflight(door, client, origin)
    assert before.is_success
    assert set(cors(before)) == {f"access-control-allow-{name}" for name in ("origin", "methods", "headers")}
    assert before.headers["Access-Control-Allow-Origin"] == origin
    assert {"authorization", "content-type", "token"} <= words(before.headers["Access-Control-Allow-Headers"])
    assert {"get", "post", "put", "delete"} <= words(before.headers["Access-Control-Allow-Methods"])


def test_h05_a_preflight_answer_is_not_guessed_at_either(door: Door, client: httpx.Client) -> None:
    for origin in ("http://localhost:3000", "https://evil.example"):
        assert preflight(door, client, origin).headers.get_list("X-Content-Type-Options") == ["nosniff"]


def words(header: str) -> set[str]:
    return set(re.split(r",\s*", header.lower()))


@pytest.mark.parametrize("origin", [*FOREIGN, "https://app.example.org"])
def test_h05_foreign_origins_stay_out(door: Door, client: httpx.Client, email: str, origin: str) -> None:
    stays_out(door, client, email, origin)


def stays_out(door: Door, client: httpx.Client, email: str, origin: str) -> None:
    answer = door.login(client, email, "a good passphrase", headers={"Origin": origin})
    assert whole(answer) == door.UNKNOWN_CREDENTIALS  # it is served; the browser keeps it from the page
    assert "access-control-allow-origin" not in answer.headers
    assert "access-control-allow-credentials" not in answer.headers
    before = preflight(door, client, origin)
    assert "access-control-allow-origin" not in before.headers
    assert "access-control-allow-credentials" not in before.headers


def test_h05_a_list_of_origins_is_exact(door: Door, twelve: Server, email: str) -> None:
    origin = "https://app.example.org"

    answer = door.login(twelve.client, email, "a good passphrase", headers={"Origin": origin})
    before = preflight(door, twelve.client, origin)

    assert cors(answer) == {"access-control-allow-origin": origin}
    assert before.is_success
    assert before.headers["Access-Control-Allow-Origin"] == origin
    assert "access-control-allow-credentials" not in before.headers
    for other in [*FOREIGN, *NEAR]:
        stays_out(door, twelve.client, email, other)


def test_h05_a_server_for_everybody_lets_no_origin_in(door: Door, serving: Serving, email: str) -> None:
    server = serving("--host", "0.0.0.0")
    server.client = httpx.Client(base_url=server.url.replace("0.0.0.0", "127.0.0.1"), timeout=20)

    for origin in [*NEAR, *FOREIGN]:
        stays_out(door, server.client, email, origin)


# ---------------------------------------------------------------- law 11: text that cannot be stored
@pytest.mark.parametrize("text", [r"a\u0000b", r"\ud800", r"a\udfffb", r"\udc00\ud800"])
def test_h03_nul_and_lone_surrogates_are_400(door: Door, client: httpx.Client, token: str, text: str) -> None:
    for method, path, schema in with_bodies(door):
        for name in [*schema.get("properties", {}), "unknown", text]:
            body = f'{{"{name}": "{text}"}}'
            answer = client.request(method, path, content=body, headers=JSON | bearer(token))
            assert answer.status_code == 400, (path, name)
            assert is_refusal(door, answer)


FORMS: dict[str, Callable[[str, str], Json]] = {
    "multipart/form-data": lambda name, text: {"files": {name: (None, text)}},
    "application/x-www-form-urlencoded": lambda name, text: {"data": {name: text}},
}


@pytest.mark.parametrize("media_type", FORMS)
def test_h03_nul_in_a_form_is_400(client: httpx.Client, media_type: str) -> None:
    asked = set()
    for name, door in DOORS.items():
        for method, path, schema, _ in with_examples(door, media_type):
            for field in schema["properties"]:
                answer = client.request(method, path, **FORMS[media_type](field, "a\0b"))
                assert answer.status_code in (400, no_session(door, "missing")[0]), (path, field)
                if not DOCUMENTS[name]["paths"][path][method.lower()]["security"]:
                    assert whole(answer) == refusal(door, 400, "The text holds a NUL character"), (path, field)
                    asked.add(name)
    assert len(asked) >= 2


def test_h03_nul_in_a_path_or_a_query_is_400(client: httpx.Client) -> None:
    asked = set()
    for name, method, path in OPERATIONS:
        for parameter in DOCUMENTS[name]["paths"][path][method.lower()].get("parameters", []):
            public = not DOCUMENTS[name]["paths"][path][method.lower()]["security"]
            if name in DOORS and public:
                place = parameter["in"]
                url = re.sub(r"\{.*?\}", "a%00b", path) if place == "path" else f"{path}?{parameter['name']}=a%00b"
                words = "The path holds a NUL character" if place == "path" else "The text holds a NUL character"
                assert whole(client.request(method, url)) == refusal(DOORS[name], 400, words), url
                asked.add((name, place))
    assert asked == {("vault", "path"), ("vault", "query"), ("owners", "path"), ("notes", "query")}


def test_text_that_can_be_stored_is_stored(door: Door, client: httpx.Client, email: str) -> None:
    """Surrogates in pairs, controls other than NUL, non-characters, right-to-left marks."""
    password = "\U0010ffff\uffff\u202e\x01\x7f\u2028 a good passphrase"
    assert registers(door, client, email, password)


# ---------------------------------------------------------------- law 12: HEAD
GETS = [(name, path) for name, method, path in OPERATIONS if method == "GET"]


@pytest.mark.parametrize(("name", "path"), GETS)
def test_head_is_get_without_a_body(client: httpx.Client, name: str, path: str) -> None:
    url = example_url(path, DOCUMENTS[name]["paths"][path]["get"])
    get, head = client.get(url), client.head(url)

    assert head.status_code == get.status_code
    assert head.content == b""
    assert _lasting(head) == _lasting(get)


def test_m01_head_verifies_nothing(server: Server, client: httpx.Client, email: str) -> None:
    for path, door, to in (("/api/verify-email/", "vault", email), ("/auth/verify?token=", "notes", f"n.{email}")):
        fields = {"email": to, "password": PASSWORD, "name": "test", "username": f"n{email[:12]}"}
        assert client.post({"vault": "/api/register", "notes": "/auth/signup"}[door], json=fields).status_code == 200
        token = mailed(server, to, path)
        before = stored(server)
        for _ in range(3):
            assert client.head(f"{path}{token}").status_code == 200
        assert stored(server) == before
        for _ in range(2):
            assert client.get(f"{path}{token}").status_code == 200
        assert stored(server) != before


def test_head_refreshes_nothing_and_sends_no_mail(serving: Serving, email: str) -> None:
    server = serving(PORTICO_CAPTCHA="off")
    assert DOORS["vault"].register(server.client, email, PASSWORD).is_success
    headers = bearer(DOORS["vault"].token_of(DOORS["vault"].login(server.client, email, PASSWORD)))
    mailed(server, email, "/api/verify-email/")
    server.run("mail", "list")
    before = stored(server)

    assert server.client.head("/api/refresh", headers=headers).status_code == 200
    assert (
        server.client.head("/api/resend-email-verification", params={"capcha": "solved"}, headers=headers).status_code
        == 200
    )
    assert stored(server) == before

    assert server.client.get("/api/refresh", headers=headers).status_code == 200
    assert stored(server) != before


def _lasting(answer: httpx.Response) -> dict[str, str]:
    return {name: value for name, value in answer.headers.items() if name != "date"}


# ---------------------------------------------------------------- a door that is switched off
@pytest.fixture(scope="module", params=DOORS)
def without(request: pytest.FixtureRequest, serving: Serving) -> tuple[str, Server]:
    """A door, and a server on which all others are open."""
    return request.param, serving(PORTICO_DOORS=",".join(name for name in DOORS if name != request.param))


def test_a_door_that_is_off_is_served_nowhere(without: tuple[str, Server]) -> None:
    name, server = without
    for owner, method, path in OPERATIONS:
        if owner == name:
            operation = DOCUMENTS[owner]["paths"][path][method.lower()]
            for way in (method, "GET", "OPTIONS"):
                answer = server.client.request(way, example_url(path, operation), headers=bearer("e30.e30.e30"))
                assert answer.status_code == 404, (way, path)
                assert UNKNOWN in answer.text, path


def test_a_door_that_is_off_stands_in_no_document(without: tuple[str, Server]) -> None:
    name, server = without
    client = server.client
    documents = [client.get("/openapi.json").json(), yaml.safe_load(client.get("/openapi.yaml").text)]

    assert documents[0] == documents[1]
    assert f"'operationId': '{name}." not in str(documents[0])
    for components in documents[0]["components"].values():
        assert [component for component in components if component.startswith(name.capitalize())] == []
    assert set(DOCUMENTS[name]["paths"]).isdisjoint(documents[0]["paths"])
    assert [tag["name"] for tag in documents[0]["tags"]] == [*(other for other in DOORS if other != name), "service"]
    gone = client.get(f"/openapi/{name}.json")
    assert (gone.status_code, gone.json()["code"]) == (404, "not_found")
    for other in DOORS:
        assert client.get(f"/openapi/{other}.json").is_success is (other != name)
        for page in ("/", "/docs"):
            assert f"/openapi/{name}.json" not in client.get(page).text
    for path in DOCUMENTS[name]["paths"]:
        assert not re.search(rf"{re.escape(path)}(?![\w/-])", re.sub(r"<[^>]+>", " ", client.get("/").text)), path


def test_the_other_doors_do_as_they_did(without: tuple[str, Server]) -> None:
    name, server = without
    for other, door in DOORS.items():
        if other != name:
            assert whole(door.login(server.client, "nobody@appseed.us", PASSWORD)) == door.UNKNOWN_CREDENTIALS, other


@pytest.mark.parametrize("name", DOORS)
def test_one_door_alone_is_a_whole_server(serving: Serving, email: str, name: str) -> None:
    server = serving(PORTICO_DOORS=name)

    token = logged_in(DOORS[name], server.client, email)

    assert DOORS[name].protected(server.client, **bearer(token)).is_success
    assert set(server.client.get("/openapi.json").json()["paths"]) == {
        path for owner, _, path in OPERATIONS if owner in (name, "service")
    }
