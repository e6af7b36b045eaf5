"""The door `notes`: every row of its table, as a form, as a multipart form and as JSON, at both of its paths."""

import gc
import hashlib
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from functools import cache
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import httpx
import pytest
from support.answers import Headers, Json, found, object_in, text_in
from support.database import sql, stored
from support.mailbox import letter_to, letters_to, rows
from support.server import Server, Serving

LOGIN, REFRESH, SIGN_UP = "/auth/login", "/auth/refresh", "/auth/signup"
CURRENT, VERIFY = "/auth/current", "/auth/verify"

BAD_REQUEST = {"error": "Bad request"}
WRONG = {"error": "Wrong username or password"}
NOT_ACTIVATED = {"error": "Please check your email and activate your account."}
EXPIRED = {"error": "Expired token"}
TAKEN = {"error": "Unable to signup."}
VERIFIED = {"message": "Verified"}
DEAD_LINK = {"error": "The token is not known or no longer good"}

ACCESS, REFRESHING, SUCCESSOR = (
    re.compile(kind) for kind in (r"a\.[0-9a-f]{64}", r"r\.[0-9a-f]{64}", r"d\.[0-9a-f]{32}")
)
JSON = {"Content-Type": "application/json"}
PASSWORD = "seven green lanterns"
BODIES: dict[str, Callable[[Json], Json]] = {
    "form": lambda fields: {"data": fields},
    "multipart": lambda fields: {"files": {name: (None, value) for name, value in fields.items()}},
    "JSON": lambda fields: {"json": fields},
}
BASES = ["", "/api"]


# ---------------------------------------------------------------- how the laws of every door enter this one
SHORTEST_PASSWORD = 9
BASE = "/auth"
UNKNOWN_CREDENTIALS = (406, WRONG)
NO_SESSION = (403, EXPIRED)
logout = None  # no operation of this door ends a session


def register(client: httpx.Client, email: str, password: str = PASSWORD, **more: object) -> httpx.Response:
    """Signs up under a name nobody has, and answers the mail."""
    answer = client.post(SIGN_UP, data={"username": uuid4().hex, "email": email, "password": password} | more)
    if answer.is_success:
        assert whole(client.get(link_in_mail_to(server_of(client), email))) == (200, VERIFIED)
    return answer


def login(client: httpx.Client, email: str, password: str = PASSWORD, headers: Headers | None = None) -> httpx.Response:
    return client.post(LOGIN, data={"username": email, "password": password}, headers=headers)


def token_of(answer: httpx.Response) -> str:
    return text_in(answer, "tokens", "access_token")


def email_of(answer: httpx.Response) -> str:
    """This door shows no address; another one does, for the same credentials."""
    sent = parse_qs(answer.request.content.decode())
    credentials = {"email": sent["username"][0], "password": sent["password"][0]}
    return text_in(httpx.post(answer.url.join("/api/users/login"), json=credentials, timeout=20), "user", "email")


def protected(client: httpx.Client, **headers: str) -> httpx.Response:
    """An operation that needs a session and changes nothing."""
    return client.get(CURRENT, headers=headers)


def carriages(token: str) -> list[dict[str, str]]:
    return [{"Authorization": f"{scheme} {token}"} for scheme in ("Bearer", "bearer", "BEARER ")]


def refusal(status: int, message: str) -> Json:
    """What names no field is a bad request and no more."""
    return BAD_REQUEST if status == 400 and not message.startswith("'") else {"error": message}


# ---------------------------------------------------------------- the mail
@cache
def server_of(client: httpx.Client) -> Server:
    """The server a client speaks to, whoever started it."""
    return next(
        thing
        for thing in gc.get_objects()
        if type(thing) is Server and urlsplit(thing.url).port == client.base_url.port
    )


def link_in_mail_to(server: Server, address: str) -> str:
    """The path of the link in the first mail to an address, once that has arrived."""
    return httpx.URL(letter_to(server, address).link).raw_path.decode()


# ---------------------------------------------------------------- helpers of this file
def whole(answer: httpx.Response) -> tuple[int, Json]:
    return answer.status_code, answer.json()


def refused(message: str) -> tuple[int, Json]:
    return 400, {"error": message}


def sign_up(client: httpx.Client, name: str, email: str, password: str = PASSWORD) -> httpx.Response:
    return client.post(SIGN_UP, data={"username": name, "password": password, "email": email})


def current(client: httpx.Client, token: str) -> tuple[int, Json]:
    """What both ways to ask answer."""
    headers = {"Authorization": f"Bearer {token}"}
    get, post = client.get(CURRENT, headers=headers), client.post(CURRENT, headers=headers)
    assert whole(get) == whole(post)
    return whole(get)


def refresh(client: httpx.Client, token: str) -> httpx.Response:
    return client.post(REFRESH, data={"refresh_token": token})


def tokens_of(answer: httpx.Response) -> Json:
    assert answer.status_code == 200
    return object_in(answer, "tokens")


def is_dead(client: httpx.Client, login: Json, renewal: Json) -> bool:
    """Whether no token of a login and of its refresh opens anything."""
    access = [current(client, tokens["access_token"]) for tokens in (login, renewal)]
    refreshing = [whole(refresh(client, tokens["refresh_token"])) for tokens in (login, renewal)]
    return access == [(403, EXPIRED)] * 2 and refreshing == [(406, EXPIRED)] * 2


def digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def end_of(server: Server, token: str) -> datetime:
    """When the database says that a token is over."""
    row = next(line for line in stored(server).splitlines() if digest(token) in line)
    return datetime.fromisoformat(found(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d+)?\+00(:00)?", row)[0])


def expire(server: Server, *tokens: str) -> None:
    past = f"{datetime.now(UTC) - timedelta(seconds=1):%Y-%m-%d %H:%M:%S.%f+00:00}"
    for token in tokens:
        sql(server, f"UPDATE token SET expires_at = '{past}' WHERE digest = '{digest(token)}'")


@pytest.fixture
def name(email: str) -> str:
    return email[:32]


@pytest.fixture
def link(server: Server, client: httpx.Client, name: str, email: str) -> str:
    """The link in the mail to an account that awaits its activation."""
    assert sign_up(client, name, email).status_code == 200
    return link_in_mail_to(server, email)


@pytest.fixture
def account(client: httpx.Client, link: str) -> None:
    """Answers the mail."""
    assert whole(client.get(link)) == (200, VERIFIED)


@pytest.fixture
def tokens(client: httpx.Client, name: str, account: None) -> Json:
    return tokens_of(login(client, name))


@pytest.fixture(scope="module")
def unlimited(serving: Serving) -> Server:
    """A server that sends as many mails as it is asked for."""
    return serving(PORTICO_LIMITS="off")


# ---------------------------------------------------------------- the documented samples
@pytest.mark.parametrize("base", BASES)
@pytest.mark.parametrize("body", BODIES)
def test_journey_as_documented(
    server: Server, client: httpx.Client, name: str, email: str, base: str, body: str
) -> None:
    def post(path: str, **fields: str) -> httpx.Response:
        answer = client.post(base + path, **BODIES[body](fields))
        assert answer.headers.get_list("Cache-Control") == ["no-store"]
        assert answer.headers.get_list("Content-Type") == ["application/json"]
        return answer

    signed_up = post(SIGN_UP, username=name, password=PASSWORD, email=email)
    user_id = signed_up.json()["userid"]
    assert whole(signed_up) == (200, {"message": "Signup success", "userid": user_id})
    assert type(user_id) is int
    assert user_id >= 1

    assert whole(post(LOGIN, username=name, password=PASSWORD)) == (406, NOT_ACTIVATED)
    token = letter_to(server, email).token
    assert whole(client.get(base + VERIFY, params={"token": token})) == (200, VERIFIED)

    logged_in = post(LOGIN, username=name, password=PASSWORD)
    first = logged_in.json()["tokens"]
    assert whole(logged_in) == (
        200,
        {
            "message": "Login success",
            "tokens": {
                "access_token": first["access_token"],
                "valid_for": 7200,
                "refresh_token": first["refresh_token"],
                "reference_token": "auth_grant",
                "type": "api",
            },
        },
    )
    assert ACCESS.fullmatch(first["access_token"])
    assert REFRESHING.fullmatch(first["refresh_token"])

    bearer = {"Authorization": f"Bearer {first['access_token']}"}
    for method in ("GET", "POST"):
        assert whole(client.request(method, base + CURRENT, headers=bearer)) == (200, {"username": name})

    refreshed = post(REFRESH, refresh_token=first["refresh_token"])
    second = refreshed.json()["tokens"]
    assert whole(refreshed) == (
        200,
        {
            "message": "Refresh Success",
            "tokens": {
                "access_token": second["access_token"],
                "valid_for": 7200,
                "refresh_token": second["refresh_token"],
                "reference_token": first["refresh_token"],
                "type": "api",
            },
        },
    )
    assert ACCESS.fullmatch(second["access_token"])
    assert SUCCESSOR.fullmatch(second["refresh_token"])
    assert second["access_token"] != first["access_token"]
    assert current(client, second["access_token"]) == (200, {"username": name})


@pytest.mark.parametrize("base", BASES)
@pytest.mark.parametrize("body", BODIES)
@pytest.mark.parametrize(
    "wrong", [{}, {"username": "grace"}, {"password": PASSWORD}, {"user": "grace", "pass": PASSWORD}]
)
def test_login_without_a_field_is_a_bad_request(client: httpx.Client, base: str, body: str, wrong: Json) -> None:
    assert whole(client.post(base + LOGIN, **BODIES[body](wrong) or {})) == (400, BAD_REQUEST)


@pytest.mark.parametrize("base", BASES)
@pytest.mark.parametrize("body", BODIES)
@pytest.mark.parametrize("missing", ["username", "password", "email"])
def test_sign_up_without_a_field_is_a_bad_request(
    client: httpx.Client, name: str, email: str, base: str, body: str, missing: str
) -> None:
    fields = {"username": name, "password": PASSWORD, "email": email}
    del fields[missing]

    assert whole(client.post(base + SIGN_UP, **BODIES[body](fields))) == (400, BAD_REQUEST)


@pytest.mark.parametrize("base", BASES)
def test_refresh_without_a_field_is_a_bad_request(client: httpx.Client, base: str) -> None:
    assert whole(client.post(base + REFRESH)) == (400, BAD_REQUEST)
    assert whole(client.post(base + REFRESH, data={"token": "r.x"})) == (400, BAD_REQUEST)
    assert whole(client.post(base + REFRESH, json={})) == (400, BAD_REQUEST)


UNREADABLE_LOGINS = [
    {"data": {"username": "", "password": PASSWORD}},
    {"data": {"username": "x" * 255, "password": PASSWORD}},
    {"data": {"username": "grace", "password": "p" * 1025}},
    {"data": {"username": "grace"}, "files": {"password": b"a file"}},
    {"json": {"username": "grace", "password": None}},
    {"json": {"username": 5, "password": PASSWORD}},
    {"json": []},
    {"json": "grace"},
]


@pytest.mark.parametrize("body", UNREADABLE_LOGINS)
def test_a_login_that_cannot_be_read_is_a_bad_request(client: httpx.Client, body: Json) -> None:
    assert whole(client.post(LOGIN, **body)) == (400, BAD_REQUEST)


UNREADABLE_REFRESHES = [
    {"data": {"refresh_token": ""}},
    {"data": {"refresh_token": "x" * 257}},
    {"json": {"refresh_token": 5}},
    {"json": {"refresh_token": None}},
    {"json": []},
]


@pytest.mark.parametrize("body", UNREADABLE_REFRESHES)
def test_a_refresh_that_cannot_be_read_is_a_bad_request(client: httpx.Client, body: Json) -> None:
    assert whole(client.post(REFRESH, **body)) == (400, BAD_REQUEST)


def test_fields_of_the_query_are_no_fields(client: httpx.Client, name: str, account: None) -> None:
    assert whole(client.post(LOGIN, params={"username": name, "password": PASSWORD})) == (400, BAD_REQUEST)
    assert whole(client.post(LOGIN, params={"password": PASSWORD}, data={"username": name})) == (400, BAD_REQUEST)


# ---------------------------------------------------------------- login
@pytest.mark.parametrize("spelt", [str, str.upper, str.title])
def test_login_by_name_or_address_in_any_case(
    client: httpx.Client, name: str, email: str, account: None, spelt: Callable[[str], str]
) -> None:
    for username in (name, email):
        assert current(client, token_of(login(client, spelt(username)))) == (200, {"username": name})


def test_the_account_of_another_door_logs_in_by_its_address_only(client: httpx.Client, email: str) -> None:
    made = {"username": f"test {email}", "email": email, "password": PASSWORD}
    assert client.post("/api/users/register", json=made).status_code == 200

    assert current(client, token_of(login(client, email))) == (200, {"username": f"test {email}"})
    assert whole(login(client, f"test {email}")) == (406, WRONG)


def test_a_name_that_is_another_s_address_never_stands_for_him(
    server: Server, client: httpx.Client, name: str, email: str, account: None
) -> None:
    """Whoever signs up as somebody's address gets in by his own address only, and keeps nobody out."""
    cuckoo = f"cuckoo.{email}"
    assert sign_up(client, email, cuckoo, "password of the cuckoo").status_code == 200
    client.get(link_in_mail_to(server, cuckoo))

    assert current(client, token_of(login(client, email))) == (200, {"username": name})
    assert whole(login(client, email, "password of the cuckoo")) == (406, WRONG)
    assert current(client, token_of(login(client, cuckoo, "password of the cuckoo"))) == (200, {"username": email})


def test_nor_does_a_name_that_becomes_another_s_address_later(
    server: Server, client: httpx.Client, name: str, email: str
) -> None:
    cuckoo = f"cuckoo.{email}"
    sign_up(client, email, cuckoo, "password of the cuckoo")
    client.get(link_in_mail_to(server, cuckoo))
    assert login(client, email, "password of the cuckoo").status_code == 200

    assert sign_up(client, name, email).status_code == 200
    client.get(link_in_mail_to(server, email))

    assert current(client, token_of(login(client, email))) == (200, {"username": name})
    assert whole(login(client, email, "password of the cuckoo")) == (406, WRONG)


@pytest.mark.parametrize("password", ["", "seven", "Seven green lanterns", f"{PASSWORD} ", f" {PASSWORD}", "p" * 1024])
def test_e01_a_wrong_password_is_an_unknown_name_byte_for_byte(
    client: httpx.Client, name: str, email: str, account: None, password: str
) -> None:
    usernames = [name, email, f"nobody-{name}", f"nobody.{email}", "' OR 1=1 --", "🦉"]

    answers = [login(client, username, password) for username in usernames]

    assert [whole(answer) for answer in answers] == [(406, WRONG)] * 6
    assert len({answer.content for answer in answers}) == 1
    assert len({tuple(name for name, _ in answer.headers.multi_items()) for answer in answers}) == 1


def test_an_inactive_account_is_unknown(
    server: Server, client: httpx.Client, name: str, email: str, account: None
) -> None:
    sql(server, f"UPDATE account SET active = false WHERE email_key = '{email}'")

    assert whole(login(client, name)) == (406, WRONG)


PASSWORDS = [
    "a+b&c=d%20e;f",
    "  spaces around  ",
    "ünïcödé 🔑 passphrase",
    '"quotes" and \\slashes',
    "line\r\nbreak and\ttab",
]


@pytest.mark.parametrize("password", PASSWORDS)
def test_a_password_is_the_same_in_every_body(
    server: Server, client: httpx.Client, name: str, email: str, password: str
) -> None:
    client.post(SIGN_UP, json={"username": name, "password": password, "email": email})
    client.get(link_in_mail_to(server, email))

    for body in BODIES.values():
        assert client.post(LOGIN, **body({"username": name, "password": password})).status_code == 200


# ---------------------------------------------------------------- not activated
def test_who_awaits_activation_is_told_so_after_the_right_password_only(
    client: httpx.Client, name: str, email: str, link: str
) -> None:
    for username in (name, email):
        assert whole(login(client, username)) == (406, NOT_ACTIVATED)
        wrong, unknown = login(client, username, "a wrong password"), login(client, f"nobody-{username}")
        assert whole(wrong) == (406, WRONG)
        assert wrong.content == unknown.content


ELSEWHERE = [("/api/users/login", 400), ("/api/user/login", 400), ("/api/login", 401)]


@pytest.mark.parametrize(("path", "status"), ELSEWHERE)
def test_who_awaits_activation_is_unknown_at_the_other_doors(
    client: httpx.Client, email: str, link: str, path: str, status: int
) -> None:
    awaiting = client.post(path, json={"email": email, "password": PASSWORD})
    unknown = client.post(path, json={"email": f"nobody.{email}", "password": PASSWORD})

    assert awaiting.status_code == status
    assert (awaiting.status_code, awaiting.content) == (unknown.status_code, unknown.content)

    client.get(link)
    assert client.post(path, json={"email": email, "password": PASSWORD}).status_code == 200


# ---------------------------------------------------------------- refresh
def test_the_refresh_token_stays_good_and_is_echoed(client: httpx.Client, name: str, tokens: Json) -> None:
    access = {tokens["access_token"]}
    for _ in range(3):
        renewed = tokens_of(refresh(client, tokens["refresh_token"]))
        assert renewed["reference_token"] == tokens["refresh_token"]
        access.add(renewed["access_token"])

    assert len(access) == 4
    for token in access:
        assert current(client, token) == (200, {"username": name})


def test_a_successor_refreshes_as_well_with_the_same_answer(client: httpx.Client, name: str, tokens: Json) -> None:
    first = tokens_of(refresh(client, tokens["refresh_token"]))
    answer = refresh(client, first["refresh_token"])

    second = answer.json()["tokens"]
    assert whole(answer) == (
        200,
        {
            "message": "Refresh Success",
            "tokens": {
                "access_token": second["access_token"],
                "valid_for": 7200,
                "refresh_token": second["refresh_token"],
                "reference_token": tokens["refresh_token"],
                "type": "api",
            },
        },
    )
    assert len({token["access_token"] for token in (tokens, first, second)}) == 3
    assert SUCCESSOR.fullmatch(second["refresh_token"])
    for still_good in (first["refresh_token"], second["refresh_token"], tokens["refresh_token"]):
        renewed = tokens_of(refresh(client, still_good))
        assert current(client, renewed["access_token"]) == (200, {"username": name})


def test_r03_many_refreshes_at_once_all_get_through(client: httpx.Client, name: str, tokens: Json) -> None:
    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(lambda _: refresh(client, tokens["refresh_token"]), range(24)))

    renewed = [tokens_of(answer) for answer in answers]
    assert len({token["access_token"] for token in renewed}) == 24
    assert {token["reference_token"] for token in renewed} == {tokens["refresh_token"]}
    assert current(client, renewed[-1]["access_token"]) == (200, {"username": name})


