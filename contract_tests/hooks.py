"""What Schemathesis cannot read in a contract: how to log in, and what the end of a session means."""

import os
import re
import time
from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

import httpx
import schemathesis

PASSWORD = "a good passphrase"
# Hypothesis sends the words of this file too; none of them is a leak by itself.
THIS_FILE = Path(__file__).read_text()
LEAKS = re.compile(
    r"\$2[aby]\$\d\d\$[./\w]{53}|hmac-sha256:[0-9a-f]{8}:|Traceback \(most|sqlite3?\.\w|SELECT .* FROM |/site-packages/\w|\.py:\d"
)


def ask(case: schemathesis.Case, method: str, path: str, **options: object) -> httpx.Response:
    return httpx.request(method, f"{case.operation.base_url.rstrip('/')}{path}", timeout=20, **options)


@schemathesis.deserializer("text/html", "text/css", "text/javascript")
def text(context: schemathesis.DeserializationContext, response: schemathesis.Response) -> str:
    return response.text


# ---------------------------------------------------------------- a live token for each door
def new_account(case: schemathesis.Case) -> dict[str, str]:
    """Made at one door, good at every other that shares its accounts."""
    account = {"email": f"{uuid4().hex}@appseed.us", "password": PASSWORD}
    assert ask(case, "POST", "/api/users/register", json=account | {"username": "test"}).is_success
    return account


def appseed(case: schemathesis.Case) -> str:
    return ask(case, "POST", "/api/users/login", json=new_account(case)).json()["token"]


def vault(case: schemathesis.Case) -> str:
    return ask(case, "POST", "/api/login", json=new_account(case)).json()["userToken"]


def mobile(case: schemathesis.Case) -> str:
    return ask(case, "POST", "/api/user/login", json=new_account(case)).json()["token"]


def notes(case: schemathesis.Case) -> str:
    account = new_account(case)
    body = {"username": account["email"], "password": PASSWORD}
    return ask(case, "POST", "/auth/login", json=body).json()["tokens"]["access_token"]


def owners(case: schemathesis.Case) -> str:
    who = {"email": f"{uuid4().hex}@appseed.us", "password": PASSWORD}
    owner = ask(case, "POST", "/appowner/create", json=who | {"firstname": "a", "lastname": "b"}).json()
    application = ask(case, "POST", "/applications/create", json={"owneruuid": owner["uuid"], "appname": "test"}).json()
    keyed = {"apikey": application["apiKey"]}
    ask(case, "POST", "/users/signup", json=keyed | who | {"username": "test"})
    return ask(case, "POST", "/users/signwithemail", json=keyed | who).json()["token"]


# One session per operation: one that ends its session must not spoil the others.
def by_operation(case: schemathesis.Case, context: schemathesis.AuthContext) -> str:
    return context.operation.label


def provide(scheme: str, log_in: Callable[[schemathesis.Case], str], header: str, carriage: str) -> None:
    """Sends a live token where the contract names `scheme`, unless a link brought one along."""

    @schemathesis.auth(cache_by_key=by_operation, retry_on=[401, 403]).apply_to(
        schemathesis.openapi.require_security_scheme(scheme)
    )
    class Session:
        def get(self, case: schemathesis.Case, context: schemathesis.AuthContext) -> str:
            return log_in(case)

        def set(self, case: schemathesis.Case, token: str, context: schemathesis.AuthContext) -> None:
            case.headers = case.headers or {}
            if not came_through_a_link(case.headers.get(header, "")):
                case.headers[header] = carriage.format(token)


def came_through_a_link(value: str) -> bool:
    token = value.removeprefix("Bearer ")
    return token.count(".") == 2 or token.startswith("a.")


provide("AppseedToken", appseed, "Authorization", "{}")
provide("AppseedBearer", appseed, "Authorization", "Bearer {}")
provide("VaultBearer", vault, "Authorization", "Bearer {}")
provide("VaultRefresh", vault, "Authorization", "Bearer {}")
provide("MobileToken", mobile, "token", "{}")
provide("MobileBearer", mobile, "Authorization", "Bearer {}")
provide("OwnersBearer", owners, "Authorization", "Bearer {}")
provide("NotesBearer", notes, "Authorization", "Bearer {}")


# ---------------------------------------------------------------- a person who signs up reads the mail
OUTBOX = Path(os.environ["OUTBOX"])  # where the server puts its mails
LINK = re.compile(r"/auth/verify\?token=[\w-]+")
PATIENCE = 5  # seconds
_answered: set[str] = set()


