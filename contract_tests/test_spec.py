"""The documents of `spec/`, held against the gates T1 to T11, and each example against a server."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
import yaml
from openapi_schema_validator import OAS30Validator, oas30_format_checker
from openapi_spec_validator import OpenAPIV30SpecValidator
from test_every_door import DOORS

SPEC = Path(__file__).parent.parent / "spec"
DOCUMENTS = {file.stem: yaml.safe_load(file.read_text()) for file in sorted(SPEC.glob("*.yaml"))}
OPERATIONS = {
    operation["operationId"]: (DOCUMENTS[door], operation)
    for door in DOCUMENTS
    for item in DOCUMENTS[door]["paths"].values()
    for operation in item.values()
}
# An OpenAPI document is answered as it is; what may stand in it is not ours to say.
OPEN_ANSWERS = {"ServiceContract"}


@pytest.fixture(params=DOCUMENTS)
def document(request: pytest.FixtureRequest) -> dict:
    return DOCUMENTS[request.param]


def operation_of(test: Callable) -> Callable:
    """Runs a test for every operation, with its document."""
    return pytest.mark.parametrize(("document", "operation"), OPERATIONS.values(), ids=OPERATIONS)(test)


def resolved(document: dict, node: dict) -> dict:
    """What stands behind a `$ref`."""
    while "$ref" in node:
        target = document
        for step in node["$ref"].removeprefix("#/").split("/"):
            target = target[step]
        node = target
    return node


def responses(document: dict, operation: dict) -> Iterator[tuple[str, dict]]:
    for status, response in operation["responses"].items():
        yield status, resolved(document, response)


def contents(document: dict, operation: dict) -> Iterator[tuple[str, dict]]:
    """Every media type of an operation's requests and answers, and where it stands."""
    for media_type, content in operation.get("requestBody", {}).get("content", {}).items():
        yield f"request {media_type}", content
    for status, response in responses(document, operation):
        for media_type, content in response.get("content", {}).items():
            yield f"{status} {media_type}", content


def schemas(node: object, of_one: bool = False) -> Iterator[dict]:
    """Every schema below a node, wherever it stands."""
    if isinstance(node, list):
        for item in node:
            yield from schemas(item, of_one)
    elif isinstance(node, dict):
        if of_one and "$ref" not in node:
            yield node
        for name, value in node.items():
            if name in ("schema", "items", "additionalProperties") and isinstance(value, dict):
                yield from schemas(value, True)
            elif name in ("anyOf", "oneOf", "allOf"):
                yield from schemas(value, True)
            elif name in ("schemas", "properties") and isinstance(value, dict):
                yield from schemas(list(value.values()), True)
            elif name not in ("example", "examples", "enum", "default"):
                yield from schemas(value)


def reachable(document: dict, node: object, seen: set[str]) -> Iterator[dict]:
    """Every schema an answer is made of, those behind `$ref` included."""
    for schema in schemas(node, True) if isinstance(node, dict) and "$ref" not in node else ():
        yield schema
    for reference in re.findall(r"'\$ref': '([^']+)'", str(node)):
        if reference not in seen:
            seen.add(reference)
            yield from reachable(document, resolved(document, {"$ref": reference}), seen)


def needs_session(operation: dict) -> bool:
    return bool(operation["security"]) and {} not in operation["security"]


def breaks(document: dict, schema: dict, value: object) -> list[str]:
    """What a validator of other authors than ours has to say."""
    whole = {"components": document["components"], "allOf": [schema]}
    return [error.message for error in OAS30Validator(whole, format_checker=oas30_format_checker).iter_errors(value)]


# ---------------------------------------------------------------- T1, T2, T9: the documents and their operations
def test_t1_the_documents_are_valid(document):
    assert document["openapi"] == "3.0.4"
    assert list(OpenAPIV30SpecValidator(document).iter_errors()) == []


def test_t1_the_merged_document_is_valid(client):
    assert list(OpenAPIV30SpecValidator(client.get("/openapi.json").json()).iter_errors()) == []


def test_t1_statuses_are_quoted(document):
    for operation in (operation for item in document["paths"].values() for operation in item.values()):
        assert all(isinstance(status, str) for status in operation["responses"])


def test_t2_operation_ids_are_unique_and_fit_every_language():
    ids = [op["operationId"] for document in DOCUMENTS.values() for item in document["paths"].values() for op in item.values()]

    assert len(ids) == len(set(ids))
    for door, document in DOCUMENTS.items():
        for item in document["paths"].values():
            for operation in item.values():
                assert re.fullmatch(rf"{door}\.[a-z][a-z0-9_]*", operation["operationId"])


