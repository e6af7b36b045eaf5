"""The documents of `spec/`, held against the gates T1 to T11, and each example against a server."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote
from uuid import uuid4

import httpx
import pytest
import yaml
from doors import DOORS, PASSWORD
from openapi_schema_validator import OAS30Validator, oas30_format_checker
from openapi_spec_validator import OpenAPIV30SpecValidator
from support.answers import Headers, Json, bearer, found
from support.database import sql
from support.documents import DOCUMENTS
from support.mailbox import awaited, letters_to
from support.server import Server, Serving

OPERATIONS: dict[str, tuple[Json, Json]] = {  # each with its document before it
    operation["operationId"]: (DOCUMENTS[door], operation)
    for door in DOCUMENTS
    for item in DOCUMENTS[door]["paths"].values()
    for operation in item.values()
}
PLACES = {
    operation["operationId"]: (method.upper(), path)
    for document in DOCUMENTS.values()
    for path, item in document["paths"].items()
    for method, operation in item.items()
}
# An OpenAPI document is answered as it is; what may stand in it is not ours to say.
OPEN_ANSWERS = {"ServiceContract"}


@pytest.fixture(params=DOCUMENTS)
def document(request: pytest.FixtureRequest) -> Json:
    return DOCUMENTS[request.param]


Test = Callable[[Json, Json], None]


def operation_of(test: Test) -> Test:
    """Runs a test for every operation, with its document."""
    return pytest.mark.parametrize(("document", "operation"), OPERATIONS.values(), ids=OPERATIONS)(test)


def resolved(document: Json, node: Json) -> Json:
    """What stands behind a `$ref`."""
    while "$ref" in node:
        target = document
        for step in node["$ref"].removeprefix("#/").split("/"):
            target = target[step]
        node = target
    return node


def responses(document: Json, operation: Json) -> Iterator[tuple[str, Json]]:
    for status, response in operation["responses"].items():
        yield status, resolved(document, response)


def contents(document: Json, operation: Json) -> Iterator[tuple[str, Json]]:
    """Every media type of an operation's requests and answers, and where it stands."""
    for media_type, content in operation.get("requestBody", {}).get("content", {}).items():
        yield f"request {media_type}", content
    for status, response in responses(document, operation):
        for media_type, content in response.get("content", {}).items():
            yield f"{status} {media_type}", content


def schemas(node: object, of_one: bool = False) -> Iterator[Json]:
    """Every schema below a node, wherever it stands."""
    if isinstance(node, list):
        for item in node:
            yield from schemas(item, of_one)
    elif isinstance(node, dict):
        if of_one and "$ref" not in node:
            yield node
        for name, value in node.items():
            of_one_schema = name in ("schema", "items", "additionalProperties") and isinstance(value, dict)
            if of_one_schema or name in ("anyOf", "oneOf", "allOf"):
                yield from schemas(value, True)
            elif name in ("schemas", "properties") and isinstance(value, dict):
                yield from schemas(list(value.values()), True)
            elif name not in ("example", "examples", "enum", "default"):
                yield from schemas(value)


def reachable(document: Json, node: object, seen: set[str]) -> Iterator[Json]:
    """Every schema an answer is made of, those behind `$ref` included."""
    if isinstance(node, dict) and "$ref" not in node:
        yield from schemas(node, True)
    for reference in re.findall(r"'\$ref': '([^']+)'", str(node)):
        if reference not in seen:
            seen.add(reference)
            yield from reachable(document, resolved(document, {"$ref": reference}), seen)


def needs_session(operation: Json) -> bool:
    return bool(operation["security"]) and {} not in operation["security"]


def body_fields(document: Json, operation: Json) -> dict[str, Json]:
    """The properties of an operation's body."""
    content = operation.get("requestBody", {"content": {}})["content"].values()
    schemas = [resolved(document, media["schema"]) for media in content]
    return {name: field for schema in schemas for name, field in schema.get("properties", {}).items()}


