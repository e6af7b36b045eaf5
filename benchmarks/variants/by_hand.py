"""What both hand-written variants share: their settings, their tokens, their passwords."""

import os
import secrets
from datetime import UTC, datetime, timedelta

import bcrypt
import jwt
from jwt.types import Options

COST = int(os.environ.get("BENCHMARK_BCRYPT_COST", "12"))
DATABASE = "benchmark.db"  # in the working folder
PRAGMAS = ("journal_mode=WAL", "synchronous=NORMAL", "busy_timeout=5000")
LIFE = timedelta(hours=24)
ISSUER, AUDIENCE = "http://127.0.0.1:8000", "appseed"
SECRET = secrets.token_bytes(32)
NOBODY = bcrypt.hashpw(b"nobody", bcrypt.gensalt(COST))
NOT_LOGGED_ON = {"success": False, "msg": "User is not logged on"}


def signed(subject: str, session: str) -> str:
    now = datetime.now(UTC)
    claims = {"iss": ISSUER, "aud": AUDIENCE, "sub": subject, "jti": session, "iat": now, "exp": now + LIFE}
    return jwt.encode(claims, SECRET, "HS256")


def session_of(token: str | None) -> str | None:
    """The session a token of ours names."""
    try:
        options: Options = {"require": ["iss", "aud", "sub", "jti", "iat", "exp"]}
        claims = jwt.decode(token or "", SECRET, ["HS256"], options, audience=AUDIENCE, issuer=ISSUER)
    except jwt.InvalidTokenError:
        return None
    return str(claims["jti"])


def hashed(password: str) -> bytes:
    return bcrypt.hashpw(password.encode(), bcrypt.gensalt(COST))
