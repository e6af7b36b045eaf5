"""The documents as they stand in `spec/`."""

import re
from collections.abc import Iterator
from typing import NamedTuple
from urllib.parse import quote

import yaml
from support.answers import Json
from support.places import SPEC


class Operation(NamedTuple):
    document: Json
    method: str  # in capitals
    path: str
    definition: Json

    @property
    def id(self) -> str:
        return str(self.definition["operationId"])

    @property
    def is_guarded(self) -> bool:
        """Whether it looks at a session."""
        return bool(self.definition["security"])

    @property
    def empty(self) -> Json | None:
        """An empty body, where it takes any."""
        return {} if "requestBody" in self.definition else None

    @property
    def parameters(self) -> list[Json]:
        return [each for each in self.definition.get("parameters", []) if "name" in each]

    def content(self, media_type: str = "application/json") -> Json | None:
        """What its document says of a body of this type; None where it takes none."""
        contents: Json = self.definition.get("requestBody", {}).get("content", {})
        return contents.get(media_type)

    def schema(self, media_type: str = "application/json") -> Json:
        """The schema of such a body."""
        content = self.content(media_type) or {"schema": {}}
        name = content["schema"].get("$ref", "").rpartition("/")[2]
        schema: Json = self.document["components"]["schemas"][name] if name else content["schema"]
        return schema

    def properties(self, media_type: str = "application/json") -> dict[str, Json]:
        """The fields of such a body, and the rules of each."""
        properties: dict[str, Json] = self.schema(media_type).get("properties", {})
        return properties

    def example(self, media_type: str = "application/json") -> Json:
        """The first example of such a body; where there is none, one that fits the types and lengths."""
        examples = (self.content(media_type) or {}).get("examples", {})
        made = {
            name: "a@b.test" if "format" in rules else "a" * rules.get("minLength", 1)
            for name, rules in self.properties(media_type).items()
        }
        return next((dict(example["value"]) for example in examples.values()), made)

    def url(self, **values: str) -> str:
        """Its path with the parameters it wants; where no value is given, with their examples."""
        chosen = {
            each["name"]: quote(values.get(each["name"], str(each.get("example", "a"))), safe="")
            for each in self.parameters
        }
        query = "&".join(
            f"{each['name']}={chosen[each['name']]}"
            for each in self.parameters
            if each["in"] == "query" and (each["name"] in values or "example" in each)
        )
        path = re.sub(r"\{(.*?)\}", lambda found: chosen[found[1]], self.path)
        return f"{path}?{query}" if query else path


DOCUMENTS: dict[str, Json] = {file.stem: yaml.safe_load(file.read_text()) for file in sorted(SPEC.glob("*.yaml"))}
OPERATIONS = {
    definition["operationId"]: Operation(document, method.upper(), path, definition)
    for document in DOCUMENTS.values()
    for path, item in document["paths"].items()
    for method, definition in item.items()
}


def door_of(operation_id: str) -> str:
    return operation_id.partition(".")[0]


def operations_of(door: str) -> list[Operation]:
    return [operation for operation in OPERATIONS.values() if door_of(operation.id) == door]


def taking(door: str, media_type: str = "application/json") -> Iterator[Operation]:
    """The operations of a door that take a body of this type."""
    return (operation for operation in operations_of(door) if operation.content(media_type))
