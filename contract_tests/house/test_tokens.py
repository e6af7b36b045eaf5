"""Signed tokens and the sessions behind them: what is refused, what survives, what is stored."""

import json
import secrets
import sqlite3
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from uuid import uuid4

import httpx
import jwt
import pytest
import test_appseed as appseed
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from support.answers import Json, object_in
from support.database import sql, stored
from support.server import POSTGRES, Server, Serving
from support.tokens import decoded, encoded, forged, given, own_key, part, parts, signed

DAY = 24 * 60 * 60
DEADLINE = 30  # seconds; a running server looks for other keys every 15
MINE = Ed25519PrivateKey.generate()


def public_keys(server: Server) -> list[Json]:
    keys: list[Json] = server.client.get("/.well-known/jwks.json").json()["keys"]
    return keys


def log_in(server: Server, email: str) -> str:
    return appseed.token_of(appseed.login(server.client, email))


def new_token(server: Server) -> str:
    """The token of a new account."""
    email = f"{uuid4().hex}@appseed.us"
    appseed.register(server.client, email)
    return log_in(server, email)


def is_live(server: Server, token: str) -> bool:
    """Whether operations that need a session and those that ask for one agree that there is one."""
    client, header = server.client, {"Authorization": token}
    strict, lenient = client.post(appseed.EDIT, json={}, headers=header), client.post(appseed.CHECK, headers=header)
    if strict.status_code == 200:
        assert (strict.json(), lenient.status_code, lenient.json()) == (appseed.DONE, 200, appseed.DONE)
        return True
    assert (strict.status_code, strict.json()) == (401, appseed.NOT_LOGGED_ON)
    assert strict.headers["WWW-Authenticate"] == 'Bearer error="invalid_token"'
    assert (lenient.status_code, lenient.json()) == (200, appseed.NOT_LOGGED_ON)
    return False


def until(happens: Callable[[], bool]) -> None:
    """Waits for what another process does in its own time."""
    end = time.monotonic() + DEADLINE
    while not happens():
        assert time.monotonic() < end, "it never happened"
        time.sleep(0.05)


@pytest.fixture(scope="module", params=["HS256", "EdDSA", "RS256"])
def keyed(request: pytest.FixtureRequest, serving: Serving) -> Server:
    """A server that signs with each of the algorithms."""
    return serving(PORTICO_JWT_ALGORITHM=request.param)


@pytest.fixture(scope="module")
def keyed_token(keyed: Server) -> str:
    return new_token(keyed)


@pytest.fixture(scope="module")
def token(server: Server) -> str:
    return new_token(server)


# ---------------------------------------------------------------- what a token says
def test_the_claims_of_a_token(keyed: Server, email: str) -> None:
    user_id = appseed.register(keyed.client, email).json()["userID"]
    before = int(time.time())
    header, claims, _ = parts(log_in(keyed, email))
    after = int(time.time())

    assert header == {"alg": keyed.environment["PORTICO_JWT_ALGORITHM"], "kid": header["kid"], "typ": "JWT"}
    assert claims == {
        "iss": keyed.url,
        "aud": "appseed",
        "sub": user_id,
        "jti": claims["jti"],
        "iat": claims["iat"],
        "exp": claims["iat"] + DAY,
    }
    assert before <= claims["iat"] <= after
    session, _, generation = claims["jti"].partition(".")
    assert (len(bytes.fromhex(session)), generation) == (16, "0")


def test_the_issuer_is_the_public_url(serving: Serving, email: str) -> None:
    server = serving(PORTICO_PUBLIC_URL="https://id.example.org/")

    _, claims, _ = parts(new_token(server))

    assert claims["iss"] == "https://id.example.org"


def test_jwks_verifies_what_was_signed(keyed: Server) -> None:
    token = new_token(keyed)
    header, claims, _ = parts(token)
    keys = public_keys(keyed)

    if header["alg"] == "HS256":
        assert keys == []
    else:
        (key,) = keys
        assert (key["kid"], key["alg"], key["use"]) == (header["kid"], header["alg"], "sig")
        assert not {"d", "p", "q", "dp", "dq", "qi", "k"} & set(key)
        assert jwt.decode(token, jwt.PyJWK(key), [header["alg"]], audience="appseed", issuer=keyed.url) == claims