UNKNOWN_TOKENS = [
    "r.c7628b62bfbe5e19f101b2re893c27741dc504935527cf4d652aeaf28e8d178a",
    "r.786906ede70648bccc44af4d13a461f87e0331d080565fbe1fd2ac21ea2e524c",
    "d.cf03600e7e505af7c4e90120838a05a3",
    "r.",
    "x",
    "' OR 1=1 --",
    "🦉",
    "undefined",
    "x" * 256,
]


@pytest.mark.parametrize("token", UNKNOWN_TOKENS)
def test_what_is_no_refresh_token_is_expired(client: httpx.Client, token: str) -> None:
    assert whole(refresh(client, token)) == (406, EXPIRED)


@pytest.mark.parametrize(
    "change", [str.upper, lambda token: f"{token}0", lambda token: token[:-1], lambda token: token[2:]]
)
def test_a_refresh_token_is_good_as_it_is_only(
    client: httpx.Client, tokens: Json, change: Callable[[str], str]
) -> None:
    assert whole(refresh(client, change(tokens["refresh_token"]))) == (406, EXPIRED)


def test_s02_no_token_does_the_work_of_another(
    server: Server, client: httpx.Client, email: str, link: str, tokens: Json
) -> None:
    successor = tokens_of(refresh(client, tokens["refresh_token"]))["refresh_token"]
    mailed = letter_to(server, email).token

    assert whole(refresh(client, tokens["access_token"])) == (406, EXPIRED)
    assert whole(refresh(client, mailed)) == (406, EXPIRED)
    for token in (tokens["refresh_token"], successor, mailed):
        assert current(client, token) == (403, EXPIRED)
    for token in (tokens["access_token"], tokens["refresh_token"], successor):
        assert whole(client.get(VERIFY, params={"token": token})) == (400, DEAD_LINK)


