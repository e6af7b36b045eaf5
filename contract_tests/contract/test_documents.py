"""The documents of `spec/`, held against the gates that need no server: T1, T2, T5, T7, T9, T10, T11."""

import re
from collections.abc import Iterator
from urllib.parse import unquote

import httpx
import yaml
from openapi_spec_validator import OpenAPIV30SpecValidator
from support.answers import Json
from support.documents import DOCUMENTS, OPERATIONS, Operation, operations_of, resolved, schemas
from support.places import TESTS
from support.validation import breaks

# An OpenAPI document is answered as it is; what may stand in it is not ours to say.
OPEN_ANSWERS = {"ServiceContract"}


def reachable(document: Json, node: object, seen: set[str]) -> Iterator[Json]:
    """Yields every schema an answer is made of, those behind `$ref` included."""
    if isinstance(node, dict) and "$ref" not in node:
        yield from schemas(node, True)
    for reference in re.findall(r"'\$ref': '([^']+)'", str(node)):
        if reference not in seen:
            seen.add(reference)
            yield from reachable(document, resolved(document, {"$ref": reference}), seen)


# ---------------------------------------------------------------- T1, T2, T9: the documents and their operations
def test_t1_the_documents_are_valid(document: Json) -> None:
    assert document["openapi"] == "3.0.4"
    assert list(OpenAPIV30SpecValidator(document).iter_errors()) == []


def test_t1_the_merged_document_is_valid(client: httpx.Client) -> None:
    assert list(OpenAPIV30SpecValidator(client.get("/openapi.json").json()).iter_errors()) == []


def test_t1_what_the_linters_excuse_is_there(client: httpx.Client) -> None:
    """By JSON pointer, of the merged document; lint.py runs the linters."""
    merged, lint = client.get("/openapi.json").json(), TESTS / "tools" / "lint"
    spectral = yaml.safe_load((lint / "spectral.yaml").read_text())
    redocly = yaml.safe_load((lint / ".redocly.lint-ignore.yaml").read_text())
    excused = [file for override in spectral["overrides"] for file in override["files"]]
    excused += [pointer for rules in redocly.values() for pointers in rules.values() for pointer in pointers]

    for each in excused:
        steps = unquote(each.rpartition("#/")[2]).split("/")
        node = merged
        for step in steps:
            node = node[step.replace("~1", "/")]
        assert node, each


def test_t2_operation_ids_are_unique_and_fit_every_language() -> None:
    for door, document in DOCUMENTS.items():
        found = [operation["operationId"] for item in document["paths"].values() for operation in item.values()]
        assert found == [operation.id for operation in operations_of(door)]  # a double would be there once
        for name in found:  # a third word tells apart what one function serves
            assert re.fullmatch(rf"{door}\.[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)?", name)


def test_t2_t9_every_operation_is_told(operation: Operation) -> None:
    document, definition = operation.document, operation.definition
    tags = {tag["name"]: tag["description"] for tag in document["tags"]}

    assert len(definition["summary"]) >= 5
    assert len(definition["description"]) >= 20
    assert [tags[tag] for tag in definition["tags"]] == [*tags.values()]


def test_t9_every_security_scheme_is_used_and_told(document: Json) -> None:
    own = [operation for operation in OPERATIONS.values() if operation.document is document]
    schemes = document["components"].get("securitySchemes", {})

    assert {name for operation in own for need in operation.security for name in need} == set(schemes)
    assert all(scheme["description"] for scheme in schemes.values())


# ---------------------------------------------------------------- T5, T7: what goes wrong
def test_t5_whatever_takes_something_in_tells_what_goes_wrong(operation: Operation) -> None:
    refusals = {status: response for status, response in operation.responses.items() if 400 <= status < 500}

    if operation.media_types or operation.parameters or operation.security:
        assert refusals
    for status, response in refusals.items():
        assert response["content"], status
        assert all("$ref" in content["schema"] for content in response["content"].values()), status


def test_t5_the_statuses_are_those_that_can_occur(operation: Operation) -> None:
    statuses, fields, has_body = operation.statuses, operation.fields, "requestBody" in operation.definition
    in_path = any(parameter["in"] == "path" for parameter in operation.parameters)

    assert 500 in statuses
    for status in (408, 413, 415):
        assert (status in statuses) == has_body
    assert 400 in statuses or not (operation.parameters or has_body)
    assert not operation.needs_session or statuses & {400, 401, 403}
    assert 401 not in statuses or operation.security or "password" in fields
    assert 403 not in statuses or operation.security
    assert 404 not in statuses or in_path or fields
    assert 409 not in statuses or fields or operation.security


def test_t7_come_back_later_says_when(operation: Operation) -> None:
    for status in operation.statuses & {429, 503}:
        retry = operation.responses[status]["headers"]["Retry-After"]
        assert (retry["required"], retry["schema"]["type"]) == (True, "integer")


# ---------------------------------------------------------------- T10, T11: closed and constrained
def test_t10_every_string_is_constrained(document: Json) -> None:
    strings = [schema for schema in schemas(document) if schema.get("type") == "string"]

    assert strings
    assert [schema for schema in strings if "enum" not in schema and "maxLength" not in schema] == []


def test_t10_every_array_and_number_of_an_answer_has_its_limits(document: Json) -> None:
    for schema in schemas(document):
        if schema.get("type") == "array":
            assert "maxItems" in schema
        if schema.get("type") in ("integer", "number"):
            assert "format" in schema


def test_t11_every_answer_is_closed(operation: Operation) -> None:
    open_answers = {f"#/components/schemas/{name}" for name in OPEN_ANSWERS}
    for status, response in operation.responses.items():
        for content in response.get("content", {}).values():
            seen: set[str] = set()
            for schema in reachable(operation.document, content["schema"], seen):
                if schema.get("type") == "object" and not open_answers & seen:
                    assert schema["additionalProperties"] is False, (status, schema.get("title"))


def test_t11_only_named_answers_are_open(client: httpx.Client) -> None:
    for name in OPEN_ANSWERS:
        schema = DOCUMENTS["service"]["components"]["schemas"][name]
        assert "additionalProperties" not in schema
        assert breaks(DOCUMENTS["service"], schema, client.get("/openapi.json").json()) == []


# ---------------------------------------------------------------- names
def test_component_names_carry_their_door_and_are_their_title(document: Json) -> None:
    door = next(name for name, other in DOCUMENTS.items() if other is document)
    for kind, components in document["components"].items():
        for name, component in components.items():
            assert re.fullmatch(rf"{door.capitalize()}[A-Z][A-Za-z]*", name)
            assert kind != "schemas" or component["title"] == name


def test_every_component_is_used(document: Json) -> None:
    used = set(re.findall(r"'\$ref': '#/components/(\w+)/(\w+)'", str(document)))
    named = {(kind, name) for kind, components in document["components"].items() for name in components}

    assert named - used == {("securitySchemes", name) for name in document["components"].get("securitySchemes", {})}