# ---------------------------------------------------------------- J01: forged without the key
def confused(server: Server, token: str, form: Callable[[Json], bytes]) -> str:
    """Signed with HMAC and what everybody knows: the public key."""
    header, claims, _ = parts(token)
    public = public_keys(server)[0] if public_keys(server) else {"kty": "oct", "k": encoded(b"")}
    return signed(header | {"alg": "HS256"}, claims, form(public))


def public_key(key: Json) -> PublicKeyTypes:
    made: PublicKeyTypes = jwt.PyJWK(key).key
    return made


def pem(key: Json) -> bytes:
    if key["kty"] == "oct":
        return b""
    return public_key(key).public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def der(key: Json) -> bytes:
    if key["kty"] == "oct":
        return b"\0"
    return public_key(key).public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def raw(key: Json) -> bytes:
    return decoded(key.get("x") or key.get("n") or key["k"])


def mine(token: str, **more: object) -> str:
    """Signed with a key of my own, which the header offers for checking."""
    _, claims, _ = parts(token)
    header = {"kid": parts(token)[0]["kid"]} | more
    return jwt.encode(claims, MINE, algorithm="EdDSA", headers=given(header))


MY_JWK = json.loads(jwt.algorithms.OKPAlgorithm.to_jwk(MINE.public_key()))
MY_URL = "http://127.0.0.1:1/keys.json"


def reheaded(token: str, **changes: object) -> str:
    """Another header over the same claims and the same signature."""
    header, claims, signature = parts(token)
    return f"{part(given(header | changes))}.{part(claims)}.{encoded(signature)}"


def unsigned(token: str, **changes: object) -> str:
    return f"{reheaded(token, **changes).rpartition('.')[0]}."


def reclaimed(token: str, **changes: object) -> str:
    header, claims, signature = parts(token)
    return f"{part(header)}.{part(claims | changes)}.{encoded(signature)}"


FORGERIES: dict[str, Callable[[Server, str], str]] = {
    "alg none, unsigned": lambda server, token: unsigned(token, alg="none"),
    "alg None, unsigned": lambda server, token: unsigned(token, alg="None"),
    "alg NONE, unsigned": lambda server, token: unsigned(token, alg="NONE"),
    "alg none, signed": lambda server, token: reheaded(token, alg="none"),
    "no alg": lambda server, token: reheaded(token, alg=None),
    "alg a number": lambda server, token: reheaded(token, alg=5),
    "another alg": lambda server, token: reheaded(token, alg="HS512"),
    "unsigned": lambda server, token: unsigned(token),
    "no third part": lambda server, token: token.rpartition(".")[0],
    "a fourth part": lambda server, token: f"{token}.{token.rpartition('.')[2]}",
    "the signature cut": lambda server, token: token[:-4],
    "the signature of another": lambda server, token: (
        f"{token.rpartition('.')[0]}.{new_token(server).rpartition('.')[2]}"
    ),
    "the claims changed": lambda server, token: reclaimed(token, exp=parts(token)[1]["exp"] + 1),
    "the claims no object": lambda server, token: ".".join([token.split(".")[0], encoded(b"[]"), token.split(".")[2]]),
    "the claims no JSON": lambda server, token: ".".join([token.split(".")[0], encoded(b"{"), token.split(".")[2]]),
    "the header no object": lambda server, token: ".".join([encoded(b"[]"), *token.split(".")[1:]]),
    "the header changed": lambda server, token: reheaded(token, extra=1),
    "another key": lambda server, token: signed(*parts(token)[:2], secrets.token_bytes(32)),
    "an empty key": lambda server, token: signed(*parts(token)[:2], b""),
    "the secret itself": lambda server, token: signed(*parts(token)[:2], own_key(server, "")),
    "HMAC over the public key as PEM": lambda server, token: confused(server, token, pem),
    "HMAC over the public key as DER": lambda server, token: confused(server, token, der),
    "HMAC over the public key as it is": lambda server, token: confused(server, token, raw),
    "my key under your kid": lambda server, token: mine(token),
    "my key under my kid": lambda server, token: mine(token, kid="0123456789abcdef"),
    "my key without a kid": lambda server, token: mine(token, kid=None),
    "my key in jwk": lambda server, token: mine(token, jwk=MY_JWK),
    "my key at jku": lambda server, token: mine(token, jku=MY_URL),
    "my key at x5u": lambda server, token: mine(token, x5u=MY_URL),
    "my key in x5c": lambda server, token: mine(token, x5c=["MIIB"]),
    "no kid": lambda server, token: reheaded(token, kid=None),
    "an unknown kid": lambda server, token: reheaded(token, kid="0123456789abcdef"),
    "a kid like a path": lambda server, token: reheaded(token, kid="../../../../dev/null"),
    "a kid like SQL": lambda server, token: reheaded(token, kid="' OR 1=1 --"),
    "a kid with a NUL": lambda server, token: reheaded(token, kid="a\0b"),
    "a kid with half a surrogate": lambda server, token: reheaded(token, kid="\ud800"),
    "a long kid": lambda server, token: reheaded(token, kid="0" * 10_000),
}


