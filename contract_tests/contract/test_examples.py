"""T3, T4, T6: everything has an example, each is as its schema says, and a server answers it as documented."""

import pytest
from contract.walking import first_operation
from doors import DOORS
from support.answers import Json
from support.database import emptied, sql
from support.documents import Operation, operations_of, resolved, schemas
from support.server import Server
from support.validation import breaks, undocumented


def test_t3_t4_t6_every_request_and_every_answer_has_an_example(operation: Operation) -> None:
    answers = [response.get("content", {}) for response in operation.responses.values()]
    for contents in (operation.media_types, *answers):
        for media_type, content in contents.items():
            assert content["examples"], media_type
            for name, example in content["examples"].items():
                assert breaks(operation.document, content["schema"], example["value"]) == [], (media_type, name)


def test_t4_every_parameter_has_an_example(operation: Operation) -> None:
    for parameter in operation.parameters:
        assert parameter["description"]
        assert breaks(operation.document, parameter["schema"], parameter["example"]) == []


def test_t4_every_property_is_told_and_has_an_example(document: Json) -> None:
    for schema in schemas(document):
        for name, field in schema.get("properties", {}).items():
            field = resolved(document, field)
            assert field["description"], name
            if "properties" not in field:
                assert breaks(document, field, field["example"]) == [], name


def test_t6_headers_of_answers_have_examples(document: Json) -> None:
    for response in document["components"]["responses"].values():
        for name, header in response.get("headers", {}).items():
            assert header["description"], name
            assert header["required"] is True, name
            assert breaks(document, header["schema"], header["schema"]["example"]) == []


# ---------------------------------------------------------------- sent
MEDIA_TYPES = sorted(
    {(door, media_type) for door in DOORS for operation in operations_of(door) for media_type in operation.media_types}
)


@pytest.mark.parametrize(("door", "media_type"), MEDIA_TYPES)
def test_t3_every_request_example_is_answered_as_documented(generous: Server, door: str, media_type: str) -> None:
    """All succeed but those that cannot alone, which the description of the door tells."""
    server, first, speaker = emptied(generous), first_operation(door), DOORS[door]
    token = ""
    failed: dict[str, dict[str, int]] = {}
    in_order = sorted(operations_of(door), key=lambda each: (each is not first, each.id in speaker.ending))
    for operation in in_order:  # what ends the session last
        for name, request in operation.requests(server.client, media_type):
            if token and operation.needs_session:
                request.headers["Authorization"] = f"Bearer {token}"
            answer = server.client.send(request)
            assert undocumented(operation, answer) == [], (operation.id, name)
            if not answer.is_success:
                failed.setdefault(operation.id, {})[name] = answer.status_code
            if operation.label == f"POST {speaker.login_path}" and answer.is_success:
                token = server.at(speaker).token_of(answer)
        if operation is first:
            sql(server, "UPDATE account SET awaits_activation = false")  # its mail was answered

    assert failed == speaker.failing_alone
