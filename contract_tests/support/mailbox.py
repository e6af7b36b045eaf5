"""Where mails are: in the outbox folder of a server, and before that in its table."""

import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from functools import cache
from pathlib import Path
from typing import TypeVar

from support.answers import found
from support.database import rows, sql
from support.server import Server

PATIENCE = 15  # seconds; longer is a hang
LINK = re.compile(r"^https?://\S+$", re.MULTILINE)
TOKEN = re.compile(r"[A-Za-z0-9_-]{43}$")

T = TypeVar("T")


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


def awaited(look: Callable[[], T], what: str, within: float = PATIENCE) -> T:
    """Calls `look` until it returns something, and returns that."""
    deadline = time.monotonic() + within
    while not (found := look()):
        assert time.monotonic() < deadline, f"waited in vain for {what}"
        time.sleep(0.01)
    return found


# ---------------------------------------------------------------- the folder
def files(server: Server) -> list[Path]:
    """Lists the mails in the outbox, the oldest first."""
    return sorted((server.folder / "outbox").glob("*.eml"))


@cache
def letter_in(file: Path) -> Letter:
    raw = file.read_bytes()
    addresses = message_from_bytes(raw, policy=policy.default)["To"].addresses
    return Letter(raw, tuple(address.addr_spec for address in addresses))


def letters_to(server: Server, address: str) -> list[Letter]:
    """Returns the mails to an address that have arrived in the outbox, the oldest first."""
    return [letter for letter in map(letter_in, files(server)) if letter.recipients == (address,)]


def letter_to(server: Server, address: str, number: int = 1) -> Letter:
    """Waits for the mail of that number to an address in the outbox, and returns it."""
    return awaited(lambda: letters_to(server, address)[number - 1 :], f"mail {number} to {address}")[0]


# ---------------------------------------------------------------- the table
def fate(server: Server, address: str) -> list[tuple[str, int, str | None]]:
    """Returns status, attempts and error of each mail to an address."""
    return rows(server, f"SELECT status, attempts, error FROM mail WHERE recipient = '{address}' ORDER BY id")


def awaits_fate(server: Server, address: str, status: str, attempts: int = 1) -> None:
    """Waits until the one mail to an address has come to that."""
    awaited(lambda: [row[:2] for row in fate(server, address)] == [(status, attempts)], f"a mail {status} to {address}")


def hasten(server: Server) -> None:
    """Lets nothing wait for its next attempt, and wakes the worker."""
    sql(server, "UPDATE mail SET due_at = '2020-01-01 00:00:00+00:00' WHERE status = 'queued'")
    assert server.client.post("/api/forgot-password", json={"email": "nobody@example.org"}).status_code == 200
