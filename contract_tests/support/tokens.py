"""Tokens, taken apart and put together as somebody else might."""

import hashlib
import hmac
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import timedelta

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from support.answers import Json
from support.database import ago, sql
from support.server import Server


def base64url(octets: bytes) -> str:
    return urlsafe_b64encode(octets).rstrip(b"=").decode()


def decoded(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def segment(value: Json) -> str:
    return base64url(json.dumps(value, separators=(",", ":")).encode())


def parts(token: str) -> tuple[Json, Json, bytes]:
    header, claims, signature = map(decoded, token.split("."))
    return json.loads(header), json.loads(claims), signature


def signed(header: Json, claims: Json, key: bytes) -> str:
    """Signs a token with HMAC-SHA-256, whatever its header says."""
    message = f"{segment(header)}.{segment(claims)}"
    return f"{message}.{base64url(hmac.digest(key, message.encode(), hashlib.sha256))}"


def own_key(server: Server, kid: str) -> bytes:
    """Derives the server's HS256 key of this name."""
    return own_secret(server, f"portico signing key {kid}")


def own_secret(server: Server, purpose: str) -> bytes:
    """Derives the server's secret for a purpose from its secret key (HKDF-SHA-256)."""
    secret = server.environment.get("PORTICO_SECRET_KEY") or (server.folder / "portico.key").read_text().strip()
    return HKDF(SHA256(), length=32, salt=None, info=purpose.encode()).derive(secret.encode())


def published(server: Server) -> list[Json]:
    """Returns the keys with which anybody may check a token of the server."""
    keys: list[Json] = server.client.get("/.well-known/jwks.json").json()["keys"]
    return keys


def forged(server: Server, token: str, header: Json | None = None, **claims: object) -> str:
    """Returns the token with other claims, signed as only the server itself can; what becomes None goes."""
    old_header, old_claims, _ = parts(token)
    key = own_key(server, old_header["kid"])
    return signed(given(old_header | (header or {})), given(old_claims | claims), key)


def given(values: Json) -> Json:
    return {name: value for name, value in values.items() if value is not None}


def digest(token: str) -> str:
    """Returns what the database holds of an opaque token or of a mailed one."""
    return hashlib.sha256(token.encode()).hexdigest()


def expire(server: Server, *tokens: str) -> None:
    """Lets the life of opaque tokens, or of mailed ones, have ended a second ago."""
    past = ago(timedelta(seconds=1))
    for token in tokens:
        for table in ("token", "one_time_token"):
            sql(server, f"UPDATE {table} SET expires_at = '{past}' WHERE digest = '{digest(token)}'")
