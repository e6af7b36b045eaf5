"""The queue of mails. A verb writes a mail as a row, in the transaction of its cause; a worker sends it later, once.

    queued ─ a worker claims it → sending ─ the server took it → sent
       ↑                             ├─ transient failure → queued again, due after a pause
       └─── an operator retries ─────┴─ permanent failure, too many attempts, or unknown outcome → parked

The outcome is unknown if the worker died or the server fell silent. Such a mail is parked: nobody gets it twice.
A mail whose account no longer has the address is deleted instead of sent.
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
POLL_EVERY = 2  # seconds; `wake` makes the worker of this process look at once
LEASE = timedelta(minutes=2)  # how long a worker has for a mail it claimed
TRANSIENT = (aiosmtplib.SMTPException, OSError, TimeoutError)
FIRST_PAUSE, LONGEST_PAUSE = 5, 3600  # seconds between attempts
MOST_ATTEMPTS = 12  # spread over about nine hours
PER_RECIPIENT, PER_CLIENT = "5/hour", "20/hour"

_templates = Environment(
    loader=PackageLoader("portico.core"), undefined=StrictUndefined, autoescape=select_autoescape(["html"])
)


async def queue(purpose: str, recipient: str, account_id: int | None, link: str) -> None:
    """Queues a mail; the caller wakes the worker after its transaction. A mail without an account is never sent."""
    await Mail.create(
        message_id=token_hex(16),
        purpose=purpose,
        link=link,
        recipient=recipient,
        account_id=account_id,
        due_at=house().clock.now(),
    )


async def count(recipient: str, client: str | None = None) -> None:
    """Counts a request for a mail against the limits of the client and the recipient. Raises Throttled."""
    if client is not None:
        await limits.count(PER_CLIENT, "mail from", client)
    await limits.count(PER_RECIPIENT, "mail to", recipient)


def wake() -> None:
    """Makes the worker of this process look for mails now."""
    house().outbox.awake.set()


async def deliver_due() -> int:
    """Sends the mails that are due, one round of the worker. Returns how many were sent."""
    now = house().clock.now()
    abandoned = Mail.filter(status="sending", claimed_until__lt=now)
    await abandoned.update(status="parked", error="interrupted while sending")
    due = await Mail.filter(status="queued", due_at__lte=now).order_by("due_at").limit(50).select_related("account")
    sent = 0
    for mail in due:
        if await _claim(mail) and await _deliver(mail):
            sent += 1
    return sent


async def _claim(mail: Mail) -> bool:
    """Claims the mail for this worker. Returns False if another worker was faster."""
    unclaimed = Mail.filter(id=mail.id, status="queued", attempts=mail.attempts)
    return bool(
        await unclaimed.update(status="sending", attempts=F("attempts") + 1, claimed_until=house().clock.now() + LEASE)
    )


async def _deliver(mail: Mail) -> bool:
    """Sends a claimed mail and stores what became of it. Returns whether it was sent."""
    row = Mail.filter(id=mail.id)
    if mail.account is None or mail.account.email_key != mail.recipient.lower():
        await row.delete()  # no account has the address, or it has another now
        return False
    try:
        async with asyncio.timeout(LEASE.total_seconds() / 2):
            await house().outbox.transport.send(
                _message(mail, await proofs.issue(mail.purpose, mail.account)), mail.recipient
            )
    except Exception as error:  # no failure may stop the mails behind it
        await row.update(**_after_failure(mail.attempts + 1, error))
        return False
    await row.update(status="sent", sent_at=house().clock.now(), error=None)
    return True


def _after_failure(attempts: int, error: Exception) -> dict[str, Any]:
    """Returns the columns of a mail that could not be sent: queued again, after a longer pause each time, or parked."""
    codes = _codes(error)
    failure = {"error": " ".join([type(error).__name__, *map(str, codes)])}
    permanent = (bool(codes) and all(code >= 500 for code in codes)) or not isinstance(error, TRANSIENT)
    if attempts >= MOST_ATTEMPTS or permanent:
        return failure | {"status": "parked"}
    pause = min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** (attempts - 1)) * random.uniform(0.8, 1.2)
    return failure | {"status": "queued", "due_at": house().clock.now() + timedelta(seconds=pause)}


def _codes(error: Exception) -> list[int]:
    """Returns the SMTP codes that concern this mail alone, and not, say, the login, which would fail every mail."""
    if isinstance(error, aiosmtplib.SMTPRecipientsRefused):
        return [refused.code for refused in error.recipients]
    return [error.code] if isinstance(error, aiosmtplib.SMTPDataError | aiosmtplib.SMTPRecipientRefused) else []


def _message(mail: Mail, token: str) -> EmailMessage:
    """Renders the mail as text and as HTML."""
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
    encoding = "7bit" if page.isascii() else None  # whoever opens the `.eml` file can copy the link
    message.set_content(text, cte=encoding)
    message.add_alternative(page, subtype="html", cte=encoding)
    return message


async def listed(status: str | None = None) -> list[Mail]:
    """Returns the mails with this status, or all, the oldest first."""
    rows = Mail.all() if status is None else Mail.filter(status=status)
    return await rows.order_by("id")


async def retry(mail_id: int | None = None) -> int:
    """Queues a parked mail again, or all of them. Returns how many."""
    parked = Mail.filter(status="parked") if mail_id is None else Mail.filter(status="parked", id=mail_id)
    return await parked.update(status="queued", attempts=0, due_at=house().clock.now())