@schemathesis.hook
def after_call(context: schemathesis.HookContext, case: schemathesis.Case, response: schemathesis.Response) -> None:
    if operation_id(case).startswith("notes.sign_up") and response.status_code == 200:
        for link in new_links():
            ask(case, "GET", link)


def new_links() -> set[str]:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        found = {link for mail in OUTBOX.glob("[!.]*.eml") for link in LINK.findall(mail.read_text())} - _answered
        if found:
            _answered.update(found)
            return found
        time.sleep(0.01)
    return set()


# ---------------------------------------------------------------- what no schema can say
def operation_id(case: schemathesis.Case) -> str:
    return case.operation.definition.raw["operationId"]


def ends_a_session(case: schemathesis.Case, response: schemathesis.Response) -> bool:
    """Whether an answer says that the session of the request is over."""
    if not 200 <= response.status_code < 300:
        return False
    match operation_id(case).split("."):
        case ["mobile", "delete"]:
            return True
        case ["appseed", "logout"]:
            return response.json()["success"]
        case ["owners", "update_user", *_]:
            return case.body.get("active") is False
    return False


def token_of(response: schemathesis.Response, body: object) -> str:
    """The token of a request: in a header, else in the body."""
    headers = {name.lower(): value for name, value in response.request.headers.items()}
    in_header = headers.get("token") or headers.get("authorization", "")
    in_body = body.get("token") if isinstance(body, dict) else None
    if in_body and "/users/update" in response.request.url:
        return in_body  # there the body comes first
    return in_header.removeprefix("Bearer ") or in_body


@schemathesis.check
def a_session_really_ends(context: schemathesis.CheckContext, response: schemathesis.Response, case: schemathesis.Case) -> None:
    """S01, S04: the very next request is refused, where the session was ended and nowhere less."""
    if ends_a_session(case, response):
        bearer = {"Authorization": f"Bearer {token_of(response, case.body)}"}
        method, path, status, body = {
            "appseed": ("POST", "/api/users/edit", 401, {"success": False, "msg": "User is not logged on"}),
            "mobile": ("GET", "/api/user/details", 401, {"status": 401, "message": "Invalid token"}),
            "owners": ("POST", "/users/userdata", 401, {"auth": False, "message": "jwt revoked"}),
        }[operation_id(case).partition(".")[0]]
        after = ask(case, method, path, headers=bearer, **({"json": {}} if path.endswith("edit") else {}))
        assert (after.status_code, after.json()) == (status, body)


@schemathesis.check
def no_secret_is_answered(context: schemathesis.CheckContext, response: schemathesis.Response, case: schemathesis.Case) -> None:
    """P09, H02: no password, no hash, nothing of the machine. The documents themselves have such words as examples."""
    if case.operation.path.startswith(("/openapi", "/docs")):
        return
    sent = [each for each in (case.body, case.path_parameters) if isinstance(each, dict)]
    passwords = [each[name] for each in sent for name in ("password", "newPassword") if isinstance(each.get(name), str)]
    for password in passwords:
        assert len(password) <= 5 or password in THIS_FILE or password not in response.text
    assert not LEAKS.search(response.text)


@schemathesis.check
def a_token_is_needed(context: schemathesis.CheckContext, response: schemathesis.Response, case: schemathesis.Case) -> None:
    """What `ignored_auth` asks, at the doors that answer 400 where no token is sent: the same, without one and with a wrong one."""
    door = operation_id(case).partition(".")[0]
    if door in ("mobile", "notes") and case.operation.definition.raw["security"] and response.status_code == 200:
        sent = response.request
        headers = {name: value for name, value in sent.headers.items() if name.lower() not in ("authorization", "token")}
        without, wrong = (
            httpx.request(sent.method, sent.url, content=sent.body, headers=headers | more, timeout=20)
            for more in ({}, {"Authorization": "Bearer e30.e30.e30"})
        )
        assert [(answer.status_code, answer.json()) for answer in (without, wrong)] == {
            "mobile": [
                (400, {"status": 400, "message": "Access denied. Token not provided"}),
                (401, {"status": 401, "message": "Invalid token"}),
            ],
            "notes": [(400, {"error": "Bad request"}), (403, {"error": "Expired token"})],
        }[door]
