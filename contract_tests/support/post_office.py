"""An SMTP server that can be told to misbehave."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Condition, Event
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope
from aiosmtpd.smtp import Session as SMTPSession
from support.mailbox import PATIENCE, Letter
from support.server import free_port


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
        self.port = free_port()
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
        """Waits for the first mail to an address, and returns it."""
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