# ---------------------------------------------------------------- the life of tokens
def test_s06_access_tokens_live_as_long_as_they_say(
    server: Server, client: httpx.Client, name: str, account: None
) -> None:
    before = datetime.now(UTC)
    first = tokens_of(login(client, name))
    second = tokens_of(refresh(client, first["refresh_token"]))
    after = datetime.now(UTC)

    for tokens in (first, second):
        life = timedelta(seconds=tokens["valid_for"])
        assert before + life <= end_of(server, tokens["access_token"]) <= after + life
    for token in (first["refresh_token"], second["refresh_token"]):
        assert before + timedelta(days=30) <= end_of(server, token) <= after + timedelta(days=30)
    assert end_of(server, first["refresh_token"]) == end_of(
        server, second["refresh_token"]
    )  # a refresh prolongs nothing


def test_s06_an_access_token_expires_and_its_session_goes_on(
    server: Server, client: httpx.Client, name: str, tokens: Json
) -> None:
    expire(server, tokens["access_token"])

    assert current(client, tokens["access_token"]) == (403, EXPIRED)
    renewed = tokens_of(refresh(client, tokens["refresh_token"]))
    assert current(client, renewed["access_token"]) == (200, {"username": name})
    assert current(client, tokens["access_token"]) == (403, EXPIRED)


def test_s06_refresh_tokens_expire(server: Server, client: httpx.Client, tokens: Json) -> None:
    renewed = tokens_of(refresh(client, tokens["refresh_token"]))

    expire(server, tokens["refresh_token"], renewed["refresh_token"])

    assert whole(refresh(client, tokens["refresh_token"])) == (406, EXPIRED)
    assert whole(refresh(client, renewed["refresh_token"])) == (406, EXPIRED)


