"""Sessions: one row per login. Whatever ends the row ends its tokens on the very next request.

A signed token names its session and a generation. A refresh begins the next generation; the one before is good for
GRACE more, and sent again within it gets the same successor, so that a lost answer or a second tab logs nobody out.
Later it is a stolen token, and the session ends.
"""

import secrets
from datetime import datetime, timedelta
from typing import NamedTuple

from portico.models import Account, Session, Token

from . import keys, lookups, secret
from .database import in_transaction
from .house import house
from .house.keyring import Claims
from .refusals import BadCredentials, TokenExpired, TokenForged, TokenRevoked

GRACE = timedelta(seconds=20)


class Caller(NamedTuple):
    """Who sent a request: the session, and the account by its row and by its public name."""

    session: str
    account: int
    uuid: str


class Grant(NamedTuple):
    """What a signed token says. The same grant makes the same token."""

    door: str
    session: str
    generation: int
    account: int
    uuid: str
    issued: datetime
    expires: datetime


async def begin(door: str, account: Account, life: timedelta, lasts: timedelta | None = None) -> Grant:
    """A new session at `door` whose tokens live for `life`; refreshed, it may last for `lasts`.

    Raises BadCredentials if the account just went, or its password just changed.
    """
    issued = house().clock.now()
    expires = issued + life
    ends = issued + (lasts or life)
    session = await _insert(door, account, issued, expires, ends)
    return Grant(door, session.id, 0, account.id, account.uuid, issued, expires)


async def _insert(door: str, account: Account, issued: datetime, expires: datetime, ends: datetime) -> Session:
    """Inserts the session only if the account still has the password just checked; the UPDATE locks its row."""
    async with in_transaction():
        unchanged = Account.filter(id=account.id, password=account.password, active=True)
        if not await unchanged.update(password=account.password):
            raise BadCredentials()
        return await Session.create(
            id=secrets.token_hex(16),
            door=door,
            account_id=account.id,
            issued_at=issued,
            expires_at=expires,
            ends_at=ends,
        )


async def token(grant: Grant, kind: str = "", **claims: str) -> str:
    """The signed token of a grant; one of a further `kind` opens nothing a plain one opens."""
    audience = f"{grant.door}:{kind}" if kind else grant.door
    name = f"{grant.session}.{grant.generation}"
    return await keys.sign(audience, grant.uuid, name, grant.issued, grant.expires, **claims)


async def live(door: str, token: str) -> Caller:
    """Who sent `token` to `door`. Raises TokenMalformed, TokenForged, TokenExpired or TokenRevoked."""
    claims = await keys.verify(token, door)
    session, generation = _named(claims)
    row = await lookups.session(session)
    if row is None:
        raise TokenRevoked()
    if generation != row.generation and not _is_within_grace(generation, row.generation, row.issued_at):
        raise TokenRevoked()
    return Caller(session, row.account, claims["sub"])


async def refresh(door: str, token: str, life: timedelta, overdue: timedelta) -> Grant:
    """The next grant of the session `token` names, which may have expired `overdue` ago at most.

    Raises TokenMalformed, TokenForged, TokenExpired or TokenRevoked.
    """
    claims = await keys.verify(token, door, int(overdue.total_seconds()))
    session, generation = _named(claims)
    issued = house().clock.now()
    current = Session.filter(id=session, generation=generation, revoked_at=None, ends_at__gt=issued)
    await current.update(generation=generation + 1, issued_at=issued, expires_at=issued + life)
    row = await Session.get_or_none(id=session, revoked_at=None).select_related("account")
    if row is None or row.ends_at <= issued or not row.account.active:
        raise TokenRevoked()
    if not _is_within_grace(generation, row.generation, row.issued_at):
        if issued - row.issued_at > GRACE:  # younger, it is a slow tab rather than a thief
            await end(Caller(session, row.account_id, claims["sub"]))
        raise TokenRevoked()
    return _grant(row, claims["sub"])


async def current_grant(caller: Caller) -> Grant:
    """The grant of the tokens the caller has. Raises TokenRevoked if the session just went."""
    row = await Session.get_or_none(id=caller.session, revoked_at=None)
    if row is None:
        raise TokenRevoked()
    return _grant(row, caller.uuid)


def _grant(row: Session, uuid: str) -> Grant:
    return Grant(
        row.door, row.id, row.generation, row.account_id, uuid, row.issued_at, min(row.expires_at, row.ends_at)
    )


def _named(claims: Claims) -> tuple[str, int]:
    session, _, generation = claims["jti"].partition(".")
    return session, int(generation)


def _is_within_grace(generation: int, current: int, issued_at: lookups.Stored) -> bool:
    """Whether `generation` is the one before `current`, and that is still young."""
    return generation == current - 1 and house().clock.now() - lookups.moment(issued_at) <= GRACE


class Opaque(NamedTuple):
    """The opaque tokens of a session: to use, to refresh with, and after a refresh one more to refresh with."""

    access: str
    refresh: str
    successor: str


async def begin_opaque(door: str, account: Account, life: timedelta, lasts: timedelta) -> Opaque:
    """A new session at `door` and its tokens: the access token lives for `life`, the session for `lasts`."""
    issued = house().clock.now()
    async with in_transaction():
        session = await _insert(door, account, issued, issued + life, issued + lasts)
        await Token.create(
            digest=secret.digest(_refresh_token(session.id)),
            kind="refresh",
            session_id=session.id,
            expires_at=issued + lasts,
        )
        return await _opaque(session, issued + life)


async def refresh_opaque(door: str, token: str, life: timedelta) -> Opaque:
    """Another access token for a session, by its refresh token or a successor. Raises TokenForged or TokenRevoked."""
    row = await Token.get_or_none(digest=secret.digest(token), kind__in=("refresh", "successor")).select_related(
        "session"
    )
    if row is None or row.session.door != door:
        raise TokenForged()
    if row.session.revoked_at or row.expires_at <= house().clock.now():
        raise TokenRevoked()
    return await _opaque(row.session, house().clock.now() + life)


async def live_opaque(door: str, token: str) -> Caller:
    """Who sent an opaque access token to `door`. Raises TokenForged or TokenExpired."""
    row = await lookups.access_token(secret.digest(token))
    if row is None or row.door != door:
        raise TokenForged()
    if lookups.moment(row.expires_at) <= house().clock.now():
        raise TokenExpired()
    return Caller(row.session, row.account, row.uuid)


async def _opaque(session: Session, expires: datetime) -> Opaque:
    access, successor = f"a.{secrets.token_hex(32)}", f"d.{secrets.token_hex(16)}"
    rows = [
        Token(digest=secret.digest(access), kind="access", session_id=session.id, expires_at=expires),
        Token(digest=secret.digest(successor), kind="successor", session_id=session.id, expires_at=session.ends_at),
    ]
    await Token.bulk_create(rows)
    return Opaque(access, _refresh_token(session.id), successor)


def _refresh_token(session: str) -> str:
    """Derived, because a refresh by its successor must show it again."""
    return f"r.{secret.mac('refresh token', session).hex()}"


async def end(caller: Caller) -> bool:
    """Ends the session; whether it was still live."""
    return bool(await Session.filter(id=caller.session, revoked_at=None).update(revoked_at=house().clock.now()))


async def end_all(account: int, *, but: str | None = None) -> int:
    """Ends every session of the account, save the session `but`; how many there were."""
    sessions = Session.filter(account_id=account, revoked_at=None)
    if but:
        sessions = sessions.exclude(id=but)
    return await sessions.update(revoked_at=house().clock.now())
