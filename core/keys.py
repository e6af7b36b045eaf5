"""The keys that sign tokens, and signing and verifying tokens (JWT).

A key has a name (`kid`), an algorithm and a life: it is published, signs from PUBLISHED_BEFORE_USE later until another
key takes over, and verifies until the last token it signed has expired. So every process knows a key before it signs.
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
CLOCK_SKEW = 60  # seconds by which the clocks of two machines may differ
TOKEN_ID = re.compile(r"[0-9a-f]{32}\.[0-9]{1,9}")  # session and generation
CLAIMS = ["iss", "aud", "sub", "jti", "iat", "exp"]


async def start() -> None:
    """Loads the keys, and makes one if none of the configured algorithm is in use."""
    await house().keys.start()


async def rotate() -> str:
    """Makes a key that takes over after PUBLISHED_BEFORE_USE, lets the others expire, and returns its name."""
    return await house().keys.rotate(PUBLISHED_BEFORE_USE)


async def remove(kid: str) -> bool:
    """Deletes a key, which voids every token it signed; running servers notice within RELOAD_EVERY seconds.

    Returns whether there was one.
    """
    return bool(await SigningKey.filter(kid=kid).delete())


async def listed() -> list[SigningKey]:
    """Returns all keys, expired ones included, the oldest first."""
    return await SigningKey.all().order_by("signs_from")


async def public() -> list[dict[str, Any]]:
    """Returns the public keys as JWKs, those that will sign soon included."""
    return [key.jwk for key in await house().keys.all() if key.jwk]


async def sign(audience: str, subject: str, token_id: str, issued: datetime, expires: datetime, **extra: str) -> str:
    """Returns a signed token for `audience`, with `extra` claims."""
    key = await house().keys.signer()
    claims = {
        "iss": house().settings.public_url,
        "aud": audience,
        "sub": subject,
        "jti": token_id,
        "iat": int(issued.timestamp()),
        "exp": int(expires.timestamp()),
        **extra,
    }
    return jwt.encode(claims, key.private, algorithm=key.algorithm, headers={"kid": key.kid})


async def verify(token: str, audience: str, leeway: int = 0) -> Claims:
    """Returns the claims of a token we signed for `audience`; it may have expired up to `leeway` seconds ago.

    Raises TokenMalformed, TokenForged or TokenExpired. The signature of a token is checked once and then cached; its
    audience and expiry are checked on every call.
    """
    ring = house().keys
    if ring.is_stale():
        await ring.reload()
    claims = ring.cached_claims(token)
    if claims is None:
        claims = await _decoded(token)
        ring.cache_claims(token, claims)
    if claims["aud"] != audience:
        raise TokenForged()
    if claims["exp"] + leeway <= house().clock.time():
        raise TokenExpired()
    return claims


async def _decoded(token: str) -> Claims:
    """Checks all of a token that cannot change later."""
    try:
        header = jwt.get_unverified_header(token)
    except jwt.InvalidTokenError:
        raise TokenMalformed() from None
    key = await house().keys.find(header.get("kid"))
    if key is None or header.get("typ") != "JWT":
        raise TokenForged()
    claims = _signed_claims(token, key)
    issued, expires = claims["iat"], claims["exp"]
    if not isinstance(issued, int) or issued > house().clock.time() + CLOCK_SKEW:
        raise TokenForged()
    if not isinstance(expires, int) or not isinstance(claims["sub"], str) or not TOKEN_ID.fullmatch(claims["jti"]):
        raise TokenForged()
    return claims


def _signed_claims(token: str, key: Key) -> Claims:
    """Checks the signature and the issuer. `verify` checks the audience and the expiry, each time a token is used."""
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
