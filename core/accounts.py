"""Accounts: made, recognised, verified, edited, deleted."""

from datetime import date
from typing import Any, TypedDict, Unpack
from uuid import uuid4

from portico.models import BUILT_IN_APPLICATION, Account, Application

from . import mail, passwords, proofs, sessions, teams
from .database import IntegrityError, found, in_transaction
from .house import house
from .refusals import AccountGone, BadCredentials, Done, NoApplication, NotActivated, Refusal, Taken, Unproven


class Profile(TypedDict, total=False):
    """What a door may keep of an account besides its address, name and password."""

    active: bool
    awaits_activation: bool
    first_name: str
    last_name: str
    gender: str
    contact_no: str
    age: str
    starts_on: date
    ends_on: date


async def register(
    email: str,
    password: str,
    name: str,
    *,
    at_least: int,
    application: int = BUILT_IN_APPLICATION,
    login_name: str | None = None,
    confirm: str | None = None,
    **profile: Unpack[Profile],
) -> Account:
    """A new account; `at_least`: the door's shortest password.

    `login_name`: a unique name that logs in as the address does. `confirm`: the link, with `{token}` in it, of a mail
    that asks to confirm the address. Raises Invalid, Taken, NoApplication (it went), Throttled or Busy.
    """
    passwords.refuse_weak(password, at_least=at_least, email=email)
    if confirm:
        await mail.count(email_key(email))
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
        raise await _why_not(application, email, login_name) from None
    mail.wake()
    return account


async def _why_not(application: int, email: str, login_name: str | None) -> Refusal:
    """Why the database did not take a new account."""
    if not await Application.exists(id=application):
        return NoApplication()
    by_email = await Account.exists(application_id=application, email_key=email_key(email))
    return Taken("name" if login_name and not by_email else "email")


async def authenticate(email: str, password: str, *, application: int = BUILT_IN_APPLICATION) -> Account:
    """The account with this e-mail and password. Raises BadCredentials, NotActivated or Busy."""
    account = await found(Account.get_or_none(application_id=application, email_key=email_key(email)))
    return await _recognised(account, password)


async def authenticate_by_name(name: str, password: str) -> Account:
    """The account with this e-mail or login name and this password. Raises BadCredentials, NotActivated or Busy."""
    shared = Account.filter(application_id=BUILT_IN_APPLICATION)
    by_email = await found(shared.get_or_none(email_key=email_key(name)))  # nobody takes another's address as a name
    by_name = await found(shared.get_or_none(login_name_key=name.casefold()))
    return await _recognised(by_email or by_name, password)


async def _recognised(account: Account | None, password: str) -> Account:
    matches = await passwords.matches(password, account.password if account else None)
    if account is None or not matches or not account.active:
        raise BadCredentials()
    if account.awaits_activation:
        raise NotActivated()
    if passwords.is_outdated(account.password):
        stored = await passwords.hashed(password)
        if await Account.filter(id=account.id, password=account.password).update(password=stored):
            account.password = stored
    return account


async def of(account: int) -> Account:
    """Raises AccountGone."""
    row = await Account.get_or_none(id=account)
    if row is None:
        raise AccountGone()
    return row


def is_within_dates(account: Account) -> bool:
    today = house().clock.now().date()
    return (account.starts_on or date.min) <= today < (account.ends_on or date.max)


async def exists(email: str) -> bool:
    return await Account.exists(application_id=BUILT_IN_APPLICATION, email_key=email_key(email))


async def edit(
    account: int,
    *,
    name: str | None = None,
    email: str | None = None,
    password: str | None = None,
    at_least: int = 1,
    keep: str | None = None,
    **profile: Unpack[Profile],
) -> None:
    """Changes what is given, all or nothing. Raises Invalid, Taken, Busy, or AccountGone.

    A new password ends every session but `keep`, `active=False` every one.
    """
    changes: dict[str, Any] = {**profile} if name is None else {**profile, "name": name}
    if email is not None:
        changes |= {"email": email, "email_key": email_key(email)}
    if password is not None:
        passwords.refuse_weak(password, at_least=at_least, email=email or (await of(account)).email)
        changes |= {"password": await passwords.hashed(password)}
    try:
        if changes.get("active") is False or "password" in changes:
            async with in_transaction():
                await _change(account, changes)
                await sessions.end_all(account, but=keep if changes.get("active", True) else None)
        elif changes:
            await _change(account, changes)
    except IntegrityError:
        raise Taken("email") from None


async def _change(account: int, changes: dict[str, Any]) -> None:
    """An address that is new to the account is not verified yet."""
    rows = Account.filter(id=account)
    if "email_key" in changes and await rows.filter(email_key=changes["email_key"]).update(**changes):
        return
    unverified = {"verified_at": None} if "email_key" in changes else {}
    if not await rows.update(**changes, **unverified):
        raise AccountGone()


async def delete(account: int) -> bool:
    """Deletes the account and everything below it; whether it was there."""
    return bool(await Account.filter(id=account).delete())


async def verify(token: str) -> Account:
    """Verifies the address a mail was sent to, and activates its account; again and again while the token is good.

    Raises Unproven.
    """
    account, _ = await proofs.account_of(proofs.VERIFY, token)
    if not account.active:
        raise Unproven()
    now = house().clock.now()
    if account.verified_at is None:
        await Account.filter(id=account.id, email_key=account.email_key).update(
            verified_at=now, awaits_activation=False
        )
    await teams.make_default(account.id)
    await proofs.spend(token)
    return account


async def ask_to_verify(account: int, link: str, client: str) -> None:
    """Queues the mail once more. Raises Throttled, Done, or AccountGone."""
    row = await of(account)
    await mail.count(row.email_key, client)
    if row.verified_at:
        raise Done()
    await mail.queue(proofs.VERIFY, row.email, row.id, link)
    mail.wake()


async def ask_to_reset(email: str, link: str, client: str) -> None:
    """Queues a mail, to nobody if nobody has the address: the caller cannot tell, and neither can a clock.

    Raises Throttled.
    """
    await mail.count(email_key(email), client)
    account = await Account.get_or_none(application_id=BUILT_IN_APPLICATION, email_key=email_key(email))
    await mail.queue(proofs.RESET, account.email if account else email, account.id if account else None, link)
    mail.wake()


async def resettable(token: str) -> Account:
    """The account whose password a mailed token may still set. Raises Unproven."""
    account, spent = await proofs.account_of(proofs.RESET, token)
    if spent:
        raise Unproven()
    return account


async def reset_password(token: str, password: str, *, at_least: int, field: str = "password") -> None:
    """A new password by a mailed token, once; every session ends, and the address is verified by the same proof.

    Raises Unproven, Invalid or Busy.
    """
    account = await resettable(token)
    passwords.refuse_weak(password, at_least=at_least, email=account.email, field=field)
    stored = await passwords.hashed(password)
    async with in_transaction():
        if not await proofs.spend(token):
            raise Unproven()
        proven = {"awaits_activation": False, "verified_at": account.verified_at or house().clock.now()}
        await Account.filter(id=account.id).update(password=stored, **proven)
        await proofs.forget(account.id)
        await sessions.end_all(account.id)
    await teams.make_default(account.id)


def email_key(email: str) -> str:
    """How addresses are compared: without regard to case."""
    return email.lower()
