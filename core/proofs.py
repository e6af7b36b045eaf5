"""One-time tokens: proof that somebody reads the mail of an address. Bound to both, stored as digests."""

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
    """A token for whoever reads the account's mail."""
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
    """The account a token was issued to, and whether it was spent before. Raises Unproven."""
    row = await OneTimeToken.get_or_none(digest=secret.digest(token), purpose=purpose).select_related("account")
    if row is None or row.expires_at <= house().clock.now() or row.address != row.account.email_key:
        raise Unproven()
    return row.account, row.used_at is not None


async def spend(token: str) -> bool:
    """Whether this call, and no other before it, spent the token."""
    return bool(
        await OneTimeToken.filter(digest=secret.digest(token), used_at=None).update(used_at=house().clock.now())
    )


async def forget(account: int) -> None:
    """Makes every token of the account worthless, whatever its purpose."""
    await OneTimeToken.filter(account_id=account).delete()
