"""Owners, their applications, and the users of those.

An owner is known by his uuid, or by e-mail and password; an application by its API key. Applications and their users
are good for a year.
"""

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
    """Creates an owner and returns it. Raises Invalid, Taken or Busy."""
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


async def owner_by_uuid(uuid: str) -> Owner:
    """Returns the owner with this uuid, which is a credential. Raises NoOwner."""
    owner = await Owner.get_or_none(uuid_digest=secret.digest(uuid.lower()))
    if owner is None:
        raise NoOwner()
    return owner


async def authenticate_owner(email: str, password: str) -> Owner:
    """Returns the owner with this e-mail and password. Raises NoOwner or Busy."""
    owner = await found(Owner.get_or_none(email_key=email_key(email)))
    matches = await passwords.matches(password, owner.password if owner else None)
    if owner is None or not matches:
        raise NoOwner()
    return owner


async def update_owner(uuid: str, first_name: str, last_name: str, email: str, password: str, *, at_least: int) -> None:
    """Replaces everything but the uuid. Raises NoOwner, Invalid, Taken or Busy."""
    owner = await owner_by_uuid(uuid)
    passwords.refuse_weak(password, at_least=at_least, email=email)
    changes = {"first_name": first_name, "last_name": last_name, "email": email, "email_key": email_key(email)}
    try:
        changed = await Owner.filter(id=owner.id).update(password=await passwords.hashed(password), **changes)
    except IntegrityError:
        raise Taken("email") from None
    if not changed:
        raise NoOwner()


async def delete_owner(uuid: str, deletion_token: str) -> bool:
    """Deletes the owner and everything below him. Returns False if no owner has both this uuid and this token."""
    owner = await Owner.get_or_none(uuid_digest=secret.digest(uuid.lower()))
    if owner is None or not hmac.compare_digest(deletion_token_of(owner).encode(), deletion_token.encode()):
        return False
    return bool(await Owner.filter(id=owner.id).delete())


def uuid_of(owner: Owner) -> str:
    """Returns the owner's uuid, of which the database holds the digest only."""
    return credentials.owner_uuid(owner.seed)


def deletion_token_of(owner: Owner) -> str:
    """Returns the token with which the owner can be deleted."""
    return credentials.deletion_token(owner.seed, int(owner.created_at.timestamp()))


class NewApplication(NamedTuple):
    application: Application
    api_key: str  # shown only now; the database holds its digest
    ends_at: datetime


async def create_application(owner_uuid: str, name: str) -> NewApplication:
    """Creates an application that is good for a year, and its API key. Raises NoOwner or Taken."""
    owner = await owner_by_uuid(owner_uuid)
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
        await owner_by_uuid(owner_uuid)  # raises NoOwner if the owner was deleted meanwhile
        raise Taken("name") from None
    return NewApplication(application, api_key, ends_at)


async def application_of(api_key: str) -> Application:
    """Returns the application with this key. Raises NoApplication, also if it has ended."""
    application = await Application.get_or_none(api_key_digest=secret.digest(api_key))
    if application is None or _has_ended(application):
        raise NoApplication()
    return application


async def sign_up(application: Application, email: str, password: str, name: str, *, at_least: int) -> Account:
    """Creates a user of the application, good for a year, and returns it.

    Raises Invalid, Taken, NoApplication (it was deleted meanwhile) or Busy.
    """
    today = house().clock.now()
    return await accounts.register(
        email,
        password,
        name,
        at_least=at_least,
        application_id=application.id,
        starts_on=today.date(),
        ends_on=a_year_after(today).date(),
    )


async def delete_application(api_key: str) -> bool:
    """Deletes the application and its users. Returns whether there was one."""
    return bool(await Application.filter(api_key_digest=secret.digest(api_key)).delete())


async def authenticate_user(uuid: str, api_key: str) -> Account:
    """Returns the user with this uuid, if the key is that of its application.

    Raises NoUser if there is none or it is inactive or outside its dates, BadCredentials for another key.
    """
    query = Account.get_or_none(uuid=uuid.lower(), application__owner_id__isnull=False).select_related("application")
    account = await found(query)
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
    """Returns the same day of the next year; for 29 February, the 28th."""
    try:
        return moment.replace(year=moment.year + 1)
    except ValueError:
        return moment.replace(year=moment.year + 1, day=28)
