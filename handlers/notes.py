"""The door `notes`: opaque tokens, requested by form, at `/auth` and `/api/auth`."""

from datetime import timedelta

from portico.core import accounts, sessions
from portico.core.refusals import (
    BadCredentials,
    Invalid,
    Malformed,
    NoSession,
    NotActivated,
    Refusal,
    Taken,
    TokenMissing,
)
from portico.core.sessions import Caller, OpaqueTokens

from . import Json, Reply, headers_of, page, status_of, strip_bearer

DOOR = "notes"
SHORTEST_PASSWORD = 9
ACCESS_LIFE = timedelta(seconds=7200)
SESSION_LIFE = timedelta(days=30)
VERIFY_LINK = "/auth/verify?token={token}"

STATUS = {BadCredentials: 406, NotActivated: 406, NoSession: 403, TokenMissing: 400}


async def login(body: Json) -> Json:
    account = await accounts.authenticate_by_name(body["username"], body["password"])
    tokens = await sessions.begin_opaque(DOOR, account, ACCESS_LIFE, SESSION_LIFE)
    return {"message": "Login success", "tokens": _tokens(tokens, tokens.refresh, "auth_grant")}


async def refresh(body: Json) -> Json | Reply:
    try:
        tokens = await sessions.refresh_opaque(DOOR, body["refresh_token"], ACCESS_LIFE)
    except NoSession:
        return Reply({"error": "Expired token"}, 406)
    return {"message": "Refresh Success", "tokens": _tokens(tokens, tokens.successor, tokens.refresh)}


async def sign_up(body: Json) -> Json:
    account = await accounts.register(
        body["email"],
        body["password"],
        body["username"],
        at_least=SHORTEST_PASSWORD,
        login_name=body["username"],
        confirm=VERIFY_LINK,
        awaits_activation=True,
    )
    return {"message": "Signup success", "userid": account.id}


async def current(user: Caller) -> Json:
    account = await accounts.get(user.account)
    return {"username": account.name}


async def verify(token: str, wants_html: bool = False) -> Json | Reply:
    account = await accounts.verify(token)
    return page("verified.html", address=account.email) if wants_html else {"message": "Verified"}


async def session(token: str) -> Json:
    """The security function for access tokens."""
    return {"sub": await sessions.live_opaque(DOOR, strip_bearer(token))}


def _tokens(tokens: OpaqueTokens, refresh_token: str, reference_token: str) -> Json:
    return {
        "access_token": tokens.access,
        "valid_for": int(ACCESS_LIFE.total_seconds()),
        "refresh_token": refresh_token,
        "reference_token": reference_token,
        "type": "api",
    }


def refuse(refusal: Refusal) -> Reply:
    status = status_of(refusal, STATUS)
    return Reply({"error": _words(refusal)}, status, headers_of(refusal, status))


def refuse_login(refusal: Refusal) -> Reply:
    """Answers any invalid body with the one text that the document has for it; only sign-up names the field."""
    return refuse(Malformed() if isinstance(refusal, Invalid) else refusal)


refuse_refresh = refuse_current = refuse_login


def _words(refusal: Refusal) -> str:
    match refusal:
        case BadCredentials():
            return "Wrong username or password"
        case NotActivated():
            return "Please check your email and activate your account."
        case Taken():
            return "Unable to signup."
        case TokenMissing() | Malformed() | Invalid(rule="is a required property"):
            return "Bad request"
        case NoSession():
            return "Expired token"
    return refusal.message
