"""The database: opening it, migrating it, asking whether it answers, and telling an outage from a fault of ours.

A `Database` is Tortoise's context with the house in it. A task that has entered it finds both by one ContextVar.
"""

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
READY_TIMEOUT = 3  # seconds
POSTGRES_TIMEOUTS = {"timeout": 5, "command_timeout": 10}  # seconds to connect, and for one statement
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

# The kinds of the databases that are open. Tortoise caches SQL of one dialect on the model classes, of which a process
# has one set, so it cannot use SQLite and PostgreSQL at once.
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
    "rolled_back",
]


class Database(TortoiseContext):
    """The connections of one house, and the house itself. Tortoise's ContextVar tells which database a task is in."""

    house: object

    def enter(self) -> Entered:
        """Makes this the database of the current task. Returns what `leave` takes."""
        # Tortoise's `__enter__` would not do: it stores one token for all tasks that enter.
        return _current_context.set(self)

    @staticmethod
    def leave(entered: Entered) -> None:
        """Makes the database before `enter` the current one again."""
        _current_context.reset(entered)


def current() -> Database:
    """Returns the database this task has entered. Raises LookupError if it has entered none."""
    database = _current_context.get()
    if database is None:
        raise LookupError("this task is in no house")
    return cast(Database, database)


@asynccontextmanager
async def opened(settings: Settings, *, create: bool = False) -> AsyncIterator[Database]:
    """Opens the database and enters it; closes it at the end. `create` makes an SQLite file that does not exist.

    Raises WrongSetting if it cannot be opened, RuntimeError if one of the other kind is open in this process.
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
        if database.inited:  # if it is not, closing would try to connect once more
            await database.close_connections()


async def _connect(database: Database, settings: Settings, kind: str) -> None:
    try:
        connections = {kind: _credentials(settings)}
        await database.init({"connections": connections, "apps": _tables(kind), "use_tz": True, "timezone": "UTC"})
        await connection().execute_query("SELECT 1")
    except (TypeError, ValueError):  # an option that the driver does not know, or a value that it cannot read
        raise WrongSetting(f"{PREFIX}DATABASE_URL: has an option that cannot be used") from None
    except (BaseORMException, OSError, sqlite3.Error) as error:
        raise WrongSetting(f"{PREFIX}DATABASE_URL: cannot open the database: {_reason(error)}") from None


def _tables(connection_name: str) -> dict[str, dict[str, Any]]:
    return {app: tables | {"default_connection": connection_name} for app, tables in TABLES.items()}


def _credentials(settings: Settings) -> dict[str, Any]:
    connection = expand_db_url(settings.tortoise_url)
    if not settings.sqlite_file:
        connection["credentials"] = POSTGRES_TIMEOUTS | connection["credentials"]
    return connection


def connection() -> BaseDBAsyncClient:
    """Returns the connection of the current database, or of the transaction this task is in."""
    return current().db()


async def first(statement: str, value: str) -> tuple[Any, ...] | None:
    """Returns the first row of a statement with one parameter, written `?`."""
    db = connection()
    if db.capabilities.dialect != "sqlite":
        statement = statement.replace("?", "$1")
    rows = await db.execute_query_dict(statement, [value])
    return tuple(rows[0].values()) if rows else None


async def found(query: Awaitable[T]) -> T | None:
    """Returns what the query finds, or None where a value it looks for is longer than its column."""
    try:
        return await query
    except ValidationError:
        return None


async def rolled_back(work: Coroutine[object, object, T]) -> T:
    """Runs `work` in a transaction, rolls it back, and returns the result of `work`."""
    results: list[T] = []
    try:
        async with in_transaction():
            # The transaction begins with a write: in SQLite one that begins with a read fails at its first write if
            # another process has written meanwhile.
            await Application.filter(id=BUILT_IN_APPLICATION).update(name=BUILT_IN_NAME)
            results.append(await work)
            raise _RollBack
    except _RollBack:
        pass
    return results[0]


class _RollBack(Exception):
    pass


async def migrate(settings: Settings) -> list[str]:
    """Applies the pending migrations and returns their names. Only one process at a time migrates an SQLite file."""
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
    """Returns the names of the migrations still to be applied. Raises WrongSetting if the database is newer."""
    applied = await _applied()
    if applied - _known():
        raise WrongSetting(f"{PREFIX}DATABASE_URL: this database is of a newer Portico; an older one must not touch it")
    return sorted(_known() - applied)


async def ready() -> bool:
    """Checks whether the database answers and has every migration."""
    try:
        async with asyncio.timeout(READY_TIMEOUT):
            return not await pending() and await Application.exists(id=BUILT_IN_APPLICATION)
    except Exception as error:
        if is_outage(error) or isinstance(error, BaseORMException | WrongSetting):
            return False
        raise


async def refuse_unready() -> None:
    """Raises WrongSetting unless the database is ready."""
    if not await ready():
        raise WrongSetting(f"{PREFIX}DATABASE_URL: this database is not current; run `portico migrate` first")


def is_outage(error: Exception) -> bool:
    """Checks whether `error` means that the database or the limits' store is out of reach, not that code is wrong."""
    if isinstance(error, OperationalError) and error.args and isinstance(error.args[0], Exception):
        error = error.args[0]  # Tortoise wraps the error of the driver
    names = {kind.__name__ for kind in type(error).__mro__}  # names, because asyncpg and redis may not be installed
    return isinstance(error, OUTAGES) or bool(names & DRIVER_OUTAGES and "DataError" not in names)


async def _applied() -> set[str]:
    try:
        rows = await connection().execute_query_dict("SELECT name FROM tortoise_migrations")
    except OperationalError:
        return set()  # there is no such table: the database is empty
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
