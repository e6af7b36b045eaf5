"""The door `appseed`: AppSeed's unified API definition, at `/api/users`."""

from datetime import timedelta

from portico.core import accounts, sessions
from portico.core.refusals import BadCredentials, Invalid, NoSession, NotActivated, NotYours, Refusal, Taken
from portico.core.sessions import Caller

from . import Json, Reply, headers_of, status_of, strip_bearer

DOOR = "appseed"
SHORTEST_PASSWORD = 4
TOKEN_LIFE = timedelta(hours=24)  # the clients of this door never refresh
NOT_LOGGED_ON: Json = {"success": False, "msg": "User is not logged on"}

STATUS = {BadCredentials: 400, NotActivated: 400, NotYours: 400, Taken: 400}


async def register(body: Json) -> Json:
    account = await accounts.register(body["email"], body["password"], body["username"], at_least=SHORTEST_PASSWORD)
    return {"success": True, "userID": account.uuid, "msg": "The user was successfully registered"}


async def login(body: Json) -> Json:
    account = await accounts.authenticate(body["email"], body["password"])
    token = await sessions.token(await sessions.begin(DOOR, account, TOKEN_LIFE))
    user = {"_id": account.uuid, "id": account.uuid, "username": account.name, "email": account.email}
    return {"success": True, "token": token, "user": user}


async def logout(user: Caller | None = None, token_info: Json | None = None, body: Json | None = None) -> Json:
    header_absent = not token_info
    if header_absent and body and isinstance(body.get("token"), str):
        user = await _caller(body["token"])
    if user and await sessions.end(user):
        return {"success": True, "msg": "Token revoked"}
    return NOT_LOGGED_ON


async def check_session(user: Caller | None = None) -> Json:
    return {"success": True} if user else NOT_LOGGED_ON


async def edit(user: Caller, body: Json) -> Json:
    if body.get("userID", user.uuid) != user.uuid:
        raise NotYours()
    await accounts.edit(user.account, name=body.get("username"), email=body.get("email"))
    return {"success": True}


async def session(token: str) -> Json:
    """The security function for a token with or without `Bearer`."""
    return {"sub": await sessions.live(DOOR, strip_bearer(token))}


async def _caller(token: str) -> Caller | None:
    try:
        return await sessions.live(DOOR, strip_bearer(token))
    except NoSession:
        return None


def refuse(refusal: Refusal) -> Reply:
    status = status_of(refusal, STATUS)
    return Reply({"success": False, "msg": _words(refusal)}, status, headers_of(refusal, status))


def _words(refusal: Refusal) -> str:
    match refusal:
        case NoSession():
            return str(NOT_LOGGED_ON["msg"])
        case BadCredentials() | NotActivated():
            return "Wrong credentials."
        case Taken():
            return f"{refusal.what.capitalize()} already taken"
        case NotYours():
            return "Error updating user"
        case Invalid(empty=True):
            return f"{refusal.field}: '' is too short"
    return refusal.message
