"""The keys that sign tokens, and signed tokens themselves.

A key has a name (`kid`), an algorithm and a life; processes learn of a new one before it signs, and keep
accepting an old one until its tokens are over. HS256 and EdDSA keys are derived from the secret key and the
name, so the table holds no key; an RSA key is stored sealed.
"""

import re
import secrets
import time
from collections import OrderedDict
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from jwt.algorithms import OKPAlgorithm, RSAAlgorithm

from portico.models import SigningKey

from . import secret
from .database import in_transaction
from .refusals import TokenExpired, TokenForged, TokenMalformed
from .settings import current

PUBLISHED_BEFORE_USE = timedelta(minutes=1)
OVERLAP = timedelta(days=45)  # longer than any signed token lives
RELOAD_EVERY = 15  # seconds
CLOCKS_DIFFER_BY = 60  # seconds, between machines
REMEMBERED = 4096  # verified tokens
TOKEN_ID = re.compile(r"[0-9a-f]{32}\.[0-9]{1,9}")  # session and generation
CLAIMS = ["iss", "aud", "sub", "jti", "iat", "exp"]


@dataclass(frozen=True)
class Key:
    kid: str
    algorithm: str
    signs_from: datetime
    verifies_until: datetime | None
    private: object
    public: object

    @property
    def jwk(self) -> dict | None:
        """The public half for JWKS (RFC 7517); a symmetric key has none."""
        if self.algorithm == "HS256":
            return None
        algorithm = OKPAlgorithm if self.algorithm == "EdDSA" else RSAAlgorithm
        return algorithm.to_jwk(self.public, as_dict=True) | {"kid": self.kid, "alg": self.algorithm, "use": "sig"}


class _Ring:
    """The keys in force, and the tokens they were already seen to have signed."""

    def __init__(self) -> None:
        self.keys: dict[str, Key] = {}
        self.loaded = 0.0
        self.verified: OrderedDict[str, dict] = OrderedDict()

    def is_stale(self) -> bool:
        return time.monotonic() - self.loaded > RELOAD_EVERY

    async def reload(self) -> None:
        now = datetime.now(UTC)
        rows = await SigningKey.all()
        valid = [row for row in rows if not row.verifies_until or row.verifies_until > now]
        fresh = {row.kid: self._known(row) or _key(row) for row in valid}
        if fresh.keys() != self.keys.keys():
            self.verified.clear()
        self.keys = fresh
        self.loaded = time.monotonic()

    def _known(self, row: SigningKey) -> Key | None:
        known = self.keys.get(row.kid)
        return replace(known, signs_from=row.signs_from, verifies_until=row.verifies_until) if known else None

    def signer(self) -> Key | None:
        now, algorithm = datetime.now(UTC), current().jwt_algorithm
        due = [key for key in self.keys.values() if key.signs_from <= now and key.algorithm == algorithm]
        return max(due, key=lambda key: key.signs_from, default=None)

    def remember(self, token: str, claims: dict) -> None:
        self.verified[token] = claims
        if len(self.verified) > REMEMBERED:
            self.verified.popitem(last=False)


_ring = _Ring()


async def start() -> None:
    """Loads the keys; makes the first one, and one of the configured algorithm when that has changed."""
    await _ring.reload()
    if not any(key.algorithm == current().jwt_algorithm and not key.verifies_until for key in _ring.keys.values()):
        await rotate(publish=timedelta(0))
        await _ring.reload()


async def rotate(publish: timedelta = PUBLISHED_BEFORE_USE) -> str:
    """Makes a key that signs after `publish`, retires the others once their tokens are over; returns its name."""
    signs_from = datetime.now(UTC) + publish
    async with in_transaction():
        key = await SigningKey.create(
            kid=secrets.token_hex(8), algorithm=current().jwt_algorithm, sealed=_sealed_key(), signs_from=signs_from
        )
        older = SigningKey.filter(signs_from__lt=signs_from, verifies_until=None)
        await older.update(verifies_until=signs_from + OVERLAP)
    return key.kid


