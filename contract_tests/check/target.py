"""A door's contract, tried at any server: `pytest contract_tests --target URL --door appseed`.

The documents in `spec/` say what is tried. Each operation and each check is a test of its own, so that
`-k "login and missing"` picks one. What is wrong stands in the report, in words for somebody who knows neither server.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import jsonschema_rs
import pytest
import yaml
from check.report import Broken, Problem
from doors import DOORS, WRONG_TOKEN, CannotSpeak, Door, OutOfReach, Session, body_of, refuses
from support.answers import Json
from support.places import SPEC
from tools.fuzz.fuzzing import Fuzzing

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
JSON, MULTIPART = "application/json", "multipart/form-data"
ANY_OTHER_PATH = "any other path"
TIMEOUT = 30  # seconds for one answer
CHOSEN = pytest.StashKey[list[str]]()


# ---------------------------------------------------------------- what the contract says
def resolved(document: Json, node: Json) -> Json:
    while "$ref" in node:
        found: Any = document
        for part in node["$ref"].removeprefix("#/").split("/"):
            found = found[part]
        node = found
    return node


@dataclass
class Operation:
    """One operation of a door's document."""

    document: Json
    method: str
    path: str
    raw: Json

    @property
    def id(self) -> str:
        return str(self.raw["operationId"])

    @property
    def label(self) -> str:
        return f"{self.method} {self.path}"

    @property
    def methods(self) -> set[str]:
        """Those that are documented at this path."""
        return {method.upper() for method in self.document["paths"][self.path]}

    @property
    def statuses(self) -> set[int]:
        return {int(status) for status in self.raw["responses"]}

    def response(self, status: int) -> Json:
        return resolved(self.document, self.raw["responses"][str(status)])

    @property
    def media_types(self) -> dict[str, Json]:
        content: dict[str, Json] = self.raw.get("requestBody", {}).get("content", {})
        return content

    @property
    def needs_body(self) -> bool:
        return bool(self.raw.get("requestBody", {}).get("required"))

    @property
    def body(self) -> Json:
        """The schema of the JSON body, empty where there is none."""
        return resolved(self.document, self.media_types[JSON]["schema"]) if JSON in self.media_types else {}

    @property
    def properties(self) -> dict[str, Json]:
        return {name: resolved(self.document, each) for name, each in self.body.get("properties", {}).items()}

    @property
    def parameters(self) -> list[Json]:
        parameters: list[Json] = self.raw.get("parameters", [])
        return parameters

    @property
    def schemas(self) -> list[Json]:
        """Of all that can be sent: fields of the JSON body and parameters."""
        return [*self.properties.values(), *(each["schema"] for each in self.parameters)]

    @property
    def examples(self) -> list[tuple[str | None, Json | None]]:
        """What is documented to be sent: media type and body."""
        found = [(media_type, of["examples"].values()) for media_type, of in self.media_types.items()]
        return [(media_type, each["value"]) for media_type, examples in found for each in examples] or [(None, None)]

    @property
    def schemes(self) -> list[Json]:
        """How a token may be sent."""
        known = self.document["components"].get("securitySchemes", {})
        return [known[name] for requirement in self.raw["security"] for name in requirement]

    @property
    def refusal(self) -> Json:
        """What the door answers when it refuses what no operation can document."""
        content: Json = self.response(500)["content"]
        return content

    def breaks(self, schema: Json, value: object) -> list[str]:
        """In what a value is not as a schema says, without saying the value."""
        whole = {"allOf": [schema], "components": self.document["components"]}
        validator = jsonschema_rs.Draft4Validator(whole, validate_formats=True, mask="the value")
        errors = validator.iter_errors(value)
        return [f"{'.'.join(map(str, error.instance_path)) or 'the body'}: {error.message}" for error in errors]


def operations(door: str) -> list[Operation]:
    document = yaml.safe_load((SPEC / f"{door}.yaml").read_text())
    items = document["paths"].items()
    return [Operation(document, method.upper(), path, raw) for path, item in items for method, raw in item.items()]


