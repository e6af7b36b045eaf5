"""The door `vault`: every row of its table, under both spellings, by GET and by POST."""

import hashlib
import os
import re
import secrets
import socket
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Any
from uuid import UUID

import httpx
import pytest
from support.answers import Headers, Json, object_in, text_in
from support.database import sql
from support.mailbox import Row, letter_to, letters_to, moment, rows
from support.raw import Connection, head
from support.server import Server, Serving
from support.tokens import forged, parts

from portico.core.sessions import GRACE

LOGIN, REGISTER, REFRESH = "/api/login", "/api/register", "/api/refresh"
VERIFY, RESEND = "/api/verify-email", "/api/resend-email-verification"
FORGOT, RESET, EXISTS = "/api/forgot-passsword", "/api/reset-passsword", "/api/exist-email"
FORGOTS, RESETS = [FORGOT, "/api/forgot-password"], [RESET, "/api/reset-password"]

PASSWORD, NEW_PASSWORD = "seven green lanterns", "nine quiet harbours"
OK = {"status": "ok"}
JSON = {"Content-Type": "application/json"}
ONE_DAY = 24 * 60 * 60
GARBAGE = ["Bearer Bearer Token", "Bearer", "Basic dGVzdDpwYXNz", "JWT_TOKEN", "Bearer eyJhbGciOiJub25lIn0.e30."]
CODES = {
    "There is nothing here": "not_found",
    "This method is not allowed here": "wrong_method",
    "The body is too large": "too_large",
    "The body must be application/json": "wrong_media_type",
    "The server is busy, try again in a moment": "busy",
    "The server cannot reach its database, try again in a moment": "unavailable",
    "Too many requests, try again later": "throttled",
    "Wrong credentials": "bad_credentials",
    "That email is taken": "taken",
    "That is done already": "done",
    "The captcha is not solved": "not_solved",
    "A token is required": "token_missing",
    "The token is malformed": "token_malformed",
    "The token is not valid here": "token_forged",
    "The token has expired": "token_expired",
    "The session has ended": "token_revoked",
    "The token is not known or no longer good": "unproven",
}


def refusal(status: int, message: str) -> Json:
    """A problem; what starts with the name of a field is about that field."""
    code = CODES.get(message, "invalid" if message.startswith("'") else "malformed")
    title = HTTPStatus(status).phrase
    return {"type": "about:blank", "title": title, "status": status, "detail": message, "code": code}


WRONG = (401, refusal(401, "Wrong credentials"))
TAKEN = (409, refusal(409, "That email is taken"))
DONE_ALREADY = (409, refusal(409, "That is done already"))
DEAD_LINK = (400, refusal(400, "The token is not known or no longer good"))
NO_TOKEN = (401, refusal(401, "A token is required"))
EXPIRED = (401, refusal(401, "The token has expired"))
OFTEN = (429, refusal(429, "Too many requests, try again later"))
INVALID_TOKEN = 'Bearer error="invalid_token"'


# ---------------------------------------------------------------- how the laws of every door enter this one
SHORTEST_PASSWORD = 8
BASE = "/api"
UNKNOWN_CREDENTIALS = WRONG
NO_SESSION = (401, refusal(401, "The session has ended"))
NOT_OURS = (401, refusal(401, "The token is not valid here"))
logout = None  # no operation of this door ends a session and nothing else


def register(client: httpx.Client, email: str, password: str = PASSWORD, **more: object) -> httpx.Response:
    return client.post(REGISTER, json={"email": email, "password": password, "name": "Ada Lovelace"} | more)


def login(client: httpx.Client, email: str, password: str = PASSWORD, headers: Headers | None = None) -> httpx.Response:
    return client.post(LOGIN, json={"email": email, "password": password}, headers=headers)


def token_of(answer: httpx.Response) -> str:
    return text_in(answer, "userToken")


def email_of(answer: httpx.Response) -> str:
    """This door shows no address; another one does, for the same credentials."""
    shown = httpx.post(answer.url.join("/api/users/login"), content=answer.request.content, headers=JSON, timeout=20)
    return text_in(shown, "user", "email")


def protected(client: httpx.Client, **headers: str) -> httpx.Response:
    """An operation that needs a session; sent again at once it answers the same."""
    return client.get(REFRESH, headers=headers)


def carriages(token: str) -> list[dict[str, str]]:
    return [{"Authorization": f"{scheme} {token}"} for scheme in ("Bearer", "bearer", "BEARER ")]


# ---------------------------------------------------------------- helpers of this file
def whole(answer: httpx.Response) -> tuple[int, Any]:
    return answer.status_code, answer.json()


def refused(message: str) -> tuple[int, Json]:
    return 400, refusal(400, message)


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def tokens_of(answer: httpx.Response) -> Json:
    """A pair and nothing else."""
    assert answer.status_code == 200, answer.text
    assert answer.json().keys() == {"userToken", "vaultToken"}
    return object_in(answer)


def claims(answer: httpx.Response) -> tuple[Json, Json]:
    """What the userToken and the vaultToken of a pair say."""
    tokens = tokens_of(answer)
    return parts(tokens["userToken"])[1], parts(tokens["vaultToken"])[1]


def team_of(answer: httpx.Response) -> tuple[object, object]:
    _, vault = claims(answer)
    return vault.get("team"), vault.get("project")


def generation(answer: httpx.Response) -> tuple[str, int]:
    """The session of a pair, and how often it was refreshed."""
    session, _, number = claims(answer)[0]["jti"].partition(".")
    return session, int(number)


def refresh(client: httpx.Client, token: str, method: str = "GET") -> httpx.Response:
    return client.request(method, REFRESH, headers=bearer(token))


def resend(client: httpx.Client, token: str) -> httpx.Response:
    return client.get(RESEND, params={"capcha": "solved"}, headers=bearer(token))


def verify(client: httpx.Client, token: str, method: str = "GET") -> httpx.Response:
    return (
        client.post(VERIFY, json={"token": token}) if method == "POST" else client.request(method, f"{VERIFY}/{token}")
    )


def reset(client: httpx.Client, token: str, password: str = NEW_PASSWORD) -> httpx.Response:
    return client.post(RESET, json={"token": token, "newPassword": password})


def ago(span: timedelta) -> str:
    return f"{datetime.now(UTC) - span:%Y-%m-%d %H:%M:%S.%f+00:00}"


def pass_the_window(server: Server, token: str) -> None:
    """As if the last refresh of the session had been a little longer ago than a second tab takes."""
    session = parts(token)[1]["jti"].partition(".")[0]
    sql(server, f"UPDATE session SET issued_at = '{ago(GRACE + timedelta(seconds=1))}' WHERE id = '{session}'")


