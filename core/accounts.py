"""Accounts: made, recognised, edited."""

from uuid import uuid4

from portico.models import BUILT_IN_APPLICATION, Account

from . import passwords
from .database import IntegrityError
from .refusals import BadCredentials, NotActivated, Taken, TokenRevoked
from .settings import current


async def register(
    email: str, password: str, name: str, *, at_least: int, application: int = BUILT_IN_APPLICATION, **profile: object
) -> Account:
    """A new account; `at_least`: the door's shortest password. Raises Invalid, Taken or Busy."""
    settings = current()
    passwords.refuse_weak(
        password, at_least=passwords.minimum(at_least, settings), email=email, settings=settings
    )
    stored = await passwords.hashed(password)
    try:
        return await Account.create(
            uuid=str(uuid4()),
            application_id=application,
            email=email,
            email_key=email_key(email),
            name=name,
            password=stored,
            **profile,
        )
    except IntegrityError:
        raise Taken("email") from None


async def authenticate(email: str, password: str, *, application: int = BUILT_IN_APPLICATION) -> Account:
    """The account with this e-mail and password. Raises BadCredentials, NotActivated or Busy."""
    account = await Account.get_or_none(application_id=application, email_key=email_key(email))
    matches = await passwords.matches(password, account and account.password)
    if not matches or not account.active:
        raise BadCredentials()
    if account.awaits_activation:
        raise NotActivated()
    if passwords.is_outdated(account.password):
        stored = await passwords.hashed(password)
        await Account.filter(id=account.id, password=account.password).update(password=stored)
    return account


async def edit(account: int, *, name: str | None = None, email: str | None = None) -> None:
    """Changes what is given, all or nothing. Raises Taken, or TokenRevoked if the account went."""
    changes = {} if name is None else {"name": name}
    if email is not None:
        changes |= {"email": email, "email_key": email_key(email)}
    try:
        if changes and not await _change(account, changes):
            raise TokenRevoked()
    except IntegrityError:
        raise Taken("email") from None


async def _change(account: int, changes: dict) -> int:
    """One UPDATE; an address that is new to the account is not verified yet."""
    rows = Account.filter(id=account)
    if "email_key" not in changes:
        return await rows.update(**changes)
    same_address = rows.filter(email_key=changes["email_key"])
    return await same_address.update(**changes) or await rows.update(**changes, verified_at=None)


def email_key(email: str) -> str:
    """How addresses are compared: without regard to case."""
    return email.lower()
