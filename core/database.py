"""The database: open, migrate, ask whether it answers."""

import asyncio
import fcntl
import os
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Coroutine
from contextlib import asynccontextmanager, suppress
from contextvars import Token
from functools import cache
from pathlib import Path
from pkgutil import iter_modules
from socket import gaierror
from typing import Any, TypeVar, cast

from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.backends.base.config_generator import expand_db_url
from tortoise.context import TortoiseContext, _current_context
from tortoise.exceptions import BaseORMException, DBConnectionError, IntegrityError, OperationalError, ValidationError
from tortoise.migrations.executor import MigrationExecutor
from tortoise.transactions import in_transaction

import portico.models.migrations
from portico.models import BUILT_IN_APPLICATION, Application

from .settings import PREFIX, Settings, WrongSetting, refuse_missing_extra

TABLES: dict[str, dict[str, Any]] = {
    "portico": {"models": ["portico.models"], "migrations": "portico.models.migrations"}
}
OUTAGES = (DBConnectionError, OperationalError, sqlite3.OperationalError, ConnectionError, TimeoutError, gaierror)
BUILT_IN_NAME = "portico"
READY_WITHIN = 3  # seconds
POSTGRES_PATIENCE = {"timeout": 5, "command_timeout": 10}  # seconds to connect, and for one statement
DRIVER_OUTAGES = {
    "PostgresConnectionError",
    "InvalidCatalogNameError",
    "InvalidAuthorizationSpecificationError",
    "InterfaceError",
    "OperatorInterventionError",
    "InsufficientResourcesError",
    "RedisError",
    "StorageError",
}

# Tortoise keeps what it compiled for one kind of database on the models' classes, of which a process has one set.
_kinds_open: list[str] = []

T = TypeVar("T")
Entered = Token[TortoiseContext | None]

__all__ = [
    "Database",
    "IntegrityError",
    "connection",
    "current",
    "first",
    "found",
    "in_transaction",
    "is_outage",
    "migrate",
    "opened",
    "pending",
    "ready",
    "refuse_unready",
    "undone",
]


class Database(TortoiseContext):
    """The connections of one house, and the way to it: one ContextVar, Tortoise's, leads a task to both."""

    house: object

    def enter(self) -> Entered:
        # Not Tortoise's `__enter__`, which remembers one token for all of the tasks that enter.
        return _current_context.set(self)

    @staticmethod
    def leave(entered: Entered) -> None:
        _current_context.reset(entered)


def current() -> Database:
    """The database this task is in. LookupError outside of one."""
    found = _current_context.get()
    if found is None:
        raise LookupError("this task is in no house")
    return cast(Database, found)


@asynccontextmanager
async def opened(settings: Settings, *, create: bool = False) -> AsyncIterator[Database]:
    """The database, open, and entered. `create`: make an SQLite file that is not there.

    Raises WrongSetting when it cannot be opened, RuntimeError beside an open database of another kind.
    """
    if settings.sqlite_file:
        _refuse_unusable(settings.sqlite_file, create)
    else:
        refuse_missing_extra("asyncpg", "DATABASE_URL")
    kind = "sqlite" if settings.sqlite_file else "postgres"
    if {*_kinds_open} - {kind}:
        raise RuntimeError("a process speaks to one kind of database at a time")
    database = Database()
    entered = database.enter()
    _kinds_open.append(kind)
    try:
        await _connect(database, settings, kind)
        yield database
    finally:
        _kinds_open.remove(kind)
        database.leave(entered)
        if database.inited:  # else closing would try to make what could not be made
            await database.close_connections()


async def _connect(database: Database, settings: Settings, kind: str) -> None:
    try:
        connections = {kind: _credentials(settings)}
        await database.init({"connections": connections, "apps": _tables(kind), "use_tz": True, "timezone": "UTC"})
        await connection().execute_query("SELECT 1")
    except (TypeError, ValueError):  # an option the driver does not know, or a value it cannot read
        raise WrongSetting(f"{PREFIX}DATABASE_URL: has an option that cannot be used") from None
    except (BaseORMException, OSError, sqlite3.Error) as error:
        raise WrongSetting(f"{PREFIX}DATABASE_URL: cannot open the database: {_reason(error)}") from None


def _tables(connection_name: str) -> dict[str, dict[str, Any]]:
    return {app: tables | {"default_connection": connection_name} for app, tables in TABLES.items()}