def expire(server: Server, one_time_token: str) -> None:
    digest = hashlib.sha256(one_time_token.encode()).hexdigest()
    sql(server, f"UPDATE one_time_token SET expires_at = '{ago(timedelta(seconds=1))}' WHERE digest = '{digest}'")


def at_appseed(client: httpx.Client, email: str, password: str = PASSWORD) -> dict[str, str]:
    """A session of the same account at another door, as the header that carries it."""
    return {
        "Authorization": client.post("/api/users/login", json={"email": email, "password": password}).json()["token"]
    }


def move(client: httpx.Client, email: str, new: str) -> None:
    """Gives the account another address."""
    moved = client.post("/api/users/edit", json={"email": new}, headers=at_appseed(client, email))
    assert whole(moved) == (200, {"success": True})


def all_at_once(work: Callable[[int], httpx.Response], times: int) -> list[httpx.Response]:
    with ThreadPoolExecutor(times) as threads:
        return list(threads.map(work, range(times)))


@pytest.fixture(scope="module")
def open_server(serving: Serving) -> Server:
    """A server that takes any captcha and sends as many mails as it is asked for."""
    return serving(PORTICO_LIMITS="off", PORTICO_CAPTCHA="off")


@pytest.fixture(scope="module")
def limited(serving: Serving) -> Server:
    """A server that believes what its proxies, this machine and 10.0.0.0/8, say of their clients."""
    return serving(PORTICO_TRUSTED_PROXIES="127.0.0.1, 10.0.0.0/8", PORTICO_CAPTCHA="off")


@pytest.fixture
def tokens(client: httpx.Client, email: str) -> Json:
    """The pair of a new account."""
    return tokens_of(register(client, email))


@pytest.fixture
def token(tokens: Json) -> str:
    return str(tokens["userToken"])


@pytest.fixture
def mailed(server: Server, email: str, tokens: Json) -> str:
    """The token in the mail to the new account."""
    return letter_to(server, email).token


@pytest.fixture
def client_address() -> dict[str, str]:
    """The header by which a proxy tells of a client that nobody saw before."""
    return {"X-Forwarded-For": f"2001:db8:{secrets.token_hex(2)}:{secrets.token_hex(2)}::1"}


# ---------------------------------------------------------------- login and register
def test_register_answers_a_pair_without_a_team(server: Server, client: httpx.Client, email: str) -> None:
    answer = register(client, email)

    user, vault = claims(answer)
    assert answer.headers.get_list("Content-Type") == ["application/json"]
    assert user == {
        "iss": server.url,
        "aud": "vault",
        "sub": str(UUID(user["sub"])),
        "jti": f"{generation(answer)[0]}.0",
        "iat": user["iat"],
        "exp": user["iat"] + ONE_DAY,
    }
    assert abs(user["iat"] - time.time()) < 60
    assert vault == user | {"aud": "vault:team"}
    assert len(letter_to(server, email).token) == 43


def test_login_answers_a_pair_of_the_same_account_and_another_session(
    client: httpx.Client, email: str, tokens: Json
) -> None:
    answer = login(client, email)

    user, vault = claims(answer)
    registered = parts(tokens["userToken"])[1]
    assert user["sub"] == registered["sub"]
    assert user["jti"] != registered["jti"]
    assert vault == user | {"aud": "vault:team"}


@pytest.mark.parametrize("spelt", [str.upper, str.title])
def test_an_address_is_taken_in_any_case_and_no_mail_goes_out(
    server: Server, client: httpx.Client, email: str, mailed: str, spelt: Callable[[str], str]
) -> None:
    assert whole(register(client, spelt(email), NEW_PASSWORD)) == TAKEN
    assert whole(login(client, email, NEW_PASSWORD)) == WRONG
    assert rows(server, f"SELECT count(*) FROM mail WHERE lower(recipient) = '{email}'") == [(1,)]


def test_the_account_of_another_door_is_taken_and_logs_in(client: httpx.Client, email: str) -> None:
    assert (
        client.post("/api/users/register", json={"username": "a", "email": email, "password": PASSWORD}).status_code
        == 200
    )

    assert whole(register(client, email)) == TAKEN
    assert team_of(login(client, email)) == (None, None)


REFUSED = [
    (REGISTER, {"email": None}, "'email' is a required property"),
    (REGISTER, {"password": None}, "'password' is a required property"),
    (REGISTER, {"name": None}, "'name' is a required property"),
    (REGISTER, {"name": ""}, "'name' is too short, at least 1 character"),
    (REGISTER, {"name": "n" * 256}, "'name' is too long, at most 255 characters"),
    (REGISTER, {"name": 5}, "'name' must be of type string"),
    (REGISTER, {"password": "seven77"}, "'password' is too short, at least 8 characters"),
    (REGISTER, {"password": "p" * 1025}, "'password' is too long, at most 1024 characters"),
    (REGISTER, {"email": "nope"}, "'email' is not a valid e-mail address"),
    (REGISTER, {"email": "a@b.c\r\nBcc: d@e.f"}, "'email' is not a valid e-mail address"),
    (LOGIN, {"email": None}, "'email' is a required property"),
    (LOGIN, {"password": None}, "'password' is a required property"),
    (LOGIN, {"email": "nope"}, "'email' is not a valid e-mail address"),
    (LOGIN, {"password": 12345678}, "'password' must be of type string"),
    (LOGIN, {"password": "p" * 1025}, "'password' is too long, at most 1024 characters"),
    (FORGOT, {"email": None}, "'email' is a required property"),
    (FORGOT, {"email": "a@b.c, d@e.f"}, "'email' is not a valid e-mail address"),
    (RESET, {"token": None}, "'token' is a required property"),
    (RESET, {"token": ""}, "'token' is too short, at least 1 character"),
    (RESET, {"token": "t" * 257}, "'token' is too long, at most 256 characters"),
    (RESET, {"newPassword": None}, "'newPassword' is a required property"),
    (RESET, {"newPassword": "seven77"}, "'newPassword' is too short, at least 8 characters"),
    (VERIFY, {"token": None}, "'token' is a required property"),
    (VERIFY, {"token": 5}, "'token' must be of type string"),
]


@pytest.mark.parametrize(("path", "wrong", "message"), REFUSED)
def test_h02_a_refusal_is_a_problem_that_names_the_field_and_the_rule(
    client: httpx.Client, email: str, path: str, wrong: Json, message: str
) -> None:
    right = {"email": email, "password": PASSWORD, "name": "Ada", "token": "t", "newPassword": NEW_PASSWORD}
    body = {name: value for name, value in (right | wrong).items() if value is not None}

    answer = client.post(path, json=body)

    assert whole(answer) == refused(message)
    assert answer.headers.get_list("Content-Type") == ["application/problem+json"]


