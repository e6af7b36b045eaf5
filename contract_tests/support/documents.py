"""The documents as they stand in `spec/`."""

from typing import NamedTuple

import yaml
from support.answers import Json
from support.places import SPEC


class Operation(NamedTuple):
    document: Json
    method: str  # in capitals
    path: str
    definition: Json


DOCUMENTS: dict[str, Json] = {file.stem: yaml.safe_load(file.read_text()) for file in sorted(SPEC.glob("*.yaml"))}
OPERATIONS = {
    definition["operationId"]: Operation(document, method.upper(), path, definition)
    for document in DOCUMENTS.values()
    for path, item in document["paths"].items()
    for method, definition in item.items()
}


def door_of(operation_id: str) -> str:
    return operation_id.partition(".")[0]
