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
SESSION_LIFE = timedelta(days=90)
REFRESH_LEEWAY = timedelta(days=7)  # how long after its expiry a token can still be refreshed

VERIFY_LINK = "/api/verify-email/{token}"
RESET_LINK = "/api/reset-password?token={token}"
QUESTIONS_PER_CLIENT = "5/minute"

OK = {"status": "ok"}


async def login(body: Json) -> Json:
    return await _begin_session(await accounts.authenticate(body["email"], body["password"]))


async def register(body: Json) -> Json:
    account = await accounts.register(
        body["email"], body["password"], body["name"], at_least=SHORTEST_PASSWORD, confirm=VERIFY_LINK
    )
    return await _begin_session(account)


async def verify_email(token: str = "", body: Json | None = None, wants_html: bool = False) -> Json | Reply:
    account = await accounts.verify(body["token"] if body else token)
    return page("verified.html", address=account.email) if wants_html else await _begin_session(account)


async def resend_verification(
    user: Caller, client: str = "", capcha: str = "", captcha: str = "", body: Json | None = None
) -> Json:
    sent = body or {}  # the document knows both spellings
    await _check_captcha(capcha or captcha or sent.get("capcha", "") or sent.get("captcha", ""))
    await accounts.ask_to_verify(user.account, VERIFY_LINK, client)
    return await _tokens(await sessions.current_grant(user))


async def refresh(user: str) -> Json:
    return await _tokens(await sessions.refresh(DOOR, user, TOKEN_LIFE, REFRESH_LEEWAY))


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
    """The security function for `userToken`."""
    return {"sub": await sessions.live(DOOR, token)}


async def refreshable(token: str) -> Json:
    """The security function of `refresh`: accepts tokens up to REFRESH_LEEWAY after expiry; `user` is the token."""
    await keys.verify(token, DOOR, int(REFRESH_LEEWAY.total_seconds()))
    return {"sub": token}


async def _begin_session(account: Account) -> Json:
    return await _tokens(await sessions.begin(DOOR, account, TOKEN_LIFE, SESSION_LIFE))


async def _tokens(grant: Grant) -> Json:
    """Returns the two tokens. `vaultToken` names the default team and project once the address is verified."""
    default = await teams.default_of(grant.account)
    claims = dict(zip(("team", "project"), default, strict=True)) if default else {}
    return {"userToken": await sessions.token(grant), "vaultToken": await sessions.token(grant, "team", **claims)}


async def _check_captcha(solution: str) -> None:
    if not solution:
        raise NotSolved()
    await captcha.check(solution)


def refuse(refusal: Refusal) -> Reply:
    if isinstance(refusal, NotActivated):
        refusal = BadCredentials()
    return problem(refusal, status_of(refusal))