@pytest.mark.parametrize("password", ["", "p", PASSWORD.upper(), f"{PASSWORD} ", "p" * 1024])
def test_login_refuses_any_other_password_without_naming_the_policy(
    client: httpx.Client, email: str, tokens: Json, password: str
) -> None:
    answer = login(client, email, password)

    assert whole(answer) == WRONG
    assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert answer.headers.get_list("Content-Type") == ["application/problem+json"]


def test_an_account_that_awaits_its_activation_is_unknown(server: Server, client: httpx.Client, email: str) -> None:
    fields = {"username": email[:32], "password": PASSWORD, "email": email}
    assert client.post("/auth/signup", data=fields).status_code == 200

    assert whole(login(client, email)) == WRONG
    assert verify(client, letter_to(server, email).token).status_code == 200
    assert team_of(login(client, email)) != (None, None)


TWO_HEADERS = [("Authorization", "Bearer a"), ("Authorization", "Bearer b")]
WHAT_GOES_WRONG: dict[str, tuple[int, str, str, str, Json]] = {
    "unknown path": (404, "There is nothing here", "GET", "/api/exist-email", {}),
    "empty parameter": (404, "There is nothing here", "GET", "/api/verify-email/", {}),
    "wrong method": (405, "This method is not allowed here", "GET", LOGIN, {}),
    "wrong method of a GET": (405, "This method is not allowed here", "POST", f"{VERIFY}/x", {}),
    "no body": (400, "A body is required", "POST", REGISTER, {}),
    "half JSON": (400, "The body is not valid JSON", "POST", LOGIN, {"content": "{", "headers": JSON}),
    "no object": (400, "'body' must be of type object", "POST", LOGIN, {"json": []}),
    "a form": (415, "The body must be application/json", "POST", LOGIN, {"data": {"email": "a@b.c"}}),
    "too large": (413, "The body is too large", "POST", LOGIN, {"json": "x" * 65_536}),
    "two headers": (400, "The header Authorization is sent more than once", "GET", REFRESH, {"headers": TWO_HEADERS}),
    "two captchas": (400, "'capcha' is sent more than once", "GET", f"{RESEND}?capcha=a&capcha=b", {}),
}


@pytest.mark.parametrize("case", WHAT_GOES_WRONG)
def test_h02_h03_every_refusal_is_a_problem(client: httpx.Client, token: str, case: str) -> None:
    status, message, method, path, options = WHAT_GOES_WRONG[case]
    options = options if path == REFRESH else options | {"headers": options.get("headers", {}) | bearer(token)}

    answer = client.request(method, path, **options)

    assert whole(answer) == (status, refusal(status, message))
    assert answer.headers.get_list("Content-Type") == ["application/problem+json"]


def test_h03_405_and_a_complete_allow(client: httpx.Client) -> None:
    assert client.post(f"{VERIFY}/x").headers["Allow"] == "GET, HEAD"
    assert client.delete(RESET).headers["Allow"] == "POST"
    assert client.delete("/api/reset-password").headers["Allow"] == "GET, HEAD, POST"
    assert client.put(REFRESH).headers["Allow"] == "GET, HEAD, POST"


# ---------------------------------------------------------------- verify
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_verify_answers_a_pair_with_team_and_project(
    server: Server, client: httpx.Client, email: str, tokens: Json, mailed: str, method: str
) -> None:
    answer = verify(client, mailed, method)

    user, vault = claims(answer)
    team, project = map(str, team_of(answer))
    assert user["sub"] == parts(tokens["userToken"])[1]["sub"]
    assert user["jti"] != parts(tokens["userToken"])[1]["jti"]
    assert vault == user | {"aud": "vault:team", "team": str(UUID(team)), "project": str(UUID(project))}
    assert team != project
    assert rows(server, f"SELECT verified_at FROM account WHERE email_key = '{email}'") != [(None,)]


def test_every_session_has_the_same_team_once_there_is_one(
    client: httpx.Client, email: str, token: str, mailed: str
) -> None:
    team = team_of(verify(client, mailed))

    assert None not in team
    assert team_of(login(client, email)) == team
    assert team_of(refresh(client, token)) == team  # begun before there was one
    assert team_of(verify(client, mailed)) == team


def test_every_account_has_a_team_of_its_own(server: Server, client: httpx.Client, email: str) -> None:
    teams = set()
    for address in (email, f"b.{email}"):
        register(client, address)
        teams |= set(team_of(verify(client, letter_to(server, address).token)))

    assert len(teams) == 4


@pytest.fixture(scope="module")
def two_workers(serving: Serving) -> Server:
    return serving("--workers", "2", PORTICO_LIMITS="off")


def defaults_of(server: Server, email: str) -> list[Row]:
    """Name of team and name of project of an account: one row for each project, and for each team without any."""
    return rows(
        server,
        "SELECT team.name, project.name FROM account JOIN team ON team.account_id = account.id"
        f" LEFT JOIN project ON project.team_id = team.id WHERE email_key = '{email}'",
    )


@pytest.mark.parametrize("house", ["server", "two_workers"])
def test_one_team_and_project_however_many_verify_at_once(
    request: pytest.FixtureRequest, email: str, house: str
) -> None:
    server = request.getfixturevalue(house)
    register(server.client, email)
    mailed = letter_to(server, email).token

    answers = all_at_once(lambda number: verify(server.client, mailed, ["GET", "POST"][number % 2]), 24)

    assert len({team_of(answer) for answer in answers}) == 1
    assert None not in team_of(answers[0])
    assert len({generation(answer) for answer in answers}) == 24
    assert defaults_of(server, email) == [("Default", "Default")]


@pytest.mark.parametrize("house", ["server", "two_workers"])
def test_m01_scanners_and_people_at_once_all_get_through(
    request: pytest.FixtureRequest, email: str, house: str
) -> None:
    server = request.getfixturevalue(house)
    register(server.client, email)
    mailed = letter_to(server, email).token

    answers = all_at_once(lambda number: verify(server.client, mailed, ["HEAD", "GET"][number % 2]), 16)

    assert [answer.status_code for answer in answers] == [200] * 16
    assert defaults_of(server, email) == [("Default", "Default")]


def test_m01_verify_repeats_within_its_life(client: httpx.Client, mailed: str) -> None:
    answers = [verify(client, mailed, method) for method in ("GET", "GET", "POST", "GET")]

    assert len({generation(answer)[0] for answer in answers}) == 4


