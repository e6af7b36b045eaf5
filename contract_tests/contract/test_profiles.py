"""What a profile closes is gone from the documents and from the routes alike, at every door."""

import re
from copy import deepcopy

import httpx
import pytest
import yaml
from openapi_spec_validator import validate
from support.answers import NOTHING_HERE, Json, whole
from support.documents import DOCUMENTS, OPERATIONS, Operation
from support.server import Server, Serving

from portico.runtime.documents import dicts
from portico.runtime.profiles import without_closed

CLOSED = {name: each for name, each in OPERATIONS.items() if "strict" in each.definition.get("x-portico-unless", [])}
NOTHING = (404, {"status": 404, "message": NOTHING_HERE})
SERVED = ["/openapi.json", *(f"/openapi/{name}.json" for name in DOCUMENTS)]


@pytest.fixture(scope="module")
def strict(serving: Serving) -> Server:
    return serving(PORTICO_PROFILE="strict")


def ids(document: Json) -> set[str]:
    return {operation["operationId"] for item in document["paths"].values() for operation in item.values()}


def asked(client: httpx.Client, operation: Operation) -> httpx.Response:
    """The answer to the documented sample of an operation."""
    _, request = next(operation.requests(client))
    return client.send(request)


def test_a04_the_strict_profile_closes_what_puts_secrets_into_urls_or_wants_no_password() -> None:
    assert set(CLOSED) == {
        "owners.is_logged",
        "owners.owner_by_password",
        "owners.owner_by_uuid",
        "owners.sign_in",
    }


@pytest.mark.parametrize("name", CLOSED)
def test_a04_what_is_closed_is_neither_documented_nor_served(strict: Server, server: Server, name: str) -> None:
    operation, never = CLOSED[name], strict.client.get("/users/nothing/here")

    assert whole(asked(strict.client, operation)) == NOTHING == whole(never)
    assert whole(asked(server.client, operation)) != NOTHING
    assert name not in ids(strict.client.get("/openapi.json").json())
    assert name not in ids(yaml.safe_load(strict.client.get("/openapi.yaml").text))
    assert name not in ids(strict.client.get("/openapi/owners.json").json())
    assert operation.path not in strict.client.get("/").text


def test_t13_everything_else_is_documented_and_served_as_before(strict: Server) -> None:
    left = OPERATIONS.keys() - CLOSED.keys()

    assert ids(strict.client.get("/openapi.json").json()) == left
    for name in left:
        answer = asked(strict.client, OPERATIONS[name])
        assert answer.status_code not in (405, 500), name
        assert answer.status_code != 404 or "There is nothing here" not in answer.text, name


@pytest.mark.parametrize("path", SERVED)
def test_t1_what_is_left_is_a_valid_document_without_loose_ends(strict: Server, path: str) -> None:
    document = strict.client.get(path).json()
    validate(document)
    nodes = list(dicts(document))
    links = [link for node in nodes if isinstance(node.get("links"), dict) for link in node["links"].values()]
    used = {node["$ref"] for node in nodes if "$ref" in node}
    there = {
        f"#/components/{kind}/{component}"
        for kind, components in document["components"].items()
        for component in components
        if kind != "securitySchemes"
    }

    assert {link["operationId"] for link in links} <= ids(document)
    assert used == there


@pytest.mark.parametrize("path", SERVED[1:])
def test_no_document_names_an_operation_it_does_not_have(strict: Server, path: str) -> None:
    """In words either: a sentence of a document that is served may not lead to a path that is closed."""
    document, merged = strict.client.get(path).json(), strict.client.get("/openapi.json").json()

    for operation in CLOSED.values():
        assert operation.label not in str(document)
        assert operation.path not in document["paths"]
    for method, named in re.findall(r"`(GET|POST|PUT|DELETE) (/[^`]*)`", str(document)):
        assert method.lower() in merged["paths"].get(named, {}), f"{method} {named}"


def test_compat_closes_nothing() -> None:
    document = DOCUMENTS["owners"]

    assert without_closed(deepcopy(document), set()) == document
