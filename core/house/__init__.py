"""What is running: one object per application, opened and closed in order.

    settings ─ clock ─ limits ─ database ─ secret ─ reader ─ hashing ─ keys ─ outbox ─ published ─ background

`opened(settings)` opens it for everybody: a serving process, a command, a test. A verb needs nothing but its arguments:
`house()` is the house it is called in, whichever of those a process has. Another house is another application; two of
them never share anything but the tables' classes, which is why they must have the same kind of database.
"""

import logging
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
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
    """What is served as it stands: pages and files by name, documents by door, and all documents in one."""

    files: Mapping[str, bytes] = field(default_factory=dict)
    documents: Mapping[str, dict[str, Any]] = field(default_factory=dict)
    merged: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class House:
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

    @contextmanager
    def entered(self) -> Iterator[None]:
        """Makes this the house of whatever runs next in this task."""
        entered = self.database.enter()
        try:
            yield
        finally:
            self.database.leave(entered)


def house() -> House:
    """The house this task is in. LookupError outside of one."""
    return cast(House, database.current().house)


def _logged(where: str, error: BaseException) -> None:
    logging.getLogger(__name__).error("failure in %s", where, exc_info=error)


@asynccontextmanager
async def opened(
    settings: Settings,
    *,
    create: bool = False,
    clock: Clock | None = None,
    published: Published | None = None,
    report: Report = _logged,
) -> AsyncIterator[House]:
    """The house, open, and entered by this task and those it begins. Raises WrongSetting.

    `create`: make the SQLite file and the secret key where there is none. `report`: hears of failed tasks.
    """
    clock = clock or Clock()
    async with AsyncExitStack() as closing:
        limiter = Limiter(settings)
        closing.push_async_callback(limiter.close)
        opened_database = await closing.enter_async_context(database.opened(settings, create=create))
        if create:  # the key last: what is refused has made nothing
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
