"""The captcha: a proof of work that is this server's own, good once and for twenty minutes."""

import hashlib
import json
import time
from base64 import b64encode
from collections.abc import Callable

import altcha
import httpx
import pytest
import test_vault as vault
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from support.answers import Json
from support.mailbox import rows
from support.server import Server, Serving
from test_vault import RESEND, bearer, tokens_of, whole

CHALLENGE = "/api/captcha"
UNSOLVED = (400, vault.refusal(400, "The captcha is not solved"))
TWENTY_MINUTES = 20 * 60


@pytest.fixture(scope="module")
def server(serving: Serving) -> Server:
    """Every test of this file asks for mails from one address."""
    return serving(PORTICO_LIMITS="off")


@pytest.fixture
def tokens(client: httpx.Client, email: str) -> Json:
    return tokens_of(vault.register(client, email))


@pytest.fixture
def solution(server: Server) -> Json:
    return solved(challenge_of(server))


def challenge_of(server: Server, end: int | None = None) -> Json:
    """A challenge as the server hands them out, signed with its own key, but solved with a few tries."""
    made = altcha.create_challenge(
        "PBKDF2/SHA-256",
        1000,
        counter=7,
        expires_at=end or int(time.time()) + TWENTY_MINUTES,
        hmac_secret=own_secret(server),
    )
    return made.to_dict()


def own_secret(server: Server) -> bytes:
    """The secret that signs the server's challenges, derived from its secret key (HKDF-SHA-256)."""
    secret = server.environment.get("PORTICO_SECRET_KEY") or (server.folder / "portico.key").read_text().strip()
    return HKDF(SHA256(), length=32, salt=None, info=b"portico captcha").derive(secret.encode())


def solved(challenge: Json) -> Json:
    """A challenge and its solution, as the widget sends them."""
    found = altcha.solve_challenge(altcha.Challenge.from_dict(challenge))
    assert found
    return {"challenge": challenge, "solution": found.to_dict()}


def encoded(payload: object) -> str:
    return b64encode(json.dumps(payload).encode()).decode()


def resend(client: httpx.Client, tokens: Json, captcha: str) -> httpx.Response:
    return client.get(RESEND, params={"capcha": captcha}, headers=bearer(tokens["userToken"]))


def test_a_challenge_is_what_altcha_takes(client: httpx.Client) -> None:
    answer = client.get(CHALLENGE)

    challenge = answer.json()
    parameters = challenge["parameters"]
    assert whole(answer) == (
        200,
        {
            "parameters": {
                "algorithm": "PBKDF2/SHA-256",
                "cost": 1000,
                "keyLength": 32,
                "keyPrefix": parameters["keyPrefix"],
                "nonce": parameters["nonce"],
                "salt": parameters["salt"],
                "expiresAt": parameters["expiresAt"],
            },
            "signature": challenge["signature"],
        },
    )
    for name in ("keyPrefix", "nonce", "salt"):
        assert len(bytes.fromhex(parameters[name])) == 16
    assert 0 < parameters["expiresAt"] - time.time() <= TWENTY_MINUTES
    assert answer.headers.get_list("Cache-Control") == ["no-store"]
    assert client.get(CHALLENGE).json()["signature"] != challenge["signature"]


SPELLINGS: dict[str, Callable[[httpx.Client, Json, str], httpx.Response]] = {
    "GET capcha": lambda client, headers, solution: client.get(RESEND, params={"capcha": solution}, headers=headers),
    "GET captcha": lambda client, headers, solution: client.get(RESEND, params={"captcha": solution}, headers=headers),
    "POST capcha": lambda client, headers, solution: client.post(RESEND, json={"capcha": solution}, headers=headers),
    "POST captcha": lambda client, headers, solution: client.post(RESEND, json={"captcha": solution}, headers=headers),
}


def test_a_challenge_of_the_server_is_solved(client: httpx.Client, tokens: Json) -> None:
    assert whole(resend(client, tokens, encoded(solved(client.get(CHALLENGE).json())))) == (200, tokens)


@pytest.mark.parametrize("way", SPELLINGS)
def test_a_solution_is_good_once_however_it_is_sent_again(
    client: httpx.Client, tokens: Json, solution: Json, way: str
) -> None:
    headers = bearer(tokens["userToken"])

    assert whole(SPELLINGS[way](client, headers, encoded(solution))) == (200, tokens)

    for again in SPELLINGS.values():
        assert whole(again(client, headers, encoded(solution))) == UNSOLVED


def test_a_solution_is_good_for_one_account(client: httpx.Client, tokens: Json, solution: Json, email: str) -> None:
    other = tokens_of(vault.register(client, f"b.{email}"))
    assert whole(resend(client, tokens, encoded(solution))) == (200, tokens)

    assert whole(resend(client, other, encoded(solution))) == UNSOLVED


