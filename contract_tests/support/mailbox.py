"""Where mails arrive: the outbox folder of a server, and an SMTP server that can be told to misbehave."""

import asyncio
import re
import socket
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from functools import cache
from pathlib import Path
from threading import Condition, Event
from typing import Any, TypeVar

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope
from aiosmtpd.smtp import Session as SMTPSession
from support.answers import found
from support.database import sql
from support.server import POSTGRES, Server

PATIENCE = 15  # seconds; longer is a hang
LINK = re.compile(r"^https?://\S+$", re.MULTILINE)
TOKEN = re.compile(r"[A-Za-z0-9_-]{43}$")

T = TypeVar("T")
Row = tuple[Any, ...]


@dataclass(frozen=True)
class Letter:
    """A mail as it arrived. `recipients`: whom it went to, which its header `To` only claims."""

    raw: bytes
    recipients: tuple[str, ...]

    @property
    def message(self) -> EmailMessage:
        return message_from_bytes(self.raw, policy=policy.default)

    @property
    def text(self) -> str:
        return self._part("plain")

    @property
    def html(self) -> str:
        return self._part("html")

    @property
    def link(self) -> str:
        return found(LINK, self.text)[0]

    @property
    def token(self) -> str:
        return found(TOKEN, self.link)[0]

    def _part(self, kind: str) -> str:
        part = self.message.get_body((kind,))
        assert part, f"a mail without text/{kind}"
        return str(part.get_content()).replace("\r\n", "\n")


def awaited(look: Callable[[], T], what: str) -> T:
    """What `look` finds, as soon as it finds anything."""
    deadline = time.monotonic() + PATIENCE
    while not (found := look()):
        assert time.monotonic() < deadline, f"waited in vain for {what}"
        time.sleep(0.01)
    return found


# ---------------------------------------------------------------- the folder
def files(server: Server) -> list[Path]:
    """The mails in the outbox, the oldest first."""
    return sorted((server.folder / "outbox").glob("*.eml"))


@cache
def letter_in(file: Path) -> Letter:
    raw = file.read_bytes()
    addresses = message_from_bytes(raw, policy=policy.default)["To"].addresses
    return Letter(raw, tuple(address.addr_spec for address in addresses))


def letters_to(server: Server, address: str) -> list[Letter]:
    """The mails to an address that have arrived in the outbox, the oldest first."""
    return [letter for letter in map(letter_in, files(server)) if letter.recipients == (address,)]


def letter_to(server: Server, address: str, number: int = 1) -> Letter:
    """The mail of that number to an address, once it is in the outbox."""
    return awaited(lambda: letters_to(server, address)[number - 1 :], f"mail {number} to {address}")[0]


# ---------------------------------------------------------------- the table
def rows(server: Server, query: str) -> list[Row]:
    """What a SELECT finds in the server's database."""
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
    """A time as the database gave it."""
    return stored if isinstance(stored, datetime) else datetime.fromisoformat(stored)


def fate(server: Server, address: str) -> list[tuple[str, int, str | None]]:
    """Status, attempts and error of each mail to an address."""
    return rows(server, f"SELECT status, attempts, error FROM mail WHERE recipient = '{address}' ORDER BY id")


def awaits_fate(server: Server, address: str, status: str, attempts: int = 1) -> None:
    """Returns once the one mail to an address has come to that."""
    awaited(lambda: [row[:2] for row in fate(server, address)] == [(status, attempts)], f"a mail {status} to {address}")


def hasten(server: Server) -> None:
    """Lets nothing wait for its next attempt, and wakes the worker."""
    sql(server, "UPDATE mail SET due_at = '2020-01-01 00:00:00+00:00' WHERE status = 'queued'")
    assert server.client.post("/api/forgot-password", json={"email": "nobody@example.org"}).status_code == 200


# ---------------------------------------------------------------- the SMTP server
class PostOffice:
    """An SMTP server on a port of its own. `behaviour` is what it does with the next mail:

    `accept`; a reply such as `451 later` or `550 no`; `stall` until `release`; `hang up` when it has taken the mail.
    """

    def __init__(self, **options: Any) -> None:
        self.behaviour = "accept"
        self.letters: list[Letter] = []
        self.sessions: list[SMTPSession] = []
        self.reached = Event()
        self.released = Event()
        self.port = _free_port()
        self._options = options
        self._arrived = Condition()
        self._controller: Controller | None = None

    def open(self) -> None:
        self._controller = Controller(self, hostname="127.0.0.1", port=self.port, decode_data=False, **self._options)
        self._controller.start()

    def close(self) -> None:
        self.released.set()
        if self._controller:
            self._controller.stop()
            self._controller = None

    def release(self) -> None:
        """Ends the stall: what waits is accepted."""
        self.behaviour = "accept"
        self.released.set()

    def to(self, address: str) -> list[Letter]:
        return [letter for letter in self.letters if letter.recipients == (address,)]

    def letter_to(self, address: str) -> Letter:
        """The first mail to an address, once it has arrived."""
        with self._arrived:
            assert self._arrived.wait_for(lambda: self.to(address), PATIENCE), f"no mail to {address}"
        return self.to(address)[0]

    async def handle_DATA(self, server: SMTP, session: SMTPSession, envelope: Envelope) -> str:
        self.reached.set()
        if self.behaviour == "stall":
            await asyncio.to_thread(self.released.wait)
        if self.behaviour[0].isdigit():
            return self.behaviour
        assert isinstance(envelope.content, bytes)  # for it is not decoded
        with self._arrived:
            self.letters.append(Letter(envelope.content, tuple(envelope.rcpt_tos)))
            self.sessions.append(session)
            self._arrived.notify_all()
        if self.behaviour == "hang up":
            assert isinstance(server.transport, asyncio.Transport)
            server.transport.abort()
        return "250 taken"


@contextmanager
def post_office(**options: Any) -> Iterator[PostOffice]:
    office = PostOffice(**options)
    office.open()
    try:
        yield office
    finally:
        office.close()


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port
