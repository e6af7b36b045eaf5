"""What Schemathesis cannot read in a contract: how to log in, and what the end of a session means."""

import atexit
import os
import re
import time
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any, TypeAlias

import httpx
import schemathesis
from doors import DOORS, WRONG_TOKEN, CannotSpeak, Door, Session
from support.answers import Json
from support.places import TESTS

Case: TypeAlias = schemathesis.Case[Any]
OUTBOX = Path(os.environ["OUTBOX"]) if "OUTBOX" in os.environ else None  # where the server puts its mails
# Hypothesis sends the words of these files too; none of them is a leak by itself.
OWN_WORDS = "".join(file.read_text() for file in TESTS.rglob("*.py"))
LEAKS = re.compile(
    r"\$2[aby]\$\d\d\$[./\w]{53}|hmac-sha256:[0-9a-f]{8}:|Traceback \(most|sqlite3?\.\w|SELECT .* FROM "
    r"|/site-packages/\w|\.py:\d"
)
seen: Counter[str] = Counter()  # how often each thing no schema can say was looked at
atexit.register(lambda: print("Looked at:", *(f"{name} {times}" for name, times in sorted(seen.items())), sep="\n  "))


@schemathesis.deserializer("text/html", "text/css", "text/javascript")
def text(context: schemathesis.DeserializationContext, response: schemathesis.Response) -> str:
    return response.text


def operation_id(case: Case) -> str:
    return str(case.operation.definition.raw["operationId"])


def door_of(case: Case) -> str:
    return operation_id(case).partition(".")[0]


def speaking(case: Case, door: str | None = None) -> Door:
    """A client of the door of an operation."""
    return _speaking(case.operation.base_url.rstrip("/"), door or door_of(case))


@cache
def _speaking(url: str, door: str) -> Door:
    return DOORS[door](httpx.Client(base_url=url, timeout=20), OUTBOX)


# ---------------------------------------------------------------- a live token for each door
_accounts: dict[str, dict[str, str]] = {}  # by token: with what it may log in again


def new_session(case: Case, door: str) -> str:
    session = Session(speaking(case, door))
    _accounts[session.token] = session.known
    return session.token


# One session per operation: one that ends its session must not spoil the others.
def by_operation(case: Case, context: schemathesis.AuthContext) -> str:
    return context.operation.label


def provide(scheme: str, door: str, header: str, carriage: str) -> None:
    """Sends a live token where the contract names `scheme`, unless a link brought one along."""

    @schemathesis.auth(cache_by_key=by_operation, retry_on=[401, 403]).apply_to(
        schemathesis.openapi.require_security_scheme(scheme)
    )
    class Session:
        def get(self, case: Case, context: schemathesis.AuthContext) -> str:
            return new_session(case, door)

        def set(self, case: Case, token: str, context: schemathesis.AuthContext) -> None:
            if not came_through_a_link(case.headers.get(header, "")):
                case.headers[header] = carriage.format(token)


def came_through_a_link(value: str) -> bool:
    token = value.removeprefix("Bearer ")
    return token.count(".") == 2 or token.startswith("a.")


provide("AppseedToken", "appseed", "Authorization", "{}")
provide("AppseedBearer", "appseed", "Authorization", "Bearer {}")
provide("VaultBearer", "vault", "Authorization", "Bearer {}")
provide("VaultRefresh", "vault", "Authorization", "Bearer {}")
provide("MobileToken", "mobile", "token", "{}")
provide("MobileBearer", "mobile", "Authorization", "Bearer {}")
provide("OwnersBearer", "owners", "Authorization", "Bearer {}")
provide("NotesBearer", "notes", "Authorization", "Bearer {}")


# ---------------------------------------------------------------- a person who signs up reads the mail
LINK = re.compile(r"/auth/verify\?token=[\w-]+")
PATIENCE = 5  # seconds
_answered: set[str] = set()


@schemathesis.hook
def after_call(context: schemathesis.HookContext, case: Case, response: schemathesis.Response) -> None:
    if OUTBOX and operation_id(case).startswith("notes.sign_up") and response.status_code == 200:
        for link in new_links(OUTBOX):
            speaking(case).ask("GET", link)