def _credentials(settings: Settings) -> dict[str, Any]:
    connection = expand_db_url(settings.tortoise_url)
    if not settings.sqlite_file:
        connection["credentials"] = POSTGRES_PATIENCE | connection["credentials"]
    return connection


def connection() -> BaseDBAsyncClient:
    """The connection of the house this task is in, or of its transaction."""
    return current().db()


async def first(statement: str, value: str) -> tuple[Any, ...] | None:
    """The first row of a statement with one parameter, written `?`."""
    by = connection()
    if by.capabilities.dialect != "sqlite":
        statement = statement.replace("?", "$1")
    rows = await by.execute_query_dict(statement, [value])
    return tuple(rows[0].values()) if rows else None


async def found(query: Awaitable[T]) -> T | None:
    """What the query finds. A value longer than its column is nobody's."""
    try:
        return await query
    except ValidationError:
        return None


async def undone(work: Coroutine[object, object, T]) -> T:
    """The result of `work`, none of whose changes to the database stay."""
    results: list[T] = []
    try:
        async with in_transaction():
            # SQLite lets a transaction that began with a read fail where another process writes meanwhile.
            await Application.filter(id=BUILT_IN_APPLICATION).update(name=BUILT_IN_NAME)
            results.append(await work)
            raise _Undo
    except _Undo:
        pass
    return results[0]


class _Undo(Exception):
    pass


async def migrate(settings: Settings) -> list[str]:
    """Brings the open database to the current tables, one process at a time; the names of the migrations applied."""
    if not settings.sqlite_file:
        return await _migrate()
    folder = os.open(settings.sqlite_file.absolute().parent, os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        return await _migrate()
    finally:
        os.close(folder)


async def _migrate() -> list[str]:
    names = await pending()
    if names:
        await _executor().migrate(direction="forward")
    if not await Application.exists(id=BUILT_IN_APPLICATION):
        with suppress(IntegrityError):  # another process was first
            await Application.create(id=BUILT_IN_APPLICATION, name=BUILT_IN_NAME, uuid=str(BUILT_IN_APPLICATION))
    return names


async def pending() -> list[str]:
    """The migrations this version knows and the open database has not had. Raises WrongSetting for a newer database."""
    applied = await _applied()
    if applied - _known():
        raise WrongSetting(f"{PREFIX}DATABASE_URL: this database is of a newer Portico; an older one must not touch it")
    return sorted(_known() - applied)


async def ready() -> bool:
    """Whether the database answers and is current."""
    try:
        async with asyncio.timeout(READY_WITHIN):
            return not await pending() and await Application.exists(id=BUILT_IN_APPLICATION)
    except Exception as error:
        if is_outage(error) or isinstance(error, BaseORMException | WrongSetting):
            return False
        raise


async def refuse_unready() -> None:
    """Raises WrongSetting where the tables are not those of this version."""
    if not await ready():
        raise WrongSetting(f"{PREFIX}DATABASE_URL: this database is not current; run `portico migrate` first")


def is_outage(error: Exception) -> bool:
    """Whether the database, or the store of limits, is out of reach, rather than our code wrong."""
    if isinstance(error, OperationalError) and error.args and isinstance(error.args[0], Exception):
        error = error.args[0]  # as the driver told it
    names = {kind.__name__ for kind in type(error).__mro__}  # by name, for asyncpg and redis may not be installed
    return isinstance(error, OUTAGES) or bool(names & DRIVER_OUTAGES and "DataError" not in names)


async def _applied() -> set[str]:
    try:
        rows = await connection().execute_query_dict("SELECT name FROM tortoise_migrations")
    except OperationalError:
        return set()  # an empty database
    return {row["name"] for row in rows}


@cache
def _known() -> frozenset[str]:
    return frozenset(module.name for module in iter_modules(portico.models.migrations.__path__))


def _executor() -> MigrationExecutor:
    return MigrationExecutor(connection(), _tables(connection().connection_name))


def _refuse_unusable(file: Path, create: bool) -> None:
    if not create and not file.exists():
        raise WrongSetting(f"{PREFIX}DATABASE_URL: there is no database {file}; `portico serve` or `migrate` makes one")
    try:
        os.close(os.open(file, os.O_RDWR | os.O_CREAT, 0o600))  # it will hold hashes of passwords
    except OSError as error:
        raise WrongSetting(f"{PREFIX}DATABASE_URL: cannot write {file}: {error.strerror}") from None


def _reason(error: Exception) -> str:
    return str(error).splitlines()[0] if str(error) else type(error).__name__
