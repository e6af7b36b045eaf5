"""Walks through an OpenAPI document, and compares paths."""

from collections.abc import Iterator
from typing import Any

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")

Document = dict[str, Any]


def operations(document: Document) -> Iterator[tuple[str, str, Document]]:
    """Yields path, method and definition of every operation."""
    for path, item in document["paths"].items():
        yield from ((path, method, item[method]) for method in METHODS if method in item)


def dicts(node: object) -> Iterator[Document]:
    """Yields every object in `node`, itself included."""
    if isinstance(node, dict):
        yield node
        node = list(node.values())
    for value in node if isinstance(node, list) else ():
        yield from dicts(value)


def segments(path: str) -> list[str]:
    """Splits a path at its slashes."""
    return path.split("/")[1:]


def count_in_common(sent: list[str], known: list[str]) -> int:
    """Counts the segments that two paths begin with alike, up to an empty one."""
    for count, (segment, other) in enumerate(zip(sent, known, strict=False)):
        if segment != other or not segment:
            return count
    return min(len(sent), len(known))