def asks_for_a_new_password(document: Json, operation: Json) -> bool:
    return any(field.get("x-portico-policy") == "new-password" for field in body_fields(document, operation).values())


def first_operation(door: str) -> str:
    """Where everything begins at a door: its first operation that sets a password."""
    own = (operation_id for operation_id in OPERATIONS if operation_id.startswith(f"{door}."))
    return next(operation_id for operation_id in own if asks_for_a_new_password(*OPERATIONS[operation_id]))


def breaks(document: Json, schema: Json, value: object) -> list[str]:
    """What a validator of other authors than ours has to say."""
    whole = {"components": document["components"], "allOf": [schema]}
    return [error.message for error in OAS30Validator(whole, format_checker=oas30_format_checker).iter_errors(value)]


# ---------------------------------------------------------------- T1, T2, T9: the documents and their operations
def test_t1_the_documents_are_valid(document: Json) -> None:
    assert document["openapi"] == "3.0.4"
    assert list(OpenAPIV30SpecValidator(document).iter_errors()) == []


def test_t1_the_merged_document_is_valid(client: httpx.Client) -> None:
    assert list(OpenAPIV30SpecValidator(client.get("/openapi.json").json()).iter_errors()) == []


def test_t1_what_the_linters_excuse_is_there(client: httpx.Client) -> None:
    """By JSON pointer, of the merged document; lint.py runs the linters."""
    merged, lint = client.get("/openapi.json").json(), SPEC.with_name("contract_tests") / "tools" / "lint"
    spectral = yaml.safe_load((lint / "spectral.yaml").read_text())
    redocly = yaml.safe_load((lint / ".redocly.lint-ignore.yaml").read_text())
    excused = [file for override in spectral["overrides"] for file in override["files"]]
    excused += [pointer for rules in redocly.values() for pointers in rules.values() for pointer in pointers]

    for each in excused:
        steps = unquote(each.rpartition("#/")[2]).split("/")
        assert at(merged, [step.replace("~1", "/") for step in steps]), each


def test_t1_statuses_are_quoted(document: Json) -> None:
    for operation in (operation for item in document["paths"].values() for operation in item.values()):
        assert all(isinstance(status, str) for status in operation["responses"])


def test_t2_operation_ids_are_unique_and_fit_every_language() -> None:
    ids = [
        op["operationId"]
        for document in DOCUMENTS.values()
        for item in document["paths"].values()
        for op in item.values()
    ]

    assert len(ids) == len(set(ids))
    for door, document in DOCUMENTS.items():
        for item in document["paths"].values():
            for operation in item.values():
                # A third word tells apart what one function serves.
                assert re.fullmatch(rf"{door}\.[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)?", operation["operationId"])


@operation_of
def test_t2_t9_every_operation_is_told(document: Json, operation: Json) -> None:
    tags = {tag["name"]: tag["description"] for tag in document["tags"]}

    assert len(operation["summary"]) >= 5
    assert len(operation["description"]) >= 20
    assert [tags[tag] for tag in operation["tags"]] == [*tags.values()]
    schemes = document["components"].get("securitySchemes", {})
    assert {name for requirement in operation["security"] for name in requirement} <= set(schemes)


def test_t9_every_security_scheme_is_used_and_told() -> None:
    for document in DOCUMENTS.values():
        needs = [
            need for item in document["paths"].values() for operation in item.values() for need in operation["security"]
        ]
        used = {name for need in needs for name in need}
        schemes = document["components"].get("securitySchemes", {})
        assert used == set(schemes)
        assert all(scheme["description"] for scheme in schemes.values())


# ---------------------------------------------------------------- T3, T4, T6: examples
@operation_of
def test_t3_t4_t6_every_request_and_every_answer_has_an_example(document: Json, operation: Json) -> None:
    for place, content in contents(document, operation):
        assert content["examples"], place
        for name, example in content["examples"].items():
            assert breaks(document, content["schema"], example["value"]) == [], (place, name)