def test_m01_head_verifies_nothing(server: Server, client: httpx.Client, email: str, mailed: str) -> None:
    for _ in range(3):
        answer = verify(client, mailed, "HEAD")
        assert (answer.status_code, answer.content) == (200, b"")

    assert rows(server, f"SELECT verified_at FROM account WHERE email_key = '{email}'") == [(None,)]
    assert rows(server, f"SELECT used_at FROM one_time_token WHERE address = '{email}'") == [(None,)]
    assert defaults_of(server, email) == []
    sessions = f"SELECT count(*) FROM session JOIN account ON account.id = account_id WHERE email_key = '{email}'"
    assert rows(server, sessions) == [(1,)]
    assert team_of(login(client, email)) == (None, None)
    assert None not in team_of(verify(client, mailed))


@pytest.mark.parametrize("method", ["GET", "POST", "HEAD"])
@pytest.mark.parametrize(
    "unknown", ["x", "6Yy0Pp2sQmXJ3mXG5rT8mZt1cVw9kLhN4bDfA7eUoRg", "🦉", "' OR 1=1 --", "a%2Fb", "x" * 256]
)
def test_an_unknown_token_verifies_nothing(client: httpx.Client, unknown: str, method: str) -> None:
    answer = verify(client, unknown, method)

    assert answer.status_code == 400
    if method != "HEAD":
        assert whole(answer) == DEAD_LINK
        assert answer.headers.get_list("Content-Type") == ["application/problem+json"]


@pytest.mark.parametrize("verified_before", [True, False])
def test_m02_an_expired_token_verifies_nothing(
    server: Server, client: httpx.Client, email: str, mailed: str, verified_before: bool
) -> None:
    if verified_before:
        verify(client, mailed)
    expire(server, mailed)

    for method in ("GET", "POST"):
        assert whole(verify(client, mailed, method)) == DEAD_LINK
    assert (team_of(login(client, email)) != (None, None)) == verified_before


def test_m02_tokens_live_two_days_and_one_hour(open_server: Server, email: str, forgetful: str) -> None:
    query = f"SELECT purpose, created_at, expires_at FROM one_time_token WHERE address = '{email}'"
    lives = {purpose: moment(end) - moment(start) for purpose, start, end in rows(open_server, query)}

    assert {purpose: round(life / timedelta(hours=1), 2) for purpose, life in lives.items()} == {
        "verify": 48,
        "reset": 1,
    }


def test_m02_a_token_verifies_the_address_it_was_sent_to_only(
    server: Server, client: httpx.Client, email: str, mailed: str
) -> None:
    move(client, email, f"new.{email}")

    assert whole(verify(client, mailed)) == DEAD_LINK
    assert rows(server, f"SELECT verified_at FROM account WHERE email_key = 'new.{email}'") == [(None,)]


def test_a_new_address_is_not_verified_and_the_team_stays(
    server: Server, client: httpx.Client, email: str, mailed: str
) -> None:
    team = team_of(verify(client, mailed))

    move(client, email, f"new.{email}")

    assert rows(server, f"SELECT verified_at FROM account WHERE email_key = 'new.{email}'") == [(None,)]
    assert team_of(login(client, f"new.{email}")) == team


def test_another_case_of_the_address_is_the_same_address(
    server: Server, client: httpx.Client, email: str, mailed: str
) -> None:
    move(client, email, email.upper())

    assert None not in team_of(verify(client, mailed))


def test_a_token_outlives_no_account(client: httpx.Client, email: str, mailed: str) -> None:
    token = client.post("/api/user/login", json={"email": email, "password": PASSWORD}).json()["token"]
    assert client.delete("/api/user/delete", headers={"token": token}).status_code == 200

    assert whole(verify(client, mailed)) == DEAD_LINK


def test_s04_no_link_lets_an_inactive_account_in(server: Server, client: httpx.Client, email: str, mailed: str) -> None:
    sql(server, f"UPDATE account SET active = false WHERE email_key = '{email}'")

    assert whole(login(client, email)) == WRONG
    assert verify(client, mailed).status_code == 400


# ---------------------------------------------------------------- resend
RESENDS: dict[str, Callable[[httpx.Client, Json], httpx.Response]] = {
    "GET capcha": lambda client, headers: client.get(RESEND, params={"capcha": "solved"}, headers=headers),
    "GET captcha": lambda client, headers: client.get(RESEND, params={"captcha": "solved"}, headers=headers),
    "POST capcha": lambda client, headers: client.post(RESEND, json={"capcha": "solved"}, headers=headers),
    "POST captcha": lambda client, headers: client.post(RESEND, json={"captcha": "solved"}, headers=headers),
}


@pytest.mark.parametrize("way", RESENDS)
def test_resend_answers_the_pair_and_mails_again(open_server: Server, email: str, way: str) -> None:
    client = open_server.client
    tokens = tokens_of(register(client, email))
    first = letter_to(open_server, email)

    answer = RESENDS[way](client, bearer(tokens["userToken"]))

    assert whole(answer) == (200, tokens)
    second = letter_to(open_server, email, 2)
    assert second.token != first.token
    assert None not in team_of(verify(client, second.token))
    assert None not in team_of(verify(client, first.token))  # the slower mail is as good
    assert whole(RESENDS[way](client, bearer(tokens["userToken"]))) == DONE_ALREADY
    assert len(letters_to(open_server, email)) == 2


@pytest.mark.parametrize("way", RESENDS)
def test_h04_resend_needs_a_session(open_server: Server, email: str, way: str) -> None:
    client = open_server.client
    live = token_of(register(client, email))
    cases = {
        "": (NO_TOKEN, "Bearer"),
        "Bearer JWT_TOKEN": ((401, refusal(401, "The token is malformed")), INVALID_TOKEN),
        f"Bearer {live}x": (NOT_OURS, INVALID_TOKEN),
        f"Basic {live}": (NO_TOKEN, "Bearer"),
    }

    for header, (expected, challenge) in cases.items():
        answer = RESENDS[way](client, {"Authorization": header} if header else {})
        assert whole(answer) == expected, header
        assert answer.headers["WWW-Authenticate"] == challenge


def test_m01_head_mails_nothing(open_server: Server, email: str) -> None:
    client = open_server.client
    token = token_of(register(client, email))
    letter_to(open_server, email)

    answer = client.head(RESEND, params={"capcha": "solved"}, headers=bearer(token))

    assert (answer.status_code, answer.content) == (200, b"")
    resend(client, token)
    letter_to(open_server, email, 2)
    assert rows(open_server, f"SELECT count(*) FROM mail WHERE recipient = '{email}'") == [(2,)]


