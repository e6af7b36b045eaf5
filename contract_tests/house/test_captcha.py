"""The captcha: a proof of work that is this server's own, good once and for twenty minutes."""

import hashlib
import json
import time
from base64 import b64encode
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import altcha
import pytest
from doors.vault import Vault, problem
from support.answers import Json, Said, bearer, object_in, whole
from support.database import rows
from support.server import Server, Serving
from support.tokens import own_secret

CHALLENGE, RESEND = "/api/captcha", "/api/resend-email-verification"
UNSOLVED = (400, problem(400, "The captcha is not solved"))
TWENTY_MINUTES = 20 * 60
WAYS = [("GET", "capcha"), ("GET", "captcha"), ("POST", "capcha"), ("POST", "captcha")]

Payload = Json  # a challenge and its solution, as the widget sends them


@pytest.fixture(scope="module")
def server(serving: Serving) -> Server:
    """Every test of this file asks for mails from one address."""
    return serving(PORTICO_LIMITS="off")


@pytest.fixture
def door(server: Server) -> Vault:
    return server.at(Vault)


@pytest.fixture
def tokens(door: Vault, email: str) -> Json:
    """The pair of a new account."""
    return object_in(door.register(email))


@pytest.fixture
def payload(server: Server) -> Payload:
    return solved(challenge_of(server))


def challenge_of(server: Server, end: int | None = None) -> Json:
    """A challenge as the server hands them out, signed with its own key, but solved with a few tries."""
    made = altcha.create_challenge(
        "PBKDF2/SHA-256",
        1000,
        counter=7,
        expires_at=end or int(time.time()) + TWENTY_MINUTES,
        hmac_secret=own_secret(server, "portico captcha"),
    )
    return made.to_dict()


def solved(challenge: Json) -> Payload:
    found = altcha.solve_challenge(altcha.Challenge.from_dict(challenge))
    assert found
    return {"challenge": challenge, "solution": found.to_dict()}


def encoded(payload: object) -> str:
    return b64encode(json.dumps(payload).encode()).decode()


def resend(door: Vault, tokens: Json, captcha: str, way: tuple[str, str] = WAYS[0]) -> Said:
    """What is answered to a solution that is sent in one of four ways."""
    method, name = way
    sent, headers = {name: captcha}, bearer(tokens["userToken"])
    if method == "GET":
        return whole(door.client.get(RESEND, params=sent, headers=headers))
    return whole(door.client.post(RESEND, json=sent, headers=headers))


def test_a_challenge_is_what_altcha_takes(door: Vault, tokens: Json) -> None:
    answer = door.client.get(CHALLENGE)

    challenge = answer.json()
    parameters = challenge["parameters"]
    asked = {"algorithm": "PBKDF2/SHA-256", "cost": 1000, "keyLength": 32, "expiresAt": parameters["expiresAt"]}
    drawn = {name: parameters[name] for name in ("keyPrefix", "nonce", "salt")}
    assert whole(answer) == (200, {"parameters": asked | drawn, "signature": challenge["signature"]})
    assert [len(bytes.fromhex(value)) for value in drawn.values()] == [16, 16, 16]
    assert 0 < parameters["expiresAt"] - time.time() <= TWENTY_MINUTES
    assert answer.headers.get_list("Cache-Control") == ["no-store"]
    assert door.client.get(CHALLENGE).json()["signature"] != challenge["signature"]
    assert resend(door, tokens, encoded(solved(challenge))) == (200, tokens)


@pytest.mark.parametrize("way", WAYS, ids=" ".join)
def test_a_solution_is_good_once_however_and_by_whomever_it_is_sent_again(
    door: Vault, tokens: Json, payload: Payload, email: str, way: tuple[str, str]
) -> None:
    other = object_in(door.register(f"b.{email}"))

    assert resend(door, tokens, encoded(payload), way) == (200, tokens)

    for again in WAYS:
        assert resend(door, tokens, encoded(payload), again) == UNSOLVED
        assert resend(door, other, encoded(payload), again) == UNSOLVED


