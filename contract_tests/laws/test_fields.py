"""What is wrong with a field is told by its name and the rule it breaks, by every operation, and nothing is done."""

from collections.abc import Iterator

import httpx
import pytest
from check.target import JSON, Trial, operations
from doors import DOORS, PASSWORD, Door, Session
from support.answers import Json, whole
from support.mailbox import rows
from support.server import Server, Serving

TAKING_A_BODY = {
    operation.id: (name, operation) for name in DOORS for operation in operations(name) if JSON in operation.media_types
}
KEPT = ("account", "owner", "application", "session")  # the tables a refused request leaves alone
FORMLESS = "does not have the form that the contract describes"
NO_OBJECTS: list[object] = [[], "text", 5, True]


@pytest.fixture(scope="module")
def server(serving: Serving) -> Server:
    return serving(PORTICO_LIMITS="off", PORTICO_CAPTCHA="off")


@pytest.fixture(scope="module")
def sessions(server: Server) -> dict[str, Session]:
    """One account of each door."""
    return {name: Session(server.at(kind)) for name, kind in DOORS.items()}


@pytest.fixture(params=TAKING_A_BODY)
def trial(request: pytest.FixtureRequest, server: Server, sessions: dict[str, Session]) -> Trial:
    """An operation that takes a body, and an account that is logged in."""
    name, operation = TAKING_A_BODY[request.param]
    trial = Trial(server.at(DOORS[name]), operation)
    trial.session = sessions[name]
    assert trial.session.token
    return trial


def sent(trial: Trial, body: object) -> httpx.Response:
    return trial.send(body, **trial.credentials())


def kept(server: Server) -> list[object]:
    return [rows(server, f"SELECT * FROM {table} ORDER BY 1") for table in KEPT]


def breaking(door: Door, name: str, schema: Json) -> Iterator[tuple[object, str]]:
    """Values that break one rule each, and what is said of them."""
    if "anyOf" in schema:
        formless: list[object] = [None, [], {}, True, 1.5]
        yield from ((value, f"'{name}' {FORMLESS}") for value in formless)
        return
    if "type" in schema:
        of_another_type: list[object] = [None, [], {}, 1, 0, True if schema["type"] == "string" else "true"]
        yield from ((value, f"'{name}' must be of type {schema['type']}") for value in of_another_type)
    if least := schema.get("minLength"):
        yield "", door.too_short(name, "", least)
        yield "a" * (least - 1), door.too_short(name, "a" * (least - 1), least)
    if most := schema.get("maxLength"):
        yield "S" * (most + 1), f"'{name}' is too long, at most {most} characters"
    if schema.get("format") == "email":
        yield "no address", f"'{name}' is not a valid e-mail address"
    elif "pattern" in schema:
        yield "   ", f"'{name}' does not match {schema['pattern']}"


def test_h02_the_field_and_the_rule_are_named_and_the_value_is_not(server: Server, trial: Trial) -> None:
    """All of the answer is compared, so it holds no value."""
    door, good = trial.door, trial.good_body() or {}
    before = kept(server)

    for name, schema in trial.operation.properties.items():
        for value, words in breaking(door, name, schema):
            answer = sent(trial, good | {name: value})
            assert whole(answer) == door.wrong_field(trial.operation.id, words), value

    assert kept(server) == before


def test_of_all_that_is_wrong_the_first_missing_field_is_named(server: Server, trial: Trial) -> None:
    body: dict[str, object] = {}
    for name in trial.operation.body.get("required", []):
        words = f"'{name}' is a required property"
        assert whole(sent(trial, body)) == trial.door.wrong_field(trial.operation.id, words)
        body[name] = ["of another type"]


def test_a_body_is_an_object(trial: Trial) -> None:
    for value in NO_OBJECTS:
        words = "'body' must be of type object"
        assert whole(sent(trial, value)) == trial.door.wrong_field(trial.operation.id, words), value
    if trial.operation.needs_body:
        absent = trial.send(**trial.credentials())
        assert whole(absent) == trial.door.refused(400, "A body is required")


@pytest.mark.parametrize("name", DOORS)
def test_e01_a_login_takes_any_text_for_a_password_and_tells_no_policy(server: Server, email: str, name: str) -> None:
    door = server.at(DOORS[name])
    assert door.register(email).is_success

    for password in (
        "",
        "p",
        PASSWORD.title(),
        f"{PASSWORD} ",
        f" {PASSWORD}",
        PASSWORD * 2,
        "１２３４５６７",
        "p" * 1024,
    ):
        assert whole(door.login(email, password)) == door.wrong_credentials, password
