"""T8: links lead from the first operation of a door to all others, and each can be followed."""

import pytest
from contract.walking import Exchange, Walk, first_example, first_operation, way_to
from doors import DOORS
from support.answers import Json
from support.documents import OPERATIONS, Operation, operations_of
from support.server import Server
from support.validation import breaks


def carriages_of(operation: Operation) -> set[str]:
    """Returns the headers an operation takes its token in."""
    return {scheme.get("name", "Authorization") for scheme in operation.schemes}


def of_the_examples(operation: Operation, response: Json) -> Exchange:
    parameters = {(each["in"], each["name"]): each["example"] for each in operation.parameters}
    parameters |= {("header", name): "a token" for name in carriages_of(operation)}
    headers = {name: header["schema"].get("example") for name, header in response.get("headers", {}).items()}
    body = first_example(operation.media_types) if operation.media_types else None
    return Exchange(parameters, body, headers, first_example(response["content"]))


def schema_of(operation: Operation, name: str) -> Json:
    """Returns the schema of the parameter a link names; a credential is any text."""
    place, _, rest = name.rpartition(".")
    if place == "header":
        return {"type": "string"} if rest in carriages_of(operation) else {"not": {}}
    (parameter,) = [each for each in operation.parameters if each["name"] == rest and place in ("", each["in"])]
    schema: Json = parameter["schema"]
    return schema


def test_t8_links_lead_to_operations_and_take_what_is_there(operation: Operation) -> None:
    for status, response, link in operation.links:
        target, examples = OPERATIONS[link["operationId"]], of_the_examples(operation, response)
        assert set(link) <= {"operationId", "description", "parameters", "requestBody"}
        assert link["description"]
        assert status < 300
        taken = [(schema_of(target, name), value) for name, value in link.get("parameters", {}).items()]
        taken += [(target.fields[name], value) for name, value in link.get("requestBody", {}).items()]
        for schema, expression in taken:
            assert breaks(target.document, schema, examples.value(expression)) == [], (target.id, expression)


def leads_to(operation_id: str) -> set[str]:
    return {link["operationId"] for _, _, link in OPERATIONS[operation_id].links}


@pytest.mark.parametrize("door", DOORS)
def test_t8_links_lead_from_the_first_operation_to_every_other(door: str) -> None:
    seen, ahead = set(), {first_operation(door).id}
    while ahead:
        seen |= ahead
        ahead = {target for operation_id in ahead for target in leads_to(operation_id)} - seen

    assert seen == {operation.id for operation in operations_of(door)}


@pytest.mark.parametrize("door", DOORS)
def test_t8_every_link_can_be_followed(generous: Server, door: str) -> None:
    """From the first operation on, as an account of its own for each. All lead to success but the dead ends."""
    ended = {}
    for source in operations_of(door):
        for _, _, link in source.links:
            first, chain = way_to(source)
            walk = Walk(generous, first)
            for step in [*chain, link]:
                walk.follow(step)
            if not walk.answer.is_success:
                ended[source.id, link["operationId"]] = walk.answer.status_code

    assert ended == DOORS[door].dead_ends


def test_t8_thirty_operations_are_linked() -> None:
    assert len({target for operation_id in OPERATIONS for target in leads_to(operation_id)}) >= 30
