"""The contract: loads the documents of the open doors, brings them in line with the settings, merges them into one.

What is served is what is enforced: a setting that changes what the server does changes the document first. Under the
strict profile, operations with `x-portico-unless: [strict]` are removed, and the components that only they use.
"""

from pathlib import Path

import yaml

import portico.handlers
from portico.core import passwords
from portico.core.settings import Settings

from . import BrokenContract
from .documents import Document, dicts, operations
from .profiles import circumstances, without_closed
from .reading import read
from .rules import refuse_broken
from .wording import SERVICE

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
    def paths_by_door(self) -> dict[str, list[str]]:
        """The paths of each document."""
        return {door: list(document["paths"]) for door, document in self.documents.items()}


def as_yaml(document: Document) -> str:
    """Writes a document in the order it has, without anchors."""
    text: str = yaml.dump(document, Dumper=_Plain, sort_keys=False, allow_unicode=True, width=120)
    return text


# Those of libyaml are several times as fast; not every PyYAML is built with it.
_Dumper = getattr(yaml, "CSafeDumper", yaml.SafeDumper)


class _Plain(_Dumper):  # type: ignore[misc, valid-type]  # which of the two it is, shows when it runs
    """Writes shared parts out each time, for not every reader of OpenAPI knows YAML's anchors."""

    def ignore_aliases(self, data: object) -> bool:
        return True


def _load(file: Path, settings: Settings) -> Document:
    document = read(file)
    refuse_broken(file.stem, document)
    document.setdefault("components", {})
    if "security" in document:  # of every operation that names none; the merged document has none at its top
        for _, _, operation in operations(document):
            operation.setdefault("security", document["security"])
    for schema in dicts(document):
        if schema.get("x-portico-policy") == "new-password":
            schema["minLength"] = passwords.minimum(schema.get("minLength", 0), settings)
    return without_closed(document, circumstances(settings))


def _merged(documents: dict[str, Document]) -> Document:
    """Merges the documents into one. Raises BrokenContract if two use one name."""
    house = documents[SERVICE]
    merged: Document = {"openapi": house["openapi"], "info": house["info"] | MERGED, "servers": house["servers"]}
    merged |= {"tags": [], "paths": {}, "components": {}}
    owners: dict[tuple[str, str], str] = {}
    for door, document in documents.items():
        _refuse_taken(owners, door, document)
        merged["tags"] += document.get("tags", [])
        merged["paths"] |= document["paths"]
        for kind, components in document["components"].items():
            merged["components"].setdefault(kind, {}).update(components)
    return merged


def _refuse_taken(owners: dict[tuple[str, str], str], door: str, document: Document) -> None:
    """Raises BrokenContract if two documents have a path or tag of one name.

    Components cannot collide: their names begin with the door's.
    """
    named = [("path", path) for path in document["paths"]] + [("tag", tag["name"]) for tag in document.get("tags", [])]
    for kind, name in named:
        other = owners.setdefault((kind, name), door)
        if other != door:
            raise BrokenContract(f"spec/{other}.yaml and spec/{door}.yaml both have the {kind} {name}")
