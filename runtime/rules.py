"""Checks a document of `spec/` against what the server needs; the tests check its style.

It needs no handlers, so a document can be checked before they are written.
"""

import json
import re
from collections.abc import Iterator
from functools import cache
from pkgutil import get_data
from typing import Any

from jsonschema_rs import Draft4Validator, ValidationError

from . import BrokenContract
from .documents import METHODS, Document, dicts, operations
from .profiles import CIRCUMSTANCES, UNLESS

DISCRIMINATORS = ("in", "type")  # what tells apart the kinds of a parameter or a security scheme
DOOR = r"[a-z]{1,59}"  # it is a module, and `GET /openapi/{door}.json`
FUNCTION = r"[a-z][a-z0-9_]*"

Steps = list[str | int]  # from the root of a document to a place in it


def refuse_broken(door: str, document: Document) -> None:
    """Raises BrokenContract with the file, the place in it and the first rule that is broken."""
    for rule in (
        _of_openapi,
        _of_extensions,
        _of_references,
        _of_defaults,
        _of_operations,
        _of_components,
        _of_security,
    ):
        for steps, complaint in rule(door, document):
            raise BrokenContract(f"spec/{door}.yaml: {place(document, steps)}{complaint}")


def place(document: Document, steps: Steps) -> str:
    """Words where `steps` lead, as an author would: `GET /path (operationId): responses.200: `."""
    match steps:
        case ["paths", path, method, *rest] if method in METHODS:
            name = _operation_id(document, path, method)
            steps = [f"{str(method).upper()} {path}{name}", ".".join(map(str, rest))]
        case ["paths", path, *rest]:
            steps = [path, ".".join(map(str, rest))]
        case _:
            steps = [".".join(map(str, steps))]
    return "".join(f"{step}: " for step in steps if step)


def _operation_id(document: Document, path: str | int, method: str | int) -> str:
    operation = document["paths"][path][method]
    name = operation.get("operationId") if isinstance(operation, dict) else None
    return f" ({name})" if name else ""


# ---------------------------------------------------------------- it is OpenAPI
@cache
def _openapi() -> Draft4Validator:
    """Compiles the JSON Schema of OpenAPI 3.0 that Connexion brings; it is a hundred times as fast here as there."""
    return Draft4Validator(json.loads(get_data("connexion", "resources/schemas/v3.0/schema.json") or b""))


def _of_openapi(door: str, document: Document) -> Iterator[tuple[Steps, str]]:
    if not _openapi().is_valid(document):
        for error in map(_most_likely_cause, _openapi().iter_errors(document)):
            yield error.instance_path, f"is not OpenAPI 3.0: {_in_words(error)}"


def _most_likely_cause(error: ValidationError) -> ValidationError:
    """Returns what is wrong with the alternative that was most likely meant, if all of several alternatives fail.

    For example, an API key without `name` is no security scheme of any kind: it is no reference, for it has no `$ref`;
    its `type` is neither `http` nor `oauth2` nor `openIdConnect`; and as an API key it lacks `name`. The complaints
    about `$ref` and `type` speak of what was not meant, so the last is returned: `name` is missing.
    """
    kind: Any = error.kind
    while branches := getattr(kind, "context", None):
        firsts = [min(branch, key=_rank_in_branch) for branch in branches]
        error = min(firsts, key=_rank_of_branch)
        kind = error.kind
    return error


def _rank_in_branch(error: ValidationError) -> tuple[bool, int]:
    """Ranks the complaints of one alternative: first that the thing is of another kind, then the deepest."""
    return (not _is_of_another_kind(error), -len(error.instance_path))


def _rank_of_branch(error: ValidationError) -> tuple[bool, bool, int]:
    """Ranks an alternative by its first complaint: one that demands `$ref` or another kind was probably not meant."""
    kind: Any = error.kind
    demands_reference = kind.name == "required" and kind.property == "$ref"
    return (demands_reference, _is_of_another_kind(error), -len(error.instance_path))


def _is_of_another_kind(error: ValidationError) -> bool:
    return error.kind.name == "enum" and error.instance_path[-1:] in [[name] for name in DISCRIMINATORS]


def _in_words(error: ValidationError) -> str:
    kind: Any = error.kind
    match kind.name:
        case "additionalProperties":
            return f"{', '.join(kind.unexpected)} may not stand here"
        case "required":
            return f"{kind.property} is missing"
        case "type":
            return f"must be of type {' or '.join(kind.types)}"
        case "enum" if len(kind.options) > 1:
            return f"must be one of {', '.join(map(str, kind.options))}"
        case "enum":  # of one of several alternatives
            return f"{error.instance} is none that OpenAPI knows"
    return error.message.splitlines()[0]


# ---------------------------------------------------------------- its extensions are ours
EXTENSIONS: dict[str, tuple[type, set[object]]] = {  # the type of each, and what it may say
    "x-portico-policy": (str, {"new-password"}),
    UNLESS: (list, {*CIRCUMSTANCES}),
    "x-portico-unsafe": (bool, {True, False}),
}


