"""The database of a server, past the server: to look into it and to break it."""

import asyncio
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from support.server import POSTGRES, Server

Row = tuple[Any, ...]


def sql(server: Server, *statements: str) -> None:
    """Runs statements in the server's database."""
    if not POSTGRES:
        with closing(sqlite3.connect(server.folder / "portico.db", isolation_level=None)) as database:
            database.execute("PRAGMA foreign_keys = ON")
            for statement in statements:
                database.execute(statement)
        return
    import asyncpg

    async def run() -> None:
        connection = await asyncpg.connect(server.environment["PORTICO_DATABASE_URL"])
        for statement in statements:
            await connection.execute(statement)
        await connection.close()

    asyncio.run(run())


def emptied(server: Server) -> Server:
    """The server, without anybody who ever signed up: as good as a new one, and sooner there."""
    sql(server, "DELETE FROM account", "DELETE FROM owner")
    server.forget_doors()
    return server


def rows(server: Server, query: str) -> list[Row]:
    """Returns what a SELECT finds in the server's database."""
    if not POSTGRES:
        with closing(sqlite3.connect(server.folder / "portico.db")) as database:
            return database.execute(query).fetchall()
    import asyncpg

    async def fetch() -> list[Row]:
        connection = await asyncpg.connect(server.environment["PORTICO_DATABASE_URL"])
        found = await connection.fetch(query)
        await connection.close()
        return [tuple(row) for row in found]

    return asyncio.run(fetch())


def moment(stored: str | datetime) -> datetime:
    """Returns a time that the database gave as a text or as a time."""
    return stored if isinstance(stored, datetime) else datetime.fromisoformat(stored)


def stored(server: Server) -> str:
    """Returns everything the server's database holds, as text."""
    if not POSTGRES:
        with closing(sqlite3.connect(server.folder / "portico.db")) as database:
            return "\n".join(database.iterdump())
    import asyncpg

    async def dump() -> str:
        connection = await asyncpg.connect(server.environment["PORTICO_DATABASE_URL"])
        tables = await connection.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        rows = [row for (table,) in tables for row in await connection.fetch(f'SELECT t::text FROM "{table}" t')]
        await connection.close()
        return "\n".join(row[0] for row in rows)

    return asyncio.run(dump())


def ago(span: timedelta) -> str:
    """Returns the moment that is so long past, as both databases read it."""
    return f"{datetime.now(UTC) - span:%Y-%m-%d %H:%M:%S.%f+00:00}"


@contextmanager
def locked(server: Server) -> Iterator[None]:
    """Locks the database, as somebody does who takes his time to write."""
    with closing(sqlite3.connect(server.folder / "portico.db", isolation_level=None)) as database:
        database.execute("BEGIN EXCLUSIVE")
        yield


@contextmanager
def gone(server: Server) -> Iterator[None]:
    """Puts the database out of reach: its tables are not there, or nobody lets the server in."""
    if not POSTGRES:
        with closing(sqlite3.connect(server.folder / "portico.db")) as database:
            tables = [name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        tables = [table for table in tables if not table.startswith("sqlite_")]
        sql(server, *(f"ALTER TABLE {table} RENAME TO mislaid_{table}" for table in tables))
        yield
        sql(server, *(f"ALTER TABLE mislaid_{table} RENAME TO {table}" for table in tables))
        return
    import asyncpg

    name = server.environment["PORTICO_DATABASE_URL"].rpartition("/")[2]

    async def rename(old: str, new: str) -> None:
        connection = await asyncpg.connect(f"{POSTGRES}/postgres")
        await connection.execute(f"ALTER DATABASE {old} ALLOW_CONNECTIONS false")
        await connection.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1", old)
        await connection.execute(f"ALTER DATABASE {old} RENAME TO {new}")
        await connection.execute(f"ALTER DATABASE {new} ALLOW_CONNECTIONS true")
        await connection.close()

    asyncio.run(rename(name, f"{name}_mislaid"))
    yield
    asyncio.run(rename(f"{name}_mislaid", name))