# ---------------------------------------------------------------- asking
@dataclass
class Trial:
    """One check of one operation, under way."""

    door: Door
    operation: Operation
    fuzzing: Fuzzing | None = None
    problems: list[Problem] = field(default_factory=list)
    out_of_reach: str = ""

    @cached_property
    def session(self) -> Session:
        return Session(self.door)

    def send(
        self,
        body: object = None,
        media_type: str | None = JSON,
        scheme: Json | None = None,
        token: str | None = None,
        arguments: dict[str, str] | None = None,
        method: str | None = None,
        text: str | None = None,
    ) -> httpx.Response:
        """Asks for the operation; `arguments` are instead of those of the example, `text` instead of a body."""
        given = self.arguments({}) if arguments is None else arguments
        places = {each["name"]: each["in"] for each in self.operation.parameters}
        path = self.operation.path.format_map({name: quote(value, safe="") for name, value in given.items()})
        query = {name: value for name, value in given.items() if places[name] == "query"}
        headers = carried(scheme, token) if token else {}
        content = {} if body is None else encoded(media_type, body)
        if text is not None:
            content = {"content": text, "headers": {"Content-Type": media_type}}
        headers |= content.pop("headers", {})
        shown_as = {"path": self.operation.path, "body": body if text is None else text}
        return self.door.client.request(
            method or self.operation.method, path, params=query, headers=headers, extensions=shown_as, **content
        )

    def arguments(self, values: dict[str, str]) -> dict[str, str]:
        """The parameters of the example, with these values where they have such names."""
        return {each["name"]: str(values.get(each["name"], each["example"])) for each in self.operation.parameters}

    def values(self) -> dict[str, str]:
        """What makes the example a good request, as far as that can be known."""
        try:
            return self.door.values(self.operation.id, self.session)
        except OutOfReach as reason:
            self.out_of_reach = str(reason)
            return {}

    def good_body(self) -> Json | None:
        """The first example with live values, or as it is printed where it takes a mail to do better."""
        bodies = [body for media_type, body in self.operation.examples if body is not None and media_type == JSON]
        values = {} if self.operation.id in self.door.mailed else self.values()
        return filled(bodies[0], values) if bodies else None

    def credentials(self) -> Json:
        """A live token, where the operation takes one."""
        schemes = self.operation.schemes
        return {"scheme": schemes[0], "token": self.session.token} if schemes else {}

    # ------------------------------------------------------------ judging
    def wrong(self, text: str, contract: str, answer: httpx.Response) -> None:
        self.problems.append(Problem(text, contract, answer))

    def is_documented(self, answer: httpx.Response, *, in_full: bool = True) -> bool:
        """Whether the status is listed; notes what else is not as documented."""
        if answer.status_code not in self.operation.statuses:
            listed = ", ".join(map(str, sorted(self.operation.statuses)))
            self.wrong(f"the status {answer.status_code} is not documented", f"one of {listed}", answer)
            return False
        response = self.operation.response(answer.status_code)
        for name, header in response.get("headers", {}).items():
            if header.get("required") and name not in answer.headers:
                self.wrong(
                    f"the header {name} is missing", f"with {answer.status_code}: {header['description']}", answer
                )
        if in_full:
            self.has_content(answer, response["content"])
        return True

    def has_content(self, answer: httpx.Response, content: Json) -> None:
        """Notes in what the body is not as documented."""
        media_type = answer.headers.get("Content-Type", "").partition(";")[0].strip()
        if media_type not in content:
            contract = f"with {answer.status_code}: {' or '.join(content)}"
            self.wrong(f"the content type is {media_type or 'missing'}", contract, answer)
        elif "json" in media_type:
            schema = content[media_type]["schema"]
            try:
                found = self.operation.breaks(schema, answer.json())
            except ValueError:
                found = ["the body is not JSON"]
            for problem in found:
                self.wrong(problem, f"the schema {schema.get('$ref', '').rpartition('/')[2]}", answer)

    def must_refuse(self, answer: httpx.Response, why: str) -> None:
        """A documented refusal, and no failure of the server."""
        listed = sorted(status for status in self.operation.statuses if 400 <= status < 500)
        if answer.status_code not in listed:
            said = "the server failed" if answer.is_server_error else f"it was answered {answer.status_code}"
            self.wrong(f"{why}: {said}", f"a refusal, one of {', '.join(map(str, listed))}", answer)
        else:
            self.is_documented(answer, in_full=False)

    def must_have_no_session(self, answer: httpx.Response, why: str, among: set[int]) -> None:
        """Refused as the operation says it: with a status, else in words."""
        listed = among & self.operation.statuses
        if {401, 403} & self.operation.statuses:
            if answer.status_code not in listed:
                said = f"{why} was answered {answer.status_code}"
                self.wrong(said, f"a refusal, one of {', '.join(map(str, sorted(listed)))}", answer)
            else:
                self.is_documented(answer, in_full=False)
        elif self.is_documented(answer, in_full=False) and not refuses(answer):
            self.wrong(f"{why} was taken for a live one", "an answer that says there is no session", answer)