def _of_extensions(door: str, document: Document) -> Iterator[tuple[Steps, str]]:
    for steps, node in _nodes(document, []):
        for name, value in node.items():
            if name.startswith("x-portico-") and (complaint := _misuse(name, value)):
                yield steps, f"{name} {complaint}"


def _misuse(name: str, value: object) -> str | None:
    """Returns what is wrong with an extension, or None."""
    if name not in EXTENSIONS:
        return "means nothing here"
    kind, known = EXTENSIONS[name]
    if not isinstance(value, kind):
        return f"takes a {kind.__name__}"
    unknown = [str(each) for each in (value if isinstance(value, list) else [value]) if each not in [*known]]
    return f"names {', '.join(unknown)}, which nothing is" if unknown else None


# ---------------------------------------------------------------- its references
def _of_references(door: str, document: Document) -> Iterator[tuple[Steps, str]]:
    references = [(steps, node["$ref"]) for steps, node in _nodes(document, []) if isinstance(node.get("$ref"), str)]
    for steps, reference in references:
        if not isinstance(_target(document, reference), dict):
            yield steps, f"{reference} leads to nothing in this document"
    whole: set[str] = set()
    for steps, reference in references:
        if loop := _loop(document, reference, (), whole):
            yield steps, f"{loop} holds itself, which cannot be compiled"


def _nodes(node: object, steps: Steps) -> Iterator[tuple[Steps, Document]]:
    """Yields every mapping and its place."""
    if isinstance(node, dict):
        yield steps, node
        for name, value in node.items():
            yield from _nodes(value, [*steps, name])
    elif isinstance(node, list):
        for index, value in enumerate(node):
            yield from _nodes(value, [*steps, index])


def _target(document: Document, reference: str) -> object:
    """Returns what `reference` points to, or None."""
    node: object = document if reference.startswith("#/") else None
    for step in reference.removeprefix("#/").split("/"):
        node = node.get(step.replace("~1", "/").replace("~0", "~")) if isinstance(node, dict) else None
    return node


def _loop(document: Document, reference: str, trail: tuple[str, ...], whole: set[str]) -> str | None:
    """Returns a reference on the way from `reference` that leads back to itself, or None.

    `trail` holds the references followed so far, `whole` those known to be free of loops.
    """
    if reference in trail:
        return reference
    if reference not in whole:
        for node in dicts(_target(document, reference)):
            further = node.get("$ref")
            if isinstance(further, str) and (loop := _loop(document, further, (*trail, reference), whole)):
                return loop
        whole.add(reference)
    return None


# ---------------------------------------------------------------- its defaults
def _of_defaults(door: str, document: Document) -> Iterator[tuple[Steps, str]]:
    for steps, schema in _nodes(document, []):
        if "default" in schema and isinstance(schema.get("type"), str):
            default, known = schema["default"], {"components": document.get("components", {})}
            if (default is not None or not schema.get("nullable")) and not Draft4Validator(schema | known).is_valid(
                default
            ):
                yield steps, "the default is not what the schema allows"


# ---------------------------------------------------------------- its names
def _of_operations(door: str, document: Document) -> Iterator[tuple[Steps, str]]:
    if not re.fullmatch(DOOR, door):
        yield [], "the name of a door is 1 to 59 small letters"
    known: set[str] = set()
    for path, method, operation in operations(document):
        steps: Steps = ["paths", path, method]
        name = operation.get("operationId", "")
        if not name:
            yield steps, f"operationId is missing; it is {door} and the name of the function, as {door}.name"
        # A third word tells apart what one function serves.
        elif not re.fullmatch(rf"{door}\.{FUNCTION}(\.{FUNCTION})?", name):
            yield steps, f"operationId must be {door} and the name of a function, as {door}.name"
        elif name in known:
            yield steps, f"another operation is {name}; where one function serves both, add a word, as {name}.twin"
        known.add(name)


def _of_components(door: str, document: Document) -> Iterator[tuple[Steps, str]]:
    """Yields the components whose names do not begin with the door's; all open doors share one merged document."""
    prefix = door.capitalize()
    for kind, components in document.get("components", {}).items():
        for name in components if isinstance(components, dict) else ():  # an extension may be anything
            if not re.match(rf"{prefix}[A-Z0-9]", name):
                yield ["components", kind, name], f"the name of a component begins with its door's, as {prefix}{name}"


# ---------------------------------------------------------------- its security
def _of_security(door: str, document: Document) -> Iterator[tuple[Steps, str]]:
    schemes = document.get("components", {}).get("securitySchemes", {})
    common: list[Document] = document.get("security", [])
    for path, method, operation in operations(document):
        for requirement in operation.get("security", common):
            for name in requirement:
                if name not in schemes:
                    yield ["paths", path, method], f"needs {name}, which is none of components.securitySchemes"