@operation_of
def test_t2_t9_every_operation_is_told(document, operation):
    tags = {tag["name"]: tag["description"] for tag in document["tags"]}

    assert len(operation["summary"]) >= 5
    assert len(operation["description"]) >= 20
    assert [tags[tag] for tag in operation["tags"]] == [*tags.values()]
    schemes = document["components"].get("securitySchemes", {})
    assert {name for requirement in operation["security"] for name in requirement} <= set(schemes)


def test_t9_every_security_scheme_is_used_and_told():
    for document in DOCUMENTS.values():
        needs = [need for item in document["paths"].values() for operation in item.values() for need in operation["security"]]
        used = {name for need in needs for name in need}
        schemes = document["components"].get("securitySchemes", {})
        assert used == set(schemes)
        assert all(scheme["description"] for scheme in schemes.values())


# ---------------------------------------------------------------- T3, T4, T6: examples
@operation_of
def test_t3_t4_t6_every_request_and_every_answer_has_an_example(document, operation):
    for place, content in contents(document, operation):
        assert content["examples"], place
        for name, example in content["examples"].items():
            assert breaks(document, content["schema"], example["value"]) == [], (place, name)


@operation_of
def test_t4_every_parameter_has_an_example(document, operation):
    for parameter in operation.get("parameters", []):
        assert parameter["description"]
        assert breaks(document, parameter["schema"], parameter["example"]) == []


def test_t4_every_property_is_told_and_has_an_example(document):
    for schema in schemas(document):
        for name, field in schema.get("properties", {}).items():
            field = resolved(document, field)
            assert field["description"], name
            if "properties" not in field:
                assert breaks(document, field, field["example"]) == [], name


def test_t6_headers_of_answers_have_examples(document):
    for response in document["components"]["responses"].values():
        for name, header in response.get("headers", {}).items():
            assert header["description"], name
            assert header["required"] is True, name
            assert breaks(document, header["schema"], header["schema"]["example"]) == []


# ---------------------------------------------------------------- T5, T7: what goes wrong
@operation_of
def test_t5_whatever_takes_something_in_tells_what_goes_wrong(document, operation):
    refusals = {status: response for status, response in responses(document, operation) if status[0] == "4"}

    if operation.get("requestBody") or operation.get("parameters") or operation["security"]:
        assert refusals
    for status, response in refusals.items():
        assert response["content"], status
        assert all("$ref" in content["schema"] for content in response["content"].values()), status


@operation_of
def test_t5_the_statuses_are_those_that_can_occur(document, operation):
    statuses = set(operation["responses"])

    assert "500" in statuses
    assert ("401" in statuses) == needs_session(operation)
    assert ({"400", "408", "413", "415"} <= statuses) == ("requestBody" in operation)
    assert ("404" in statuses) == any(parameter["in"] == "path" for parameter in operation.get("parameters", []))


@operation_of
def test_t7_come_back_later_says_when(document, operation):
    for status, response in responses(document, operation):
        if status in ("429", "503"):
            assert response["headers"]["Retry-After"]["required"] is True
            assert response["headers"]["Retry-After"]["schema"]["type"] == "integer"


# ---------------------------------------------------------------- T8: links
def linked(document: dict, operation: dict) -> Iterator[tuple[str, dict, dict]]:
    """The links of an operation: status, answer, link."""
    for status, response in responses(document, operation):
        for link in response.get("links", {}).values():
            yield status, response, link


def at(value: object, pointer: str) -> object:
    for step in pointer.split("/"):
        value = value[step]
    return value


@operation_of
def test_t8_links_lead_to_operations_and_take_what_is_there(document, operation):
    for status, response, link in linked(document, operation):
        _, target = OPERATIONS[link["operationId"]]
        assert link["description"]
        answer = next(iter(next(iter(response["content"].values()))["examples"].values()))["value"]
        bodies = operation.get("requestBody", {"content": {}})["content"].values()
        requests = [example["value"] for content in bodies for example in content["examples"].values()]
        for expression in [*link.get("parameters", {}).values(), *link.get("requestBody", {}).values()]:
            place, _, pointer = expression.partition("#/")
            # Not $request.header.…: only a header that is declared as a parameter can be evaluated, and ours is a credential.
            assert place in ("$response.body", "$request.body"), (status, expression)
            at(answer if place == "$response.body" else requests[0], pointer)
        for place in link.get("parameters", {}):
            assert place == "header.Authorization"
            assert any(target["security"])
        if "requestBody" in link:
            properties = resolved(document, target["requestBody"]["content"]["application/json"]["schema"])["properties"]
            assert set(link["requestBody"]) <= set(properties)