# ---------------------------------------------------------------- refresh
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_r01_refresh_answers_a_new_pair_of_the_same_session(client: httpx.Client, tokens: Json, method: str) -> None:
    answer = refresh(client, tokens["userToken"], method)

    user, vault = claims(answer)
    before = parts(tokens["userToken"])[1]
    session = before["jti"].partition(".")[0]
    assert answer.json() != tokens
    assert user == before | {"jti": f"{session}.1", "iat": user["iat"], "exp": user["iat"] + ONE_DAY}
    assert vault == user | {"aud": "vault:team"}
    assert generation(refresh(client, token_of(answer), method)) == (session, 2)


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_r04_a_lost_answer_is_answered_the_same_again(client: httpx.Client, token: str, method: str) -> None:
    answers = [refresh(client, token, method) for _ in range(3)]

    assert [whole(answer) for answer in answers] == [(200, tokens_of(answers[0]))] * 3


@pytest.mark.parametrize("house", ["server", "two_workers"])
def test_r03_fifty_refreshes_at_once_have_one_successor(request: pytest.FixtureRequest, email: str, house: str) -> None:
    client = request.getfixturevalue(house).client
    first = register(client, email)

    answers = all_at_once(lambda _: refresh(client, token_of(first)), 50)

    assert [whole(answer) for answer in answers] == [(200, tokens_of(answers[0]))] * 50
    assert generation(answers[0]) == (generation(first)[0], 1)
    assert generation(refresh(client, token_of(answers[0]))) == (generation(first)[0], 2)


def test_r01_r02_reuse_after_the_window_ends_the_session_and_no_other(
    server: Server, client: httpx.Client, email: str, token: str
) -> None:
    other = token_of(login(client, email))
    newest = token_of(refresh(client, token))
    pass_the_window(server, token)

    reused = refresh(client, token)

    assert whole(reused) == NO_SESSION
    assert reused.headers["WWW-Authenticate"] == INVALID_TOKEN
    assert whole(refresh(client, newest)) == NO_SESSION
    assert tokens_of(refresh(client, other))


def test_r02_reuse_of_the_one_before_the_last_is_refused_and_later_ends_the_session(
    server: Server, client: httpx.Client, token: str
) -> None:
    second = token_of(refresh(client, token))
    third = token_of(refresh(client, second))

    assert whole(refresh(client, token)) == NO_SESSION
    assert tokens_of(refresh(client, second)) == tokens_of(refresh(client, second))  # so far it was a slow tab

    pass_the_window(server, token)

    assert whole(refresh(client, token)) == NO_SESSION
    assert whole(refresh(client, third)) == NO_SESSION


def test_r01_the_old_token_opens_nothing_after_the_window(open_server: Server, email: str) -> None:
    client = open_server.client
    old = token_of(register(client, email))
    new = refresh(client, old)
    assert whole(resend(client, old)) == whole(new)  # what was on its way gets through

    pass_the_window(open_server, old)

    assert whole(resend(client, old)) == NO_SESSION
    assert generation(resend(client, token_of(new))) == generation(new)  # to ask with it is not to steal


def test_m01_head_refreshes_nothing(server: Server, client: httpx.Client, token: str) -> None:
    for _ in range(3):
        answer = refresh(client, token, "HEAD")
        assert (answer.status_code, answer.content) == (200, b"")
    first = refresh(client, token)
    assert generation(first)[1] == 1

    pass_the_window(server, token)

    assert refresh(client, token, "HEAD").status_code == 401
    assert generation(refresh(client, token_of(first)))[1] == 2  # nobody was logged out by a scanner


@pytest.mark.parametrize(("ended", "good"), [(1, True), (6.99, True), (7.01, False), (400, False)])
def test_s06_a_token_that_ended_is_refreshed_for_seven_days(
    server: Server, client: httpx.Client, token: str, ended: float, good: bool
) -> None:
    end = int(time.time() - ended * ONE_DAY)
    late = forged(server, token, iat=end - ONE_DAY, exp=end)

    for method in ("GET", "POST"):
        answer = refresh(client, late, method)
        if good:
            assert generation(answer)[1] == 1
            assert claims(answer)[0]["exp"] > time.time()
        else:
            assert whole(answer) == EXPIRED
            assert answer.headers["WWW-Authenticate"] == INVALID_TOKEN


def test_s06_a_token_that_ended_opens_nothing_else(open_server: Server, email: str) -> None:
    client = open_server.client
    token = token_of(register(client, email))

    late = forged(open_server, token, exp=int(time.time()) - 1)

    assert whole(resend(client, late)) == EXPIRED


def test_s06_a_session_ends_however_often_it_is_refreshed(server: Server, client: httpx.Client, email: str) -> None:
    answer = register(client, email)
    session, _ = generation(answer)
    sql(server, f"UPDATE session SET ends_at = '{ago(timedelta(seconds=1))}' WHERE id = '{session}'")

    assert whole(refresh(client, token_of(answer))) == NO_SESSION


def test_s06_no_token_says_it_outlives_its_session(server: Server, client: httpx.Client, token: str) -> None:
    session = parts(token)[1]["jti"].partition(".")[0]
    sql(server, f"UPDATE session SET ends_at = '{ago(-timedelta(hours=1))}' WHERE id = '{session}'")

    for expires in (claim["exp"] for claim in claims(refresh(client, token))):
        assert expires <= time.time() + 60 * 60


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("header", ["", "Basic dGVzdDpwYXNz", "JWT_TOKEN", "Bearer"])
def test_h04_refresh_without_a_token(client: httpx.Client, method: str, header: str) -> None:
    answer = client.request(method, REFRESH, headers={"Authorization": header} if header else {})

    assert whole(answer) == NO_TOKEN
    assert answer.headers["WWW-Authenticate"] == "Bearer"


def test_s02_the_vault_token_is_no_user_token(client: httpx.Client, email: str, tokens: Json, mailed: str) -> None:
    verified = tokens_of(verify(client, mailed))
    for vault in (tokens["vaultToken"], verified["vaultToken"]):
        assert whole(refresh(client, vault)) == NOT_OURS
        assert whole(resend(client, vault)) == NOT_OURS
    assert tokens_of(refresh(client, tokens["userToken"]))


def test_s02_the_tokens_of_other_doors_are_refused_here_and_ours_there(
    client: httpx.Client, email: str, tokens: Json
) -> None:
    for foreign in (at_appseed(client, email)["Authorization"], mobile_token(client, email)):
        assert whole(refresh(client, foreign)) == NOT_OURS
    for ours in tokens.values():
        check = client.post("/api/users/checkSession", headers={"Authorization": ours})
        assert whole(check) == (200, {"success": False, "msg": "User is not logged on"})
        assert client.get("/api/user/details", headers={"token": ours}).status_code == 401
        assert client.get("/auth/current", headers=bearer(ours)).status_code == 403