@operation_of
def test_t4_every_parameter_has_an_example(document: Json, operation: Json) -> None:
    for parameter in operation.get("parameters", []):
        assert parameter["description"]
        assert breaks(document, parameter["schema"], parameter["example"]) == []


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


# ---------------------------------------------------------------- T5, T7: what goes wrong
@operation_of
def test_t5_whatever_takes_something_in_tells_what_goes_wrong(document: Json, operation: Json) -> None:
    refusals = {status: response for status, response in responses(document, operation) if status[0] == "4"}

    if operation.get("requestBody") or operation.get("parameters") or operation["security"]:
        assert refusals
    for status, response in refusals.items():
        assert response["content"], status
        assert all("$ref" in content["schema"] for content in response["content"].values()), status


@operation_of
def test_t5_the_statuses_are_those_that_can_occur(document: Json, operation: Json) -> None:
    statuses, fields = set(operation["responses"]), body_fields(document, operation)
    in_path = any(parameter["in"] == "path" for parameter in operation.get("parameters", []))

    assert "500" in statuses
    for status in ("408", "413", "415"):
        assert (status in statuses) == ("requestBody" in operation)
    assert "400" in statuses or not (operation.get("parameters") or "requestBody" in operation)
    assert not needs_session(operation) or statuses & {"400", "401", "403"}
    assert "401" not in statuses or operation["security"] or "password" in fields
    assert "403" not in statuses or operation["security"]
    assert "404" not in statuses or in_path or fields
    assert "409" not in statuses or fields or operation["security"]


CARRIED: dict[str, Headers | list[tuple[str, str]]] = {
    "none": {},
    "dead": {"Authorization": "Bearer e30.e30.e30"},
    "twice": [("Authorization", "a")] * 2,
}


@pytest.mark.parametrize("sent", CARRIED)
def test_t5_without_a_session_an_operation_answers_what_it_documents(client: httpx.Client, sent: str) -> None:
    """All of them, those that need none included."""
    for operation_id, (document, operation) in OPERATIONS.items():
        if needs_session(operation):
            method, path = PLACES[operation_id]
            answer = client.request(method, path, headers=CARRIED[sent])
            assert answer.is_client_error, operation_id
            assert undocumented(document, operation, answer) == [], operation_id


@operation_of
def test_t7_come_back_later_says_when(document: Json, operation: Json) -> None:
    for status, response in responses(document, operation):
        if status in ("429", "503"):
            assert response["headers"]["Retry-After"]["required"] is True
            assert response["headers"]["Retry-After"]["schema"]["type"] == "integer"


# ---------------------------------------------------------------- T8: links
def linked(document: Json, operation: Json) -> Iterator[tuple[str, Json, Json]]:
    """The links of an operation: status, answer, link."""
    for status, response in responses(document, operation):
        for link in response.get("links", {}).values():
            yield status, response, link


def at(value: Any, steps: Iterable[str]) -> Any:
    for step in steps:
        value = value[step]
    return value


def first_example(content: Json) -> Any:
    return next(iter(next(iter(content.values()))["examples"].values()))["value"]


def carriages_of(document: Json, operation: Json) -> set[str]:
    """The headers an operation takes its token in."""
    schemes = document["components"].get("securitySchemes", {})
    return {schemes[name].get("name", "Authorization") for requirement in operation["security"] for name in requirement}


@dataclass(frozen=True)
class Exchange:
    """A request and its answer, as the expressions of a link see them."""

    parameters: dict[tuple[str, str], Any]  # by place and name
    body: object
    headers: Mapping[str, str]  # of the answer
    answer: object

    def value(self, expression: object) -> object:
        """KeyError for what is not there."""
        if not isinstance(expression, str) or "$" not in expression:
            return expression  # a constant
        if embedded := re.search(r"\{(\$[^}]+)\}", expression):
            return expression.replace(embedded[0], str(self.value(embedded[1])))
        place, _, pointer = expression.partition("#/")
        match place.split("."):
            case ["$response", "body"]:
                return at(self.answer, pointer.split("/"))
            case ["$request", "body"]:
                return at(self.body, pointer.split("/"))
            case ["$request", "path" | "query" | "header" as kind, name]:
                return self.parameters[kind, name]
            case ["$response", "header", name]:
                return self.headers[name]
        raise KeyError(expression)


