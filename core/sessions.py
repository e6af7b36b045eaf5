"""Sessions: one row per login. Every request reads the row, so ending a session ends its tokens at once.

Signed tokens name their session and a generation. `begin` issues generation 0, each `refresh` the next one.

    current generation   is accepted until it expires
    the one before       is accepted for GRACE after the refresh; refreshed again, it gets the same successor, so that
                         a lost answer or a second tab logs nobody out
    older, or later      is refused; a refresh with it, later than GRACE after the last refresh, is taken for theft and
                         ends the session

A refresh may come some time after a token expired, but not after the session's own end, which no refresh moves.

Opaque tokens are rows. `begin_opaque` issues an access token, and a refresh token that lives as long as the session.
Each refresh issues another access token and a successor, which refreshes as well; the earlier tokens stay good.
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
    """Who sent a request: the id of the session, and the id and the uuid of the account."""

    session: str
    account: int
    uuid: str


class Grant(NamedTuple):
    """What a signed token says. The same grant always gives the same token."""

    door: str
    session: str
    generation: int
    account: int
    uuid: str
    issued: datetime
    expires: datetime


async def begin(door: str, account: Account, token_life: timedelta, session_life: timedelta | None = None) -> Grant:
    """Begins a session at `door` and returns its first grant. Without `session_life` it ends with its first token.

    Raises BadCredentials if the account was deleted, deactivated or given another password since it was authenticated.
    """
    issued = house().clock.now()
    expires = issued + token_life
    ends = issued + (session_life or token_life)
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
    """Returns the signed token of a grant. One of another `kind` is not accepted where a plain one is."""
    audience = f"{grant.door}:{kind}" if kind else grant.door
    token_id = f"{grant.session}.{grant.generation}"
    return await keys.sign(audience, grant.uuid, token_id, grant.issued, grant.expires, **claims)


async def live(door: str, token: str) -> Caller:
    """Returns the caller whose live session `token` names.

    Raises TokenMalformed, TokenForged (also for another door's token), TokenExpired or TokenRevoked.
    """
    claims = await keys.verify(token, door)
    session, generation = _session_and_generation(claims)
    row = await lookups.session(session)
    if row is None:
        raise TokenRevoked()
    if generation != row.generation and not _is_within_grace(generation, row.generation, row.issued_at):
        raise TokenRevoked()
    return Caller(session, row.account, claims["sub"])


async def refresh(door: str, token: str, token_life: timedelta, leeway: timedelta) -> Grant:
    """Returns the next grant of the session that `token` names; the token may have expired up to `leeway` ago.

    Raises TokenMalformed, TokenForged, TokenExpired or TokenRevoked.
    """
    claims = await keys.verify(token, door, int(leeway.total_seconds()))
    session, generation = _session_and_generation(claims)
    issued = house().clock.now()
    current = Session.filter(id=session, generation=generation, revoked_at=None, ends_at__gt=issued)
    await current.update(generation=generation + 1, issued_at=issued, expires_at=issued + token_life)
    row = await Session.get_or_none(id=session, revoked_at=None).select_related("account")
    if row is None or row.ends_at <= issued or not row.account.active:
        raise TokenRevoked()
    if not _is_within_grace(generation, row.generation, row.issued_at):
        if issued - row.issued_at > GRACE:  # within GRACE it is a slow tab rather than a thief
            await end(Caller(session, row.account_id, claims["sub"]))
        raise TokenRevoked()
    return _grant(row, claims["sub"])


async def current_grant(caller: Caller) -> Grant:
    """Returns the current grant of the caller's session. Raises TokenRevoked if it has ended meanwhile."""
    row = await Session.get_or_none(id=caller.session, revoked_at=None)
    if row is None:
        raise TokenRevoked()
    return _grant(row, caller.uuid)


def _grant(row: Session, uuid: str) -> Grant:
    return Grant(
        row.door, row.id, row.generation, row.account_id, uuid, row.issued_at, min(row.expires_at, row.ends_at)
    )


def _session_and_generation(claims: Claims) -> tuple[str, int]:
    session, _, generation = claims["jti"].partition(".")
    return session, int(generation)


def _is_within_grace(generation: int, current: int, issued_at: lookups.StoredTime) -> bool:
    """Checks whether `generation` is the one before `current`, and `current` was issued at most GRACE ago."""
    return generation == current - 1 and house().clock.now() - lookups.to_datetime(issued_at) <= GRACE


class OpaqueTokens(NamedTuple):
    """The opaque tokens of a session: the access token, the refresh token, and a successor of the refresh token."""

    access: str
    refresh: str
    successor: str


async def begin_opaque(door: str, account: Account, access_life: timedelta, session_life: timedelta) -> OpaqueTokens:
    """Begins a session at `door` and returns its tokens.

    Raises BadCredentials if the account was deleted, deactivated or given another password since it was authenticated.
    """
    issued = house().clock.now()
    async with in_transaction():
        session = await _insert(door, account, issued, issued + access_life, issued + session_life)
        await Token.create(
            digest=secret.digest(_refresh_token(session.id)),
            kind="refresh",
            session_id=session.id,
            expires_at=issued + session_life,
        )
        return await _issue_opaque(session, issued + access_life)


async def refresh_opaque(door: str, token: str, access_life: timedelta) -> OpaqueTokens:
    """Issues another access token for the session of a refresh token or a successor.

    Raises TokenForged or TokenRevoked.
    """
    row = await Token.get_or_none(digest=secret.digest(token), kind__in=("refresh", "successor")).select_related(
        "session"
    )
    if row is None or row.session.door != door:
        raise TokenForged()
    if row.session.revoked_at or row.expires_at <= house().clock.now():
        raise TokenRevoked()
    return await _issue_opaque(row.session, house().clock.now() + access_life)


async def live_opaque(door: str, token: str) -> Caller:
    """Returns the caller with this opaque access token. Raises TokenForged (or its session ended) or TokenExpired."""
    row = await lookups.access_token(secret.digest(token))
    if row is None or row.door != door:
        raise TokenForged()
    if lookups.to_datetime(row.expires_at) <= house().clock.now():
        raise TokenExpired()
    return Caller(row.session, row.account, row.uuid)


async def _issue_opaque(session: Session, expires: datetime) -> OpaqueTokens:
    access, successor = f"a.{secrets.token_hex(32)}", f"d.{secrets.token_hex(16)}"
    rows = [
        Token(digest=secret.digest(access), kind="access", session_id=session.id, expires_at=expires),
        Token(digest=secret.digest(successor), kind="successor", session_id=session.id, expires_at=session.ends_at),
    ]
    await Token.bulk_create(rows)
    return OpaqueTokens(access, _refresh_token(session.id), successor)


def _refresh_token(session: str) -> str:
    """Derives the refresh token, because a refresh by a successor must answer it again."""
    return f"r.{secret.mac('refresh token', session).hex()}"


async def end(caller: Caller) -> bool:
    """Ends the session of the caller. Returns False if it had ended before."""
    return bool(await Session.filter(id=caller.session, revoked_at=None).update(revoked_at=house().clock.now()))


async def end_all(account_id: int, *, keep: str | None = None) -> int:
    """Ends every session of the account except `keep`. Returns how many."""
    sessions = Session.filter(account_id=account_id, revoked_at=None)
    if keep:
        sessions = sessions.exclude(id=keep)
    return await sessions.update(revoked_at=house().clock.now())
