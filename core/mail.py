"""The outbox: a mail is a row, written with its cause; a worker delivers it later, once.

A row is `queued`, `sending` while one worker has it, then `sent`, or `parked` for an operator to look at. Where nobody
knows whether a mail went out (the worker died, the server fell silent) it is parked: nobody gets it twice.
"""

import asyncio
import random
from datetime import timedelta
from email.message import EmailMessage
from email.utils import format_datetime
from secrets import token_hex
from typing import Any

import aiosmtplib
from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from tortoise.expressions import F

from portico.models import Mail

from . import limits, proofs
from .house import house

SUBJECTS = {proofs.VERIFY: "Confirm your address", proofs.RESET: "Choose a new password"}
LOOK_EVERY = 2  # seconds; a mail of this process is sent at once
SENDING = timedelta(minutes=2)
TRANSIENT = (aiosmtplib.SMTPException, OSError, TimeoutError)
FIRST_PAUSE, LONGEST_PAUSE = 5, 3600  # seconds between attempts
MOST_ATTEMPTS = 12  # over about nine hours
PER_RECIPIENT, PER_CLIENT = "5/hour", "20/hour"

_templates = Environment(
    loader=PackageLoader("portico.core"), undefined=StrictUndefined, autoescape=select_autoescape(["html"])
)


async def queue(purpose: str, recipient: str, account: int | None, link: str) -> None:
    """Writes a mail; call `wake` once its transaction is done. Without an account it goes nowhere."""
    await Mail.create(
        message_id=token_hex(16),
        purpose=purpose,
        link=link,
        recipient=recipient,
        account_id=account,
        due_at=house().clock.now(),
    )


async def count(recipient: str, client: str | None = None) -> None:
    """Counts a mail that is asked for. Raises Throttled."""
    if client is not None:
        await limits.count(PER_CLIENT, "mail from", client)
    await limits.count(PER_RECIPIENT, "mail to", recipient)


def wake() -> None:
    """There may be something to send."""
    house().outbox.awake.set()


async def deliver_due() -> int:
    """One round of the worker: sends what is due; how many mails went out."""
    now = house().clock.now()
    lost = Mail.filter(status="sending", claimed_until__lt=now)
    await lost.update(status="parked", error="interrupted while sending")
    due = await Mail.filter(status="queued", due_at__lte=now).order_by("due_at").limit(50).select_related("account")
    return sum([await _deliver(mail) for mail in due if await _claim(mail)])


async def _claim(mail: Mail) -> bool:
    """Whether this worker, and no other, has the mail now."""
    mine = Mail.filter(id=mail.id, status="queued", attempts=mail.attempts)
    return bool(
        await mine.update(status="sending", attempts=F("attempts") + 1, claimed_until=house().clock.now() + SENDING)
    )


async def _deliver(mail: Mail) -> bool:
    row = Mail.filter(id=mail.id)
    if mail.account is None or mail.account.email_key != mail.recipient.lower():
        await row.delete()  # nobody has the address, or not any more
        return False
    try:
        async with asyncio.timeout(SENDING.total_seconds() / 2):
            await house().outbox.transport.send(
                _message(mail, await proofs.issue(mail.purpose, mail.account)), mail.recipient
            )
    except Exception as error:  # whatever it is, it must not hold up the other mails
        await row.update(**_after_failure(mail.attempts + 1, error))
        return False
    await row.update(status="sent", sent_at=house().clock.now(), error=None)
    return True


def _after_failure(attempts: int, error: Exception) -> dict[str, Any]:
    """What becomes of a mail that could not be sent: another attempt after a longer pause, or the parking place."""
    codes = _codes(error)
    told = {"error": " ".join([type(error).__name__, *map(str, codes)])}
    hopeless = (bool(codes) and all(code >= 500 for code in codes)) or not isinstance(error, TRANSIENT)
    if attempts >= MOST_ATTEMPTS or hopeless:
        return told | {"status": "parked"}
    pause = min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** (attempts - 1)) * random.uniform(0.8, 1.2)
    return told | {"status": "queued", "due_at": house().clock.now() + timedelta(seconds=pause)}


def _codes(error: Exception) -> list[int]:
    """What the server said of this mail; of the login, say, it would say the same of every mail."""
    if isinstance(error, aiosmtplib.SMTPRecipientsRefused):
        return [refused.code for refused in error.recipients]
    return [error.code] if isinstance(error, aiosmtplib.SMTPDataError | aiosmtplib.SMTPRecipientRefused) else []


def _message(mail: Mail, token: str) -> EmailMessage:
    settings = house().settings
    values = {"link": settings.public_url + mail.link.format(token=token), "address": mail.recipient}
    message = EmailMessage()
    message["From"] = settings.mail_from
    message["To"] = mail.recipient
    message["Subject"] = SUBJECTS[mail.purpose]
    message["Date"] = format_datetime(house().clock.now())
    message["Message-ID"] = f"<{mail.message_id}@{settings.mail_from.partition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"
    text, page = (_templates.get_template(f"{mail.purpose}.{form}").render(values) for form in ("txt", "html"))
    encoding = "7bit" if page.isascii() else None  # whoever opens the file can copy the link
    message.set_content(text, cte=encoding)
    message.add_alternative(page, subtype="html", cte=encoding)
    return message


async def listed(status: str | None = None) -> list[Mail]:
    rows = Mail.all() if status is None else Mail.filter(status=status)
    return await rows.order_by("id")


async def retry(mail_id: int | None = None) -> int:
    """Queues a parked mail again, or all of them; how many there were."""
    parked = Mail.filter(status="parked") if mail_id is None else Mail.filter(status="parked", id=mail_id)
    return await parked.update(status="queued", attempts=0, due_at=house().clock.now())