def test_s01_all_tokens_die_with_their_session_and_no_others(
    server: Server, client: httpx.Client, name: str, tokens: Json
) -> None:
    renewed = tokens_of(refresh(client, tokens["refresh_token"]))
    other = tokens_of(login(client, name))
    mine = f"SELECT session_id FROM token WHERE digest = '{digest(tokens['refresh_token'])}'"

    sql(server, f"UPDATE session SET revoked_at = CURRENT_TIMESTAMP WHERE id = ({mine})")

    assert is_dead(client, tokens, renewed)
    assert current(client, other["access_token"]) == (200, {"username": name})
    assert refresh(client, other["refresh_token"]).status_code == 200


def test_s03_a_new_password_at_another_door_ends_them_all(unlimited: Server, name: str, email: str) -> None:
    client = unlimited.client
    sign_up(client, name, email)
    client.get(link_in_mail_to(unlimited, email))
    tokens = tokens_of(login(client, name))
    renewed = tokens_of(refresh(client, tokens["refresh_token"]))
    assert whole(client.post("/api/forgot-password", json={"email": email})) == (200, {"status": "ok"})
    mailed = letter_to(unlimited, email, number=2).token
    assert whole(client.get(VERIFY, params={"token": mailed})) == (400, DEAD_LINK)  # of another purpose

    reset = client.post("/api/reset-password", json={"token": mailed, "newPassword": "eight red lanterns"})

    assert whole(reset) == (200, {"status": "ok"})
    assert is_dead(client, tokens, renewed)
    assert whole(login(client, name)) == (406, WRONG)
    assert current(client, token_of(login(client, name, "eight red lanterns"))) == (200, {"username": name})


def test_s04_deleting_the_account_at_another_door_ends_them_all(
    client: httpx.Client, name: str, email: str, tokens: Json
) -> None:
    renewed = tokens_of(refresh(client, tokens["refresh_token"]))
    there = client.post("/api/user/login", json={"email": email, "password": PASSWORD}).json()["token"]

    assert client.delete("/api/user/delete", headers={"token": there}).status_code == 200

    assert is_dead(client, tokens, renewed)
    assert whole(login(client, name)) == (406, WRONG)


def test_s05_the_database_holds_digests_only(
    server: Server, client: httpx.Client, email: str, link: str, tokens: Json
) -> None:
    renewed = tokens_of(refresh(client, tokens["refresh_token"]))
    secrets = [issued[kind] for issued in (tokens, renewed) for kind in ("access_token", "refresh_token")]
    secrets.append(letter_to(server, email).token)

    dump = stored(server)

    for secret in secrets:
        assert digest(secret) in dump
        assert secret.rpartition(".")[2] not in dump
    assert PASSWORD not in dump


def test_s05_the_refresh_token_of_a_session_is_another_at_another_server(
    serving: Serving, server: Server, name: str, email: str, tokens: Json
) -> None:
    """Whoever steals the database, and knows what a refresh token is made of, lacks the key it is made with."""
    (session,) = rows(server, f"SELECT session_id FROM token WHERE digest = '{digest(tokens['access_token'])}'")[0]
    elsewhere = serving()
    register(elsewhere.client, email)
    theirs = tokens_of(refresh(elsewhere.client, tokens_of(login(elsewhere.client, email))["refresh_token"]))
    columns = "door, account_id, generation, created_at, issued_at, expires_at, ends_at"
    sql(
        elsewhere,
        f"INSERT INTO session (id, {columns}) SELECT '{session}', {columns} FROM session",
        f"UPDATE token SET session_id = '{session}'",
    )

    renewed = tokens_of(refresh(elsewhere.client, theirs["refresh_token"]))

    assert REFRESHING.fullmatch(renewed["reference_token"])
    assert renewed["reference_token"] != tokens["refresh_token"]


def test_s05_every_login_gets_tokens_of_its_own(client: httpx.Client, name: str, account: None) -> None:
    logins = [tokens_of(login(client, name)) for _ in range(20)]

    assert len({tokens["access_token"] for tokens in logins} | {tokens["refresh_token"] for tokens in logins}) == 40


# ---------------------------------------------------------------- tokens of other doors
def test_s02_the_tokens_of_other_doors_are_refused_here_and_ours_there(
    client: httpx.Client, email: str, tokens: Json
) -> None:
    credentials = {"email": email, "password": PASSWORD}
    vault = client.post("/api/login", json=credentials, timeout=20).json()
    foreign = [
        client.post("/api/users/login", json=credentials, timeout=20).json()["token"],
        client.post("/api/user/login", json=credentials, timeout=20).json()["token"],
        vault["userToken"],
        vault["vaultToken"],
    ]

    for token in foreign:
        assert current(client, token) == (403, EXPIRED)
        assert whole(refresh(client, token[:256])) == (406, EXPIRED)
    for ours in (tokens["access_token"], tokens["refresh_token"]):
        bearer = {"Authorization": f"Bearer {ours}"}
        assert client.post("/api/users/edit", json={}, headers=bearer).status_code == 401
        assert client.get("/api/user/details", headers={"token": ours}).status_code == 401
        assert client.get("/api/refresh", headers=bearer).status_code == 401
        assert client.post("/users/userdata", json={"token": ours}).status_code == 401


