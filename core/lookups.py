"""The reads on the path of every request, written by hand: one SELECT, no model built.

On SQLite a point read takes a few microseconds, handing it to a thread and back ten times that. So it is done here and
now, on a read-only connection of its own that never waits: where SQLite would (a lock, a checkpoint), the read goes the
way of all others. The longest it can hold the event loop is one descent of a B-tree.
"""

import sqlite3
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from tortoise.connection import get_connection

SESSION = "SELECT account_id, generation, issued_at FROM session WHERE id = ? AND revoked_at IS NULL"
TOKEN = (
    "SELECT session.door, session.id, session.account_id, account.uuid, token.expires_at FROM token"
    " JOIN session ON session.id = token.session_id JOIN account ON account.id = session.account_id"
    " WHERE token.digest = ? AND token.kind = 'access' AND session.revoked_at IS NULL"
)

_reader: sqlite3.Cursor | None = None


def start(sqlite_file: Path | None) -> None:
    """Opens the read-only connection; with another database than SQLite there is none."""
    global _reader
    if sqlite_file:
        address = f"{sqlite_file.absolute().as_uri()}?mode=ro"
        _reader = sqlite3.connect(address, uri=True, timeout=0, isolation_level=None).cursor()


def stop() -> None:
    global _reader
    if _reader:
        _reader.connection.close()
        _reader = None


async def session(session_id: str) -> Sequence | None:
    """account_id, generation and issued_at of a session that has not been ended."""
    return await _first(SESSION, session_id)


async def access_token(digest: str) -> Sequence | None:
    """door, session, account_id, the account's uuid and expires_at of an opaque access token whose session is live."""
    return await _first(TOKEN, digest)


def moment(stored: str | datetime) -> datetime:
    """A time as the database gave it."""
    return stored if isinstance(stored, datetime) else datetime.fromisoformat(stored).astimezone(UTC)


async def _first(statement: str, value: str) -> Sequence | None:
    if _reader:
        try:
            return _reader.execute(statement, (value,)).fetchone()
        except sqlite3.OperationalError:
            pass  # busy: wait for it where waiting holds up nobody
    connection = get_connection("default")
    if connection.capabilities.dialect != "sqlite":
        statement = statement.replace("?", "$1")
    rows = await connection.execute_query_dict(statement, [value])
    return tuple(rows[0].values()) if rows else None
