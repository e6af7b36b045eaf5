"""Owners and the applications that are theirs."""

import hmac
from datetime import datetime
from typing import NamedTuple
from uuid import uuid4

from portico.models import Account, Application, Owner

from . import accounts, credentials, passwords, secret
from .accounts import email_key, is_within_dates
from .database import IntegrityError, found
from .house import house
from .refusals import BadCredentials, NoApplication, NoOwner, NoUser, Taken


async def create_owner(first_name: str, last_name: str, email: str, password: str, *, at_least: int) -> Owner:
    """Raises Invalid, Taken or Busy."""
    passwords.refuse_weak(password, at_least=at_least, email=email)
    seed = credentials.new_seed()
    try:
        return await Owner.create(
            seed=seed,
            uuid_digest=secret.digest(credentials.owner_uuid(seed)),
            first_name=first_name,
            last_name=last_name,
            email=email,
            email_key=email_key(email),
            password=await passwords.hashed(password),
        )
    except IntegrityError:
        raise Taken("email") from None


async def owner_named(uuid: str) -> Owner:
    """The owner whose credential `uuid` is. Raises NoOwner."""
    owner = await Owner.get_or_none(uuid_digest=secret.digest(uuid.lower()))
    if owner is None:
        raise NoOwner()
    return owner


async def authenticate_owner(email: str, password: str) -> Owner:
    """Raises NoOwner or Busy."""
    owner = await found(Owner.get_or_none(email_key=email_key(email)))
    matches = await passwords.matches(password, owner.password if owner else None)
    if owner is None or not matches:
        raise NoOwner()
    return owner


async def update_owner(uuid: str, first_name: str, last_name: str, email: str, password: str, *, at_least: int) -> None:
    """Raises NoOwner, Invalid, Taken or Busy."""
    owner = await owner_named(uuid)
    passwords.refuse_weak(password, at_least=at_least, email=email)
    changes = {"first_name": first_name, "last_name": last_name, "email": email, "email_key": email_key(email)}
    try:
        changed = await Owner.filter(id=owner.id).update(password=await passwords.hashed(password), **changes)
    except IntegrityError:
        raise Taken("email") from None
    if not changed:
        raise NoOwner()


async def delete_owner(uuid: str, deletion_token: str) -> bool:
    """Deletes the owner and everything below him; whether there was one of that uuid and token."""
    owner = await Owner.get_or_none(uuid_digest=secret.digest(uuid.lower()))
    if owner is None or not hmac.compare_digest(deletion_token_of(owner).encode(), deletion_token.encode()):
        return False
    return bool(await Owner.filter(id=owner.id).delete())


def uuid_of(owner: Owner) -> str:
    return credentials.owner_uuid(owner.seed)


def deletion_token_of(owner: Owner) -> str:
    return credentials.deletion_token(owner.seed, int(owner.created_at.timestamp()))


class NewApplication(NamedTuple):
    application: Application
    api_key: str  # shown this once
    ends_at: datetime


async def create_application(owner_uuid: str, name: str) -> NewApplication:
    """An application, good for a year. Raises NoOwner or Taken."""
    owner = await owner_named(owner_uuid)
    api_key = credentials.new_api_key()
    ends_at = a_year_after(house().clock.now())
    try:
        application = await Application.create(
            owner_id=owner.id,
            name=name,
            uuid=str(uuid4()),
            api_key_digest=secret.digest(api_key),
            ends_at=ends_at,
        )
    except IntegrityError:
        await owner_named(owner_uuid)  # gone meanwhile, or the name is taken
        raise Taken("name") from None
    return NewApplication(application, api_key, ends_at)


async def application_of(api_key: str) -> Application:
    """The application with this key that has not ended. Raises NoApplication."""
    application = await Application.get_or_none(api_key_digest=secret.digest(api_key))
    if application is None or _has_ended(application):
        raise NoApplication()
    return application


async def sign_up(application: Application, email: str, password: str, name: str, *, at_least: int) -> Account:
    """A user of the application, good for a year. Raises Invalid, Taken, NoApplication (it went) or Busy."""
    today = house().clock.now()
    return await accounts.register(
        email,
        password,
        name,
        at_least=at_least,
        application=application.id,
        starts_on=today.date(),
        ends_on=a_year_after(today).date(),
    )


async def delete_application(api_key: str) -> bool:
    """Deletes the application and its accounts; whether there was one."""
    return bool(await Application.filter(api_key_digest=secret.digest(api_key)).delete())


async def member(uuid: str, api_key: str) -> Account:
    """The account of that uuid, by the key of its application.

    Raises NoUser where there is none that is active and within its dates, BadCredentials for another's key.
    """
    accounts = Account.get_or_none(uuid=uuid.lower(), application__owner_id__isnull=False).select_related("application")
    account = await found(accounts)
    if account is None or not account.active or not is_within_dates(account):
        raise NoUser()
    if account.application.api_key_digest != secret.digest(api_key):
        raise BadCredentials()
    if _has_ended(account.application):
        raise NoUser()
    return account


def _has_ended(application: Application) -> bool:
    return application.ends_at is not None and application.ends_at <= house().clock.now()


def a_year_after(moment: datetime) -> datetime:
    """The same day of the next year; 28 February after a 29th."""
    try:
        return moment.replace(year=moment.year + 1)
    except ValueError:
        return moment.replace(year=moment.year + 1, day=28)
