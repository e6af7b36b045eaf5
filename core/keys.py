"""The keys that sign tokens, and signed tokens themselves.

A key has a name (`kid`), an algorithm and a life; processes learn of a new one before it signs, and keep
accepting an old one until its tokens are over.
"""

import re
from datetime import datetime, timedelta
from typing import Any

import jwt

from portico.models import SigningKey

from .house import house
from .house.keyring import Claims, Key
from .refusals import TokenExpired, TokenForged, TokenMalformed

PUBLISHED_BEFORE_USE = timedelta(minutes=1)
CLOCKS_DIFFER_BY = 60  # seconds, between machines
TOKEN_ID = re.compile(r"[0-9a-f]{32}\.[0-9]{1,9}")  # session and generation
CLAIMS = ["iss", "aud", "sub", "jti", "iat", "exp"]


async def start() -> None:
    """Loads the keys; makes the first one, and one of the configured algorithm when that has changed."""
    await house().keys.start()


async def rotate() -> str:
    """Makes a key that signs once every process knows it, retires the others once their tokens are over; its name."""
    return await house().keys.rotate(PUBLISHED_BEFORE_USE)


async def remove(kid: str) -> bool:
    """Ends a key and every token it signed; whether there was one. Running servers follow within RELOAD_EVERY."""
    return bool(await SigningKey.filter(kid=kid).delete())


async def listed() -> list[SigningKey]:
    return await SigningKey.all().order_by("signs_from")


async def public() -> list[dict[str, Any]]:
    """The public keys as JWKs, those that will sign soon included."""
    return [key.jwk for key in await house().keys.all() if key.jwk]


async def sign(audience: str, subject: str, token_id: str, issued: datetime, expires: datetime, **more: str) -> str:
    """A token for `audience`; `more`: further claims."""
    key = await house().keys.signer()
    claims = {
        "iss": house().settings.public_url,
        "aud": audience,
        "sub": subject,
        "jti": token_id,
        "iat": int(issued.timestamp()),
        "exp": int(expires.timestamp()),
        **more,
    }
    return jwt.encode(claims, key.private, algorithm=key.algorithm, headers={"kid": key.kid})


async def verify(token: str, audience: str, overdue: int = 0) -> Claims:
    """The claims of a token we signed for `audience` that is within its time, or at most `overdue` seconds past it.

    Raises TokenMalformed, TokenForged or TokenExpired. The signature of a token is checked once, its time always.
    """
    ring = house().keys
    if ring.is_stale():
        await ring.reload()
    claims = ring.claims_of(token)
    if claims is None:
        claims = await _decoded(token)
        ring.remember(token, claims)
    if claims["aud"] != audience:
        raise TokenForged()
    if claims["exp"] + overdue <= house().clock.time():
        raise TokenExpired()
    return claims


async def _decoded(token: str) -> Claims:
    try:
        header = jwt.get_unverified_header(token)
    except jwt.InvalidTokenError:
        raise TokenMalformed() from None
    key = await house().keys.named(header.get("kid"))
    if key is None or header.get("typ") != "JWT":
        raise TokenForged()
    claims = _verified(token, key)
    issued, expires = claims["iat"], claims["exp"]
    if not isinstance(issued, int) or issued > house().clock.time() + CLOCKS_DIFFER_BY:
        raise TokenForged()
    if not isinstance(expires, int) or not isinstance(claims["sub"], str) or not TOKEN_ID.fullmatch(claims["jti"]):
        raise TokenForged()
    return claims


def _verified(token: str, key: Key) -> Claims:
    """The signed claims. The audience and the time are checked on every use, not only on this first one."""
    options: jwt.types.Options = {
        "require": CLAIMS,
        "verify_aud": False,
        "verify_exp": False,
        "verify_iat": False,
    }
    try:
        return jwt.decode(token, key.public, [key.algorithm], options, issuer=house().settings.public_url)
    except jwt.InvalidSignatureError:
        raise TokenForged() from None
    except jwt.DecodeError:
        raise TokenMalformed() from None
    except jwt.InvalidTokenError:
        raise TokenForged() from None