def of_the_examples(document: Json, operation: Json, response: Json) -> Exchange:
    parameters = {(each["in"], each["name"]): each["example"] for each in operation.get("parameters", [])}
    parameters |= {("header", name): "a token" for name in carriages_of(document, operation)}
    headers = {name: header["schema"].get("example") for name, header in response.get("headers", {}).items()}
    body = first_example(operation["requestBody"]["content"]) if "requestBody" in operation else None
    return Exchange(parameters, body, headers, first_example(response["content"]))


def schema_of(document: Json, operation: Json, name: str) -> Json:
    """The schema of the parameter a link names; a credential is any text."""
    place, _, rest = name.rpartition(".")
    if place == "header":
        return {"type": "string"} if rest in carriages_of(document, operation) else {"not": {}}
    (parameter,) = [each for each in operation["parameters"] if each["name"] == rest and place in ("", each["in"])]
    schema: Json = parameter["schema"]
    return schema


@operation_of
def test_t8_links_lead_to_operations_and_take_what_is_there(document: Json, operation: Json) -> None:
    for status, response, link in linked(document, operation):
        there, target = OPERATIONS[link["operationId"]]
        examples = of_the_examples(document, operation, response)
        assert set(link) <= {"operationId", "description", "parameters", "requestBody"}
        assert link["description"]
        assert status[0] == "2"
        for name, expression in link.get("parameters", {}).items():
            schema = schema_of(there, target, name)
            assert breaks(there, schema, examples.value(expression)) == [], (link["operationId"], name)
        for name, expression in link.get("requestBody", {}).items():
            schema = body_fields(there, target)[name]
            assert breaks(there, schema, examples.value(expression)) == [], (link["operationId"], name)


def leads_to(operation_id: str) -> set[str]:
    return {link["operationId"] for _, _, link in linked(*OPERATIONS[operation_id])}


@pytest.mark.parametrize("door", DOORS)
def test_t8_links_lead_from_the_first_operation_to_every_other(door: str) -> None:
    seen, ahead = set(), {first_operation(door)}
    while ahead:
        seen |= ahead
        ahead = {target for operation_id in ahead for target in leads_to(operation_id)} - seen

    assert seen == {name for name in OPERATIONS if name.startswith(f"{door}.")}


# Links that show what is over or taken, by where they lead from and to. All others lead to success.
DEAD_ENDS = {
    ("mobile.delete", "mobile.details"): 401,
    ("notes.sign_up", "notes.sign_up.api"): 409,
    ("notes.sign_up.api", "notes.sign_up.api"): 409,
    ("owners.delete_application", "owners.sign_up"): 404,
    ("owners.delete_owner", "owners.owner_by_uuid"): 404,
    ("owners.update_user.post", "owners.user_data"): 401,  # the way there deactivates the user
}


@pytest.mark.parametrize("door", DOORS)
def test_t8_every_link_can_be_followed(serving: Serving, door: str) -> None:
    """From the first operation on, as an account of its own for each."""
    server = serving(PORTICO_CAPTCHA="off", PORTICO_LIMITS="off")
    ended = {}
    for source, (document, operation) in OPERATIONS.items():
        for _, _, link in linked(document, operation) if source.startswith(f"{door}.") else ():
            first, chain = way_to(source)
            walk = Walk(server, first)
            for step in [*chain, link]:
                walk.follow(step)
            if not walk.answer.is_success:
                ended[source, link["operationId"]] = walk.answer.status_code

    assert ended == {ends: status for ends, status in DEAD_ENDS.items() if ends[0].startswith(f"{door}.")}