def filled(example: Json, values: dict[str, str]) -> Json:
    """An example with live values; of a name and an address, whichever it shows."""
    body = {name: values.get(name, value) for name, value in example.items()}
    if "@" in str(example.get("username")) and "email" in values:
        body["username"] = values["email"]
    return body


def carried(scheme: Json | None, token: str) -> dict[str, str]:
    if scheme is None or scheme["type"] == "http":
        return {"Authorization": f"Bearer {token}"}
    return {scheme["name"]: token}


def encoded(media_type: str | None, body: object) -> Json:
    """A body as httpx takes it."""
    if media_type == "application/x-www-form-urlencoded":
        return {"data": body}
    if media_type != MULTIPART:
        return {"json": body}
    if isinstance(body, dict) and body:
        return {"files": {name: (None, str(value)) for name, value in body.items()}}
    return {"content": b"--b--\r\n", "headers": {"Content-Type": f"{MULTIPART}; boundary=b"}}


# ---------------------------------------------------------------- the checks
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
    if trial.operation.id in trial.door.challenged:
        trial.out_of_reach = "needs a solved challenge"
    elif answer.status_code == 429:
        trial.out_of_reach = "the server limits how often this may be asked"
    elif not trial.out_of_reach and not answer.is_success:
        good = min(trial.operation.statuses)
        contract = f"{good}: {trial.operation.response(good)['description']}"
        trial.wrong(f"a good request was answered {answer.status_code}", contract, answer)


def takes_json(door: Door, operation: Operation) -> bool:
    return JSON in operation.media_types


def broken_bodies(trial: Trial, breaking: Callable[[str, Json], Iterator[object]], rule: str) -> None:
    """Sends a good body with one field broken at a time."""
    body = trial.good_body() or {}
    for name, schema in trial.operation.properties.items():
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
    query = any(each["in"] == "query" and each["required"] for each in operation.parameters)
    return query or bool(operation.body.get("required")) or "anyOf" in operation.body


@check("a request without a required field is refused", is_required_somewhere)
def missing_field(trial: Trial) -> None:
    body = trial.good_body()
    for name in trial.operation.body.get("required", []):
        without = {key: value for key, value in (body or {}).items() if key != name}
        trial.must_refuse(trial.send(without, **trial.credentials()), f"without {name!r}")
    if "anyOf" in trial.operation.body:
        trial.must_refuse(trial.send({}, **trial.credentials()), "with none of the fields of which one is needed")
    for parameter in trial.operation.parameters:
        if parameter["in"] == "query" and parameter["required"]:
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
    lambda door, operation: any("minLength" in schema for schema in operation.properties.values()),
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
        and (bool(operation.schemes) or operation.id in door.asking)
    ),
)
def ended_token(trial: Trial) -> None:
    body, session = without_token(trial), Session(trial.door)
    live = session.token
    trial.door.end(next(iter(trial.door.ending)), session)
    if trial.operation.id in trial.door.asking:
        answer = trial.send(body and {"token": live}, arguments=trial.arguments({"token": live}))
    else:
        answer = trial.send(body, scheme=trial.operation.schemes[0], token=live)
    trial.must_have_no_session(answer, "the token of an ended session", {401, 403})


@check("a method that is not documented is answered 405, with those that are in Allow")
def wrong_method(trial: Trial) -> None:
    answer, contract = undocumented(trial), "405, with Allow: " + ", ".join(sorted(trial.operation.methods))
    allowed = {method.strip() for method in answer.headers.get("Allow", "").split(",")}
    if answer.status_code != 405:
        trial.wrong(f"{answer.request.method} was answered {answer.status_code}", contract, answer)
    elif not trial.operation.methods <= allowed:
        trial.wrong(f"Allow is {answer.headers.get('Allow', 'missing')}", contract, answer)


def undocumented(trial: Trial) -> httpx.Response:
    return trial.send(method=next(method for method in METHODS[::-1] if method not in trial.operation.methods))