REWRITTEN: dict[str, Callable[[Json], str]] = {
    "spaces": lambda payload: b64encode(json.dumps(payload, indent=4).encode()).decode(),
    "another order": lambda payload: encoded(dict(reversed(payload.items()))),
    "more fields": lambda payload: encoded(payload | {"note": "more"}),
    "line breaks": lambda payload: "\n".join([encoded(payload)[:40], encoded(payload)[40:]]),
    "another time": lambda payload: encoded(payload | {"solution": payload["solution"] | {"time": 5}}),
}


@pytest.mark.parametrize("rewritten", REWRITTEN)
def test_a_solution_written_another_way_is_the_same_solution(
    client: httpx.Client, tokens: Json, solution: Json, rewritten: str
) -> None:
    assert whole(resend(client, tokens, encoded(solution))) == (200, tokens)

    assert whole(resend(client, tokens, REWRITTEN[rewritten](solution))) == UNSOLVED


def test_of_many_who_send_one_solution_at_once_one_gets_through(
    client: httpx.Client, tokens: Json, solution: Json
) -> None:
    answers = vault.all_at_once(lambda _: resend(client, tokens, encoded(solution)), 10)

    assert sorted(answer.status_code for answer in answers) == [200] + [400] * 9


def test_the_solution_under_the_published_name_counts(client: httpx.Client, tokens: Json, solution: Json) -> None:
    headers = bearer(tokens["userToken"])
    both = {"capcha": "wrong", "captcha": encoded(solution)}

    assert whole(client.get(RESEND, params=both, headers=headers)) == UNSOLVED
    assert whole(client.post(RESEND, json=both, headers=headers)) == UNSOLVED
    assert whole(client.get(RESEND, params=both | {"capcha": encoded(solution)}, headers=headers)) == (200, tokens)


FORGED: dict[str, Callable[[Json, Json], Json]] = {
    "another counter": lambda challenge, solution: {"solution": solution | {"counter": solution["counter"] + 1}},
    "no integer": lambda challenge, solution: {"solution": solution | {"counter": float(solution["counter"])}},
    "a boolean": lambda challenge, solution: {"solution": solution | {"counter": True}},
    "a negative counter": lambda challenge, solution: {"solution": solution | {"counter": -1}},
    "a huge counter": lambda challenge, solution: {"solution": solution | {"counter": 2**64}},
    "another key": lambda challenge, solution: {"solution": solution | {"derivedKey": "00" * 32}},
    "a key that is a number": lambda challenge, solution: {"solution": solution | {"derivedKey": 5}},
    "a key that is no text": lambda challenge, solution: {"solution": solution | {"derivedKey": ["é"]}},
    "a key beyond ASCII": lambda challenge, solution: {"solution": solution | {"derivedKey": "é" * 64}},
    "no solution": lambda challenge, solution: {"solution": None},
    "an easier challenge": lambda challenge, solution: {"challenge": altered(challenge, cost=1)},
    "a later end": lambda challenge, solution: {
        "challenge": altered(challenge, expiresAt=challenge["parameters"]["expiresAt"] + 60)
    },
    "no end": lambda challenge, solution: {"challenge": altered(challenge, expiresAt=None)},
    "an end that is text": lambda challenge, solution: {"challenge": altered(challenge, expiresAt="never")},
    "no salt": lambda challenge, solution: {"challenge": altered(challenge, salt="")},
    "a salt that is no hexadecimal": lambda challenge, solution: {"challenge": altered(challenge, salt="salt")},
    "another algorithm": lambda challenge, solution: {"challenge": altered(challenge, algorithm="NONE")},
    "no signature": lambda challenge, solution: {"challenge": challenge | {"signature": ""}},
    "another signature": lambda challenge, solution: {"challenge": challenge | {"signature": "0" * 64}},
    "a signature that is a number": lambda challenge, solution: {"challenge": challenge | {"signature": 5}},
    "a signature that is a list": lambda challenge, solution: {"challenge": challenge | {"signature": ["x"]}},
    "a signature beyond ASCII": lambda challenge, solution: {"challenge": challenge | {"signature": "é" * 64}},
    "the signature in capitals": lambda challenge, solution: {
        "challenge": challenge | {"signature": challenge["signature"].upper()}
    },
    "parameters that are a list": lambda challenge, solution: {"challenge": challenge | {"parameters": []}},
    "no challenge": lambda challenge, solution: {"challenge": None},
}


def altered(challenge: Json, **parameters: object) -> Json:
    return challenge | {"parameters": challenge["parameters"] | parameters}