def mobile_token(client: httpx.Client, email: str, password: str = PASSWORD) -> str:
    return text_in(client.post("/api/user/login", json={"email": email, "password": password}), "token")


def test_s04_refresh_after_the_account_went(client: httpx.Client, email: str, token: str) -> None:
    client.delete("/api/user/delete", headers={"token": mobile_token(client, email)})

    assert whole(refresh(client, token)) == NO_SESSION


# ---------------------------------------------------------------- forgot and reset
@pytest.fixture
def forgetful(open_server: Server, email: str) -> str:
    """The token of the mail to a new account that forgot its password."""
    register(open_server.client, email)
    return forget(open_server, email)


def forget(server: Server, email: str) -> str:
    """The token of the mail that follows."""
    number = len(rows(server, f"SELECT 1 FROM mail WHERE recipient = '{email}'")) + 1
    assert whole(server.client.post(FORGOT, json={"email": email})) == (200, OK)
    return letter_to(server, email, number).token


@pytest.mark.parametrize("header", [None, *GARBAGE])
@pytest.mark.parametrize(("forgot", "again"), list(zip(FORGOTS, RESETS, strict=True)))
def test_forgot_and_reset_under_both_spellings_whatever_the_header(
    open_server: Server, email: str, forgot: str, again: str, header: str | None
) -> None:
    client = open_server.client
    register(client, email)
    headers = {"Authorization": header} if header else {}

    assert whole(client.post(forgot, json={"email": email}, headers=headers)) == (200, OK)
    mailed = letter_to(open_server, email, 2).token
    answer = client.post(again, json={"token": mailed, "newPassword": NEW_PASSWORD}, headers=headers)

    assert whole(answer) == (200, OK)
    assert answer.headers.get_list("Content-Type") == ["application/json"]
    assert whole(login(client, email)) == WRONG
    assert tokens_of(login(client, email, NEW_PASSWORD))


@pytest.mark.parametrize("path", FORGOTS)
def test_e03_forgot_tells_nobody_who_has_an_account(open_server: Server, email: str, path: str) -> None:
    client = open_server.client
    register(client, email)

    known, unknown = (client.post(path, json={"email": address}) for address in (email, f"nobody.{email}"))

    assert whole(known) == (200, OK)
    assert known.content == unknown.content
    assert [name for name, _ in known.headers.multi_items()] == [name for name, _ in unknown.headers.multi_items()]


def test_s03_reset_ends_every_session_at_every_door(open_server: Server, email: str) -> None:
    client = open_server.client
    ours = token_of(register(client, email))
    appseed, mobile = at_appseed(client, email), mobile_token(client, email)
    notes = client.post("/auth/login", data={"username": email, "password": PASSWORD}).json()["tokens"]
    someone = token_of(register(client, f"b.{email}"))

    assert whole(reset(client, forget(open_server, email))) == (200, OK)

    assert whole(refresh(client, ours)) == NO_SESSION
    check = client.post("/api/users/checkSession", headers=appseed)
    assert whole(check) == (200, {"success": False, "msg": "User is not logged on"})
    assert whole(client.get("/api/user/details", headers={"token": mobile})) == (
        401,
        {"status": 401, "message": "Invalid token"},
    )
    assert whole(client.get("/auth/current", headers=bearer(notes["access_token"]))) == (
        403,
        {"error": "Expired token"},
    )
    again = client.post("/auth/refresh", data={"refresh_token": notes["refresh_token"]})
    assert whole(again) == (406, {"error": "Expired token"})
    assert tokens_of(refresh(client, someone))
    assert mobile_token(client, email, NEW_PASSWORD)
    assert at_appseed(client, email, NEW_PASSWORD)


def test_m02_reset_works_once(open_server: Server, email: str, forgetful: str) -> None:
    client = open_server.client
    assert whole(reset(client, forgetful)) == (200, OK)

    for path in RESETS:
        assert whole(client.post(path, json={"token": forgetful, "newPassword": PASSWORD})) == DEAD_LINK
    assert tokens_of(login(client, email, NEW_PASSWORD))


def test_m02_of_many_resets_at_once_one_works(open_server: Server, email: str, forgetful: str) -> None:
    client = open_server.client

    answers = all_at_once(lambda number: reset(client, forgetful, f"password number {number}"), 8)

    winners = [number for number, answer in enumerate(answers) if answer.status_code == 200]
    assert len(winners) == 1
    assert whole(answers[winners[0]]) == (200, OK)
    assert [whole(answer) for answer in answers if answer.status_code != 200] == [DEAD_LINK] * 7
    assert tokens_of(login(client, email, f"password number {winners[0]}"))


def test_m02_a_reset_makes_the_other_mails_worthless(open_server: Server, email: str, forgetful: str) -> None:
    client = open_server.client
    second = forget(open_server, email)
    assert whole(reset(client, forgetful)) == (200, OK)

    assert whole(reset(client, second, PASSWORD)) == DEAD_LINK
    assert tokens_of(login(client, email, NEW_PASSWORD))


def test_m02_an_expired_token_resets_nothing(open_server: Server, email: str, forgetful: str) -> None:
    expire(open_server, forgetful)

    assert whole(reset(open_server.client, forgetful)) == DEAD_LINK
    assert tokens_of(login(open_server.client, email))


def test_m02_a_token_resets_the_password_of_its_address_only(open_server: Server, email: str, forgetful: str) -> None:
    client = open_server.client
    move(client, email, f"new.{email}")

    assert whole(reset(client, forgetful)) == DEAD_LINK
    assert tokens_of(login(client, f"new.{email}"))


def test_m02_no_token_does_the_work_of_another(open_server: Server, email: str, forgetful: str) -> None:
    client = open_server.client
    tokens = tokens_of(login(client, email))
    verifying = letter_to(open_server, email).token

    for wrong in (verifying, tokens["userToken"][:256], tokens["vaultToken"][-256:], "x"):
        assert whole(reset(client, wrong)) == DEAD_LINK
    assert whole(verify(client, forgetful)) == DEAD_LINK
    for mailed in (verifying, forgetful):
        assert whole(refresh(client, mailed)) == (401, refusal(401, "The token is malformed"))
    assert tokens_of(verify(client, verifying))
    assert whole(reset(client, forgetful)) == (200, OK)