def test_s02_an_access_token_opens_the_door_of_its_session_only(
    server: Server, client: httpx.Client, name: str, tokens: Json
) -> None:
    mine = f"SELECT session_id FROM token WHERE digest = '{digest(tokens['access_token'])}'"
    assert current(client, tokens["access_token"]) == (200, {"username": name})

    sql(server, f"UPDATE session SET door = 'vault' WHERE id = ({mine})")

    assert current(client, tokens["access_token"]) == (403, EXPIRED)
    assert whole(refresh(client, tokens["refresh_token"])) == (406, EXPIRED)


# ---------------------------------------------------------------- the header
STALE = [
    "Bearer a.3f8f961077b54e0e76251dafd678qw34af00adf7d4418b2524bc2334fb1938f1",
    "Bearer expired",
    "Bearer live",
    "Bearer refresh",
    "Bearer undefined",
    "Bearer",
    "Basic dGVzdDpwYXNz",
    "nobody",
    "a.' OR '1'='1",
]


@pytest.mark.parametrize("base", BASES)
@pytest.mark.parametrize("stale", STALE)
def test_no_header_breaks_login_refresh_or_sign_up(
    server: Server, client: httpx.Client, name: str, email: str, tokens: Json, base: str, stale: str
) -> None:
    """Upstream a dead token broke even these, so that nobody could refresh any more."""
    dead = tokens_of(login(client, name))["access_token"]
    expire(server, dead)
    kept = {"expired": dead, "live": tokens["access_token"], "refresh": tokens["refresh_token"]}
    scheme, _, token = stale.partition(" ")
    headers = {"Authorization": f"{scheme} {kept.get(token, token)}".strip()}

    logged_in = client.post(base + LOGIN, data={"username": name, "password": PASSWORD}, headers=headers)
    refreshed = client.post(base + REFRESH, data={"refresh_token": tokens["refresh_token"]}, headers=headers)
    fields = {"username": f"new-{name[:32]}", "password": PASSWORD, "email": f"new.{email}"}
    signed_up = client.post(base + SIGN_UP, data=fields, headers=headers)

    assert logged_in.json()["message"] == "Login success"
    assert refreshed.json()["message"] == "Refresh Success"
    assert signed_up.json()["message"] == "Signup success"


@pytest.mark.parametrize("base", BASES)
@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("header", [None, "", "Bearer", "Basic dGVzdDpwYXNz", "a.3f8f961077b54e0e", "Token x"])
def test_current_without_a_token_is_a_bad_request(
    client: httpx.Client, base: str, method: str, header: str | None
) -> None:
    headers = {} if header is None else {"Authorization": header}

    assert whole(client.request(method, base + CURRENT, headers=headers)) == (400, BAD_REQUEST)


def test_current_takes_the_token_of_the_bearer_header_only(client: httpx.Client, tokens: Json) -> None:
    access = tokens["access_token"]

    for headers in ({"Authorization": access}, {"token": access}, {"X-Authorization": f"Bearer {access}"}):
        assert whole(client.get(CURRENT, headers=headers)) == (400, BAD_REQUEST)
    assert whole(client.get(CURRENT, params={"access_token": access})) == (400, BAD_REQUEST)
    assert whole(client.post(CURRENT, data={"access_token": access})) == (400, BAD_REQUEST)
    twice = [("Authorization", f"Bearer {access}")] * 2
    assert whole(client.get(CURRENT, headers=twice)) == (400, BAD_REQUEST)


@pytest.mark.parametrize("token", [token for token in UNKNOWN_TOKENS if token.isascii()])
def test_current_with_an_unknown_token_is_expired(client: httpx.Client, token: str) -> None:
    assert current(client, token) == (403, EXPIRED)


@pytest.mark.parametrize(
    "body", [{"json": {}}, {"data": {"a": "b"}}, {"content": "{"}, {"content": b"\xff", "headers": JSON}]
)
def test_current_looks_at_no_body(client: httpx.Client, name: str, tokens: Json, body: Json) -> None:
    bearer = {"Authorization": f"Bearer {tokens['access_token']}"}

    assert whole(client.post(CURRENT, **body | {"headers": body.get("headers", {}) | bearer})) == (
        200,
        {"username": name},
    )


# ---------------------------------------------------------------- sign up
def test_a_taken_name_and_a_taken_address_get_one_text_and_no_mail(
    server: Server, client: httpx.Client, name: str, email: str, account: None
) -> None:
    taken_name = sign_up(client, name.upper(), f"new.{email}")
    taken_address = sign_up(client, f"new-{name}", email.upper())
    both = sign_up(client, name, email)

    assert [whole(answer) for answer in (taken_name, taken_address, both)] == [(409, TAKEN)] * 3
    assert taken_name.content == taken_address.content == both.content
    sign_up(client, f"new-{name}", f"later.{email}")  # neither name nor address of a refused sign-up is kept
    link_in_mail_to(server, f"later.{email}")
    assert letters_to(server, f"new.{email}") == []
    assert len(letters_to(server, email)) == 1


@pytest.mark.parametrize("base", BASES)
def test_b08_an_address_is_mailed_five_times_an_hour_however_often_it_signs_up(
    client: httpx.Client, name: str, email: str, base: str
) -> None:
    sent = {"username": name, "password": PASSWORD, "email": email}

    answers = [client.post(base + SIGN_UP, data=sent) for _ in range(6)]

    assert [answer.status_code for answer in answers] == [200] + [409] * 4 + [429]
    assert answers[-1].json() == {"error": "Too many requests, try again later"}
    assert 1 <= int(answers[-1].headers["Retry-After"]) <= 3601


def test_the_address_of_an_account_of_another_door_is_taken(client: httpx.Client, name: str, email: str) -> None:
    client.post("/api/users/register", json={"username": "test", "email": email, "password": PASSWORD})

    assert whole(sign_up(client, name, email)) == (409, TAKEN)