def way_to(operation_id: str) -> tuple[str, list[Json]]:
    """Where to begin, and the fewest links that lead to an operation; to a twin of the first none leads but itself."""
    first = first_operation(operation_id.partition(".")[0])
    chains: dict[str, list[Json]] = {first: []}
    ahead = [first]
    while ahead:
        source = ahead.pop(0)
        for _, _, link in linked(*OPERATIONS[source]):
            if link["operationId"] not in chains and (source, link["operationId"]) not in DEAD_ENDS:
                chains[link["operationId"]] = [*chains[source], link]
                ahead.append(link["operationId"])
    return (first, chains[operation_id]) if operation_id in chains else (operation_id, [])


def placed(name: str, known: Iterable[tuple[str, str]]) -> tuple[str, str]:
    """A parameter by place and name, as a link names it: with its place, or without where that is plain."""
    place, _, rest = name.rpartition(".")
    return (place, rest) if place else next(key for key in known if key[1] == rest)


class Walk:
    """A client that knows nothing but the contract, its own name and address, and what its mails say."""

    def __init__(self, server: Server, first: str, accept: str = "*/*") -> None:
        self.server = server
        self.accept = accept
        name = f"w{uuid4().hex}"
        example = first_example(OPERATIONS[first][1]["requestBody"]["content"])
        self.own = {example["email"]: f"{name}@walk.test", example.get("username"): name}
        self.send(first)
        sql(server, "UPDATE account SET awaits_activation = false")  # the mail was answered

    def follow(self, link: Json) -> None:
        assert self.answer.is_success
        parameters = {name: self.exchange.value(each) for name, each in link.get("parameters", {}).items()}
        body = {name: self.exchange.value(each) for name, each in link.get("requestBody", {}).items()}
        self.send(link["operationId"], parameters, body)

    def send(self, operation_id: str, given: Json | None = None, body: Json | None = None) -> None:
        """Sends the example of an operation with what a link brought, and with what only a mail can tell."""
        document, operation = OPERATIONS[operation_id]
        known: dict[tuple[str, str], Any] = {
            (each["in"], each["name"]): each["example"] for each in operation.get("parameters", [])
        }
        brought = {placed(name, known): value for name, value in (given or {}).items()}
        parameters = {
            key: brought.get(key) or self.mine(operation_id, key[1], known[key]) for key in {**known, **brought}
        }
        content = operation.get("requestBody", {"content": {}})["content"]
        example = first_example({"application/json": content["application/json"]}) if content else {}
        example = {name: self.mine(operation_id, name, value) for name, value in example.items()} | (body or {})

        path, query, headers = (
            {name: value for (there, name), value in parameters.items() if there == place}
            for place in ("path", "query", "header")
        )
        method, url = PLACES[operation_id]
        url = url.format(**{name: quote(value, safe="") for name, value in path.items()})
        headers["Accept"] = self.accept
        sent: Json = {"json": example} if content else {}
        self.answer = self.server.client.request(method, url, params=query, headers=headers, **sent)

        assert undocumented(document, operation, self.answer) == [], operation_id
        answer = self.answer.json() if "json" in self.answer.headers["Content-Type"] else None
        self.exchange = Exchange(parameters, example, self.answer.headers, answer)

    def mine(self, operation_id: str, name: str, example: Any) -> Any:
        """A value of an example, in its place what is only mine."""
        if name == "token" and not OPERATIONS[operation_id][1]["security"] and not operation_id.startswith("owners."):
            return self.mailed("reset" if "reset" in operation_id else "verify")
        return self.own.get(example, example) if isinstance(example, str) else example

    def mailed(self, purpose: str) -> str:
        """The token of the last mail of that purpose."""
        to = next(iter(self.own.values()))
        letters = awaited(
            lambda: [each for each in letters_to(self.server, to) if f"/{purpose}" in each.link], f"{purpose} to {to}"
        )
        return letters[-1].token


