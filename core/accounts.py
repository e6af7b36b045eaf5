"""Accounts: registering, authenticating, verifying, editing and deleting them.

An account registered with `awaits_activation` cannot log in before its address is verified. Using a one-time token
that was mailed to the address verifies it; changing the address makes the account unverified again.
"""

from datetime import date
from typing import Any, TypedDict, Unpack
from uuid import uuid4

from portico.models import BUILT_IN_APPLICATION, Account, Application

from . import mail, passwords, proofs, sessions, teams
from .database import IntegrityError, found, in_transaction
from .house import house
from .refusals import AccountGone, BadCredentials, Done, NoApplication, NotActivated, Refusal, Taken, Unproven


class Profile(TypedDict, total=False):
    """The optional columns of an account, which a door may fill."""

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
    application_id: int = BUILT_IN_APPLICATION,
    login_name: str | None = None,
    confirm: str | None = None,
    **profile: Unpack[Profile],
) -> Account:
    """Creates an account and returns it. A password shorter than `at_least` is refused.

    `login_name` is a unique name that can log in instead of the address. `confirm` queues a mail that asks to confirm
    the address, with this link; the link contains `{token}`.
    Raises Invalid, Taken, NoApplication (it was deleted meanwhile), Throttled or Busy.
    """
    passwords.refuse_weak(password, at_least=at_least, email=email)
    if confirm:
        await mail.count(email_key(email))
    stored = await passwords.hashed(password)
    try:
        async with in_transaction():
            account = await Account.create(
                uuid=str(uuid4()),
                application_id=application_id,
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
        raise await _refusal_of_conflict(application_id, email, login_name) from None
    mail.wake()
    return account


async def _refusal_of_conflict(application_id: int, email: str, login_name: str | None) -> Refusal:
    """Finds out which constraint a new account broke."""
    if not await Application.exists(id=application_id):
        return NoApplication()
    by_email = await Account.exists(application_id=application_id, email_key=email_key(email))
    return Taken("name" if login_name and not by_email else "email")


async def authenticate(email: str, password: str, *, application_id: int = BUILT_IN_APPLICATION) -> Account:
    """Returns the account with this e-mail and password. Raises BadCredentials, NotActivated or Busy."""
    account = await found(Account.get_or_none(application_id=application_id, email_key=email_key(email)))
    return await _check_login(account, password)


async def authenticate_by_name(name: str, password: str) -> Account:
    """Returns the account with this e-mail or name, and password. Raises BadCredentials, NotActivated or Busy."""
    shared = Account.filter(application_id=BUILT_IN_APPLICATION)
    # The address comes first: nobody can log in to another's account by choosing its address as a name.
    by_email = await found(shared.get_or_none(email_key=email_key(name)))
    by_name = await found(shared.get_or_none(login_name_key=name.casefold()))
    return await _check_login(by_email or by_name, password)


async def _check_login(account: Account | None, password: str) -> Account:
    """Returns the account if the password is right and it may log in; renews a hash that has become too cheap."""
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


async def get(account_id: int) -> Account:
    """Returns the account with this id. Raises AccountGone."""
    account = await Account.get_or_none(id=account_id)
    if account is None:
        raise AccountGone()
    return account


def is_within_dates(account: Account) -> bool:
    """Checks whether today is one of the days on which the account may be used; it may not on `ends_on`."""
    today = house().clock.now().date()
    return (account.starts_on or date.min) <= today < (account.ends_on or date.max)


async def exists(email: str) -> bool:
    """Checks whether a shared account (one outside `owners`) has this address."""
    return await Account.exists(application_id=BUILT_IN_APPLICATION, email_key=email_key(email))


async def edit(
    account_id: int,
    *,
    name: str | None = None,
    email: str | None = None,
    password: str | None = None,
    at_least: int = 1,
    keep: str | None = None,
    **profile: Unpack[Profile],
) -> None:
    """Changes the fields that are given, all of them or none. Raises Invalid, Taken, Busy or AccountGone.

    A new password ends every session but `keep`; `active=False` ends every session.
    """
    changes: dict[str, Any] = {**profile} if name is None else {**profile, "name": name}
    if email is not None:
        changes |= {"email": email, "email_key": email_key(email)}
    if password is not None:
        passwords.refuse_weak(password, at_least=at_least, email=email or (await get(account_id)).email)
        changes |= {"password": await passwords.hashed(password)}
    try:
        if changes.get("active") is False or "password" in changes:
            async with in_transaction():
                await _update(account_id, changes)
                await sessions.end_all(account_id, keep=keep if changes.get("active", True) else None)
        elif changes:
            await _update(account_id, changes)
    except IntegrityError:
        raise Taken("email") from None


async def _update(account_id: int, changes: dict[str, Any]) -> None:
    """Updates the row. An address the account did not have before makes it unverified."""
    rows = Account.filter(id=account_id)
    if "email_key" in changes and await rows.filter(email_key=changes["email_key"]).update(**changes):
        return
    unverified = {"verified_at": None} if "email_key" in changes else {}
    if not await rows.update(**changes, **unverified):
        raise AccountGone()


async def delete(account_id: int) -> bool:
    """Deletes the account and everything below it. Returns whether there was one."""
    return bool(await Account.filter(id=account_id).delete())


async def verify(token: str) -> Account:
    """Verifies the address that `token` was mailed to, activates the account, and returns it. Raises Unproven.

    The same token works again until it expires: mail scanners follow links before their reader does.
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


async def ask_to_verify(account_id: int, link: str, client: str) -> None:
    """Queues another mail that asks to confirm the address. Raises Throttled, Done (it is verified) or AccountGone."""
    account = await get(account_id)
    await mail.count(account.email_key, client)
    if account.verified_at:
        raise Done()
    await mail.queue(proofs.VERIFY, account.email, account.id, link)
    mail.wake()


async def ask_to_reset(email: str, link: str, client: str) -> None:
    """Queues a mail with which the password can be reset. Raises Throttled.

    An address that no account has gets a row too, which is never sent: neither the answer nor its timing tells.
    """
    await mail.count(email_key(email), client)
    account = await Account.get_or_none(application_id=BUILT_IN_APPLICATION, email_key=email_key(email))
    await mail.queue(proofs.RESET, account.email if account else email, account.id if account else None, link)
    mail.wake()


async def resettable(token: str) -> Account:
    """Returns the account whose password this mailed token may still set. Raises Unproven."""
    account, spent = await proofs.account_of(proofs.RESET, token)
    if spent:
        raise Unproven()
    return account


async def reset_password(token: str, password: str, *, at_least: int, field: str = "password") -> None:
    """Sets a new password, once per mailed token. Raises Unproven, Invalid or Busy.

    It ends every session, and verifies the address too, since the token was mailed to it.
    """
    account = await resettable(token)
    passwords.refuse_weak(password, at_least=at_least, email=account.email, field=field)
    stored = await passwords.hashed(password)
    async with in_transaction():
        if not await proofs.spend(token):
            raise Unproven()
        proven = {"awaits_activation": False, "verified_at": account.verified_at or house().clock.now()}
        await Account.filter(id=account.id).update(password=stored, **proven)
        await proofs.delete_all(account.id)
        await sessions.end_all(account.id)
    await teams.make_default(account.id)


def email_key(email: str) -> str:
    """Returns the form in which addresses are compared: in lower case."""
    return email.lower()
