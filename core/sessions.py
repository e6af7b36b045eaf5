"""Sessions: one row per login. Whatever ends the row ends its token on the very next request."""

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from portico.models import Account, Session

from . import keys, lookups
from .database import IntegrityError
from .refusals import BadCredentials, TokenRevoked


@dataclass(frozen=True, slots=True)
class Caller:
    """Who sent a request: the session, and the account by its row and by its public name."""

    session: str
    account: int
    uuid: str


async def begin(door: str, account: Account, life: timedelta) -> str:
    """A new session at `door`, and the signed token that names it. Raises BadCredentials if the account just went."""
    issued = datetime.now(UTC)
    expires = issued + life
    session = secrets.token_hex(16)
    try:
        await Session.create(
            id=session, door=door, account_id=account.id, issued_at=issued, expires_at=expires, ends_at=expires
        )
    except IntegrityError:
        raise BadCredentials() from None
    return await keys.sign(door, account.uuid, session, issued, expires)


async def live(door: str, token: str) -> Caller:
    """Who sent `token` to `door`. Raises TokenMalformed, TokenForged, TokenExpired or TokenRevoked."""
    claims = await keys.verify(token, door)
    account = await lookups.account_of_session(claims["jti"])
    if account is None:
        raise TokenRevoked()
    return Caller(claims["jti"], account, claims["sub"])


async def end(caller: Caller) -> bool:
    """Ends the session; whether it was still live."""
    return bool(await Session.filter(id=caller.session, revoked_at=None).update(revoked_at=datetime.now(UTC)))


async def end_all(account: int) -> int:
    """Ends every session of the account; how many there were."""
    return await Session.filter(account_id=account, revoked_at=None).update(revoked_at=datetime.now(UTC))
