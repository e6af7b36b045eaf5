"""The door `vault`: accounts with teams and projects, at `/api`."""

from datetime import timedelta

from portico.core import accounts, captcha, keys, limits, passwords, sessions, teams
from portico.core.house import house
from portico.core.refusals import BadCredentials, NotActivated, NotSolved, Refusal
from portico.core.sessions import Caller, Grant
from portico.models import Account

from . import Json, Reply, page, problem, status_of

DOOR = "vault"
SHORTEST_PASSWORD = 8
TOKEN_LIFE = timedelta(hours=24)
SESSION_LASTS = timedelta(days=90)
OVERDUE = timedelta(days=7)  # how long after its end a token may still be refreshed

VERIFY_LINK = "/api/verify-email/{token}"
RESET_LINK = "/api/reset-password?token={token}"
QUESTIONS_PER_CLIENT = "5/minute"

OK = {"status": "ok"}


async def login(body: Json) -> Json:
    return await _begin(await accounts.authenticate(body["email"], body["password"]))


async def register(body: Json) -> Json:
    account = await accounts.register(
        body["email"], body["password"], body["name"], at_least=SHORTEST_PASSWORD, confirm=VERIFY_LINK
    )
    return await _begin(account)


async def verify_email(token: str = "", body: Json | None = None, wants_html: bool = False) -> Json | Reply:
    account = await accounts.verify(body["token"] if body else token)
    return page("verified.html", address=account.email) if wants_html else await _begin(account)


async def resend_verification(
    user: Caller, client: str = "", capcha: str = "", captcha: str = "", body: Json | None = None
) -> Json:
    sent = body or {}
    await _solved(capcha or captcha or sent.get("capcha", "") or sent.get("captcha", ""))
    await accounts.ask_to_verify(user.account, VERIFY_LINK, client)
    return await _pair(await sessions.current_grant(user))


async def refresh(user: str) -> Json:
    return await _pair(await sessions.refresh(DOOR, user, TOKEN_LIFE, OVERDUE))


async def forgot_password(body: Json, client: str = "") -> Json:
    await accounts.ask_to_reset(body["email"], RESET_LINK, client)
    return OK


async def reset_password(body: Json, wants_html: bool = False) -> Json | Reply:
    await accounts.reset_password(body["token"], body["newPassword"], at_least=SHORTEST_PASSWORD, field="newPassword")
    return page("reset_done.html") if wants_html else OK


async def reset_page(token: str) -> Reply:
    await accounts.resettable(token)
    return page("reset.html", token=token, shortest=passwords.minimum(SHORTEST_PASSWORD, house().settings))


async def exist_email(email: str, client: str = "") -> bool:
    await limits.count(QUESTIONS_PER_CLIENT, "exist-email", client)
    return await accounts.exists(email)


async def session(token: str) -> Json:
    """The security function of sessions."""
    return {"sub": await sessions.live(DOOR, token)}


async def refreshable(token: str) -> Json:
    """The security function of a refresh: a token of ours that is good or was so until lately."""
    await keys.verify(token, DOOR, int(OVERDUE.total_seconds()))
    return {"sub": token}


async def _begin(account: Account) -> Json:
    return await _pair(await sessions.begin(DOOR, account, TOKEN_LIFE, SESSION_LASTS))


async def _pair(grant: Grant) -> Json:
    """The tokens of the session and of its default team and project, which exist once the address is verified."""
    default = await teams.default_of(grant.account)
    claims = dict(zip(("team", "project"), default, strict=True)) if default else {}
    return {"userToken": await sessions.token(grant), "vaultToken": await sessions.token(grant, "team", **claims)}


async def _solved(solution: str) -> None:
    if not solution:
        raise NotSolved()
    await captcha.check(solution)


def refuse(refusal: Refusal) -> Reply:
    if isinstance(refusal, NotActivated):
        refusal = BadCredentials()
    return problem(refusal, status_of(refusal))