@check("a refusal looks as documented, field by field")
def envelope(trial: Trial) -> None:
    trial.has_content(undocumented(trial), trial.operation.refusal)
    answers = [trial.send(text='{"', **trial.credentials())] if JSON in trial.operation.media_types else []
    answers += [trial.send(without_token(trial))] if trial.operation.schemes else []
    for answer in answers:
        if answer.status_code in trial.operation.statuses:
            trial.has_content(answer, trial.operation.response(answer.status_code)["content"])


@check("every answer says no-store and nosniff")
def headers(trial: Trial) -> None:
    for answer in (undocumented(trial), trial.send(trial.good_body(), **trial.credentials())):
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
        fate = "outlives" if door.is_live(second) else "dies with"
        trial.wrong(f"another session of the account {fate} {how}", "otherwise", door.use(second))


@check("refreshing answers a token that works", lambda door, operation: operation.id in door.refreshing)
def new_token(trial: Trial) -> None:
    token = trial.door.refresh(trial.operation.id, trial.session)
    if token == trial.session.token:
        trial.wrong("the token is not new", "a new token", trial.door.use(token))
    if not trial.door.is_live(token):
        trial.wrong("the new token is refused", "it opens what the old one did", trial.door.use(token))


FOREIGN = ("appseed.edit", "owners.delete_owner", "owners.sign_in", "owners.sign_in_with_email")


@check("what is another account's is out of reach", lambda door, operation: operation.id in FOREIGN)
def another_account(trial: Trial) -> None:
    other = Session(trial.door)
    theirs = other.token
    body = trial.door.foreign(trial.operation.id, trial.session, other)
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


# ---------------------------------------------------------------- as tests
class Contracts(pytest.File):
    """This file, as pytest sees it: the doors that were asked for."""

    def collect(self) -> Iterator["DoorTests"]:
        for name in self.config.stash[CHOSEN]:
            yield DoorTests.from_parent(self, name=name)


class DoorTests(pytest.Collector):
    def collect(self) -> Iterator["OperationTests"]:
        option = self.config.getoption
        client = httpx.Client(base_url=option("target"), timeout=TIMEOUT, follow_redirects=False)
        self.config.add_cleanup(client.close)
        door = DOORS[self.name](client, option("outbox"))
        fuzzing = Fuzzing(SPEC / f"{self.name}.yaml", self.config) if option("fuzz") else None
        for operation in operations(self.name):
            yield OperationTests.from_parent(self, name=operation.label, trial=(door, operation, fuzzing))
        yield Elsewhere.from_parent(self, name=ANY_OTHER_PATH, trial=(door, operations(self.name)[0], fuzzing))


class OperationTests(pytest.Collector):
    def __init__(self, trial: tuple[Door, Operation, Fuzzing | None], **more: Any) -> None:
        super().__init__(**more)
        self.trial = trial

    def collect(self) -> Iterator["CheckTest"]:
        door, operation, fuzzing = self.trial
        for check in CHECKS:
            if check.applies(door, operation) and (check.run is not fuzz or fuzzing):
                yield CheckTest.from_parent(self, name=check.name, check=check, trial=Trial(*self.trial))


class Elsewhere(OperationTests):
    def collect(self) -> Iterator["CheckTest"]:
        check = Check("unknown path", UNKNOWN_PATH, lambda door, operation: True, unknown_path)
        yield CheckTest.from_parent(self, name=check.name, check=check, trial=Trial(*self.trial))


class CheckTest(pytest.Item):
    """One check of one operation."""

    def __init__(self, check: Check, trial: Trial, **more: Any) -> None:
        super().__init__(**more)
        self.check, self.trial = check, trial
        door = type(trial.door).__name__.lower()
        self.user_properties += [("door", door), ("operation", self.row), ("check", check.name)]

    @property
    def row(self) -> str:
        """Where the report has it."""
        assert self.parent
        return self.parent.name

    def runtest(self) -> None:
        try:
            self.check.run(self.trial)
        except OutOfReach as reason:
            pytest.skip(f"out of reach: {reason}")
        except CannotSpeak as reason:
            if self.check.run in (examples, session_ends, new_token):
                self.trial.problems.append(Problem("what it needs did not work", str(reason)))
            else:
                pytest.skip(f"out of reach: {reason}")
        except httpx.TransportError as error:
            self.trial.problems.append(Problem(f"there was no answer: {error}", "an answer"))
        if self.trial.problems:
            raise Broken(self.trial.problems)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        return str(excinfo.value) if isinstance(excinfo.value, Broken) else super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, None, str]:
        return self.path, None, f"{self.row}: {self.name}"