def test_the_name_of_an_account_of_another_door_is_free(client: httpx.Client, name: str, email: str) -> None:
    client.post("/api/users/register", json={"username": name, "email": f"other.{email}", "password": PASSWORD})

    assert sign_up(client, name, email).status_code == 200


def test_of_many_at_once_one_signs_up(client: httpx.Client, name: str, email: str) -> None:
    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(lambda number: sign_up(client, name, f"{number}.{email}"), range(8)))

    assert sorted(answer.status_code for answer in answers) == [200] + [409] * 7
    assert [whole(answer) for answer in answers if answer.status_code == 409] == [(409, TAKEN)] * 7


@pytest.mark.parametrize("shape", ["{}", "A{}", "{}.b_c-d", "{}+tag", "{}@b.c", "0{}", "{}{:0<13}", "{}--", "{}@"])
def test_names_that_are_taken(server: Server, client: httpx.Client, name: str, email: str, shape: str) -> None:
    username = shape.format(name, "")

    assert sign_up(client, username, email).status_code == 200
    client.get(link_in_mail_to(server, email))
    assert current(client, token_of(login(client, username))) == (200, {"username": username})


PATTERN = "'username' does not match ^[A-Za-z0-9][A-Za-z0-9._@+-]{0,44}$"
REFUSED_NAMES = [
    ("", "'username' is too short, at least 1 character"),
    ("{0}{0}", "'username' is too long, at most 45 characters"),
    *(
        (name, PATTERN)
        for name in ["{} b", " {}", "{} ", "{}\n", "\t{}", "{}!", "{}/b", "{}'", "{}<b>", "{},b", "{}:b"]
    ),
    *((name, PATTERN) for name in ["{}é", "名前", "{}🦉"]),
    *((name, PATTERN) for name in [".{}", "_{}", "-{}", "@{}", "+{}", "--", "\u202e{}", "{}\u200b", "ａ{}"]),
]


@pytest.mark.parametrize(("shape", "message"), REFUSED_NAMES)
def test_names_that_are_refused(client: httpx.Client, name: str, email: str, shape: str, message: str) -> None:
    username = shape.format(name)

    assert whole(sign_up(client, username, email)) == refused(message)
    assert whole(client.post(SIGN_UP, json={"username": username, "password": PASSWORD, "email": email})) == refused(
        message
    )


REFUSED_SIGN_UPS = [
    ({"password": "eightchr"}, "'password' is too short, at least 9 characters"),
    ({"password": "p" * 1025}, "'password' is too long, at most 1024 characters"),
    ({"password": 123456789}, "'password' must be of type string"),
    ({"email": "nope"}, "'email' is not a valid e-mail address"),
    ({"email": ""}, "'email' is too short, at least 3 characters"),
    ({"email": None}, "'email' must be of type string"),
    ({"username": 5}, "'username' must be of type string"),
]


@pytest.mark.parametrize(("wrong", "message"), REFUSED_SIGN_UPS)
def test_sign_up_names_the_field_and_the_rule(
    client: httpx.Client, name: str, email: str, wrong: Json, message: str
) -> None:
    body = {"username": name, "password": PASSWORD, "email": email} | wrong

    assert whole(client.post(SIGN_UP, json=body)) == refused(message)
    if all(isinstance(value, str) for value in wrong.values()):
        assert whole(client.post(SIGN_UP, data=body)) == refused(message)
    assert whole(login(client, name)) == (406, WRONG)


def test_a_password_of_nine_is_greater_than_eight(server: Server, client: httpx.Client, name: str, email: str) -> None:
    assert sign_up(client, name, email, "nine char").status_code == 200
    client.get(link_in_mail_to(server, email))
    assert login(client, name, "nine char").status_code == 200


@pytest.mark.parametrize("body", BODIES)
def test_a02_a_sign_up_does_not_activate_itself(
    server: Server, client: httpx.Client, name: str, email: str, body: str
) -> None:
    privileged = {
        "active": "1",
        "awaits_activation": "false",
        "verified_at": "2020-01-01",
        "userid": "1",
        "note": f"marker-{email}",
    }
    fields = {"username": name, "password": PASSWORD, "email": email} | privileged

    assert client.post(SIGN_UP, **BODIES[body](fields)).json()["userid"] != 1

    assert whole(login(client, name)) == (406, NOT_ACTIVATED)
    assert f"marker-{email}" not in stored(server)


# ---------------------------------------------------------------- verify
@pytest.mark.parametrize("base", BASES)
def test_m01_verify_is_repeatable_and_head_changes_nothing(
    client: httpx.Client, name: str, link: str, base: str
) -> None:
    for _ in range(2):
        head = client.head(base + link)
        assert (head.status_code, head.content) == (200, b"")
        assert whole(login(client, name)) == (406, NOT_ACTIVATED)

    for _ in range(3):
        assert whole(client.get(base + link)) == (200, VERIFIED)
        assert login(client, name).status_code == 200
    assert client.head(base + link).status_code == 200


def test_m01_many_readers_at_once_all_get_through(client: httpx.Client, name: str, link: str) -> None:
    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(lambda _: client.get(link), range(8)))

    assert [whole(answer) for answer in answers] == [(200, VERIFIED)] * 8
    assert login(client, name).status_code == 200


@pytest.mark.parametrize("base", BASES)
def test_verify_shows_a_page_to_a_browser_and_json_to_everybody_else(
    client: httpx.Client, email: str, link: str, base: str
) -> None:
    page = client.get(base + link, headers={"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"})

    assert page.status_code == 200
    assert page.headers.get_list("Content-Type") == ["text/html; charset=utf-8"]
    assert email in page.text
    for accept in ("*/*", "application/json", "text/plain", ""):
        answer = client.get(base + link, headers={"Accept": accept})
        assert whole(answer) == (200, VERIFIED)
        assert answer.headers.get_list("Content-Type") == ["application/json"]


