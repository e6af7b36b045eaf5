"""What is tried at an operation. Each check is a column of the report, named like its function."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import httpx
from check.report import Problem
from check.trial import Trial, filled
from doors import WRONG_TOKEN, Door, OutOfReach, Session, body_of, refuses
from support.answers import Json
from support.documents import JSON, Operation

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")

Run = Callable[[Trial], None]


@dataclass(frozen=True)
class Check:
    name: str
    meaning: str
    applies: Callable[[Door, Operation], bool]
    run: Run


CHECKS: list[Check] = []


def check(
    meaning: str, applies: Callable[[Door, Operation], bool] = lambda door, operation: True
) -> Callable[[Run], Run]:
    """Makes a function a column of the report, named like the function."""

    def add(run: Run) -> Run:
        CHECKS.append(Check(run.__name__.replace("_", " "), meaning, applies, run))
        return run

    return add


@check("each documented request, with live values, succeeds and is answered as documented")
def examples(trial: Trial) -> None:
    schemes: list[Json | None] = [*trial.operation.schemes] or [None]
    requests = [(media_type, body, schemes[0]) for media_type, body in trial.operation.examples]
    requests += [(*trial.operation.examples[0], scheme) for scheme in schemes[1:]]
    if trial.operation.needs_body and JSON in trial.operation.media_types:
        example = next(iter(trial.operation.media_types[JSON]["examples"].values()))["value"]
        requests.append((JSON, example | {"aPropertyNobodyKnows": "ignored"}, schemes[0]))
    for media_type, example, scheme in requests:
        trial.session = Session(trial.door)
        values = trial.values()
        body = example if example is None else filled(example, values)
        token = trial.session.token if scheme else None
        answer = trial.send(body, media_type, scheme, token, trial.arguments(values))
        succeeds(trial, answer, values)
    if trial.out_of_reach and not trial.problems:
        raise OutOfReach(trial.out_of_reach)


def succeeds(trial: Trial, answer: httpx.Response, values: dict[str, str]) -> None:
    if not trial.is_documented(answer):
        return
    if "password" in values and values["password"] in answer.text:
        trial.wrong("the answer holds the password", "no answer holds one", answer)
    if trial.operation.id in trial.door.needing_captcha:
        trial.out_of_reach = "needs a solved challenge"
    elif answer.status_code == 429:
        trial.out_of_reach = "the server limits how often this may be asked"
    elif not trial.out_of_reach and not answer.is_success:
        good = min(trial.operation.statuses)
        contract = f"{good}: {trial.operation.responses[good]['description']}"
        trial.wrong(f"a good request was answered {answer.status_code}", contract, answer)


def takes_json(door: Door, operation: Operation) -> bool:
    return JSON in operation.media_types


def broken_bodies(trial: Trial, breaking: Callable[[str, Json], Iterator[object]], rule: str) -> None:
    """Sends a good body with one field broken at a time."""
    body = trial.good_body() or {}
    for name, schema in trial.operation.properties().items():
        for value in breaking(name, schema):
            trial.must_refuse(trial.send(body | {name: value}, **trial.credentials()), f"{name!r} {rule}")


def broken_arguments(trial: Trial, breaking: Callable[[str, Json], Iterator[str]], rule: str) -> None:
    body = trial.good_body()
    for parameter in trial.operation.parameters:
        for value in breaking(parameter["name"], parameter["schema"]):
            arguments = trial.arguments({parameter["name"]: value})
            trial.must_refuse(
                trial.send(body, arguments=arguments, **trial.credentials()), f"{parameter['name']!r} {rule}"
            )


def is_required_somewhere(door: Door, operation: Operation) -> bool:
    query = any(each["in"] == "query" and each.get("required") for each in operation.parameters)
    return query or bool(operation.schema().get("required")) or "anyOf" in operation.schema()


@check("a request without a required field is refused", is_required_somewhere)
def missing_field(trial: Trial) -> None:
    body = trial.good_body()
    for name in trial.operation.schema().get("required", []):
        without = {key: value for key, value in (body or {}).items() if key != name}
        trial.must_refuse(trial.send(without, **trial.credentials()), f"without {name!r}")
    if "anyOf" in trial.operation.schema():
        trial.must_refuse(trial.send({}, **trial.credentials()), "with none of the fields of which one is needed")
    for parameter in trial.operation.parameters:
        if parameter["in"] == "query" and parameter.get("required"):
            others = {name: value for name, value in trial.arguments({}).items() if name != parameter["name"]}
            trial.must_refuse(
                trial.send(body, arguments=others, **trial.credentials()), f"without {parameter['name']!r}"
            )


@check(
    "a field of another type is refused", lambda door, operation: takes_json(door, operation) and operation.needs_body
)
def wrong_type(trial: Trial) -> None:
    def breaking(name: str, schema: Json) -> Iterator[object]:
        if "type" in schema or "anyOf" in schema:
            yield ["a list"]

    broken_bodies(trial, breaking, "as a list")
    trial.must_refuse(trial.send(["a list"], **trial.credentials()), "a list instead of an object")


def misfit(schema: Json) -> str | None:
    """A text of good length that breaks the pattern or the format."""
    if schema.get("format") == "email":
        return "no address"
    return "   " if "pattern" in schema else None


@check(
    "a text that breaks the documented format is refused",
    lambda door, operation: any(map(misfit, operation.schemas)),
)
def wrong_format(trial: Trial) -> None:
    def breaking(name: str, schema: Json) -> Iterator[str]:
        if text := misfit(schema):
            yield text

    broken_bodies(trial, breaking, "in another format")
    broken_arguments(trial, breaking, "in another format")


@check(
    "a text shorter than documented is refused",
    lambda door, operation: any("minLength" in schema for schema in operation.properties().values()),
)
def too_short(trial: Trial) -> None:
    def breaking(name: str, schema: Json) -> Iterator[str]:
        if "minLength" in schema:
            yield "a" * (schema["minLength"] - 1)

    broken_bodies(trial, breaking, "one character too short")


def is_limited(door: Door, operation: Operation) -> bool:
    return any("maxLength" in schema for schema in operation.schemas)


@check("a text longer than documented is refused", is_limited)
def too_long(trial: Trial) -> None:
    def breaking(name: str, schema: Json) -> Iterator[str]:
        if "maxLength" in schema:
            yield "a" * (schema["maxLength"] + 1)

    broken_bodies(trial, breaking, "one character too long")
    broken_arguments(trial, breaking, "one character too long")


@check("a body that is not JSON is refused", takes_json)
def not_json(trial: Trial) -> None:
    answer = trial.send(text='{"', **trial.credentials())
    if trial.operation.needs_body:
        trial.must_refuse(answer, "a body that breaks off")
    else:
        trial.is_documented(answer, in_full=False)


@check("a body of another media type is refused", takes_json)
def wrong_media_type(trial: Trial) -> None:
    answer = trial.send(text="a text", media_type="text/plain", **trial.credentials())
    if trial.operation.needs_body:
        trial.must_refuse(answer, "a text/plain body")
    else:
        trial.is_documented(answer, in_full=False)


def is_secured(door: Door, operation: Operation) -> bool:
    return bool(operation.schemes)


def without_token(trial: Trial) -> Json | None:
    body = trial.good_body()
    return body and {name: value for name, value in body.items() if name != "token"}


@check("without a token there is no session", is_secured)
def no_token(trial: Trial) -> None:
    trial.must_have_no_session(trial.send(without_token(trial)), "a request without a token", {400, 401, 403})


@check("with a token that nobody issued there is no session", is_secured)
def wrong_token(trial: Trial) -> None:
    for scheme in trial.operation.schemes:
        answer = trial.send(without_token(trial), scheme=scheme, token=WRONG_TOKEN)
        trial.must_have_no_session(answer, "a wrong token", {401, 403})


@check(
    "with the token of an ended session there is no session",
    lambda door, operation: (
        bool(door.ending)
        and operation.id not in door.refreshing
        and (bool(operation.schemes) or operation.id in door.checking_a_token)
    ),
)
def ended_token(trial: Trial) -> None:
    body, session = without_token(trial), Session(trial.door)
    live = session.token
    trial.door.end(next(iter(trial.door.ending)), session)
    if trial.operation.id in trial.door.checking_a_token:
        answer = trial.send(body and {"token": live}, arguments=trial.arguments({"token": live}))
    else:
        answer = trial.send(body, scheme=trial.operation.schemes[0], token=live)
    trial.must_have_no_session(answer, "the token of an ended session", {401, 403})


@check("a method that is not documented is answered 405, with those that are in Allow")
def wrong_method(trial: Trial) -> None:
    answer, contract = with_undocumented_method(trial), "405, with Allow: " + ", ".join(sorted(trial.operation.methods))
    allowed = {method.strip() for method in answer.headers.get("Allow", "").split(",")}
    if answer.status_code != 405:
        trial.wrong(f"{answer.request.method} was answered {answer.status_code}", contract, answer)
    elif not trial.operation.methods <= allowed:
        trial.wrong(f"Allow is {answer.headers.get('Allow', 'missing')}", contract, answer)


def with_undocumented_method(trial: Trial) -> httpx.Response:
    return trial.send(method=next(method for method in METHODS[::-1] if method not in trial.operation.methods))


@check("a refusal looks as documented, field by field")
def envelope(trial: Trial) -> None:
    trial.has_content(with_undocumented_method(trial), trial.operation.refusal)
    answers = [trial.send(text='{"', **trial.credentials())] if JSON in trial.operation.media_types else []
    answers += [trial.send(without_token(trial))] if trial.operation.schemes else []
    for answer in answers:
        if answer.status_code in trial.operation.statuses:
            trial.has_content(answer, trial.operation.responses[answer.status_code]["content"])


@check("every answer says no-store and nosniff")
def headers(trial: Trial) -> None:
    for answer in (with_undocumented_method(trial), trial.send(trial.good_body(), **trial.credentials())):
        for name, value in (("Cache-Control", "no-store"), ("X-Content-Type-Options", "nosniff")):
            if value not in answer.headers.get(name, ""):
                trial.wrong(f"the header {name} is {answer.headers.get(name, 'missing')}", f"{name}: {value}", answer)


@check(
    "register, log in, use, end: the very next request is refused",
    lambda door, operation: operation.id in door.ending,
)
def session_ends(trial: Trial) -> None:
    door, how = trial.door, trial.door.ending[trial.operation.id]
    first = trial.session
    second = door.log_in(first.known)
    for token in (first.token, second):
        if not door.is_live(token):
            trial.wrong("a new session is refused", "it lives until it is ended", door.use(token))
            return
    ended = door.end(trial.operation.id, first)
    if not trial.is_documented(ended) or not ended.is_success:
        trial.wrong(f"{how} was answered {ended.status_code}", "it succeeds", ended)
    if door.is_live(first.token):
        trial.wrong(f"after {how} the token is still good", "the session has ended", door.use(first.token))
    if door.is_live(second) != (trial.operation.id in door.ending_one):
        lot = "outlives" if door.is_live(second) else "dies with"
        trial.wrong(f"another session of the account {lot} {how}", "otherwise", door.use(second))


@check("refreshing answers a token that works", lambda door, operation: operation.id in door.refreshing)
def new_token(trial: Trial) -> None:
    token = trial.door.refresh(trial.operation.id, trial.session)
    if token == trial.session.token:
        trial.wrong("the token is not new", "a new token", trial.door.use(token))
    if not trial.door.is_live(token):
        trial.wrong("the new token is refused", "it opens what the old one did", trial.door.use(token))


@check("what is another account's is out of reach", lambda door, operation: operation.id in door.naming_others)
def another_account(trial: Trial) -> None:
    other = Session(trial.door)
    theirs = other.token
    body = trial.door.body_naming_another(trial.operation.id, trial.session, other)
    answer = trial.send(body, **trial.credentials())
    said = body_of(answer)
    nothing = isinstance(said, dict) and said.get("affectedRows") == 0
    if not (refuses(answer) or nothing or answer.status_code == 404):
        trial.wrong("what belongs to another account was granted", "a refusal", answer)
    if not trial.door.is_live(theirs):
        trial.wrong("another account's session ended", "it is left alone", answer)


UNKNOWN_PATH = "a path that is not documented is answered 404"


def unknown_path(trial: Trial) -> None:
    path = f"{trial.operation.path.rpartition('/')[0]}/no-such-path"
    answer = trial.door.client.get(path, extensions={"path": path})
    if answer.status_code != 404:
        trial.wrong(f"an unknown path was answered {answer.status_code}", "404", answer)


@check("generated requests are answered as documented, by Schemathesis (with --fuzz)")
def fuzz(trial: Trial) -> None:
    for failure in trial.fuzzing.failures(trial.operation.label) if trial.fuzzing else []:
        trial.problems.append(Problem("a generated request was not answered as documented", failure))


def meanings() -> dict[str, str]:
    """What each column of the report says, in their order."""
    return {each.name: each.meaning for each in CHECKS} | {"unknown path": UNKNOWN_PATH}
