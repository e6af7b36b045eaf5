"""Owners and the applications that are theirs."""

import hmac
from datetime import UTC, datetime
from uuid import uuid4

from portico.models import Account, Application, Owner

from . import credentials, passwords, secret
from .accounts import email_key, is_within_dates
from .database import IntegrityError, found
from .refusals import BadCredentials, NotFound, Taken


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
    """The owner whose credential `uuid` is. Raises NotFound."""
    owner = await Owner.get_or_none(uuid_digest=secret.digest(uuid.lower()))
    if owner is None:
        raise NotFound()
    return owner


async def authenticate_owner(email: str, password: str) -> Owner:
    """Raises BadCredentials or Busy."""
    owner = await found(Owner.get_or_none(email_key=email_key(email)))
    if not await passwords.matches(password, owner and owner.password):
        raise BadCredentials()
    return owner


async def update_owner(uuid: str, first_name: str, last_name: str, email: str, password: str, *, at_least: int) -> None:
    """Raises NotFound, Invalid, Taken or Busy."""
    owner = await owner_named(uuid)
    passwords.refuse_weak(password, at_least=at_least, email=email)
    changes = {"first_name": first_name, "last_name": last_name, "email": email, "email_key": email_key(email)}
    try:
        changed = await Owner.filter(id=owner.id).update(password=await passwords.hashed(password), **changes)
    except IntegrityError:
        raise Taken("email") from None
    if not changed:
        raise NotFound()


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


async def create_application(owner_uuid: str, name: str) -> tuple[Application, str]:
    """The application, good for a year, and its API key. Raises NotFound or Taken."""
    owner = await owner_named(owner_uuid)
    api_key = credentials.new_api_key()
    try:
        application = await Application.create(
            owner_id=owner.id,
            name=name,
            uuid=str(uuid4()),
            api_key_digest=secret.digest(api_key),
            ends_at=a_year_after(datetime.now(UTC)),
        )
    except IntegrityError:
        await owner_named(owner_uuid)  # gone meanwhile, or the name is taken
        raise Taken("name") from None
    return application, api_key


async def application_of(api_key: str) -> Application:
    """The application with this key that has not ended. Raises NotFound."""
    application = await Application.get_or_none(api_key_digest=secret.digest(api_key))
    if application is None or application.ends_at <= datetime.now(UTC):
        raise NotFound()
    return application


async def delete_application(api_key: str) -> bool:
    """Deletes the application and its accounts; whether there was one."""
    return bool(await Application.filter(api_key_digest=secret.digest(api_key)).delete())


async def member(uuid: str, api_key: str) -> Account:
    """The account of that uuid, by the key of its application.

    Raises NotFound where there is none that is active and within its dates, BadCredentials for another's key.
    """
    accounts = Account.get_or_none(uuid=uuid.lower(), application__owner_id__isnull=False).select_related("application")
    account = await found(accounts)
    if account is None or not account.active or not is_within_dates(account):
        raise NotFound()
    if account.application.api_key_digest != secret.digest(api_key):
        raise BadCredentials()
    if account.application.ends_at <= datetime.now(UTC):
        raise NotFound()
    return account


def a_year_after(moment: datetime) -> datetime:
    """The same day of the next year; 28 February after a 29th."""
    try:
        return moment.replace(year=moment.year + 1)
    except ValueError:
        return moment.replace(year=moment.year + 1, day=28)