def new_links(outbox: Path) -> set[str]:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        found = {link for mail in outbox.glob("[!.]*.eml") for link in LINK.findall(mail.read_text())} - _answered
        if found:
            _answered.update(found)
            return found
        time.sleep(0.01)
    return set()


# ---------------------------------------------------------------- what is about to end gets a session to see it end
LIVE = 5  # how often, in one run, an operation gets live values instead of generated ones
_given: Counter[str] = Counter()
_below: dict[str, list[str]] = {}  # by request: sessions that it ends, if it does what it says


@schemathesis.hook
def before_call(context: schemathesis.HookContext, case: Case, kwargs: Json) -> None:
    token = token_of(case)
    match operation_id(case).split("."):
        case ["mobile", "delete"] | ["owners", "update_user", *_] if token in _accounts and speaking(case).is_live(
            token
        ):
            _below[case.id] = another_of(speaking(case), _accounts[token])
        case ["owners", "delete_application"]:
            give_live_values(case, "apikey")
        case ["owners", "delete_owner"]:
            give_live_values(case, "deletion_token", "uuid")
        case ["vault", "reset_password", *_] if OUTBOX:
            give_live_values(case, "token")
        case ["notes", "refresh", *_] if OUTBOX:
            give_live_values(case, "refresh_token")


def give_live_values(case: Case, *names: str) -> None:
    """Lets a request that could be good be about a new session; generated ones never are."""
    name, body = operation_id(case), body_of(case)
    if all(is_text(body.get(each)) for each in names) and _given[name] < LIVE:
        _given[name] += 1
        session = Session(speaking(case))
        _below[case.id] = [session.token]
        values = speaking(case).values(name, session)
        body.update({each: values[each] for each in names})


def another_of(door: Door, account: dict[str, str]) -> list[str]:
    """A second session of an account, none where its address or password was changed meanwhile."""
    try:
        return [door.log_in(account)]
    except CannotSpeak:
        return []


def is_text(value: object) -> bool:
    return isinstance(value, str) and 1 <= len(value) <= 64


# ---------------------------------------------------------------- what no schema can say
def body_of(case: Case) -> Json:
    """The body of a request, empty where it has none or another than an object."""
    return case.body if isinstance(case.body, dict) else {}


def token_of(case: Case) -> str:
    """The token of a request: in a header, else in the body; where a user is changed, the other way round."""
    headers = {name.lower(): value for name, value in (case.headers or {}).items()}
    in_header = (headers.get("token") or headers.get("authorization") or "").removeprefix("Bearer ")
    given = body_of(case).get("token")
    in_body = given if isinstance(given, str) else ""
    return (in_body or in_header) if case.operation.path == "/users/update" else (in_header or in_body)


def is_over(case: Case, response: schemathesis.Response) -> tuple[list[str], list[str]]:
    """The sessions an answer says are over, and those it leaves alone."""
    own, others = token_of(case), _below.pop(case.id, [])
    if not 200 <= response.status_code < 300:
        return [], []
    match operation_id(case).split("."):
        case ["appseed", "logout"]:
            return ([own], []) if response.json()["success"] else ([], [])
        case ["mobile", "delete"]:
            return [own, *others], []
        case ["owners", "update_user", *_] if body_of(case).get("active") is False:
            return [own, *others], []
        case ["owners", "update_user", *_]:
            return (others, [own]) if "password" in body_of(case) else ([], [own, *others])
        case ["owners", "delete_application" | "delete_owner"]:
            return (others, []) if response.json()["affectedRows"] else ([], others)
        case ["vault", "reset_password", *_]:
            return others, []
        case ["notes", "refresh", *_]:
            return [], others
    return [], []


@schemathesis.check
def a_session_really_ends(context: schemathesis.CheckContext, response: schemathesis.Response, case: Case) -> None:
    """S01, S03, S04: the very next request is refused, where the session was ended and nowhere less."""
    over, alive = is_over(case, response)
    for token in over:
        assert not speaking(case).is_live(token), f"a session outlives {operation_id(case)}"
    for token in alive:
        assert speaking(case).is_live(token), f"a session ended at {operation_id(case)}"
    if over:
        seen[f"the end of sessions by {operation_id(case)}"] += 1


REFRESHING = {name for speaker in DOORS.values() for name in speaker.refreshing}