@pytest.mark.parametrize("base", BASES)
@pytest.mark.parametrize(
    "token", ["x", "0" * 32, "6Yy0Pp2sQmXJ3mXG5rT8mZt1cVw9kLhN4bDfA7eUoRg", "' OR 1=1 --", "🦉", "x" * 256]
)
def test_an_unknown_link_is_dead(client: httpx.Client, base: str, token: str) -> None:
    assert whole(client.get(base + VERIFY, params={"token": token})) == (400, DEAD_LINK)
    head = client.head(base + VERIFY, params={"token": token})
    assert (head.status_code, head.content) == (400, b"")


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("", "'token' is required"),
        ("?token=", "'token' is too short, at least 1 character"),
        ("?token=x&token=y", "'token' is sent more than once"),
        (f"?token={'x' * 257}", "'token' is too long, at most 256 characters"),
    ],
)
def test_a_link_has_one_token(client: httpx.Client, query: str, message: str) -> None:
    assert whole(client.get(VERIFY + query)) == refused(message)


def test_m02_a_link_is_over_in_time(server: Server, client: httpx.Client, name: str, email: str, link: str) -> None:
    mailed = letter_to(server, email).token
    past = f"{datetime.now(UTC) - timedelta(seconds=1):%Y-%m-%d %H:%M:%S.%f+00:00}"

    sql(server, f"UPDATE one_time_token SET expires_at = '{past}' WHERE digest = '{digest(mailed)}'")

    assert whole(client.get(link)) == (400, DEAD_LINK)
    assert whole(login(client, name)) == (406, NOT_ACTIVATED)


def test_m02_a_link_is_of_its_address(client: httpx.Client, email: str, link: str, account: None) -> None:
    there = client.post("/api/users/login", json={"email": email, "password": PASSWORD}).json()["token"]
    moved = client.post("/api/users/edit", json={"email": f"new.{email}"}, headers={"Authorization": there})
    assert whole(moved) == (200, {"success": True})

    assert whole(client.get(link)) == (400, DEAD_LINK)


def test_m02_a_link_is_of_its_purpose(server: Server, client: httpx.Client, email: str, link: str) -> None:
    mailed = letter_to(server, email).token

    reset = client.post("/api/reset-password", json={"token": mailed, "newPassword": "eight red lanterns"})

    assert reset.status_code == 400
    assert whole(client.get(link)) == (200, VERIFIED)  # and is still good for its own


def test_a_link_outlives_no_account(client: httpx.Client, email: str, link: str, account: None) -> None:
    there = client.post("/api/user/login", json={"email": email, "password": PASSWORD}).json()["token"]
    client.delete("/api/user/delete", headers={"token": there})

    assert whole(client.get(link)) == (400, DEAD_LINK)


# ---------------------------------------------------------------- what goes wrong, at both paths
WRONG_TYPE = {"error": "The body must be application/x-www-form-urlencoded or multipart/form-data or application/json"}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
MULTIPART = {"Content-Type": "multipart/form-data; boundary=x"}
WHAT_GOES_WRONG: dict[str, tuple[int, Json, str, str, Json]] = {
    "unknown path": (404, {"error": "There is nothing here"}, "GET", "/auth/nothing", {}),
    "wrong method": (405, {"error": "This method is not allowed here"}, "GET", LOGIN, {}),
    "wrong method of current": (405, {"error": "This method is not allowed here"}, "DELETE", CURRENT, {}),
    "no body": (400, BAD_REQUEST, "POST", LOGIN, {}),
    "text": (
        415,
        WRONG_TYPE,
        "POST",
        LOGIN,
        {"content": "username=a&password=b", "headers": {"Content-Type": "text/plain"}},
    ),
    "no type": (415, WRONG_TYPE, "POST", LOGIN, {"content": b"username=a&password=b"}),
    "too large": (413, {"error": "The body is too large"}, "POST", LOGIN, {"data": {"username": "x" * 65_536}}),
    "half JSON": (400, BAD_REQUEST, "POST", LOGIN, {"content": "{", "headers": JSON}),
    "no UTF-8": (400, BAD_REQUEST, "POST", LOGIN, {"content": b"username=\xff&password=b", "headers": FORM}),
    "no UTF-8, escaped": (400, BAD_REQUEST, "POST", LOGIN, {"content": b"username=%ff&password=b", "headers": FORM}),
    "NUL": (400, BAD_REQUEST, "POST", LOGIN, {"content": b"username=%00&password=b", "headers": FORM}),
    "a field twice": (
        400,
        BAD_REQUEST,
        "POST",
        LOGIN,
        {"content": b"username=a&username=b&password=c", "headers": FORM},
    ),
    "half a multipart": (
        400,
        BAD_REQUEST,
        "POST",
        LOGIN,
        {"content": b"--x\r\nContent-Disposition", "headers": MULTIPART},
    ),
    "no boundary": (
        400,
        BAD_REQUEST,
        "POST",
        LOGIN,
        {"content": b"x", "headers": {"Content-Type": "multipart/form-data"}},
    ),
}


@pytest.mark.parametrize("base", BASES)
@pytest.mark.parametrize("case", WHAT_GOES_WRONG)
def test_every_refusal_is_one_error(client: httpx.Client, base: str, case: str) -> None:
    status, body, method, path, options = WHAT_GOES_WRONG[case]

    answer = client.request(method, base + path, **options)

    assert whole(answer) == (status, body)
    assert answer.headers.get_list("Content-Type") == ["application/json"]
