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
from support.answers import Json, whole
from support.documents import DOCUMENTS, OPERATIONS
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


for name in DOORS:
    for scheme, definition in DOCUMENTS[name]["components"].get("securitySchemes", {}).items():
        if definition["type"] == "apiKey":
            provide(scheme, name, definition["name"], "{}")
        else:
            provide(scheme, name, "Authorization", "Bearer {}")


# ---------------------------------------------------------------- a person who signs up reads the mail
PATIENCE = 5  # seconds
_answered: set[str] = set()


@schemathesis.hook
def after_call(context: schemathesis.HookContext, case: Case, response: schemathesis.Response) -> None:
    activation = DOORS[door_of(case)].activation if door_of(case) in DOORS else ""
    if OUTBOX and activation and OPERATIONS[operation_id(case)].sets_a_password and response.status_code == 200:
        for link in new_links(OUTBOX, activation):
            speaking(case).ask("GET", link)


def new_links(outbox: Path, activation: str) -> set[str]:
    link = re.compile(rf"{re.escape(activation)}[\w-]+")
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        found = {each for mail in outbox.glob("[!.]*.eml") for each in link.findall(mail.read_text())} - _answered
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
    if door_of(case) not in DOORS:
        return
    name, token, door = operation_id(case), token_of(case), speaking(case)
    if fields := door.live_values.get(name):
        if OUTBOX or name not in (*door.mailed, *door.refreshing):
            give_live_values(case, *fields)
    elif name in door.ending and name not in door.ending_one and token in _accounts and door.is_live(token):
        _below[case.id] = another_of(door, _accounts[token])


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
    """The token of a request: in a header, else in the body, or the other way round."""
    headers = {name.lower(): value for name, value in (case.headers or {}).items()}
    in_header = (headers.get("token") or headers.get("authorization") or "").removeprefix("Bearer ")
    given = body_of(case).get("token")
    in_body = given if isinstance(given, str) else ""
    return (
        (in_body or in_header)
        if operation_id(case) in speaking(case).reading_the_body_first
        else (in_header or in_body)
    )


def is_over(case: Case, response: schemathesis.Response) -> tuple[list[str], list[str]]:
    """The sessions an answer says are over, and those it leaves alone."""
    if door_of(case) not in DOORS or not 200 <= response.status_code < 300:
        return [], []
    sessions = ([token_of(case)], _below.pop(case.id, []))
    ended = speaking(case).sessions_ended_by(
        operation_id(case), body_of(case), response.json() if response.content else {}
    )
    over = [token for tokens, are_over in zip(sessions, ended, strict=True) for token in tokens if are_over is True]
    alive = [token for tokens, are_over in zip(sessions, ended, strict=True) for token in tokens if are_over is False]
    return over, alive


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
    name = operation_id(case)
    if response.status_code == 200 and name in REFRESHING:
        assert speaking(case).broken_by_refresh(token_of(case), response.json()) is None
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
    if door_of(case) not in DOORS or response.status_code != 200 or not OPERATIONS[operation_id(case)].security:
        return
    door = speaking(case)
    missing = door.without_session("missing")
    if missing[0] == 400:
        without, wrong = once_more(response), once_more(response, Authorization=f"Bearer {WRONG_TOKEN}")
        assert [whole(without), whole(wrong)] == [missing, door.without_session("malformed")]


def envelopes(door: Door) -> list[set[str]]:
    return [set(door.refusal(400, "words")), *map(set, door.envelopes)]


@schemathesis.check
def a_refusal_has_the_envelope_of_its_door(
    context: schemathesis.CheckContext, response: schemathesis.Response, case: Case
) -> None:
    """Also where no operation can document it, as with 405."""
    (media_type,) = response.headers.get("content-type", [""])
    if door_of(case) in DOORS and response.status_code >= 400 and case.method != "HEAD" and "html" not in media_type:
        refusal = response.json()
        assert set(refusal) in envelopes(speaking(case)), f"no envelope of {door_of(case)}: {sorted(refusal)}"
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