def test_t8_thirty_operations_are_linked() -> None:
    assert len({target for operation_id in OPERATIONS for target in leads_to(operation_id)}) >= 30


# ---------------------------------------------------------------- T10, T11: closed and constrained
def test_t10_every_string_is_constrained(document: Json) -> None:
    strings = [schema for schema in schemas(document) if schema.get("type") == "string"]

    assert strings
    loose = [schema for schema in strings if "enum" not in schema and "maxLength" not in schema]
    assert loose == []


def test_t10_every_array_and_number_of_an_answer_has_its_limits(document: Json) -> None:
    for schema in schemas(document):
        if schema.get("type") == "array":
            assert "maxItems" in schema
        if schema.get("type") in ("integer", "number"):
            assert "format" in schema


@operation_of
def test_t11_every_answer_is_closed(document: Json, operation: Json) -> None:
    for status, response in responses(document, operation):
        for content in response.get("content", {}).values():
            seen: set[str] = set()
            for schema in reachable(document, content["schema"], seen):
                if (
                    schema.get("type") == "object"
                    and not {f"#/components/schemas/{name}" for name in OPEN_ANSWERS} & seen
                ):
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


# ---------------------------------------------------------------- T3: the examples, sent
# What an example cannot do alone: it holds a sample where a server looks for a secret of its own, or repeats another.
ALONE = {
    "mobile.sign_up": {"number": 400},
    "vault.verify_email": {"path": 400},
    "vault.verify_email.post": {"mailed": 400},
    "vault.reset_password.misspelt": {"mailed": 400},
    "vault.reset_password": {"mailed": 400},
    "vault.reset_page": {"path": 400},
    "notes.refresh": {"refresh_token": 406},
    "notes.refresh.api": {"refresh_token": 406},
    "notes.sign_up.api": {"new": 409},
    "notes.verify": {"path": 400},
    "notes.verify.api": {"path": 400},
    "owners.owner_by_uuid": {"path": 404},
    "owners.update_owner": {"documented": 404},
    "owners.update_owner.put": {"documented": 404},
    "owners.create_application": {"documented": 404},
    "owners.sign_up": {"documented": 404},
    "owners.sign_in": {"documented": 404},
    "owners.sign_in_with_email": {"documented": 404},
    "owners.user_data": {"documented": 401},
    "owners.update_user": {"documented": 401, "deactivate": 401},
    "owners.update_user.post": {"documented": 401, "deactivate": 401},
}
MEDIA_TYPES = sorted(
    {
        (door, media_type)
        for door in DOORS
        for _, operation in (OPERATIONS[name] for name in OPERATIONS if name.startswith(f"{door}."))
        for media_type in operation.get("requestBody", {"content": {}})["content"]
    }
)


@pytest.mark.parametrize(("door", "media_type"), MEDIA_TYPES)
def test_t3_every_request_example_is_answered_as_documented(serving: Serving, door: str, media_type: str) -> None:
    server, first = serving(PORTICO_CAPTCHA="off", PORTICO_LIMITS="off"), first_operation(door)
    token = ""
    statuses: dict[str, dict[str, int]] = {}
    own = [first, *(name for name in OPERATIONS if name.startswith(f"{door}.") and name != first)]
    for operation_id in own:
        document, operation = OPERATIONS[operation_id]
        for name, request in requests(server.client, operation_id, media_type):
            if token and needs_session(operation):
                request.headers["Authorization"] = f"Bearer {token}"
            answer = server.client.send(request)
            assert undocumented(document, operation, answer) == [], (operation_id, name)
            statuses.setdefault(operation_id, {})[name] = answer.status_code
            if operation_id == f"{door}.login":
                token = DOORS[door].token_of(answer)
        if operation_id == first:
            sql(server, "UPDATE account SET awaits_activation = false")  # its mail was answered

    failed = {name: {key: status for key, status in found.items() if status >= 300} for name, found in statuses.items()}
    assert {name: found for name, found in failed.items() if found} == {
        name: ALONE[name] for name in ALONE if name in own
    }


