"""Transports for mails: a folder or an SMTP server. `core.mail` decides what is sent and when."""

import asyncio
import os
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path
from typing import Protocol, TypedDict
from urllib.parse import parse_qsl, unquote, urlsplit

import aiosmtplib

SMTP_TIMEOUT = 20  # seconds
STARTTLS = {"starttls": True, "none": False}  # without `tls`: if the server offers it


class Uncertain(Exception):
    """The mail was handed over, but the server did not confirm it."""


class Transport(Protocol):
    """Sends mails in one way."""

    async def send(self, message: EmailMessage, recipient: str) -> None:
        """Sends the mail. Raises Uncertain, or whatever made the attempt fail."""


class Outbox:
    """The transport, and `awake`, an event that makes the mail worker look for mails at once."""

    def __init__(self, mail_url: str) -> None:
        self.awake = asyncio.Event()
        self.transport = _transport(mail_url)


class Folder:
    """Writes each mail to a file `….eml`; a mail that is not complete yet ends in `.part`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    async def send(self, message: EmailMessage, recipient: str) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        name = f"{datetime.now(UTC):%Y%m%dT%H%M%S.%f}-{message['Message-ID'].strip('<>').partition('@')[0]}.eml"
        part = self.folder / f"{name}.part"
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(message.as_bytes())
        part.rename(self.folder / name)


class _Options(TypedDict):
    hostname: str | None
    port: int
    username: str | None
    password: str | None
    use_tls: bool
    start_tls: bool | None
    timeout: float


class Smtp:
    """Hands each mail to the SMTP server of the URL."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self.options = _Options(
            hostname=parts.hostname,
            port=parts.port or (465 if parts.scheme == "smtps" else 25),
            username=unquote(parts.username) if parts.username else None,
            password=unquote(parts.password) if parts.password else None,
            use_tls=parts.scheme == "smtps",
            start_tls=STARTTLS.get(dict(parse_qsl(parts.query)).get("tls", "")),
            timeout=SMTP_TIMEOUT,
        )

    async def send(self, message: EmailMessage, recipient: str) -> None:
        async with aiosmtplib.SMTP(**self.options) as server:
            try:
                await server.send_message(message, recipients=[recipient])
            except (aiosmtplib.SMTPTimeoutError, aiosmtplib.SMTPServerDisconnected, TimeoutError) as error:
                raise Uncertain from error


def _transport(mail_url: str) -> Transport:
    if mail_url.startswith("file://"):
        return Folder(Path(mail_url.removeprefix("file://")))
    return Smtp(mail_url)
