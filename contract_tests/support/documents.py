"""The documents as they stand in `spec/`, and what they say of each operation."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import quote, urlencode

import httpx
import yaml
from support.answers import Json
from support.places import SPEC

JSON, FORM, MULTIPART = "application/json", "application/x-www-form-urlencoded", "multipart/form-data"


def resolved(document: Json, node: Json) -> Json:
    """Returns what stands behind a `$ref`."""
    while "$ref" in node:
        target: Any = document
        for step in node["$ref"].removeprefix("#/").split("/"):
            target = target[step]
        node = target
    return node


def schemas(node: object, of_one: bool = False) -> Iterator[Json]:
    """Yields every schema below a node, wherever it stands."""
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


@dataclass(frozen=True, eq=False)
class Operation:
    """One operation of a document. `method` is in capitals."""

    document: Json
    method: str
    path: str
    definition: Json

    @property
    def id(self) -> str:
        return str(self.definition["operationId"])

    @property
    def door(self) -> str:
        return door_of(self.id)

    @property
    def label(self) -> str:
        return f"{self.method} {self.path}"

    @property
    def methods(self) -> set[str]:
        """Those that are documented at this path."""
        return {method.upper() for method in self.document["paths"][self.path]}

    # ------------------------------------------------------------ what it takes
    @property
    def parameters(self) -> list[Json]:
        parameters: list[Json] = self.definition.get("parameters", [])
        return parameters

    @property
    def media_types(self) -> dict[str, Json]:
        """The content of its body, by media type."""
        content: dict[str, Json] = self.definition.get("requestBody", {}).get("content", {})
        return content

    @property
    def needs_body(self) -> bool:
        return bool(self.definition.get("requestBody", {}).get("required"))

    @property
    def empty(self) -> Json | None:
        """An empty body, where it takes any."""
        return {} if self.media_types else None

    def schema(self, media_type: str = JSON) -> Json:
        """Returns the schema of such a body, empty where it takes none."""
        content = self.media_types.get(media_type)
        return resolved(self.document, content["schema"]) if content else {}

    def properties(self, media_type: str = JSON) -> dict[str, Json]:
        """Returns the fields of such a body, and the rules of each."""
        return {
            name: resolved(self.document, each) for name, each in self.schema(media_type).get("properties", {}).items()
        }

    def example(self, media_type: str = JSON) -> Json:
        """Returns the first example of such a body, empty where it takes none."""
        examples = self.media_types.get(media_type, {}).get("examples", {})
        return next((dict(example["value"]) for example in examples.values()), {})

    @property
    def fields(self) -> dict[str, Json]:
        """The properties of the body, of whatever media type."""
        bodies = [resolved(self.document, content["schema"]) for content in self.media_types.values()]
        return {name: field for body in bodies for name, field in body.get("properties", {}).items()}

    @property
    def schemas(self) -> list[Json]:
        """Of all that can be sent: fields of the JSON body and parameters."""
        return [*self.properties().values(), *(each["schema"] for each in self.parameters)]

    @property
    def examples(self) -> list[tuple[str | None, Json | None]]:
        """What is documented to be sent: media type and body."""
        found = [(media_type, of["examples"].values()) for media_type, of in self.media_types.items()]
        return [(media_type, each["value"]) for media_type, examples in found for each in examples] or [(None, None)]

    @property
    def sets_a_password(self) -> bool:
        return any(field.get("x-portico-policy") == "new-password" for field in self.fields.values())

    # ------------------------------------------------------------ who may ask
    @property
    def security(self) -> list[dict[str, list[str]]]:
        security: list[dict[str, list[str]]] = self.definition["security"]
        return security

    @property
    def is_guarded(self) -> bool:
        """Whether it looks at a session."""
        return bool(self.security)

    @property
    def needs_session(self) -> bool:
        return bool(self.security) and {} not in self.security

    @property
    def schemes(self) -> list[Json]:
        """How a token may be sent."""
        known = self.document["components"].get("securitySchemes", {})
        return [known[name] for requirement in self.security for name in requirement]

    # ------------------------------------------------------------ what it answers
    @cached_property
    def responses(self) -> dict[int, Json]:
        found = self.definition["responses"].items()
        return {int(status): resolved(self.document, response) for status, response in found}

    @property
    def statuses(self) -> set[int]:
        return set(self.responses)

    @property
    def refusal(self) -> Json:
        """The content a door answers when it refuses what no operation can document."""
        content: Json = self.responses[500]["content"]
        return content

    @property
    def links(self) -> Iterator[tuple[int, Json, Json]]:
        """Status, answer and link."""
        for status, response in self.responses.items():
            for link in response.get("links", {}).values():
                yield status, response, link

    def component(self, status: int) -> str:
        """Returns the name of the answer with that status."""
        return str(self.definition["responses"][str(status)]["$ref"]).rpartition("/")[2]

    # ------------------------------------------------------------ requests
    def url(self, **arguments: str) -> str:
        """Returns path and query, with the examples of the parameters but for these arguments."""
        query = urlencode({name: arguments.get(name, example) for name, example in self.query.items()}, quote_via=quote)
        return self.filled_path(**arguments) + (f"?{query}" if query else "")

    def filled_path(self, **arguments: str) -> str:
        """Returns the path, with the examples of its parameters but for these arguments."""
        examples = {each["name"]: str(each["example"]) for each in self.parameters if each["in"] == "path"}
        return self.path.format_map({name: quote(value, safe="") for name, value in {**examples, **arguments}.items()})

    @property
    def query(self) -> Json:
        """The examples of its query parameters."""
        return {each["name"]: each["example"] for each in self.parameters if each["in"] == "query"}

    def requests(self, client: httpx.Client, media_type: str = JSON) -> Iterator[tuple[str, httpx.Request]]:
        """Yields the documented requests by name, with bodies of this media type where it takes that."""
        if not self.media_types:
            yield "path", client.build_request(self.method, self.url())
            return
        chosen = media_type if media_type in self.media_types else next(iter(self.media_types))
        for name, example in self.media_types[chosen]["examples"].items():
            body = body_for_httpx(chosen, example["value"])
            yield name, client.build_request(self.method, self.url(), **body)


def body_for_httpx(media_type: str | None, body: object) -> Json:
    """Returns the arguments with which httpx sends a body."""
    if media_type == FORM:
        return {"data": body}
    if media_type != MULTIPART:
        return {"json": body}
    if isinstance(body, dict) and body:
        return {"files": {name: (None, str(value)) for name, value in body.items()}}
    return {"content": b"--b--\r\n", "headers": {"Content-Type": f"{MULTIPART}; boundary=b"}}


def door_of(operation_id: str) -> str:
    return operation_id.partition(".")[0]


DOCUMENTS: dict[str, Json] = {
    file.stem: yaml.load(file.read_text(), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    for file in sorted(SPEC.glob("*.yaml"))
}
OPERATIONS = {
    operation.id: operation
    for document in DOCUMENTS.values()
    for path, item in document["paths"].items()
    for operation in (Operation(document, method.upper(), path, definition) for method, definition in item.items())
}


def operations_of(door: str) -> list[Operation]:
    return [operation for operation in OPERATIONS.values() if operation.door == door]


def taking(door: str, media_type: str = JSON) -> Iterator[Operation]:
    """Yields the operations of a door that take a body of this type."""
    return (operation for operation in operations_of(door) if media_type in operation.media_types)
