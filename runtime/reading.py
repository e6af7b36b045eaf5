"""Reads a document of `spec/`: YAML that says what JSON can say, and says nothing twice."""

from collections.abc import Iterator
from pathlib import Path
from sys import intern
from typing import Any

import yaml

from . import BrokenContract
from .documents import Document

TAG = "tag:yaml.org,2002:"
JSON_TYPES = {f"{TAG}{name}" for name in ("map", "seq", "str", "int", "float", "bool", "null")}
MERGE = f"{TAG}merge"  # the key `<<`


def read(file: Path) -> Document:
    """Reads `file` and returns the document, with anchors written out. Raises BrokenContract with the line."""
    text = ""
    try:
        text = file.read_text(encoding="utf-8")
        loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)(text)
        root = loader.get_single_node()
        for number, complaint in _yaml_mistakes(root, set()):
            raise BrokenContract(f"spec/{file.name}, line {number}: {complaint}")
        document = _unshared(loader.construct_document(root) if root else None)
    except yaml.MarkedYAMLError as error:
        raise BrokenContract(f"spec/{file.name}{_problem(error, text)}") from None
    except (UnicodeDecodeError, yaml.YAMLError) as error:
        raise BrokenContract(f"spec/{file.name}: not YAML: {' '.join(str(error).split())}") from None
    except RecursionError:
        raise BrokenContract(f"spec/{file.name}: an anchor holds itself") from None
    if not isinstance(document, dict):
        raise BrokenContract(f"spec/{file.name}: {'is empty' if document is None else 'is no mapping of names'}")
    return document


def _problem(error: yaml.MarkedYAMLError, text: str) -> str:
    problem, mark = " ".join(filter(None, (error.context, error.problem))), error.problem_mark
    if mark is None:
        return f": not YAML: {problem}"
    here = text.splitlines()[mark.line : mark.line + 1]
    is_tab = here and here[0][mark.column : mark.column + 1] == "\t"
    return f", line {mark.line + 1}: not YAML: {'a tab cannot indent' if is_tab else problem}"


def _yaml_mistakes(node: yaml.Node | None, seen: set[int]) -> Iterator[tuple[int, str]]:
    """Yields what YAML reads otherwise than it looks, or JSON cannot say, with its line."""
    if node is None or id(node) in seen:
        return
    seen.add(id(node))
    if node.tag not in JSON_TYPES:
        yield node.start_mark.line + 1, _not_json(node)
    if isinstance(node, yaml.MappingNode):
        yield from _wrong_keys(node)
        for _, value in node.value:
            yield from _yaml_mistakes(value, seen)
    elif isinstance(node, yaml.SequenceNode):
        for value in node.value:
            yield from _yaml_mistakes(value, seen)


def _wrong_keys(node: yaml.MappingNode) -> Iterator[tuple[int, str]]:
    known: set[str] = set()
    for key, _ in node.value:
        line = key.start_mark.line + 1
        if key.tag not in (f"{TAG}str", MERGE):
            yield line, f"the key {_not_json(key)}"
        elif key.value in known:
            yield line, f"the key {key.value} stands twice in one mapping"
        known.add(key.value)


def _not_json(node: yaml.Node) -> str:
    if isinstance(node, yaml.ScalarNode) and node.tag.startswith(TAG):
        return f"{node.value} is of type {node.tag.removeprefix(TAG)} to YAML: quote it"
    return f"{node.tag} is more than JSON can say"


def _unshared(node: Any) -> Any:
    """Copies a document so that no two places share a part, and a change stays where it is made; texts are shared."""
    if isinstance(node, dict):
        return {intern(key): _unshared(value) for key, value in node.items()}
    if isinstance(node, str):
        return intern(node)
    return [_unshared(value) for value in node] if isinstance(node, list) else node