REWRITTEN: dict[str, Callable[[Payload], str]] = {
    "spaces": lambda payload: b64encode(json.dumps(payload, indent=4).encode()).decode(),
    "another order": lambda payload: encoded(dict(reversed(payload.items()))),
    "more fields": lambda payload: encoded(payload | {"note": "more"}),
    "line breaks": lambda payload: "\n".join([encoded(payload)[:40], encoded(payload)[40:]]),
    "another time": lambda payload: encoded(payload | {"solution": payload["solution"] | {"time": 5}}),
}


@pytest.mark.parametrize("rewritten", REWRITTEN)
def test_a_solution_written_another_way_is_the_same_solution(
    door: Vault, tokens: Json, payload: Payload, rewritten: str
) -> None:
    assert resend(door, tokens, encoded(payload)) == (200, tokens)

    assert resend(door, tokens, REWRITTEN[rewritten](payload)) == UNSOLVED


def test_of_many_who_send_one_solution_at_once_one_gets_through(door: Vault, tokens: Json, payload: Payload) -> None:
    with ThreadPoolExecutor(10) as threads:
        answers = threads.map(lambda _: resend(door, tokens, encoded(payload)), range(10))

    assert sorted(status for status, _ in answers) == [200] + [400] * 9


def test_the_solution_under_the_published_name_counts(door: Vault, tokens: Json, payload: Payload) -> None:
    client, headers = door.client, bearer(tokens["userToken"])
    both = {"capcha": "wrong", "captcha": encoded(payload)}

    assert whole(client.get(RESEND, params=both, headers=headers)) == UNSOLVED
    assert whole(client.post(RESEND, json=both, headers=headers)) == UNSOLVED
    assert whole(client.get(RESEND, params=both | {"capcha": encoded(payload)}, headers=headers)) == (200, tokens)


# What is changed, and into what.
FORGED: dict[str, tuple[str, object]] = {
    "another counter": ("solution.counter", 8),
    "no integer": ("solution.counter", 7.0),
    "a boolean": ("solution.counter", True),
    "a negative counter": ("solution.counter", -1),
    "a huge counter": ("solution.counter", 2**64),
    "another key": ("solution.derivedKey", "00" * 32),
    "a key that is a number": ("solution.derivedKey", 5),
    "a key that is no text": ("solution.derivedKey", ["é"]),
    "a key beyond ASCII": ("solution.derivedKey", "é" * 64),
    "no solution": ("solution", None),
    "an easier challenge": ("challenge.parameters.cost", 1),
    "a later end": ("challenge.parameters.expiresAt", int(time.time()) + 2 * TWENTY_MINUTES),
    "no end": ("challenge.parameters.expiresAt", None),
    "an end that is text": ("challenge.parameters.expiresAt", "never"),
    "no salt": ("challenge.parameters.salt", ""),
    "a salt that is no hexadecimal": ("challenge.parameters.salt", "salt"),
    "another algorithm": ("challenge.parameters.algorithm", "NONE"),
    "no signature": ("challenge.signature", ""),
    "another signature": ("challenge.signature", "0" * 64),
    "a signature that is a number": ("challenge.signature", 5),
    "a signature that is a list": ("challenge.signature", ["x"]),
    "a signature beyond ASCII": ("challenge.signature", "é" * 64),
    "the signature in capitals": ("challenge.signature", str.upper),
    "parameters that are a list": ("challenge.parameters", []),
    "no challenge": ("challenge", None),
}


def changed(value: Json, path: str, new: object) -> Json:
    name, _, rest = path.partition(".")
    if rest:
        return value | {name: changed(value[name], rest, new)}
    return value | {name: new(value[name]) if callable(new) else new}


