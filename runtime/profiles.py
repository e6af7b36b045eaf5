"""Profiles: removes from a document the operations that the settings close, and what only they used."""

from portico.core.settings import Settings

from .documents import METHODS, Document, dicts, operations

UNLESS = "x-portico-unless"
CIRCUMSTANCES = {"strict"}  # that an operation may name
BY_NAME = ("securitySchemes",)  # components that are used without a `$ref`


def circumstances(settings: Settings) -> set[str]:
    """Returns those circumstances that `x-portico-unless` may name and that hold under these settings."""
    return {"strict"} if settings.profile == "strict" else set()


def without_closed(document: Document, closed_by: set[str]) -> Document:
    """Removes the operations that name one of `closed_by`, the links to them, and what only they used.

    Changes `document` in place.
    """
    closed = [
        (path, method) for path, method, operation in operations(document) if closed_by & {*operation.get(UNLESS, [])}
    ]
    if not closed:
        return document
    names = {document["paths"][path].pop(method)["operationId"] for path, method in closed}
    document["paths"] = {path: item for path, item in document["paths"].items() if any(map(item.get, METHODS))}
    for node in dicts(document):
        if isinstance(node.get("links"), dict):
            node["links"] = {name: link for name, link in node["links"].items() if link.get("operationId") not in names}
    _drop_unused(document)
    return document


def _drop_unused(document: Document) -> None:
    """Removes components until none is unused: what is removed may have been the only one to use another."""
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
