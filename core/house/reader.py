"""The reads on the path of every request: one prepared SELECT, no model built.

On SQLite a point read takes a few microseconds, handing it to a thread and back ten times that. So it is done here and
now, on a read-only connection of its own that never waits: where SQLite would (a lock, a checkpoint), the read goes the
way of all others. The longest it can hold the event loop is one descent of a B-tree.
"""

import sqlite3
from pathlib import Path
from typing import Any

from portico.core import database

Row = tuple[Any, ...]


class Reader:
    """With another database than SQLite every read goes the way of all others."""

    def __init__(self, sqlite_file: Path | None) -> None:
        self._cursor: sqlite3.Cursor | None = None
        if sqlite_file:
            address = f"{sqlite_file.absolute().as_uri()}?mode=ro"
            self._cursor = sqlite3.connect(address, uri=True, timeout=0, isolation_level=None).cursor()

    async def first(self, statement: str, value: str) -> Row | None:
        """The first row of a statement with one parameter, written `?`."""
        if self._cursor:
            try:
                row: Row | None = self._cursor.execute(statement, (value,)).fetchone()
                return row
            except sqlite3.OperationalError:
                pass  # busy: wait for it where waiting holds up nobody
        return await database.first(statement, value)

    def close(self) -> None:
        if self._cursor:
            self._cursor.connection.close()
