"""Operations that are there under some settings only, and what is left of a document without them."""

from collections.abc import Iterator
from typing import Any

from portico.core.settings import Settings

from . import BrokenContract

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
UNLESS = "x-portico-unless"
KNOWN = ("strict",)  # circumstances an operation may name
BY_NAME = ("securitySchemes",)  # components that are used without a `$ref`

Document = dict[str, Any]


def circumstances(settings: Settings) -> set[str]:
    """What `x-portico-unless` may name and these settings make so."""
    return {"strict"} if settings.profile == "strict" else set()


def without_closed(document: Document, closed_by: set[str]) -> Document:
    """`document` less the operations that name one of `closed_by`, the links to them, and what only they used.

    It is changed in place. Raises BrokenContract for a circumstance nobody knows.
    """
    closed = [(path, method) for path, method, operation in operations(document) if _names(operation) & closed_by]
    if not closed:
        return document
    names = {document["paths"][path].pop(method)["operationId"] for path, method in closed}
    document["paths"] = {path: item for path, item in document["paths"].items() if any(map(item.get, METHODS))}
    for node in dicts(document):
        if isinstance(node.get("links"), dict):
            node["links"] = {name: link for name, link in node["links"].items() if link.get("operationId") not in names}
    _drop_unused(document)
    return document


def operations(document: Document) -> Iterator[tuple[str, str, Document]]:
    """Path, method and definition of every operation."""
    for path, item in document["paths"].items():
        yield from ((path, method, item[method]) for method in METHODS if method in item)


def dicts(node: object) -> Iterator[Document]:
    if isinstance(node, dict):
        yield node
        node = list(node.values())
    for value in node if isinstance(node, list) else ():
        yield from dicts(value)


def _names(operation: Document) -> set[str]:
    named = set(operation.get(UNLESS, ()))
    if unknown := named - {*KNOWN}:
        raise BrokenContract(
            f"{operation['operationId']}: {UNLESS} names {', '.join(sorted(unknown))}, which nothing is"
        )
    return named


def _drop_unused(document: Document) -> None:
    """Until nothing changes: what is dropped may have been the only one to use something else."""
    components = document["components"]
    while True:
        used = {node["$ref"] for node in dicts(document) if "$ref" in node}
        unused = [
            (kind, name)
            for kind, named in components.items()
            for name in named
            if kind not in BY_NAME and f"#/components/{kind}/{name}" not in used
        ]
        if not unused:
            return
        for kind, name in unused:
            del components[kind][name]