def requests(client: httpx.Client, operation_id: str, media_type: str) -> Iterator[tuple[str, httpx.Request]]:
    """The examples of an operation, in this media type where it takes that."""
    _, operation = OPERATIONS[operation_id]
    method, path = PLACES[operation_id]
    parameters: dict[str, Json] = {each["in"]: {} for each in operation.get("parameters", [])}
    for parameter in operation.get("parameters", []):
        parameters[parameter["in"]][parameter["name"]] = parameter["example"]
    url = path.format(**{name: quote(value, safe="") for name, value in parameters.get("path", {}).items()})
    bodies = operation.get("requestBody", {"content": {}})["content"]
    if not bodies:
        yield "path", client.build_request(method, url, params=parameters.get("query"))
        return
    chosen = media_type if media_type in bodies else next(iter(bodies))
    for name, example in bodies[chosen]["examples"].items():
        yield name, client.build_request(method, url, params=parameters.get("query"), **sent(chosen, example["value"]))


def sent(media_type: str, body: Json) -> Json:
    """A body as httpx takes it."""
    if media_type == "application/json":
        return {"json": body}
    if media_type == "application/x-www-form-urlencoded":
        return {"data": body}
    if body:
        return {"files": {name: (None, str(value)) for name, value in body.items()}}
    return {"content": b"--b--\r\n", "headers": {"Content-Type": "multipart/form-data; boundary=b"}}


def undocumented(document: Json, operation: Json, answer: httpx.Response) -> list[str]:
    """In what an answer is not as its document says."""
    if str(answer.status_code) not in operation["responses"]:
        return [f"{answer.status_code} is not documented"]
    response = resolved(document, operation["responses"][str(answer.status_code)])
    headers = response.get("headers", {}).items()
    missing = [name for name, header in headers if header.get("required") and name not in answer.headers]
    content = response["content"][answer.headers["Content-Type"].partition(";")[0]]
    is_json = "json" in answer.headers["Content-Type"]
    return missing + (breaks(document, content["schema"], answer.json()) if is_json else [])


# ---------------------------------------------------------------- T6: the examples of refusals and of pages, provoked
# What no request brings about: an account that goes while its own request is under way.
UNHEARD = {("mobile", "NotUpdated", "not_found"), ("mobile", "NotDeleted", "not_found")}
ABC = "abc"  # too short for a password, and no address
UNREADABLE = [b"{", b'{"a": 1, "a": 2}', b'{"a": "' + b"a" * 64 * 1024 + b'"}']


@pytest.mark.parametrize("door", DOORS)
def test_t6_every_example_of_a_refusal_or_a_page_is_what_is_answered(serving: Serving, door: str) -> None:
    own = [operation_id for operation_id in OPERATIONS if operation_id.startswith(f"{door}.")]
    heard: dict[str, list[object]] = {}  # by component
    examples: dict[tuple[str, str, str], object] = {}  # by component, name and media type
    for operation_id, answer in provoked(serving, door, own):
        document, operation = OPERATIONS[operation_id]
        assert undocumented(document, operation, answer) == [], (operation_id, answer.request.content)
        heard.setdefault(component(operation, answer.status_code), []).append(words(answer))
    for document, operation in (OPERATIONS[operation_id] for operation_id in own):
        for status, response in responses(document, operation):
            for media_type, content in response["content"].items():
                if status[0] == "4" or media_type == "text/html":
                    place = component(operation, status)
                    examples |= {
                        (place, name, media_type): words(each["value"]) for name, each in content["examples"].items()
                    }

    unheard = {key for key, said in examples.items() if said not in heard.get(key[0], [])}
    # test_hostile.py waits the ten seconds for the answer to a slow body.
    expected = {(door, "TooSlow", "slow"), *(each for each in UNHEARD if each[0] == door)}
    assert {(door, place.removeprefix(door.capitalize()), name) for place, name, _ in unheard} == expected


