"""One-time tokens: they are mailed, and whoever presents one has proved that he reads the mail of the address.

A token is bound to an account, its address and a purpose. It is void once it has expired, the account has another
address, or it is spent; only VERIFY accepts a spent one until it expires. The database holds its digest.
"""

import secrets
from datetime import timedelta

from portico.models import Account, OneTimeToken

from . import secret
from .house import house
from .refusals import Unproven

VERIFY = "verify"
RESET = "reset"
LIFE = {VERIFY: timedelta(days=2), RESET: timedelta(hours=1)}


async def issue(purpose: str, account: Account) -> str:
    """Makes a token and returns it, for a mail to the address of the account."""
    token = secrets.token_urlsafe(32)
    await OneTimeToken.create(
        account_id=account.id,
        purpose=purpose,
        address=account.email_key,
        digest=secret.digest(token),
        expires_at=house().clock.now() + LIFE[purpose],
    )
    return token


async def account_of(purpose: str, token: str) -> tuple[Account, bool]:
    """Returns the account a token was issued to, and whether the token is spent. Raises Unproven."""
    row = await OneTimeToken.get_or_none(digest=secret.digest(token), purpose=purpose).select_related("account")
    if row is None or row.expires_at <= house().clock.now() or row.address != row.account.email_key:
        raise Unproven()
    return row.account, row.used_at is not None


async def spend(token: str) -> bool:
    """Spends the token. Returns False if it was spent before."""
    return bool(
        await OneTimeToken.filter(digest=secret.digest(token), used_at=None).update(used_at=house().clock.now())
    )


async def delete_all(account_id: int) -> None:
    """Deletes every token of the account, whatever its purpose."""
    await OneTimeToken.filter(account_id=account_id).delete()
