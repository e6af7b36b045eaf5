"""Accounts: made, recognised, verified, edited, deleted."""

from datetime import UTC, date, datetime
from uuid import uuid4

from tortoise.expressions import Q

from portico.models import BUILT_IN_APPLICATION, Account

from . import mail, passwords, proofs, sessions, teams
from .database import IntegrityError, in_transaction
from .refusals import AccountGone, BadCredentials, Done, NotActivated, Taken, Unproven


async def register(
    email: str,
    password: str,
    name: str,
    *,
    at_least: int,
    application: int = BUILT_IN_APPLICATION,
    login_name: str | None = None,
    confirm: str | None = None,
    **profile: object,
) -> Account:
    """A new account; `at_least`: the door's shortest password.

    `login_name`: a unique name that logs in as the address does. `confirm`: the link, with `{token}` in it, of a mail
    that asks to confirm the address. Raises Invalid, Taken or Busy.
    """
    passwords.refuse_weak(password, at_least=at_least, email=email)
    stored = await passwords.hashed(password)
    try:
        async with in_transaction():
            account = await Account.create(
                uuid=str(uuid4()),
                application_id=application,
                email=email,
                email_key=email_key(email),
                name=name,
                login_name_key=login_name and login_name.casefold(),
                password=stored,
                **profile,
            )
            if confirm:
                await mail.queue(proofs.VERIFY, account.email, account.id, confirm)
    except IntegrityError:
        raise Taken("email") from None
    mail.wake()
    return account


async def authenticate(email: str, password: str, *, application: int = BUILT_IN_APPLICATION) -> Account:
    """The account with this e-mail and password. Raises BadCredentials, NotActivated or Busy."""
    account = await Account.get_or_none(application_id=application, email_key=email_key(email))
    return await _recognised(account, password)


async def authenticate_by_name(name: str, password: str) -> Account:
    """The account with this e-mail or login name and this password. Raises BadCredentials, NotActivated or Busy."""
    rows = await Account.filter(
        Q(email_key=email_key(name)) | Q(login_name_key=name.casefold()), application_id=BUILT_IN_APPLICATION
    )
    rows.sort(key=lambda account: account.email_key != email_key(name))  # nobody takes another's address as a name
    return await _recognised(rows[0] if rows else None, password)


async def _recognised(account: Account | None, password: str) -> Account:
    matches = await passwords.matches(password, account and account.password)
    if not matches or not account.active:
        raise BadCredentials()
    if account.awaits_activation:
        raise NotActivated()
    if passwords.is_outdated(account.password):
        stored = await passwords.hashed(password)
        await Account.filter(id=account.id, password=account.password).update(password=stored)
    return account


async def of(account: int) -> Account:
    """Raises AccountGone."""
    found = await Account.get_or_none(id=account)
    if found is None:
        raise AccountGone()
    return found


def is_within_dates(account: Account) -> bool:
    today = datetime.now(UTC).date()
    return (account.starts_on or date.min) <= today < (account.ends_on or date.max)


async def exists(email: str) -> bool:
    return await Account.exists(application_id=BUILT_IN_APPLICATION, email_key=email_key(email))


async def edit(
    account: int, *, name: str | None = None, email: str | None = None, password: str | None = None, at_least: int = 1, **profile: object
) -> None:
    """Changes what is given, all or nothing. Raises Invalid, Taken, Busy, or AccountGone."""
    changes = profile if name is None else profile | {"name": name}
    if email is not None:
        changes |= {"email": email, "email_key": email_key(email)}
    if password is not None:
        passwords.refuse_weak(password, at_least=at_least, email=email or (await of(account)).email)
        changes |= {"password": await passwords.hashed(password)}
    try:
        if changes and not await _change(account, changes):
            raise AccountGone()
    except IntegrityError:
        raise Taken("email") from None


async def _change(account: int, changes: dict) -> int:
    """One UPDATE; an address that is new to the account is not verified yet."""
    rows = Account.filter(id=account)
    if "email_key" not in changes:
        return await rows.update(**changes)
    same_address = rows.filter(email_key=changes["email_key"])
    return await same_address.update(**changes) or await rows.update(**changes, verified_at=None)


async def delete(account: int) -> bool:
    """Deletes the account and everything below it; whether it was there."""
    return bool(await Account.filter(id=account).delete())


async def verify(token: str) -> Account:
    """Verifies the address a mail was sent to, and activates its account; again and again while the token is good.

    Raises Unproven.
    """
    account, _ = await proofs.account_of(proofs.VERIFY, token)
    now = datetime.now(UTC)
    if account.verified_at is None:
        await Account.filter(id=account.id, email_key=account.email_key).update(verified_at=now, awaits_activation=False)
    await teams.make_default(account.id)
    await proofs.spend(token)
    return account


async def ask_to_verify(account: int, link: str) -> None:
    """Queues the mail once more. Raises Done, or AccountGone."""
    found = await of(account)
    if found.verified_at:
        raise Done()
    await mail.queue(proofs.VERIFY, found.email, found.id, link)
    mail.wake()


async def ask_to_reset(email: str, link: str) -> None:
    """Queues a mail, to nobody if nobody has the address: the caller cannot tell, and neither can a clock."""
    account = await Account.get_or_none(application_id=BUILT_IN_APPLICATION, email_key=email_key(email))
    await mail.queue(proofs.RESET, account.email if account else email, account and account.id, link)
    mail.wake()


async def resettable(token: str) -> Account:
    """The account whose password a mailed token may still set. Raises Unproven."""
    account, spent = await proofs.account_of(proofs.RESET, token)
    if spent:
        raise Unproven()
    return account


async def reset_password(token: str, password: str, *, at_least: int, field: str = "password") -> None:
    """A new password by a mailed token, once; every session ends. Raises Unproven, Invalid or Busy."""
    account = await resettable(token)
    passwords.refuse_weak(password, at_least=at_least, email=account.email, field=field)
    stored = await passwords.hashed(password)
    async with in_transaction():
        if not await proofs.spend(token):
            raise Unproven()
        await Account.filter(id=account.id).update(password=stored)
        await proofs.void(proofs.RESET, account.id)
        await sessions.end_all(account.id)


def email_key(email: str) -> str:
    """How addresses are compared: without regard to case."""
    return email.lower()
