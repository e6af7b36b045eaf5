"""What a profile closes is gone from the documents and from the routes alike, at every door."""

import re
from collections.abc import Callable
from copy import deepcopy
from typing import Any

import httpx
import pytest
import yaml
from openapi_spec_validator import validate
from support.answers import NOTHING_HERE
from support.server import Server

from portico.core.settings import DOORS, Settings
from portico.runtime import BrokenContract
from portico.runtime.contract import Contract
from portico.runtime.documents import METHODS, dicts
from portico.runtime.profiles import without_closed

Document = dict[str, Any]
COMPAT, STRICT = Contract(Settings(profile="compat")), Contract(Settings(profile="strict"))
NAMES = [*DOORS, "service"]


def operations(document: Document) -> dict[str, tuple[str, str, Document]]:
    return {
        item[method]["operationId"]: (method, path, item[method])
        for path, item in document["paths"].items()
        for method in METHODS
        if method in item
    }


CLOSED = {
    operation_id: (method, path, definition)
    for operation_id, (method, path, definition) in operations(COMPAT.merged).items()
    if "strict" in definition.get("x-portico-unless", [])
}


@pytest.fixture(scope="module")
def strict(serving: Callable[..., Server]) -> Server:
    return serving(PORTICO_PROFILE="strict")


def asked(client: httpx.Client, method: str, path: str, definition: Document) -> httpx.Response:
    """Sends the documented sample of an operation."""
    examples = {parameter["name"]: parameter["example"] for parameter in definition.get("parameters", [])}
    content = definition.get("requestBody", {}).get("content", {}).get("application/json", {})
    samples = [example["value"] for example in content.get("examples", {}).values()]
    return client.request(method.upper(), path.format(**examples), json=samples[0] if samples else None)


def test_a04_the_strict_profile_closes_what_puts_secrets_into_urls_or_wants_no_password() -> None:
    assert set(CLOSED) == {
        "owners.is_logged",
        "owners.owner_by_password",
        "owners.owner_by_uuid",
        "owners.sign_in",
    }


@pytest.mark.parametrize("operation_id", CLOSED)
def test_a04_what_is_closed_is_neither_documented_nor_served(strict: Server, server: Server, operation_id: str) -> None:
    method, path, definition = CLOSED[operation_id]

    closed, never = asked(strict.client, method, path, definition), strict.client.get("/users/nothing/here")

    assert (closed.status_code, closed.json()) == (404, {"status": 404, "message": NOTHING_HERE})
    assert (closed.status_code, closed.json()) == (never.status_code, never.json())
    assert asked(server.client, method, path, definition).json() != closed.json()
    assert operation_id not in operations(strict.client.get("/openapi.json").json())
    assert operation_id not in operations(yaml.safe_load(strict.client.get("/openapi.yaml").text))
    assert operation_id not in operations(strict.client.get("/openapi/owners.json").json())
    assert path not in strict.client.get("/").text


def test_t13_everything_else_is_documented_and_served_as_before(strict: Server) -> None:
    left = operations(COMPAT.merged).keys() - CLOSED.keys()
    documented = operations(strict.client.get("/openapi.json").json())

    assert documented.keys() == left
    for method, path, definition in documented.values():
        answer = asked(strict.client, method, path, definition)
        assert answer.status_code not in (405, 500), path
        assert answer.status_code != 404 or NOTHING_HERE not in answer.text, path


@pytest.mark.parametrize("name", [*NAMES, "merged"])
def test_t1_what_is_left_is_a_valid_document_without_loose_ends(name: str) -> None:
    document = STRICT.merged if name == "merged" else STRICT.documents[name]
    validate(document)
    known, nodes = operations(document), list(dicts(document))
    links = [link for node in nodes if isinstance(node.get("links"), dict) for link in node["links"].values()]
    used = {node["$ref"] for node in nodes if "$ref" in node}
    there = {
        f"#/components/{kind}/{component}"
        for kind, components in document["components"].items()
        for component in components
        if kind != "securitySchemes"
    }

    assert {link["operationId"] for link in links} <= known.keys()
    assert used == there


@pytest.mark.parametrize("name", NAMES)
def test_no_document_names_an_operation_it_does_not_have(name: str) -> None:
    """In words either: a sentence of a document that is served may not lead to a path that is closed."""
    document, text = STRICT.documents[name], str(STRICT.documents[name])

    for method, path, _ in CLOSED.values():
        assert f"{method.upper()} {path}" not in text
        assert path not in document["paths"]
    for method, path in re.findall(r"`(GET|POST|PUT|DELETE) (/[^`]*)`", text):
        assert method.lower() in STRICT.merged["paths"].get(path, {}), f"{method} {path}"


def test_compat_closes_nothing() -> None:
    document = COMPAT.documents["owners"]

    assert without_closed(deepcopy(document), set()) == document


def test_t13_a_circumstance_nobody_knows_is_a_broken_contract() -> None:
    document = deepcopy(COMPAT.documents["owners"])
    document["paths"]["/users/signin"]["post"]["x-portico-unless"] = ["strickt"]

    with pytest.raises(BrokenContract, match=r"^owners\.sign_in: x-portico-unless names strickt, which nothing is$"):
        without_closed(document, {"strict"})