def test_a_weak_password_does_not_use_the_token_up(open_server: Server, email: str, forgetful: str) -> None:
    client = open_server.client

    assert whole(reset(client, forgetful, "seven77")) == refused("'newPassword' is too short, at least 8 characters")
    assert whole(reset(client, forgetful, "e\u0301" * 7)) == refused("'newPassword' is shorter than 8 characters")
    assert tokens_of(login(client, email))
    assert whole(reset(client, forgetful)) == (200, OK)


def test_p06_the_strict_profile_takes_no_common_password_by_a_mailed_link_either(serving: Serving, email: str) -> None:
    server = serving(PORTICO_PROFILE="strict")
    register(server.client, email)
    mailed = forget(server, email)

    for easy in ("passwordpassword", email):
        assert whole(reset(server.client, mailed, easy)) == refused("'newPassword' is too easy to guess")
    assert whole(reset(server.client, mailed)) == (200, OK)


def test_a05_who_reads_the_mail_throws_out_who_signed_up_with_the_address(open_server: Server, email: str) -> None:
    """Somebody took an address that is not his; its owner wants it and can only say that he forgot his password."""
    client = open_server.client
    seized = token_of(register(client, email, "the password of a thief"))
    refreshed = token_of(refresh(client, seized))
    assert whole(register(client, email)) == TAKEN

    assert whole(reset(client, forget(open_server, email), PASSWORD)) == (200, OK)

    for thief in (seized, refreshed):
        assert whole(refresh(client, thief)) == NO_SESSION
        assert whole(resend(client, thief)) == NO_SESSION
    assert whole(login(client, email, "the password of a thief")) == WRONG
    assert tokens_of(login(client, email))


# ---------------------------------------------------------------- exist-email
def exists(client: httpx.Client, email: str, **headers: str) -> httpx.Response:
    path = (
        email.replace("%", "%25")
        .replace("/", "%2F")
        .replace("?", "%3F")
        .replace("#", "%23")
        .replace(" ", "%20")
        .replace('"', "%22")
    )
    return client.get(f"{EXISTS}/{path}", headers=headers)


def test_exist_email_answers_true_or_false(open_server: Server, email: str) -> None:
    client = open_server.client
    register(client, email)

    for address, there in ((email, True), (email.upper(), True), (f"b.{email}", False), ("a@b", False)):
        answer = exists(client, address)
        assert whole(answer) == (200, there)
        assert answer.content == (b"true" if there else b"false")
        assert answer.headers.get_list("Content-Type") == ["application/json"]


@pytest.mark.parametrize(
    "shape", ["{}+tag@example.org", "a/{}@example.org", '"{} ?#"@example.org', "{}%41@example.org"]
)
def test_exist_email_takes_any_address_a_path_can_hold(open_server: Server, email: str, shape: str) -> None:
    address = shape.format(email[:32])
    assert whole(exists(open_server.client, address)) == (200, False)
    register(open_server.client, address)

    assert whole(exists(open_server.client, address)) == (200, True)


@pytest.mark.parametrize("wrong", ["nope", "abc@", "a@b@c", "ä@b.c", "a b@c.d", "%%%"])
def test_exist_email_wants_an_address(open_server: Server, wrong: str) -> None:
    assert whole(exists(open_server.client, wrong)) == refused("'email' is not a valid e-mail address")


def test_exist_email_wants_an_address_that_fits(open_server: Server) -> None:
    assert whole(exists(open_server.client, "a" * 251 + "@b.c")) == refused(
        "'email' is too long, at most 254 characters"
    )


# ---------------------------------------------------------------- limits
def test_e05_exist_email_is_answered_five_times_a_minute(
    limited: Server, email: str, client_address: dict[str, str]
) -> None:
    for there in (False, False, True, True, True):
        if there:
            register(limited.client, email)
        assert whole(exists(limited.client, email, **client_address)) == (200, there)

    often = exists(limited.client, email, **client_address)

    assert whole(often) == OFTEN
    assert often.headers.get_list("Content-Type") == ["application/problem+json"]
    assert re.fullmatch(r"[1-9]\d*", often.headers["Retry-After"])
    assert int(often.headers["Retry-After"]) <= 61


def asked_at_once(servers: list[Server], email: str, **headers: str) -> list[int]:
    """The statuses of as many questions as there are servers, all of them sent before the first answer is read."""
    question = head("GET", f"{EXISTS}/{email}", *(f"{name}: {value}" for name, value in headers.items()))
    with ExitStack() as open_connections:
        connections = [open_connections.enter_context(Connection(server.url)) for server in servers]
        for connection in connections:
            connection.send(question)
        return sorted(connection.answer().status for connection in connections)


def test_e05_b07_of_fifty_questions_at_once_exactly_five_are_answered(
    limited: Server, email: str, client_address: dict[str, str]
) -> None:
    assert asked_at_once([limited] * 50, email, **client_address) == [200] * 5 + [429] * 45


def test_e05_questions_that_cannot_be_asked_are_not_counted(
    limited: Server, email: str, client_address: dict[str, str]
) -> None:
    for _ in range(6):
        assert exists(limited.client, "nope", **client_address).status_code == 400

    assert whole(exists(limited.client, email, **client_address)) == (200, False)


def exhaust(server: Server, email: str, **headers: str) -> None:
    """Asks until nothing more is answered."""
    answers = [exists(server.client, email, **headers) for _ in range(6)]
    assert [answer.status_code for answer in answers][-1] == 429


def test_b06_a_stranger_does_not_choose_his_address(server: Server, email: str) -> None:
    exhaust(server, email)

    for forged_address in ("203.0.113.7", "127.0.0.1", "10.0.0.1, 203.0.113.9", "unknown", ""):
        assert whole(exists(server.client, email, **{"X-Forwarded-For": forged_address})) == OFTEN
        assert whole(exists(server.client, email, Forwarded=f"for={forged_address}")) == OFTEN


def test_b06_the_clients_of_a_listed_proxy_are_told_apart_by_the_right_most_foreign_hop(
    limited: Server, email: str, client_address: dict[str, str]
) -> None:
    client = client_address["X-Forwarded-For"]
    exhaust(limited, email, **client_address)

    for same in (f"203.0.113.7, {client}", f"{client}, 10.1.2.3", f"203.0.113.8,{client} ,  10.1.2.3, 127.0.0.1"):
        assert whole(exists(limited.client, email, **{"X-Forwarded-For": same})) == OFTEN, same
    for another in (f"{client}, 203.0.113.7", f"{client}, 203.0.113.8, 10.1.2.3"):
        assert whole(exists(limited.client, email, **{"X-Forwarded-For": another})) == (200, False), another


