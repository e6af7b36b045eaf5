"""The database: open, migrate, ask whether it answers."""

import asyncio
import fcntl
import os
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Coroutine
from contextlib import asynccontextmanager
from functools import cache
from pathlib import Path
from pkgutil import iter_modules
from socket import gaierror
from typing import TypeVar

from tortoise import Tortoise
from tortoise.backends.base.config_generator import expand_db_url
from tortoise.connection import get_connection
from tortoise.exceptions import BaseORMException, DBConnectionError, IntegrityError, OperationalError, ValidationError
from tortoise.migrations.executor import MigrationExecutor
from tortoise.transactions import in_transaction

import portico.models.migrations
from portico.models import BUILT_IN_APPLICATION, Application

from .settings import PREFIX, Settings, WrongSetting

TABLES = {
    "portico": {
        "models": ["portico.models"],
        "migrations": "portico.models.migrations",
        "default_connection": "default",
    }
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

T = TypeVar("T")

__all__ = ["IntegrityError", "found", "in_transaction", "is_outage", "migrate", "opened", "pending", "ready", "undone"]


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[None]:
    """The database open for the whole process. Raises WrongSetting when it cannot be."""
    if settings.sqlite_file:
        _refuse_unwritable(settings.sqlite_file)
    try:
        config = {"connections": {"default": _connection(settings)}, "apps": TABLES, "use_tz": True, "timezone": "UTC"}
        await Tortoise.init(config=config, _enable_global_fallback=True)
        await get_connection("default").execute_query("SELECT 1")
    except (BaseORMException, OSError, ImportError, sqlite3.Error) as error:
        await Tortoise.close_connections()
        raise WrongSetting(f"{PREFIX}DATABASE_URL: cannot open the database: {_reason(error)}") from None
    try:
        yield
    finally:
        await Tortoise.close_connections()


def _connection(settings: Settings) -> dict:
    connection = expand_db_url(settings.tortoise_url)
    if not settings.sqlite_file:
        connection["credentials"] = POSTGRES_PATIENCE | connection["credentials"]
    return connection


async def found(query: Awaitable[T]) -> T | None:
    """What the query finds. A value longer than its column is nobody's."""
    try:
        return await query
    except ValidationError:
        return None


async def undone(work: Coroutine[object, object, T]) -> T:
    """The result of `work`, none of whose changes to the database stay."""
    results = []
    try:
        async with in_transaction():
            # SQLite lets a transaction that began with a read fail where another process writes meanwhile.
            await Application.filter(id=BUILT_IN_APPLICATION).update(name=BUILT_IN_NAME)
            results.append(await work)
            raise _Undo
    except _Undo:
        return results[0]


class _Undo(Exception):
    pass


async def migrate(settings: Settings) -> list[str]:
    """Brings the open database to the current tables, one process at a time; returns the names of the migrations applied."""
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
        try:
            await Application.create(id=BUILT_IN_APPLICATION, name=BUILT_IN_NAME, uuid=str(BUILT_IN_APPLICATION))
        except IntegrityError:
            pass  # another process was first
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


def is_outage(error: Exception) -> bool:
    """Whether the database, or the store of limits, is out of reach, rather than our code wrong."""
    if isinstance(error, OperationalError) and error.args and isinstance(error.args[0], Exception):
        error = error.args[0]  # as the driver told it
    names = {kind.__name__ for kind in type(error).__mro__}  # by name, for asyncpg and redis may not be installed
    return isinstance(error, OUTAGES) or bool(names & DRIVER_OUTAGES and "DataError" not in names)


async def _applied() -> set[str]:
    try:
        rows = await get_connection("default").execute_query_dict("SELECT name FROM tortoise_migrations")
    except OperationalError:
        return set()  # an empty database
    return {row["name"] for row in rows}


@cache
def _known() -> frozenset[str]:
    return frozenset(module.name for module in iter_modules(portico.models.migrations.__path__))


def _executor() -> MigrationExecutor:
    return MigrationExecutor(get_connection("default"), TABLES)


def _refuse_unwritable(file: Path) -> None:
    try:
        os.close(os.open(file, os.O_RDWR | os.O_CREAT, 0o600))  # it will hold hashes of passwords
    except OSError as error:
        raise WrongSetting(f"{PREFIX}DATABASE_URL: cannot write {file}: {error.strerror}") from None


def _reason(error: Exception) -> str:
    return str(error).splitlines()[0] if str(error) else type(error).__name__
