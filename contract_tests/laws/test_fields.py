"""A refusal names the field and the rule that the document has for it, and repeats nothing of what was sent."""

from collections.abc import Iterator

import pytest
from doors import Door
from support.answers import JSON, Json, bearer, whole
from support.documents import Operation, taking

SECRET = "S3cret"


def characters(number: int) -> str:
    return f"{number} character" if number == 1 else f"{number} characters"


def broken(operation: Operation) -> Iterator[tuple[Json, str]]:
    """Bodies that break one rule each, and what is said of it."""
    fine = operation.example()
    for name in operation.schema().get("required", []):
        yield {other: value for other, value in fine.items() if other != name}, f"'{name}' is a required property"
    for name, rules in operation.properties().items():
        if rules.get("type") != "string":
            continue
        wrong: list[tuple[object, str]] = [({"a": SECRET}, "must be of type string")]
        if (least := rules.get("minLength", 0)) > 1:
            wrong.append(((SECRET * least)[: least - 1], f"is too short, at least {characters(least)}"))
        if most := rules.get("maxLength"):
            wrong.append((SECRET * most, f"is too long, at most {characters(most)}"))
        for value, rule in wrong:
            yield fine | {name: value}, f"'{name}' {rule}"


def test_h02_a_refusal_names_the_field_and_the_rule_and_echoes_nothing(door: Door, token: str) -> None:
    """A door that does not tell has one refusal for all of them."""
    untold = door.refused(400, "A refusal that names no field")
    for operation in taking(door.name):
        for body, words in broken(operation):
            answer = door.ask(operation.method, operation.url(), body, token)
            assert whole(answer) in (door.refused(400, words), untold), operation.id
            assert SECRET not in answer.text


@pytest.mark.parametrize("content", ["[]", '"text"', "5", "null", "true", '[{"email": "a@b.c"}]'])
def test_h02_a_body_is_an_object(door: Door, token: str, content: str) -> None:
    untold = door.refused(400, "A refusal that names no field")
    for operation in taking(door.name):
        if operation.schema().get("type") == "object":
            headers = JSON | bearer(token)
            answer = door.client.request(operation.method, operation.url(), content=content, headers=headers)
            assert whole(answer) in (door.refused(400, "'body' must be of type object"), untold), operation.id


def test_h02_a_body_is_required(door: Door, token: str) -> None:
    for operation in taking(door.name):
        if operation.definition["requestBody"].get("required"):
            answer = door.ask(operation.method, operation.url(), token=token)
            assert whole(answer) == door.refused(400, "A body is required"), operation.id
