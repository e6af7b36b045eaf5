"""Signed tokens: what they say, with which key anybody can check them, and every forgery that is refused."""

import json
import secrets
import time
from collections.abc import Callable
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from doors import PASSWORD, new_address
from doors.appseed import NOT_LOGGED_ON, Appseed
from support.answers import Json, text_in, whole
from support.database import stored
from support.server import Server, Serving
from support.tokens import base64url, decoded, forged, given, own_key, parts, published, segment, signed

DAY = 24 * 60 * 60
DONE = {"success": True}
MINE = Ed25519PrivateKey.generate()
MY_JWK = json.loads(jwt.algorithms.OKPAlgorithm.to_jwk(MINE.public_key()))
MY_URL = "http://127.0.0.1:1/keys.json"

# By algorithm: what the public key says besides its material, and the name of that.
FAMILIES: dict[str, tuple[Json, str] | None] = {
    "HS256": None,
    "EdDSA": ({"kty": "OKP", "crv": "Ed25519"}, "x"),
    "RS256": ({"kty": "RSA", "e": "AQAB", "key_ops": ["verify"]}, "n"),
}


@pytest.fixture(scope="module", params=FAMILIES)
def keyed(request: pytest.FixtureRequest, serving: Serving) -> Server:
    """A server that signs with each of the algorithms."""
    return serving(PORTICO_JWT_ALGORITHM=request.param)


@pytest.fixture(scope="module")
def keyed_token(keyed: Server) -> str:
    return new_token(keyed)


@pytest.fixture(scope="module")
def token(server: Server) -> str:
    return new_token(server)


def new_token(server: Server) -> str:
    """The token of a new account."""
    return server.at(Appseed).logged_in(new_address())


def is_live(server: Server, token: str) -> bool:
    """Whether operations that need a session and those that ask for one agree that there is one."""
    strict, lenient = server.at(Appseed).protected(Authorization=token), server.at(Appseed).use(token)
    if strict.status_code == 200:
        assert (strict.json(), whole(lenient)) == (DONE, (200, DONE))
        return True
    assert whole(strict) == (401, NOT_LOGGED_ON)
    assert strict.headers["WWW-Authenticate"] == 'Bearer error="invalid_token"'
    assert whole(lenient) == (200, NOT_LOGGED_ON)
    return False


# ---------------------------------------------------------------- what a token says
def test_the_claims_of_a_token(keyed: Server, email: str) -> None:
    door = keyed.at(Appseed)
    user_id = text_in(door.register(email), "userID")
    before = int(time.time())
    header, claims, _ = parts(door.token_of(door.login(email)))
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


def test_jwks_shows_the_public_key_and_it_verifies_what_was_signed(keyed: Server, keyed_token: str) -> None:
    answer = keyed.client.get("/.well-known/jwks.json")
    header, claims, _ = parts(keyed_token)
    family = FAMILIES[header["alg"]]

    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/json")
    assert answer.headers["Cache-Control"] == "public, max-age=30"
    if family is None:  # the key is secret
        assert answer.json() == {"keys": []}
        return
    (key,) = answer.json()["keys"]
    about, material = family
    assert key == about | {"kid": header["kid"], "alg": header["alg"], "use": "sig", material: key[material]}
    assert (len(header["kid"]), int(header["kid"], 16) >= 0) == (16, True)
    assert jwt.decode(keyed_token, jwt.PyJWK(key), [header["alg"]], audience="appseed", issuer=keyed.url) == claims


def test_s05_neither_database_nor_files_hold_a_token_a_password_or_a_private_key(
    keyed: Server, keyed_token: str
) -> None:
    places = [stored(keyed).encode(), *(file.read_bytes() for file in keyed.folder.glob("portico.db*"))]

    assert parts(keyed_token)[0]["kid"].encode() in places[0]  # so this is the right database
    for secret in (keyed_token.rpartition(".")[2], PASSWORD, base64url(PASSWORD.encode()), "PRIVATE KEY"):
        assert not [place for place in places if secret.encode() in place]


# ---------------------------------------------------------------- J01: forged without the key
def mine(token: str, **more: object) -> str:
    """Signed with a key of my own, which the header offers for checking."""
    header, claims, _ = parts(token)
    return jwt.encode(claims, MINE, algorithm="EdDSA", headers=given({"kid": header["kid"]} | more))


def reheaded(token: str, **changes: object) -> str:
    """Another header over the same claims and the same signature."""
    header, claims, signature = parts(token)
    return f"{segment(given(header | changes))}.{segment(claims)}.{base64url(signature)}"


def unsigned(token: str, **changes: object) -> str:
    return f"{reheaded(token, **changes).rpartition('.')[0]}."


def pieced(token: str, **pieces: str) -> str:
    """The three parts of the token, some of them others."""
    header, claims, signature = token.split(".")
    return ".".join(({"header": header, "claims": claims, "signature": signature} | pieces).values())


def later(token: str) -> str:
    claims = parts(token)[1]
    return segment(claims | {"exp": claims["exp"] + 1})


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
    "the signature of another": lambda server, token: pieced(token, signature=new_token(server).rpartition(".")[2]),
    "the claims changed": lambda server, token: pieced(token, claims=later(token)),
    "the claims no object": lambda server, token: pieced(token, claims=base64url(b"[]")),
    "the claims no JSON": lambda server, token: pieced(token, claims=base64url(b"{")),
    "the header no object": lambda server, token: pieced(token, header=base64url(b"[]")),
    "the header changed": lambda server, token: reheaded(token, extra=1),
    "another key": lambda server, token: signed(*parts(token)[:2], secrets.token_bytes(32)),
    "an empty key": lambda server, token: signed(*parts(token)[:2], b""),
    "the secret itself": lambda server, token: signed(*parts(token)[:2], own_key(server, "")),
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


def test_j01_a_public_key_signs_nothing(keyed: Server, keyed_token: str) -> None:
    """HMAC over what everybody knows: the public key in any of its forms."""
    header, claims, _ = parts(keyed_token)
    for key in published(keyed):
        public: Any = jwt.PyJWK(key).key
        pem = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        der = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        for secret in (pem, der, decoded(key.get("x") or key["n"])):
            assert not is_live(keyed, signed(header | {"alg": "HS256"}, claims, secret))


def test_j01_the_token_they_were_all_made_of_is_good(keyed: Server, keyed_token: str) -> None:
    assert is_live(keyed, keyed_token)


# ---------------------------------------------------------------- J02: signed with the real key, and wrong all the same
# Those with the audience of another door, or of none, are a law of every door.
WRONG_CLAIMS: dict[str, Json] = {
    "another issuer": {"iss": "https://evil.example"},
    "no issuer": {"iss": None},
    "an issuer that only begins right": {"iss": "http://127.0.0.1:1"},
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
