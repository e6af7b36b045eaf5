"""The contract: loads the documents of the open doors, brings them in line with the settings, merges them into one.

What is served is what is enforced: a setting that changes what the server does changes the document first. An
operation with `x-portico-unless: [strict]` is not in it under the strict profile, nor is what only that one uses.
"""

from pathlib import Path
from sys import intern
from typing import Any

import yaml

import portico.handlers
from portico.core import passwords
from portico.core.settings import Settings

from . import BrokenContract
from .documents import Document, dicts
from .errors import SERVICE
from .profiles import circumstances, without_closed

SPEC = Path(portico.handlers.__file__).parent.with_name("spec")
MERGED = {
    "title": "Portico",
    "description": "One house, five doors: every open door of this server in one document.",
}


class Contract:
    """`documents` by door, the service document among them, and `merged`, all of them in one."""

    def __init__(self, settings: Settings, spec: Path = SPEC) -> None:
        self.documents = {door: _load(spec / f"{door}.yaml", settings) for door in (*settings.doors, SERVICE)}
        self.merged = _merged(self.documents)

    @property
    def paths(self) -> dict[str, list[str]]:
        """The paths of each document."""
        return {door: list(document["paths"]) for door, document in self.documents.items()}


def as_yaml(document: Document) -> str:
    """Writes a document in the order it has, without anchors."""
    text: str = yaml.dump(document, Dumper=_Plain, sort_keys=False, allow_unicode=True, width=120)
    return text


# Those of libyaml are several times as fast; not every PyYAML is built with it.
_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_Dumper = getattr(yaml, "CSafeDumper", yaml.SafeDumper)


class _Plain(_Dumper):  # type: ignore[misc, valid-type]  # which of the two it is, shows when it runs
    """Writes shared parts out each time, for not every reader of OpenAPI knows YAML's anchors."""

    def ignore_aliases(self, data: object) -> bool:
        return True


def _load(file: Path, settings: Settings) -> Document:
    try:
        document = _unshared(yaml.load(file.read_text(), Loader=_Loader))
    except yaml.YAMLError as error:
        raise BrokenContract(f"{file.name} is not YAML: {' '.join(str(error).split())}") from None
    for schema in dicts(document["components"]["schemas"]):
        if schema.get("x-portico-policy") == "new-password":
            schema["minLength"] = passwords.minimum(schema["minLength"], settings)
    return without_closed(document, circumstances(settings))


def _unshared(node: Any) -> Any:
    """A copy without shared parts, so that a change in one place stays in that place; texts alone are shared."""
    if isinstance(node, dict):
        return {intern(key): _unshared(value) for key, value in node.items()}
    if isinstance(node, str):
        return intern(node)
    return [_unshared(value) for value in node] if isinstance(node, list) else node


def _merged(documents: dict[str, Document]) -> Document:
    """The union of the documents. Raises BrokenContract where two of them mean different things by one name."""
    first = next(iter(documents.values()))
    merged: Document = {"openapi": first["openapi"], "info": first["info"] | MERGED, "servers": first["servers"]}
    merged |= {"tags": [], "paths": {}, "components": {}}
    for door, document in documents.items():
        merged["tags"] += document["tags"]
        _unite(merged["paths"], document["paths"], door)
        for kind, components in document["components"].items():
            _unite(merged["components"].setdefault(kind, {}), components, door)
    return merged


def _unite(into: Document, names: Document, door: str) -> None:
    for name, value in names.items():
        if name in into:
            raise BrokenContract(f"{door}: another document has {name!r} already")
        into[name] = value