@pytest.mark.parametrize("forgery", FORGED)
def test_a_forged_solution_is_none(client: httpx.Client, tokens: Json, solution: Json, forgery: str) -> None:
    forged = solution | FORGED[forgery](solution["challenge"], solution["solution"])
    assert encoded(forged) != encoded(solution)

    assert whole(resend(client, tokens, encoded(forged))) == UNSOLVED
    assert whole(resend(client, tokens, encoded(solution))) == (200, tokens)  # the true one was not spent


def test_a_challenge_of_somebody_else_is_not_ours(client: httpx.Client, tokens: Json) -> None:
    own = altcha.create_challenge("PBKDF2/SHA-256", 1, counter=1, hmac_secret="a secret of somebody else")

    assert whole(resend(client, tokens, encoded(solved(own.to_dict())))) == UNSOLVED


def test_an_expired_challenge_is_over(server: Server, client: httpx.Client, tokens: Json) -> None:
    for end, expected in ((int(time.time()) - 1, UNSOLVED), (int(time.time()) + 60, (200, tokens))):
        assert whole(resend(client, tokens, encoded(solved(challenge_of(server, end))))) == expected


GARBAGE = [
    "x",
    "%%%",
    "é",
    "🦉",
    "bnVsbA==",
    "W10=",
    "e30=",
    encoded([{}]),
    encoded({"challenge": "x", "solution": "y"}),
    "=" * 4096,
]
DEEP = b64encode(b"[" * 3000).decode()


@pytest.mark.parametrize("garbage", [*GARBAGE, DEEP])
def test_garbage_is_no_solution(client: httpx.Client, tokens: Json, garbage: str) -> None:
    for way in SPELLINGS.values():
        assert whole(way(client, bearer(tokens["userToken"]), garbage)) == UNSOLVED


def test_a_solution_has_at_most_4096_characters(client: httpx.Client, tokens: Json) -> None:
    assert resend(client, tokens, "x" * 4097).json() == vault.refusal(
        400, "'capcha' is too long, at most 4096 characters"
    )


def test_a_missing_solution_is_refused_and_sends_nothing(
    server: Server, client: httpx.Client, tokens: Json, email: str
) -> None:
    headers = bearer(tokens["userToken"])

    assert whole(client.get(RESEND, headers=headers)) == UNSOLVED
    assert whole(client.post(RESEND, json={}, headers=headers)) == UNSOLVED
    for name in ("capcha", "captcha"):
        empty = (400, vault.refusal(400, f"'{name}' is too short, at least 1 character"))
        assert whole(client.get(RESEND, params={name: ""}, headers=headers)) == empty
        assert whole(client.post(RESEND, json={name: ""}, headers=headers)) == empty
    assert rows(server, f"SELECT count(*) FROM mail WHERE recipient = '{email}'") == [(1,)]


def test_the_session_comes_before_the_captcha(client: httpx.Client, tokens: Json, solution: Json) -> None:
    assert whole(client.get(RESEND, params={"capcha": encoded(solution)})) == vault.NO_TOKEN

    assert whole(resend(client, tokens, encoded(solution))) == (200, tokens)  # not spent


def test_m01_head_spends_no_solution(client: httpx.Client, tokens: Json, solution: Json) -> None:
    head = client.head(RESEND, params={"capcha": encoded(solution)}, headers=bearer(tokens["userToken"]))
    assert (head.status_code, head.content) == (200, b"")

    assert whole(resend(client, tokens, encoded(solution))) == (200, tokens)


def test_a_spent_challenge_is_remembered_until_it_is_over(
    server: Server, client: httpx.Client, tokens: Json, solution: Json
) -> None:
    resend(client, tokens, encoded(solution))
    digest = hashlib.sha256(solution["challenge"]["signature"].encode()).hexdigest()

    [(remembered,)] = rows(server, f"SELECT expires_at FROM spent_challenge WHERE digest = '{digest}'")

    over = time.gmtime(solution["challenge"]["parameters"]["expiresAt"])
    assert str(remembered) >= time.strftime("%Y-%m-%d %H:%M:%S", over)


@pytest.fixture(scope="module")
def without(serving: Serving) -> Server:
    return serving(PORTICO_CAPTCHA="off", PORTICO_LIMITS="off")


def test_when_it_is_off_any_text_passes_and_none_does_not(without: Server, email: str) -> None:
    client = without.client
    tokens = tokens_of(vault.register(client, email))
    headers = bearer(tokens["userToken"])

    for way in SPELLINGS.values():
        for anything in ("x", "🦉", "x"):
            assert whole(way(client, headers, anything)) == (200, tokens)
    assert whole(client.get(RESEND, headers=headers)) == UNSOLVED
    assert whole(client.post(RESEND, json={}, headers=headers)) == UNSOLVED
    assert client.get(CHALLENGE).status_code == 200
