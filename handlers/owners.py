"""The door `owners`: owners, their applications and the users of those, at `/appowner`, `/applications`, `/users`."""

from datetime import UTC, datetime, timedelta

from portico.core import accounts, credentials, sessions, tenants
from portico.core.accounts import Account
from portico.core.refusals import (
    BadCredentials,
    NoSession,
    NotFound,
    Refusal,
    TokenExpired,
    TokenMalformed,
    TokenMissing,
    TokenRevoked,
)
from portico.core.sessions import Caller
from portico.core.settings import current
from portico.core.tenants import Owner

from . import headers_of, status_of

DOOR = "owners"
SHORTEST_PASSWORD = 7
TOKEN_LIFE = timedelta(days=1)
USER_NOT_FOUND = ({"error": "User not found"}, 404)


async def create_owner(body: dict) -> dict:
    owner = await tenants.create_owner(
        body["firstname"], body["lastname"], body["email"], body["password"], at_least=SHORTEST_PASSWORD
    )
    return _owner(owner)


async def owner_by_uuid(uuid: str) -> dict:
    _refuse_if_strict()
    try:
        return _owner(await tenants.owner_named(uuid))
    except NotFound:
        raise NotFound("owner not found") from None


async def owner_by_password(email: str = "", password: str = "", body: dict | None = None) -> dict:
    if body is None:
        _refuse_if_strict()
    sent = body or {"email": email, "password": password}
    try:
        return _owner(await tenants.authenticate_owner(sent["email"], sent["password"]))
    except BadCredentials:
        raise NotFound("owner not found") from None


async def delete_owner(body: dict) -> dict:
    deleted = await tenants.delete_owner(body["uuid"], body["deletion_token"])
    return {"affectedRows": int(deleted), "insertId": 0, "warningStatus": 0}


async def update_owner(body: dict) -> tuple:
    try:
        await tenants.update_owner(
            body["uuid"],
            body["firstname"],
            body["lastname"],
            body["email"],
            body["password"],
            at_least=SHORTEST_PASSWORD,
        )
    except NotFound:
        return {"status": 404, "affectedRows": 0}, 404
    return {"status": 202, "affectedRows": 1}, 202


async def create_application(body: dict) -> dict:
    try:
        application, api_key = await tenants.create_application(body["owneruuid"], body["appname"])
    except NotFound:
        raise NotFound("owner not found") from None
    ends = application.ends_at
    return {
        "created": True,
        "appname": application.name,
        "creationdate": _date(application.created_at),
        "enddate": f"{ends:%Y-%m-%dT%H:%M:%S}.{ends.microsecond // 1000:03}Z",
        "uuid": application.uuid,
        "apiKey": api_key,
    }


async def delete_application(body: dict) -> tuple:
    if await tenants.delete_application(body["apikey"]):
        return {"affectedRows": 1, "message": "All auth users of this application are deleted too"}, 202
    return {"affectedRows": 0, "message": "nothing to delete"}, 202


async def sign_up(body: dict) -> tuple:
    try:
        application = await tenants.application_of(body["apikey"])
        today = datetime.now(UTC)
        account = await accounts.register(
            body["email"],
            body["password"],
            body["username"],
            at_least=SHORTEST_PASSWORD,
            application=application.id,
            starts_on=today.date(),
            ends_on=tenants.a_year_after(today).date(),
        )
    except NotFound:
        raise NotFound("application not found") from None
    return _user(account) | {"apikey": body["apikey"]}, 202


async def sign_in(body: dict) -> dict | tuple:
    if _is_strict():
        return USER_NOT_FOUND
    try:
        account = await tenants.member(body["uuid"], body["apikey"])
        return {"auth": True, "token": await _token(account)}
    except NotFound:
        return USER_NOT_FOUND
    except BadCredentials:
        return {"auth": False}


async def sign_in_with_email(body: dict) -> dict | tuple:
    try:
        application = await tenants.application_of(body["apikey"])
        account = await accounts.authenticate(body["email"], body["password"], application=application.id)
        if not accounts.is_within_dates(account):
            return {"auth": False}
        return {"auth": True, "token": await _token(account), "uuid": account.uuid}
    except NotFound:
        return USER_NOT_FOUND
    except BadCredentials:
        return {"auth": False}


async def is_logged(token: str = "", body: dict | None = None) -> dict:
    if body is None:
        _refuse_if_strict()
    sent = body["token"] if body else token
    try:
        await sessions.live(DOOR, sent)
    except NoSession as refusal:
        return {"auth": False, "message": _jwt_words(refusal)}
    return {"auth": True, "token": sent}


async def user_data(body: dict | None = None, user: Caller | None = None, token_info: dict | None = None) -> dict:
    account = await _account(await _caller(body, user, token_info))
    return _user(account) | {"apikey": credentials.account_api_key(account.uuid)}


async def update_user(body: dict, user: Caller | None = None, token_info: dict | None = None) -> tuple:
    user = await _caller(body, user, token_info)
    await _account(user)
    changes = {"active": body["active"]} if "active" in body else {}
    await accounts.edit(
        user.account,
        name=body.get("username"),
        email=body.get("email"),
        password=body.get("password"),
        at_least=SHORTEST_PASSWORD,
        keep=user.session,
        **changes,
    )
    account = await accounts.of(user.account)
    return {"done": True, "username": account.name, "email": account.email}, 202


async def session(token: str) -> dict:
    """The security function of Bearer, besides the token in the body."""
    return {"sub": await sessions.live(DOOR, token)}


async def _caller(body: dict | None, user: Caller | None, token_info: dict | None) -> Caller:
    if body and "token" in body:
        return await sessions.live(DOOR, body["token"])
    if user:
        return user
    raise (token_info or {}).get("refusal") or TokenMissing()


async def _account(user: Caller) -> Account:
    """The caller's account; an inactive one has no say, not even over that."""
    account = await accounts.of(user.account)
    if not account.active:
        raise TokenRevoked()
    return account


async def _token(account: Account) -> str:
    return await sessions.token(await sessions.begin(DOOR, account, TOKEN_LIFE))


def _owner(owner: Owner) -> dict:
    return {
        "firstname": owner.first_name,
        "lastname": owner.last_name,
        "email": owner.email,
        "deletion_token": tenants.deletion_token_of(owner),
        "uuid": tenants.uuid_of(owner),
    }


def _user(account: Account) -> dict:
    return {
        "uuid": account.uuid,
        "username": account.name,
        "email": account.email,
        "creationdate": _date(account.starts_on),
        "enddate": _date(account.ends_on),
        "active": account.active,
    }


def _date(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d}"


def _refuse_if_strict() -> None:
    if _is_strict():
        raise NotFound()


def _is_strict() -> bool:
    """The strict profile has no secrets in URLs, no sign-in without a password, no token for a uuid."""
    return current().profile == "strict"


def refuse(refusal: Refusal) -> tuple[dict, int, dict]:
    status = status_of(refusal)
    if isinstance(refusal, NoSession):
        return {"auth": False, "message": _jwt_words(refusal)}, status, headers_of(refusal, status)
    return {"status": status, "message": refusal.message}, status, headers_of(refusal, status)


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
