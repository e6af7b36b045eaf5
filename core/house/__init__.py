"""The house: one object that holds everything a running application shares. It is opened in this order and
closed in the opposite one:

    settings ─ clock ─ limits ─ database ─ secret ─ reader ─ hashing ─ keys ─ outbox ─ published ─ background

A serving process, a command and a test all open it with `opened(settings)`. A verb does not get the house as an
argument: `house()` returns the one that the current task has entered. A process may have several houses, one per
application. They share nothing but the model classes, for which all of them must use the same kind of database.
"""

import logging
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, cast

from portico.core import database
from portico.core.configuration import with_key
from portico.core.database import Database
from portico.core.settings import Settings

from .background import Background, Report
from .clock import Clock
from .hashing import Hashing
from .keyring import KeyRing
from .limiter import Limiter
from .outbox import Outbox
from .reader import Reader
from .secret import Secret

__all__ = ["Clock", "House", "Published", "house", "opened"]


@dataclass(frozen=True, slots=True)
class Published:
    """What is served unchanged: pages and files by name, the OpenAPI documents by door, and all of them merged."""

    files: Mapping[str, bytes] = field(default_factory=dict)
    documents: Mapping[str, dict[str, Any]] = field(default_factory=dict)
    merged: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class House:
    """What one application shares. Verbs reach it by `house()`; its parts are explained in their modules."""

    settings: Settings
    clock: Clock
    secret: Secret
    database: Database
    reader: Reader
    hashing: Hashing
    keys: KeyRing
    limits: Limiter
    outbox: Outbox
    published: Published
    background: Background


def house() -> House:
    """Returns the house this task has entered. Raises LookupError if it has entered none."""
    return cast(House, database.current().house)


def _log_failure(where: str, error: BaseException) -> None:
    logging.getLogger(__name__).error("failure in %s", where, exc_info=error)


@asynccontextmanager
async def opened(
    settings: Settings,
    *,
    create: bool = False,
    clock: Clock | None = None,
    published: Published | None = None,
    report: Report = _log_failure,
) -> AsyncIterator[House]:
    """Opens a house, and enters it in this task and those it begins; closes it at the end. Raises WrongSetting.

    `create` makes the SQLite file and the secret key if they do not exist. `report` is called when a background task
    fails.
    """
    clock = clock or Clock()
    async with AsyncExitStack() as closing:
        limiter = Limiter(settings)
        closing.push_async_callback(limiter.close)
        opened_database = await closing.enter_async_context(database.opened(settings, create=create))
        if create:  # after the database: if that is refused, no key has been made
            settings = with_key(settings)
        secret = Secret(settings.secret_key)
        reader = Reader(settings.sqlite_file)
        closing.callback(reader.close)
        hashing = Hashing(settings.bcrypt_cost, secret)
        closing.callback(hashing.close)
        background = Background(report)
        current = House(
            settings=settings,
            clock=clock,
            secret=secret,
            database=opened_database,
            reader=reader,
            hashing=hashing,
            keys=KeyRing(settings.jwt_algorithm, secret, clock),
            limits=limiter,
            outbox=Outbox(settings.mail_url),
            published=published or Published(),
            background=background,
        )
        opened_database.house = current
        closing.push_async_callback(background.close)
        yield current