@pytest.mark.parametrize("door", DOORS)
def test_t8_links_lead_from_register_to_every_operation(door):
    seen, ahead = set(), [f"{door}.register"]
    while ahead:
        operation_id = ahead.pop()
        seen.add(operation_id)
        ahead += {link["operationId"] for _, _, link in linked(*OPERATIONS[operation_id])} - seen

    assert seen == {name for name in OPERATIONS if name.startswith(f"{door}.")}


# ---------------------------------------------------------------- T10, T11: closed and constrained
def test_t10_every_string_is_constrained(document):
    strings = [schema for schema in schemas(document) if schema.get("type") == "string"]

    assert strings
    loose = [schema for schema in strings if "enum" not in schema and "maxLength" not in schema]
    assert loose == []


def test_t10_every_array_and_number_of_an_answer_has_its_limits(document):
    for schema in schemas(document):
        if schema.get("type") == "array":
            assert "maxItems" in schema
        if schema.get("type") in ("integer", "number"):
            assert "format" in schema


@operation_of
def test_t11_every_answer_is_closed(document, operation):
    for status, response in responses(document, operation):
        for content in response.get("content", {}).values():
            seen = set()
            for schema in reachable(document, content["schema"], seen):
                if schema.get("type") == "object" and not {f"#/components/schemas/{name}" for name in OPEN_ANSWERS} & seen:
                    assert schema["additionalProperties"] is False, (status, schema.get("title"))


def test_t11_only_named_answers_are_open(client):
    for name in OPEN_ANSWERS:
        schema = DOCUMENTS["service"]["components"]["schemas"][name]
        assert "additionalProperties" not in schema
        assert breaks(DOCUMENTS["service"], schema, client.get("/openapi.json").json()) == []


# ---------------------------------------------------------------- names
def test_component_names_carry_their_door_and_are_their_title(document):
    door = next(name for name, other in DOCUMENTS.items() if other is document)
    for kind, components in document["components"].items():
        for name, component in components.items():
            assert re.fullmatch(rf"{door.capitalize()}[A-Z][A-Za-z]*", name)
            assert kind != "schemas" or component["title"] == name


def test_every_component_is_used(document):
    used = set(re.findall(r"'\$ref': '#/components/(\w+)/(\w+)'", str(document)))
    named = {(kind, name) for kind, components in document["components"].items() for name in components}

    assert named - used == {("securitySchemes", name) for name in document["components"].get("securitySchemes", {})}


# ---------------------------------------------------------------- T3: the examples, sent
@pytest.mark.parametrize("media_type", ["application/json", "multipart/form-data"])
@pytest.mark.parametrize("door", DOORS)
def test_t3_every_request_example_is_answered_as_documented(serving, door, media_type):
    client = serving().client
    token = None
    for path, item in DOCUMENTS[door]["paths"].items():
        for method, operation in item.items():
            for example in operation["requestBody"]["content"][media_type]["examples"].values():
                request = client.build_request(method, path, **sent(media_type, example["value"]))
                if token and needs_session(operation):
                    request.headers["Authorization"] = token
                answer = client.send(request)
                assert answer.is_success, (path, answer.text)
                assert undocumented(DOCUMENTS[door], operation, answer) == []
            if operation["operationId"] == f"{door}.login":
                token = DOORS[door].token_of(answer)
    assert token


def sent(media_type: str, body: dict) -> dict:
    if media_type == "application/json":
        return {"json": body}
    if body:
        return {"files": {name: (None, str(value)) for name, value in body.items()}}
    return {"content": b"--b--\r\n", "headers": {"Content-Type": "multipart/form-data; boundary=b"}}


def undocumented(document: dict, operation: dict, answer: httpx.Response) -> list[str]:
    """In what an answer is not as its document says."""
    response = resolved(document, operation["responses"][str(answer.status_code)])
    headers = response.get("headers", {}).items()
    missing = [name for name, header in headers if header.get("required") and name not in answer.headers]
    content = response["content"][answer.headers["Content-Type"].partition(";")[0]]
    return missing + breaks(document, content["schema"], answer.json())
