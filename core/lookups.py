"""The queries by which a request finds its session. They are SQL and go through `house.reader`, for speed."""

from datetime import UTC, datetime
from typing import NamedTuple

from .house import house

StoredTime = str | datetime  # SQLite returns text, PostgreSQL a datetime

SESSION = "SELECT account_id, generation, issued_at FROM session WHERE id = ? AND revoked_at IS NULL"
TOKEN = (
    "SELECT session.door, session.id, session.account_id, account.uuid, token.expires_at FROM token"
    " JOIN session ON session.id = token.session_id JOIN account ON account.id = session.account_id"
    " WHERE token.digest = ? AND token.kind = 'access' AND session.revoked_at IS NULL"
)


class LiveSession(NamedTuple):
    account: int
    generation: int
    issued_at: StoredTime


class AccessToken(NamedTuple):
    door: str
    session: str
    account: int
    uuid: str  # of the account
    expires_at: StoredTime


async def session(session_id: str) -> LiveSession | None:
    """Returns the session unless it was ended; it may have expired."""
    row = await house().reader.first(SESSION, session_id)
    return LiveSession._make(row) if row else None


async def access_token(digest: str) -> AccessToken | None:
    """Returns the opaque access token with this digest unless its session was ended; it may have expired."""
    row = await house().reader.first(TOKEN, digest)
    return AccessToken._make(row) if row else None


def to_datetime(stored: StoredTime) -> datetime:
    return stored if isinstance(stored, datetime) else datetime.fromisoformat(stored).astimezone(UTC)