@pytest.mark.parametrize("forgery", FORGERIES)
def test_j01_a_forged_token_is_refused(keyed: Server, keyed_token: str, forgery: str) -> None:
    made = FORGERIES[forgery](keyed, keyed_token)

    assert made != keyed_token
    assert not is_live(keyed, made)


def test_j01_the_token_they_were_all_made_of_is_good(keyed: Server, keyed_token: str) -> None:
    assert is_live(keyed, keyed_token)


# ---------------------------------------------------------------- J02: signed with the real key, and wrong all the same
def test_j02_signed_again_a_token_is_as_good(server: Server, token: str) -> None:
    assert forged(server, token) == token
    assert is_live(server, forged(server, token, exp=parts(token)[1]["exp"] - 1))


WRONG_CLAIMS: dict[str, Json] = {
    "another issuer": {"iss": "https://evil.example"},
    "no issuer": {"iss": None},
    "an issuer that only begins right": {"iss": "http://127.0.0.1:1"},
    "another audience": {"aud": "vault"},
    "no audience": {"aud": None},
    "several audiences": {"aud": ["appseed", "vault"]},
    "expired": {"exp": 1},
    "expired this second": {"exp": int(time.time())},
    "no end": {"exp": None},
    "an end that is a text": {"exp": "9999999999"},
    "an end that is no number": {"exp": {}},
    "not yet": {"nbf": 9_999_999_999},
    "issued in the future": {"iat": 9_999_999_999},
    "no time of issue": {"iat": None},
    "no subject": {"sub": None},
    "no session": {"jti": None},
    "an unknown session": {"jti": "0" * 32 + ".0"},
    "no generation": {"jti": "0" * 32},
    "a session that is a number": {"jti": 1},
    "a session that is a list": {"jti": ["0" * 32]},
    "a session with a NUL": {"jti": "a\0b"},
    "a session with half a surrogate": {"jti": "\ud800"},
}


@pytest.mark.parametrize("wrong", WRONG_CLAIMS)
def test_j02_wrong_claims_are_refused(server: Server, token: str, wrong: str) -> None:
    assert not is_live(server, forged(server, token, **WRONG_CLAIMS[wrong]))


@pytest.mark.parametrize("generation", ["", ".", ".1", ".2", ".-1", ".a", ".0.0", ".0 ", ".9999999999"])
def test_j02_another_generation_of_the_session_is_refused(server: Server, token: str, generation: str) -> None:
    session = parts(token)[1]["jti"].partition(".")[0]

    assert not is_live(server, forged(server, token, jti=session + generation))
    assert is_live(server, forged(server, token, jti=f"{session}.0"))


@pytest.mark.parametrize("kind", ["at+jwt", "refresh", "mail", "JOSE", None, 5])
def test_j02_another_type_is_refused(server: Server, token: str, kind: str | int | None) -> None:
    assert not is_live(server, forged(server, token, {"typ": kind}))


