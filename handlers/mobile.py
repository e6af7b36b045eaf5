"""The door `mobile`: a user API for mobile applications, at `/api/user`."""

from datetime import UTC, timedelta
from typing import cast

from portico.core import accounts, sessions
from portico.core.accounts import Profile
from portico.core.refusals import AccountGone, BadCredentials, NoSession, NotActivated, Refusal, Taken, TokenMissing
from portico.core.sessions import Caller
from portico.models import Account

from . import Json, Reply, headers_of, status_of, strip_bearer

DOOR = "mobile"
SHORTEST_PASSWORD = 6
TOKEN_LIFE = timedelta(days=30)  # this door has no refresh

STATUS = {BadCredentials: 400, NotActivated: 400, Taken: 400, TokenMissing: 400, AccountGone: 400}


async def login(body: Json) -> Reply:
    account = await accounts.authenticate(body["email"], body["password"])
    token = await _token(account)
    answer = {"status": 200, "id": account.uuid, "token": token, "name": account.name, "email": account.email}
    return Reply(answer, headers={"token": token})


async def sign_up(body: Json) -> Reply:
    account = await accounts.register(
        body["email"], body["password"], _full_name(body), at_least=SHORTEST_PASSWORD, **_profile(body)
    )
    token = await _token(account)
    answer = {
        "status": 200,
        "token": token,
        "userId": account.uuid,
        "name": account.name,
        "email": account.email,
        "contactNo": account.contact_no,
    }
    return Reply(answer, headers={"token": token})


async def details(user: Caller) -> Json:
    account = await accounts.get(user.account)
    created = account.created_at.astimezone(UTC)
    return {
        "status": 200,
        "userId": account.uuid,
        "firstName": account.first_name,
        "lastName": account.last_name,
        "email": account.email,
        "gender": account.gender,
        "contactNo": account.contact_no,
        "age": account.age,
        "createdAt": f"{created:%Y-%m-%dT%H:%M:%S}.{created.microsecond // 1000:03}Z",
    }


async def update(user: Caller, body: Json) -> Json:
    name = None
    if "firstName" in body or "lastName" in body:
        account = await accounts.get(user.account)
        name = _full_name({"firstName": account.first_name, "lastName": account.last_name} | body)
    await accounts.edit(user.account, name=name, **_profile(body))
    return {"status": 200, "message": "User details updated successfully"}


async def delete(user: Caller) -> Json:
    if not await accounts.delete(user.account):
        raise AccountGone()
    return {"status": 200, "message": "User details deleted successfully"}


async def session(token: str) -> Json:
    """The security function for the header `token` and for Bearer."""
    return {"sub": await sessions.live(DOOR, strip_bearer(token))}


async def _token(account: Account) -> str:
    return await sessions.token(await sessions.begin(DOOR, account, TOKEN_LIFE))


def _full_name(body: Json) -> str:
    return " ".join(part for part in (body["firstName"], body["lastName"]) if part)


def _profile(body: Json) -> Profile:
    columns = {
        "firstName": "first_name",
        "lastName": "last_name",
        "gender": "gender",
        "contactNo": "contact_no",
        "age": "age",
    }
    return cast(Profile, {column: _text(body[name]) for name, column in columns.items() if name in body})


def _text(value: str | float) -> str:
    """Returns `age`, say, as text: the document takes it as a number too."""
    return value if isinstance(value, str) else str(int(value))


def refuse(refusal: Refusal) -> Reply:
    status = status_of(refusal, STATUS)
    return Reply({"status": status, "message": _words(refusal)}, status, headers_of(refusal, status))


def _words(refusal: Refusal) -> str:
    match refusal:
        case BadCredentials() | NotActivated():
            return "Invalid email/password"
        case TokenMissing():
            return "Access denied. Token not provided"
        case AccountGone():
            return "User not found in the database"
        case NoSession():
            return "Invalid token"
        case Taken():
            return "Email already exist.Try to Login.."
    return refusal.message
