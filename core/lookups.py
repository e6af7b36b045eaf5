"""The reads on the path of every request, written by hand; how they are made: `house.reader`."""

from datetime import UTC, datetime
from typing import NamedTuple

from .house import house

Stored = str | datetime  # a time as the database gives it

SESSION = "SELECT account_id, generation, issued_at FROM session WHERE id = ? AND revoked_at IS NULL"
TOKEN = (
    "SELECT session.door, session.id, session.account_id, account.uuid, token.expires_at FROM token"
    " JOIN session ON session.id = token.session_id JOIN account ON account.id = session.account_id"
    " WHERE token.digest = ? AND token.kind = 'access' AND session.revoked_at IS NULL"
)


class LiveSession(NamedTuple):
    account: int
    generation: int
    issued_at: Stored


class AccessToken(NamedTuple):
    door: str
    session: str
    account: int
    uuid: str  # of the account
    expires_at: Stored


async def session(session_id: str) -> LiveSession | None:
    """A session that has not been ended."""
    row = await house().reader.first(SESSION, session_id)
    return LiveSession._make(row) if row else None


async def access_token(digest: str) -> AccessToken | None:
    """An opaque access token whose session is live."""
    row = await house().reader.first(TOKEN, digest)
    return AccessToken._make(row) if row else None


def moment(stored: Stored) -> datetime:
    return stored if isinstance(stored, datetime) else datetime.fromisoformat(stored).astimezone(UTC)
