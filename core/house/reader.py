"""Fast reads, for the queries that nearly every request makes.

In SQLite such a read takes a few microseconds, and handing it to another thread ten times as long. So the reader runs
it in the event loop, on a read-only connection that never waits; it blocks the loop for one descent of a B-tree at
most. If SQLite would have to wait (for a lock or a checkpoint), the read goes through Tortoise like any other.
"""

import sqlite3
from pathlib import Path
from typing import Any

from portico.core import database

Row = tuple[Any, ...]


class Reader:
    """Reads one row at a time. In PostgreSQL every read goes through Tortoise's connection."""

    def __init__(self, sqlite_file: Path | None) -> None:
        self._cursor: sqlite3.Cursor | None = None
        if sqlite_file:
            address = f"{sqlite_file.absolute().as_uri()}?mode=ro"
            self._cursor = sqlite3.connect(address, uri=True, timeout=0, isolation_level=None).cursor()

    async def first(self, statement: str, value: str) -> Row | None:
        """Returns the first row of a statement with one parameter, written `?`."""
        if self._cursor:
            try:
                row: Row | None = self._cursor.execute(statement, (value,)).fetchone()
                return row
            except sqlite3.OperationalError:
                pass  # busy; Tortoise waits in another thread
        return await database.first(statement, value)

    def close(self) -> None:
        if self._cursor:
            self._cursor.connection.close()