async def remove(kid: str) -> bool:
    """Ends a key and every token it signed; whether there was one. Running servers follow within RELOAD_EVERY."""
    return bool(await SigningKey.filter(kid=kid).delete())


async def listed() -> list[SigningKey]:
    return await SigningKey.all().order_by("signs_from")


async def public() -> list[dict]:
    """The public keys as JWKs, those that will sign soon included."""
    if _ring.is_stale():
        await _ring.reload()
    return [key.jwk for key in _ring.keys.values() if key.jwk]


async def sign(audience: str, subject: str, token_id: str, issued: datetime, expires: datetime, **more: str) -> str:
    """A token for `audience`; `more`: further claims."""
    if _ring.is_stale():
        await _ring.reload()
    if _ring.signer() is None:  # the one in use was removed, and the next is not due
        await rotate(publish=timedelta(0))
        await _ring.reload()
    key = _ring.signer()
    claims = {
        "iss": current().public_url,
        "aud": audience,
        "sub": subject,
        "jti": token_id,
        "iat": int(issued.timestamp()),
        "exp": int(expires.timestamp()),
        **more,
    }
    return jwt.encode(claims, key.private, algorithm=key.algorithm, headers={"kid": key.kid})


async def verify(token: str, audience: str, overdue: int = 0) -> dict:
    """The claims of a token we signed for `audience` that is within its time, or at most `overdue` seconds past it.

    Raises TokenMalformed, TokenForged or TokenExpired. The signature of a token is checked once, its time always.
    """
    if _ring.is_stale():
        await _ring.reload()
    claims = _ring.verified.get(token)
    if claims is None:
        claims = await _decoded(token)
        _ring.remember(token, claims)
    else:
        _ring.verified.move_to_end(token)
    if claims["aud"] != audience:
        raise TokenForged()
    if claims["exp"] + overdue <= time.time():
        raise TokenExpired()
    return claims


async def _decoded(token: str) -> dict:
    try:
        header = jwt.get_unverified_header(token)
    except jwt.InvalidTokenError:
        raise TokenMalformed() from None
    key = await _named(header.get("kid"))
    if key is None or header.get("typ") != "JWT":
        raise TokenForged()
    # The audience and the time are checked on every use, not only on this first one.
    options = {"require": CLAIMS, "verify_aud": False, "verify_exp": False}
    try:
        claims = jwt.decode(
            token, key.public, [key.algorithm], options, issuer=current().public_url, leeway=CLOCKS_DIFFER_BY
        )
    except jwt.DecodeError as error:
        raise (TokenForged() if isinstance(error, jwt.InvalidSignatureError) else TokenMalformed()) from None
    except jwt.InvalidTokenError:
        raise TokenForged() from None
    if (
        not isinstance(claims["exp"], int)
        or not isinstance(claims["sub"], str)
        or not TOKEN_ID.fullmatch(claims["jti"])
    ):
        raise TokenForged()
    return claims


async def _named(kid: object) -> Key | None:
    if isinstance(kid, str) and kid not in _ring.keys and time.monotonic() - _ring.loaded > 1:
        await _ring.reload()
    return _ring.keys.get(kid) if isinstance(kid, str) else None


def _key(row: SigningKey) -> Key:
    if row.algorithm == "HS256":
        private = public = secret.derive(f"signing key {row.kid}")
    elif row.algorithm == "EdDSA":
        private = Ed25519PrivateKey.from_private_bytes(secret.derive(f"signing key {row.kid}"))
        public = private.public_key()
    else:
        private = load_pem_private_key(secret.unseal(row.sealed), None)
        public = private.public_key()
    return Key(row.kid, row.algorithm, row.signs_from, row.verifies_until, private, public)


def _sealed_key() -> str | None:
    if current().jwt_algorithm != "RS256":
        return None
    key = generate_private_key(public_exponent=65537, key_size=3072)
    return secret.seal(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
