"""What is wrong with a field is told by its name and the rule it breaks, by every operation, and nothing is done."""

from collections.abc import Iterator

import pytest
from doors import DOORS, Door
from support.answers import JSON, Json, bearer, whole
from support.database import rows
from support.documents import OPERATIONS, Operation, door_of, taking
from support.server import Server

TAKING_A_BODY = [operation.id for name in DOORS for operation in taking(name)]
NEEDING_A_BODY = [name for name in TAKING_A_BODY if OPERATIONS[name].needs_body]
NEEDING_A_FIELD = [name for name in TAKING_A_BODY if OPERATIONS[name].schema().get("required")]
KEPT = ("account", "owner", "application", "session")  # the tables a refused request leaves alone
FORMLESS = "does not have the form that the contract describes"


@pytest.fixture(params=TAKING_A_BODY)
def operation(request: pytest.FixtureRequest) -> Operation:
    return OPERATIONS[request.param]


@pytest.fixture
def door(server: Server, operation: Operation) -> Door:
    """The door of the operation."""
    return server.at(DOORS[door_of(operation.id)])


def kept(server: Server) -> list[object]:
    return [rows(server, f"SELECT * FROM {table} ORDER BY 1") for table in KEPT]


def breaking(door: Door, name: str, schema: Json) -> Iterator[tuple[object, str]]:
    """Yields values that break one rule each, and what is said of them."""
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


def test_h02_the_field_and_the_rule_are_named_and_the_value_is_not(
    server: Server, door: Door, operation: Operation, token: str
) -> None:
    """All of the answer is compared, so it holds no value."""
    before = kept(server)

    for name, schema in operation.properties().items():
        for value, words in breaking(door, name, schema):
            answer = door.ask(operation.method, operation.url(), operation.example() | {name: value}, token)
            assert whole(answer) == door.wrong_field(operation.id, words), value

    assert kept(server) == before


@pytest.mark.parametrize("operation", NEEDING_A_FIELD, indirect=True)
def test_h02_of_all_that_is_wrong_the_first_missing_field_is_named(
    door: Door, operation: Operation, token: str
) -> None:
    body: Json = {}
    for name in operation.schema()["required"]:
        answer = door.ask(operation.method, operation.url(), body, token)
        assert whole(answer) == door.wrong_field(operation.id, f"'{name}' is a required property")
        body[name] = ["of another type"]


@pytest.mark.parametrize("content", ["[]", '"text"', "5", "null", "true", '[{"email": "a@b.c"}]'])
def test_h02_a_body_is_an_object(door: Door, operation: Operation, token: str, content: str) -> None:
    answer = door.client.request(operation.method, operation.url(), content=content, headers=JSON | bearer(token))

    assert whole(answer) == door.wrong_field(operation.id, "'body' must be of type object")


@pytest.mark.parametrize("operation", NEEDING_A_BODY, indirect=True)
def test_h02_a_body_is_required(door: Door, operation: Operation, token: str) -> None:
    assert whole(door.ask(operation.method, operation.url(), token=token)) == door.refused(400, "A body is required")
