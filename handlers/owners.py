"""The door `owners`: owners, their applications and the users of those, at `/appowner`, `/applications`, `/users`."""

from datetime import date, timedelta

from portico.core import accounts, credentials, sessions, tenants
from portico.core.accounts import Profile
from portico.core.refusals import (
    BadCredentials,
    NoApplication,
    NoOwner,
    NoSession,
    NoUser,
    Refusal,
    TokenExpired,
    TokenMalformed,
    TokenMissing,
    TokenRevoked,
)
from portico.core.sessions import Caller
from portico.models import Account, Owner

from . import Json, Reply, headers_of, status_of

DOOR = "owners"
SHORTEST_PASSWORD = 7
TOKEN_LIFE = timedelta(days=1)


async def create_owner(body: Json) -> Json:
    owner = await tenants.create_owner(
        body["firstname"], body["lastname"], body["email"], body["password"], at_least=SHORTEST_PASSWORD
    )
    return _owner(owner)


async def owner_by_uuid(uuid: str) -> Json:
    return _owner(await tenants.owner_by_uuid(uuid))


async def owner_by_password(email: str = "", password: str = "", body: Json | None = None) -> Json:
    sent = body or {"email": email, "password": password}
    return _owner(await tenants.authenticate_owner(sent["email"], sent["password"]))


async def delete_owner(body: Json) -> Json:
    deleted = await tenants.delete_owner(body["uuid"], body["deletion_token"])
    return {"affectedRows": int(deleted), "insertId": 0, "warningStatus": 0}


async def update_owner(body: Json) -> Reply:
    await tenants.update_owner(
        body["uuid"],
        body["firstname"],
        body["lastname"],
        body["email"],
        body["password"],
        at_least=SHORTEST_PASSWORD,
    )
    return Reply({"status": 202, "affectedRows": 1}, 202)


async def create_application(body: Json) -> Json:
    application, api_key, ends = await tenants.create_application(body["owneruuid"], body["appname"])
    return {
        "created": True,
        "appname": application.name,
        "creationdate": _date(application.created_at),
        "enddate": f"{ends:%Y-%m-%dT%H:%M:%S}.{ends.microsecond // 1000:03}Z",
        "uuid": application.uuid,
        "apiKey": api_key,
    }


async def delete_application(body: Json) -> Reply:
    if await tenants.delete_application(body["apikey"]):
        return Reply({"affectedRows": 1, "message": "All auth users of this application are deleted too"}, 202)
    return Reply({"affectedRows": 0, "message": "nothing to delete"}, 202)


async def sign_up(body: Json) -> Reply:
    application = await tenants.application_of(body["apikey"])
    account = await tenants.sign_up(
        application, body["email"], body["password"], body["username"], at_least=SHORTEST_PASSWORD
    )
    return Reply(_user(account) | {"apikey": body["apikey"]}, 202)


async def sign_in(body: Json) -> Json:
    account = await tenants.authenticate_user(body["uuid"], body["apikey"])
    return {"auth": True, "token": await _token(account)}


async def sign_in_with_email(body: Json) -> Json:
    application = await tenants.application_of(body["apikey"])
    account = await accounts.authenticate(body["email"], body["password"], application_id=application.id)
    if not accounts.is_within_dates(account):
        raise BadCredentials()
    return {"auth": True, "token": await _token(account), "uuid": account.uuid}


async def is_logged(token: str = "", body: Json | None = None) -> Json:
    sent = body["token"] if body else token
    await sessions.live(DOOR, sent)
    return {"auth": True, "token": sent}


async def user_data(body: Json | None = None, user: Caller | None = None, token_info: Json | None = None) -> Json:
    account = await _account(await _caller(body, user, token_info))
    return _user(account) | {"apikey": credentials.account_api_key(account.uuid)}


async def update_user(body: Json, user: Caller | None = None, token_info: Json | None = None) -> Reply:
    user = await _caller(body, user, token_info)
    await _account(user)
    changes = Profile(active=body["active"]) if "active" in body else Profile()
    await accounts.edit(
        user.account,
        name=body.get("username"),
        email=body.get("email"),
        password=body.get("password"),
        at_least=SHORTEST_PASSWORD,
        keep=user.session,
        **changes,
    )
    account = await accounts.get(user.account)
    return Reply({"done": True, "username": account.name, "email": account.email}, 202)


async def session(token: str) -> Json:
    """The security function for Bearer. A token in the body is left to `_caller`."""
    return {"sub": await sessions.live(DOOR, token)}


async def _caller(body: Json | None, user: Caller | None, token_info: Json | None) -> Caller:
    """Returns the caller by the token in the body, or else by the Bearer token."""
    if body and "token" in body:
        return await sessions.live(DOOR, body["token"])
    if user:
        return user
    raise (token_info or {}).get("refusal") or TokenMissing()


async def _account(user: Caller) -> Account:
    """Returns the caller's account; an inactive one is refused, so it cannot even activate itself."""
    account = await accounts.get(user.account)
    if not account.active:
        raise TokenRevoked()
    return account


async def _token(account: Account) -> str:
    return await sessions.token(await sessions.begin(DOOR, account, TOKEN_LIFE))


def _owner(owner: Owner) -> Json:
    return {
        "firstname": owner.first_name,
        "lastname": owner.last_name,
        "email": owner.email,
        "deletion_token": tenants.deletion_token_of(owner),
        "uuid": tenants.uuid_of(owner),
    }


def _user(account: Account) -> Json:
    return {
        "uuid": account.uuid,
        "username": account.name,
        "email": account.email,
        "creationdate": _date(account.starts_on),
        "enddate": _date(account.ends_on),
        "active": account.active,
    }


def _date(moment: date | None) -> str:
    return f"{moment:%Y-%m-%d}"


def refuse(refusal: Refusal) -> Reply:
    status = status_of(refusal)
    match refusal:
        case NoSession():
            body = {"auth": False, "message": _jwt_words(refusal)}
        case NoUser():
            body = {"error": refusal.message}
        case _:
            body = {"status": status, "message": refusal.message}
    return Reply(body, status, headers_of(refusal, status))


def refuse_update_owner(refusal: Refusal) -> Reply:
    return Reply({"status": 404, "affectedRows": 0}, 404) if isinstance(refusal, NoOwner) else refuse(refusal)


def refuse_sign_in(refusal: Refusal) -> Reply:
    """Answers 200 if the login fails, as the document says."""
    return Reply({"auth": False}) if isinstance(refusal, BadCredentials) else refuse(refusal)


def refuse_sign_in_with_email(refusal: Refusal) -> Reply:
    """Answers an unknown application as an unknown user."""
    return refuse_sign_in(NoUser() if isinstance(refusal, NoApplication) else refusal)


def refuse_is_logged(refusal: Refusal) -> Reply:
    """Answers 200 for a token that is not valid, because that is what was asked."""
    if isinstance(refusal, NoSession):
        return Reply({"auth": False, "message": _jwt_words(refusal)})
    return refuse(refusal)


def _jwt_words(refusal: NoSession) -> str:
    match refusal:
        case TokenMalformed():
            return "jwt malformed"
        case TokenExpired():
            return "jwt expired"
        case TokenRevoked():
            return "jwt revoked"
        case TokenMissing():
            return "jwt must be provided"
    return "invalid signature"