def test_s06_a_token_ends_at_its_time_though_it_was_seen_before(server: Server, token: str) -> None:
    short = forged(server, token, exp=int(time.time()) + 5)  # not over before it was seen, on a busy machine
    assert is_live(server, short)

    until(lambda: not is_live(server, short))

    assert time.time() >= parts(short)[1]["exp"]
    assert is_live(server, token)


# ---------------------------------------------------------------- J03: keys come and go while the server runs
def unknown_kid(server: Server, token: str) -> None:
    """A key the server has never heard of makes it look for new ones."""
    assert not is_live(server, reheaded(token, kid=secrets.token_hex(8)))


def kids(server: Server, token: str) -> set[str]:
    unknown_kid(server, token)
    return {key["kid"] for key in public_keys(server)}


def test_j03_rotation_without_a_restart(serving: Serving, email: str) -> None:
    server = serving(PORTICO_JWT_ALGORITHM="EdDSA")
    appseed.register(server.client, email)
    before = log_in(server, email)
    old = parts(before)[0]["kid"]

    new = server.run("keys", "rotate").strip()
    until(lambda: kids(server, before) == {old, new})  # published, and not yet in use
    assert all({**key, "x": "", "kid": ""} == OKP for key in public_keys(server))
    meanwhile = log_in(server, email)
    assert parts(meanwhile)[0]["kid"] == old
    sql(server, f"UPDATE signing_key SET signs_from = created_at WHERE kid = '{new}'")  # its minute is over
    until(lambda: bool(kids(server, before)) and parts(log_in(server, email))[0]["kid"] == new)
    after = log_in(server, email)

    assert [is_live(server, token) for token in (before, meanwhile, after)] == [True, True, True]
    listed = server.run("keys", "list")
    assert [line.split()[:2] for line in listed.splitlines()[1:]] == [[old, "EdDSA"], [new, "EdDSA"]]

    assert server.run("keys", "remove", old) == f"removed {old}\n"
    until(lambda: kids(server, after) == {new})
    assert [is_live(server, token) for token in (before, meanwhile, after)] == [False, False, True]