@schemathesis.check
def refreshing_keeps_the_session(
    context: schemathesis.CheckContext, response: schemathesis.Response, case: Case
) -> None:
    """The new token is good; at `vault` the old one gets the same pair, at `notes` both refresh tokens work again."""
    name = operation_id(case)
    if response.status_code != 200 or name not in REFRESHING:
        return
    door, answer = speaking(case), response.json()
    if name.startswith("vault"):
        assert door.is_live(answer["userToken"]), "the new token is refused"
        assert door.ask("POST", "/api/refresh", token=token_of(case)).json() == answer, (
            "the old token gets another pair"
        )
    else:
        tokens = answer["tokens"]
        assert door.is_live(tokens["access_token"]), "the new token is refused"
        for token in (tokens["refresh_token"], tokens["reference_token"]):
            assert door.ask("POST", "/auth/refresh", {"refresh_token": token}).status_code == 200, (
                "it refreshes no more"
            )
    seen[f"the token of {name}"] += 1


def passwords_in(*sent: Json) -> list[str]:
    values = [each.get(name) for each in sent for name in ("password", "newPassword")]
    return [value for value in values if isinstance(value, str)]


@schemathesis.check
def no_secret_is_answered(context: schemathesis.CheckContext, response: schemathesis.Response, case: Case) -> None:
    """P09, H02: no password, no hash, nothing of the machine. The documents themselves have such words as examples."""
    if case.operation.path.startswith(("/openapi", "/docs")):
        return
    for password in passwords_in(body_of(case), case.path_parameters):
        assert len(password) <= 5 or password in OWN_WORDS or password not in response.text
    assert not LEAKS.search(response.text)


def once_more(response: schemathesis.Response, **more: str) -> httpx.Response:
    """What was asked, asked without its token and with other headers."""
    sent = response.request
    headers = {
        name: str(value) for name, value in sent.headers.items() if name.lower() not in ("authorization", "token")
    }
    body = sent.body if isinstance(sent.body, str | bytes) else None
    return httpx.request(str(sent.method), str(sent.url), content=body, headers=headers | more, timeout=20)


@schemathesis.check
def a_token_is_needed(context: schemathesis.CheckContext, response: schemathesis.Response, case: Case) -> None:
    """What `ignored_auth` asks, at the doors that answer 400 without a token: without one, and with a wrong one."""
    door = door_of(case)
    if door in ("mobile", "notes") and case.operation.definition.raw["security"] and response.status_code == 200:
        without, wrong = once_more(response), once_more(response, Authorization=f"Bearer {WRONG_TOKEN}")
        assert [(answer.status_code, answer.json()) for answer in (without, wrong)] == {
            "mobile": [
                (400, {"status": 400, "message": "Access denied. Token not provided"}),
                (401, {"status": 401, "message": "Invalid token"}),
            ],
            "notes": [(400, {"error": "Bad request"}), (403, {"error": "Expired token"})],
        }[door]


ENVELOPES = {
    "appseed": [{"success", "msg"}],
    "vault": [{"type", "title", "status", "detail", "code"}],
    "mobile": [{"status", "message"}],
    "owners": [{"status", "message"}, {"auth", "message"}, {"status", "affectedRows"}, {"error"}],
    "notes": [{"error"}],
}


@schemathesis.check
def a_refusal_has_the_envelope_of_its_door(
    context: schemathesis.CheckContext, response: schemathesis.Response, case: Case
) -> None:
    """Also where no operation can document it, as with 405."""
    (media_type,) = response.headers.get("content-type", [""])
    if (
        door_of(case) in ENVELOPES
        and response.status_code >= 400
        and case.method != "HEAD"
        and "html" not in media_type
    ):
        refusal = response.json()
        assert set(refusal) in ENVELOPES[door_of(case)], f"no envelope of {door_of(case)}: {sorted(refusal)}"
        assert refusal.get("status", response.status_code) == response.status_code, "the envelope has another status"
        seen["refusals"] += 1


@schemathesis.check
def no_answer_is_kept_or_guessed_at(
    context: schemathesis.CheckContext, response: schemathesis.Response, case: Case
) -> None:
    """H05: every answer of a door, whatever it says."""
    if door_of(case) in DOORS:
        found = {name: response.headers.get(name) for name in ("cache-control", "x-content-type-options")}
        assert found == {"cache-control": ["no-store"], "x-content-type-options": ["nosniff"]}