def test_b06_the_header_may_come_in_several_lines(limited: Server, email: str, client_address: dict[str, str]) -> None:
    client = client_address["X-Forwarded-For"]
    exhaust(limited, email, **client_address)

    lines = [("X-Forwarded-For", "203.0.113.7"), ("X-Forwarded-For", client), ("X-Forwarded-For", "10.0.0.1")]

    assert whole(limited.client.get(f"{EXISTS}/{email}", headers=lines)) == OFTEN


def askers(many: int) -> list[dict[str, str]]:
    """So many clients, each behind an address of its own."""
    return [{"X-Forwarded-For": f"2001:db8:{secrets.token_hex(2)}:{secrets.token_hex(2)}::1"} for _ in range(many)]


def mails_written(server: Server, email: str) -> int:
    return len(rows(server, f"SELECT 1 FROM mail WHERE lower(recipient) = '{email}'"))


@pytest.mark.parametrize("path", FORGOTS)
def test_b08_a_recipient_gets_five_mails_an_hour_whoever_asks(limited: Server, email: str, path: str) -> None:
    """The first is that of the registration."""
    register(limited.client, email)

    answers = [limited.client.post(path, json={"email": email.upper()}, headers=asker) for asker in askers(20)]

    assert [whole(answer) for answer in answers] == [(200, OK)] * 4 + [OFTEN] * 16
    assert 1 <= int(answers[-1].headers["Retry-After"]) <= 3601
    assert mails_written(limited, email) == 5


@pytest.mark.parametrize("way", RESENDS)
def test_b08_an_account_is_sent_five_mails_an_hour(limited: Server, email: str, way: str) -> None:
    tokens = tokens_of(register(limited.client, email))

    answers = [RESENDS[way](limited.client, bearer(tokens["userToken"]) | asker) for asker in askers(20)]

    assert [whole(answer) for answer in answers] == [(200, tokens)] * 4 + [OFTEN] * 16
    assert mails_written(limited, email) == 5


def test_b08_a_recipient_is_the_same_whatever_asks(limited: Server, email: str) -> None:
    """Registering, resending and forgetting fill the same mailbox."""
    token = token_of(register(limited.client, email))
    ways: list[Callable[[Headers], httpx.Response]] = [
        lambda asker: RESENDS["GET capcha"](limited.client, bearer(token) | asker)
    ] * 2
    ways += [lambda asker: limited.client.post(FORGOT, json={"email": email}, headers=asker)] * 3

    answers = [way(asker) for way, asker in zip(ways, askers(5), strict=True)]

    assert [answer.status_code for answer in answers] == [200, 200, 200, 200, 429]
    assert mails_written(limited, email) == 5


def test_b08_nobody_fills_a_mailbox_by_registering_and_deleting(limited: Server, email: str) -> None:
    answers = []
    for _ in range(6):
        answers.append(register(limited.client, email))
        if answers[-1].is_success:
            token = mobile_token(limited.client, email)
            assert limited.client.delete("/api/user/delete", headers={"token": token}).status_code == 200

    assert [answer.status_code for answer in answers] == [200] * 5 + [429]
    assert whole(answers[-1]) == OFTEN


def test_b08_the_limit_of_a_recipient_tells_nobody_who_has_an_account(limited: Server, email: str) -> None:
    addresses = (email, f"nobody.{email}")
    client = limited.client
    client.post("/api/users/register", json={"username": "a", "email": email, "password": PASSWORD})

    for address in addresses:
        answers = [client.post(FORGOT, json={"email": address}, headers=asker) for asker in askers(6)]
        assert [whole(answer) for answer in answers] == [(200, OK)] * 5 + [OFTEN]


def test_b08_a_client_asks_for_twenty_mails_an_hour(
    limited: Server, email: str, client_address: dict[str, str]
) -> None:
    answers = [
        limited.client.post(FORGOT, json={"email": f"{number}.{email}"}, headers=client_address) for number in range(22)
    ]

    assert [whole(answer) for answer in answers] == [(200, OK)] * 20 + [OFTEN] * 2


def test_no_limits_when_they_are_off(open_server: Server, email: str) -> None:
    for _ in range(8):
        assert whole(exists(open_server.client, email)) == (200, False)
        assert whole(open_server.client.post(FORGOT, json={"email": email})) == (200, OK)


def test_login_and_refresh_are_not_held_up_by_the_limits_of_others(
    limited: Server, email: str, client_address: dict[str, str]
) -> None:
    exhaust(limited, email, **client_address)
    token = token_of(register(limited.client, email))

    for _ in range(30):
        assert limited.client.get(REFRESH, headers=bearer(token) | client_address).status_code == 200
    assert tokens_of(login(limited.client, email, headers=client_address))


# ---------------------------------------------------------------- limits shared by several servers
REDIS = ("127.0.0.1", 6379)


@pytest.fixture(scope="module")
def redis_url() -> str:
    try:
        with socket.create_connection(REDIS, timeout=5) as redis:
            redis.sendall(b"PING\r\n")
            assert redis.recv(5) == b"+PONG"
    except OSError:
        reason = f"no Redis answers at {REDIS[0]}:{REDIS[1]}"
        pytest.fail(reason) if os.environ.get("CI") else pytest.skip(reason)
    return "redis://{}:{}/9".format(*REDIS)


def test_b07_servers_share_their_limits_over_redis(
    serving: Serving, redis_url: str, email: str, client_address: dict[str, str]
) -> None:
    shared = {"PORTICO_LIMITS_URL": redis_url, "PORTICO_TRUSTED_PROXIES": "127.0.0.1"}
    servers = [serving(**shared), serving(**shared)]

    assert asked_at_once(servers * 25, email, **client_address) == [200] * 5 + [429] * 45
    often = exists(servers[0].client, email, **client_address)
    assert whole(often) == OFTEN
    assert 1 <= int(often.headers["Retry-After"]) <= 61


def test_o02_503_without_redis_and_only_where_it_is_needed(serving: Serving, email: str) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        server = serving(PORTICO_LIMITS_URL=f"redis://127.0.0.1:{nobody.getsockname()[1]}/0")
        server.expects_failures = True
        client = server.client

        client.post("/api/users/register", json={"username": "a", "email": email, "password": PASSWORD})
        answers = [exists(client, email), client.post(FORGOT, json={"email": email}), register(client, f"b.{email}")]

    for answer in answers:
        assert whole(answer) == (503, refusal(503, "The server cannot reach its database, try again in a moment"))
        assert int(answer.headers["Retry-After"]) >= 1
    assert tokens_of(refresh(client, token_of(login(client, email))))