OKP = {"kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "use": "sig", "x": "", "kid": ""}


@pytest.mark.parametrize("rotated", [False, True])
def test_j03_the_only_key_in_use_can_be_removed(serving: Serving, email: str, rotated: bool) -> None:
    """What an operator does whose key leaked: it must end the tokens and not the service."""
    server = serving(PORTICO_JWT_ALGORITHM="EdDSA")
    appseed.register(server.client, email)
    leaked = log_in(server, email)
    if rotated:
        server.run("keys", "rotate")

    server.run("keys", "remove", parts(leaked)[0]["kid"])
    until(lambda: parts(leaked)[0]["kid"] not in kids(server, leaked))

    assert not is_live(server, leaked)
    answer = appseed.login(server.client, email)
    assert answer.status_code == 200
    assert is_live(server, appseed.token_of(answer))


def test_j03_another_algorithm_keeps_the_tokens_of_the_first(serving: Serving, email: str) -> None:
    server = serving(PORTICO_JWT_ALGORITHM="HS256", PORTICO_PUBLIC_URL="https://id.example.org")
    appseed.register(server.client, email)
    before = log_in(server, email)

    server.stop()
    server.environment["PORTICO_JWT_ALGORITHM"] = "EdDSA"
    server.start()
    after = log_in(server, email)

    assert (parts(before)[0]["alg"], parts(after)[0]["alg"]) == ("HS256", "EdDSA")
    assert is_live(server, before)
    assert is_live(server, after)


# ---------------------------------------------------------------- sessions
def test_logins_of_one_second_are_sessions_of_their_own(server: Server, email: str) -> None:
    appseed.register(server.client, email)

    tokens = [log_in(server, email) for _ in range(5)]

    assert len({parts(token)[1]["iat"] for token in tokens}) < 5  # some were made within one second
    assert len(set(tokens)) == 5
    assert all(is_live(server, token) for token in tokens)
    appseed.logout(server.client, Authorization=tokens[2])
    assert [is_live(server, token) for token in tokens] == [True, True, False, True, True]


def test_sessions_accounts_and_ended_sessions_survive_a_restart(serving: Serving, email: str) -> None:
    server = serving(PORTICO_PUBLIC_URL="https://id.example.org")
    appseed.register(server.client, email)
    kept, ended = log_in(server, email), log_in(server, email)
    appseed.logout(server.client, Authorization=ended)

    assert server.stop() == 0
    server.start()

    assert is_live(server, kept)
    assert not is_live(server, ended)
    assert is_live(server, log_in(server, email))


def everywhere(server: Server, token: str) -> set[bool]:
    """What as many connections as it takes to meet every worker hear of a token."""

    def ask(_: int) -> bool:
        answer = httpx.post(server.url + appseed.CHECK, headers={"Authorization": token}, timeout=20)
        return object_in(answer) == appseed.DONE

    with ThreadPoolExecutor(10) as threads:
        return set(threads.map(ask, range(40)))


def test_s01_every_worker_knows_of_login_and_logout_at_once(serving: Serving, email: str) -> None:
    server = serving("--workers", "2")
    appseed.register(server.client, email)
    for _ in range(5):
        token = log_in(server, email)
        assert everywhere(server, token) == {True}
        appseed.logout(server.client, Authorization=token)
        assert everywhere(server, token) == {False}


# ---------------------------------------------------------------- what is stored
def test_s05_no_token_and_no_password_is_stored(serving: Serving, email: str) -> None:
    server = serving(PORTICO_JWT_ALGORITHM="RS256")
    password = "a pass of 3 words"
    appseed.register(server.client, email, password)
    token = appseed.token_of(appseed.login(server.client, email, password))
    assert is_live(server, token)

    text = stored(server)
    assert email in text  # so this is the right database
    for secret in (token, token.rpartition(".")[2], password, encoded(password.encode()), "PRIVATE KEY"):
        assert secret not in text
    for file in server.folder.glob("portico.db*"):
        assert token.rpartition(".")[2].encode() not in file.read_bytes()
        assert password.encode() not in file.read_bytes()


def test_s05_session_names_are_unique_and_random(server: Server, email: str) -> None:
    appseed.register(server.client, email)

    names = [parts(log_in(server, email))[1]["jti"].removesuffix(".0") for _ in range(100)]

    assert len(set(names)) == 100
    bits = "".join(f"{int(name, 16):0128b}" for name in names)
    assert 0.47 < bits.count("1") / len(bits) < 0.53  # six standard deviations of 12,800 fair coins


def test_p10_a_cheap_hash_is_renewed_at_login(serving: Serving, email: str) -> None:
    server = serving(PORTICO_BCRYPT_COST="4")
    appseed.register(server.client, email)
    assert "$2b$04$" in stored(server)

    server.stop()
    server.environment["PORTICO_BCRYPT_COST"] = "5"
    server.start()
    assert appseed.login(server.client, email, "wrong").status_code == 400
    assert "$2b$04$" in stored(server)  # only the right password can be hashed again
    assert appseed.login(server.client, email).status_code == 200

    assert "$2b$04$" not in stored(server)
    assert "$2b$05$" in stored(server)
    assert appseed.login(server.client, email).status_code == 200
    assert appseed.login(server.client, email, "wrong").status_code == 400


@pytest.mark.skipif(bool(POSTGRES), reason="the read-only connection is SQLite's")
def test_the_reader_of_sessions_holds_no_lock_between_requests(serving: Serving, email: str) -> None:
    server = serving()
    appseed.register(server.client, email)
    token = log_in(server, email)
    assert server.client.post("/api/users/checkSession", headers={"Authorization": token}).json() == {"success": True}

    with closing(sqlite3.connect(server.folder / "portico.db", isolation_level=None)) as database:
        busy, *_ = database.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()

    assert busy == 0  # a reader that stayed would let the write-ahead log grow for ever