def component(operation: Json, status: int | str) -> str:
    return str(operation["responses"][str(status)]["$ref"]).rpartition("/")[2]


def words(said: httpx.Response | object) -> object:
    """What an answer or an example says: all of it, or of a page the title."""
    if isinstance(said, httpx.Response):
        said = said.json() if "json" in said.headers["Content-Type"] else said.text
    return found(r"<title>(.*)</title>", said)[1] if isinstance(said, str) else said


def provoked(serving: Serving, door: str, own: list[str]) -> Iterator[tuple[str, httpx.Response]]:
    """The answers to requests that each break one rule, of every operation of a door."""
    server = serving(PORTICO_CAPTCHA="off", PORTICO_LIMITS="off")
    for _ in "first", "again":
        for operation_id in own:
            for request in spoilt(server.client, operation_id):
                yield operation_id, server.client.send(request)
    for operation_id in own:
        first, chain = way_to(operation_id)
        for accept in "*/*", "text/html":
            walk = Walk(server, first, accept)
            for link in chain:
                walk.follow(link)
            yield operation_id, walk.answer
            yield operation_id, server.client.send(walk.answer.request)
    for ended in False, True:
        sessions = {operation_id: session_at(door, server.client) for operation_id in own}
        sql(server, "DELETE FROM session" if ended else "UPDATE account SET verified_at = created_at")
        for operation_id in own:
            for request in spoilt(server.client, operation_id):
                request.headers.update(sessions[operation_id])
                yield operation_id, server.client.send(request)
    strict = serving(PORTICO_PROFILE="strict")  # and with its limits
    for operation_id in [name for name in own if name not in CLOSED]:
        for request in spoilt(strict.client, operation_id):
            yield operation_id, strict.client.send(request)


def session_at(door: str, client: httpx.Client) -> dict[str, str]:
    """The header of a session of a new account."""
    email = f"{uuid4().hex}@walk.test"
    DOORS[door].register(client, email, PASSWORD)
    return bearer(DOORS[door].token_of(DOORS[door].login(client, email, PASSWORD)))


def spoilt(client: httpx.Client, operation_id: str) -> Iterator[httpx.Request]:
    """The examples of an operation, and requests that break one rule each."""
    document, operation = OPERATIONS[operation_id]
    method, path = PLACES[operation_id]
    parameters = operation.get("parameters", [])
    query = {each["name"]: each["example"] for each in parameters if each["in"] == "query"}
    in_path = {each["name"]: quote(each["example"], safe="") for each in parameters if each["in"] == "path"}
    sent: list[Json] = [
        {"headers": headers} for headers in (*CARRIED.values(), [("token", "a")] * 2, {"Accept": "text/html"})
    ]
    if "requestBody" in operation:
        examples = [
            each["value"] for each in operation["requestBody"]["content"]["application/json"]["examples"].values()
        ]
        every = {name: field["example"] for name, field in body_fields(document, operation).items()}
        bodies = [{}, *(body for example in (*examples, every) for body in variants(example))]
        sent = [{"json": examples[0]} | each for each in sent] + [{"json": body} for body in bodies]
        sent += [{"content": content, "headers": {"Content-Type": "application/json"}} for content in UNREADABLE]
        sent += [{"content": "abc", "headers": {"Content-Type": "text/plain"}}]
    for each in sent:
        yield client.build_request(method, path.format(**in_path), params=query, **each)
    for name in query:
        yield client.build_request(method, path, params={**query, name: ""})
        yield client.build_request(method, path, params={other: query[other] for other in query if other != name})
    for name in in_path:
        for segment in ("%FF", "%00", ABC):
            yield client.build_request(method, path.format(**in_path | {name: segment}))


def variants(body: Json) -> Iterator[Json]:
    """A body as it is; without a field, each in turn; with an empty one, and with one that is no good."""
    yield body
    for name in body:
        yield {other: body[other] for other in body if other != name}
        yield {**body, name: ""}
        yield {**body, name: ABC}