@pytest.mark.parametrize("forgery", FORGED)
def test_a_forged_solution_is_none(door: Vault, tokens: Json, payload: Payload, forgery: str) -> None:
    forged = encoded(changed(payload, *FORGED[forgery]))
    assert forged != encoded(payload)

    assert resend(door, tokens, forged) == UNSOLVED
    assert resend(door, tokens, encoded(payload)) == (200, tokens)  # the true one was not spent


def test_a_challenge_of_somebody_else_is_not_ours(door: Vault, tokens: Json) -> None:
    own = altcha.create_challenge("PBKDF2/SHA-256", 1, counter=1, hmac_secret="a secret of somebody else")

    assert resend(door, tokens, encoded(solved(own.to_dict()))) == UNSOLVED


def test_an_expired_challenge_is_over(server: Server, door: Vault, tokens: Json) -> None:
    for end, expected in ((int(time.time()) - 1, UNSOLVED), (int(time.time()) + 60, (200, tokens))):
        assert resend(door, tokens, encoded(solved(challenge_of(server, end)))) == expected


NOTHING = ["x", "%%%", "é", "🦉", "bnVsbA==", "W10=", "e30=", "=" * 4096]
NOTHING += [encoded([{}]), encoded({"challenge": "x", "solution": "y"}), b64encode(b"[" * 3000).decode()]


@pytest.mark.parametrize("garbage", NOTHING)
def test_garbage_is_no_solution(door: Vault, tokens: Json, garbage: str) -> None:
    for way in WAYS:
        assert resend(door, tokens, garbage, way) == UNSOLVED


def test_a_solution_that_is_missing_empty_or_too_long_sends_nothing(
    server: Server, door: Vault, tokens: Json, email: str
) -> None:
    headers = bearer(tokens["userToken"])

    assert whole(door.client.get(RESEND, headers=headers)) == UNSOLVED
    assert whole(door.client.post(RESEND, json={}, headers=headers)) == UNSOLVED
    for way in WAYS:
        short = door.refused(400, f"'{way[1]}' is too short, at least 1 character")
        assert resend(door, tokens, "", way) == short
    assert resend(door, tokens, "x" * 4097) == door.refused(400, "'capcha' is too long, at most 4096 characters")
    assert rows(server, f"SELECT count(*) FROM mail WHERE recipient = '{email}'") == [(1,)]


def test_m01_neither_head_nor_a_request_without_a_session_spends_a_solution(
    door: Vault, tokens: Json, payload: Payload
) -> None:
    query = {"capcha": encoded(payload)}

    head = door.client.head(RESEND, params=query, headers=bearer(tokens["userToken"]))
    assert (head.status_code, head.content) == (200, b"")
    assert whole(door.client.get(RESEND, params=query)) == door.without_session("missing")

    assert resend(door, tokens, encoded(payload)) == (200, tokens)


def test_a_spent_challenge_is_remembered_until_it_is_over(
    server: Server, door: Vault, tokens: Json, payload: Payload
) -> None:
    resend(door, tokens, encoded(payload))
    digest = hashlib.sha256(payload["challenge"]["signature"].encode()).hexdigest()

    [(remembered,)] = rows(server, f"SELECT expires_at FROM spent_challenge WHERE digest = '{digest}'")

    over = time.gmtime(payload["challenge"]["parameters"]["expiresAt"])
    assert str(remembered) >= time.strftime("%Y-%m-%d %H:%M:%S", over)


def test_when_it_is_off_any_text_passes_and_none_does_not(serving: Serving, email: str) -> None:
    door = serving(PORTICO_CAPTCHA="off", PORTICO_LIMITS="off").at(Vault)
    tokens = object_in(door.register(email))
    headers = bearer(tokens["userToken"])

    for way in WAYS:
        for anything in ("x", "🦉", "x"):
            assert resend(door, tokens, anything, way) == (200, tokens)
    assert whole(door.client.get(RESEND, headers=headers)) == UNSOLVED
    assert whole(door.client.post(RESEND, json={}, headers=headers)) == UNSOLVED
    assert door.client.get(CHALLENGE).status_code == 200
