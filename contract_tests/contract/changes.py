"""What a change of the contract breaks at the clients that are out there, one sentence for each place.

Whoever sends must be taken as before: a request that was allowed stays allowed, and an answer is what it was promised
to be. So an operation, a status, a media type, a header or a property that is gone is a break; in a request so is
everything that is stricter, in an answer everything that is looser. Two patterns or formats cannot be compared: any
other one is a break.

What is no break: new operations, statuses, media types, headers and optional parameters; a new property, which a
request need not have and clients pass over in an answer; links, examples, descriptions and the names of schemas.
"""

import json
from collections.abc import Callable, Iterator
from math import inf
from typing import Any

from support.answers import Json

from portico.runtime.documents import METHODS

NOTES = {"title", "description", "example", "externalDocs", "deprecated"}  # words for people
PARTS = {"properties", "required", "items", "additionalProperties", "anyOf"}  # compared part by part
SCHEME = ("type", "in", "name", "scheme")
NONE = "absent"


def breaking_changes(before: Json, after: Json) -> list[str]:
    """Lists what breaks between two documents, in the order of the first."""
    return list(_of_documents(dereferenced(before), dereferenced(after)))


def dereferenced(document: Json) -> Json:
    """Returns the document with what is meant in place of each `$ref`; a schema that contains itself goes round."""
    meant: dict[str, Json] = {}

    def meaning(reference: str) -> Json:
        if reference not in meant:
            meant[reference] = {}  # first, for what it holds may lead back here
            node: Any = document
            for step in reference.removeprefix("#/").split("/"):
                node = node[step.replace("~1", "/").replace("~0", "~")]
            meant[reference].update(copy(node))
        return meant[reference]

    def copy(node: Any) -> Any:
        if isinstance(node, dict):
            reference = node.get("$ref")
            return (
                meaning(reference)
                if isinstance(reference, str)
                else {name: copy(value) for name, value in node.items()}
            )
        return [copy(value) for value in node] if isinstance(node, list) else node

    whole: Json = copy(document)
    return whole


# ---------------------------------------------------------------- operations
def _of_documents(before: Json, after: Json) -> Iterator[str]:
    for server in before["servers"]:
        if server["url"] not in [now["url"] for now in after["servers"]]:
            yield f"server {server['url']}: is gone"
    for name, (was, now) in _pairs(before["components"]["securitySchemes"], after["components"]["securitySchemes"]):
        for keyword in SCHEME:
            if now and was.get(keyword) != now.get(keyword):
                yield _changed(f"security scheme {name}", keyword, was, now)
    for place, (was, now) in _pairs(_operations(before), _operations(after)):
        yield from _of_operations(place, was, now) if now else [f"{place}: is gone"]


def _operations(document: Json) -> dict[str, Json]:
    """Returns the operations by method and path, each with the ways to be let in; no credential is one."""
    return {
        f"{method.upper()} {path}": operation
        | {"security": operation.get("security", document.get("security")) or [{}]}
        for path, item in document["paths"].items()
        for method, operation in item.items()
        if method in METHODS
    }


def _of_operations(place: str, before: Json, after: Json) -> Iterator[str]:
    if before["operationId"] != after["operationId"]:  # what generated clients call it
        yield _changed(place, "operationId", before, after)
    for way in before["security"]:
        if not any(needed.keys() <= way.keys() for needed in after["security"]):
            yield f"{place}: {' and '.join(way) or 'no credential'} is not enough any more"
    yield from _of_parameters(place, _parameters(before), _parameters(after))
    yield from _of_bodies(f"{place}, body", before.get("requestBody"), after.get("requestBody"))
    for status, (was, now) in _pairs(before["responses"], after["responses"]):
        yield from _of_answers(f"{place}, answer {status}", was, now)


def _parameters(operation: Json) -> dict[str, Json]:
    return {
        f"{parameter['in']} parameter {parameter['name']}": parameter for parameter in operation.get("parameters", [])
    }


def _of_parameters(place: str, before: Json, after: Json) -> Iterator[str]:
    for name, parameter in after.items():
        if parameter.get("required") and not before.get(name, {}).get("required"):
            yield f"{place}, {name}: is required now"
    for name, (was, now) in _pairs(before, after):
        yield from (
            _of_schemas(f"{place}, {name}", was["schema"], now["schema"]) if now else [f"{place}, {name}: is gone"]
        )


def _of_bodies(place: str, before: Json | None, after: Json | None) -> Iterator[str]:
    if after and after.get("required") and not (before and before.get("required")):
        yield f"{place}: is required now"
    if before and after:
        yield from _of_contents(place, before, after)
    elif before:
        yield f"{place}: is gone"


def _of_answers(place: str, before: Json, after: Json | None) -> Iterator[str]:
    if after is None:
        yield f"{place}: is gone"
        return
    for name, (was, now) in _pairs(before.get("headers", {}), after.get("headers", {})):
        header = f"{place}, header {name}"
        if now is None:
            yield f"{header}: is gone"
            continue
        if was.get("required") and not now.get("required"):
            yield f"{header}: is optional now"
        yield from _of_schemas(header, now["schema"], was["schema"], answered=True)
    yield from _of_contents(place, before, after, answered=True)


def _of_contents(place: str, before: Json, after: Json, answered: bool = False) -> Iterator[str]:
    for media_type, (was, now) in _pairs(before.get("content", {}), after.get("content", {})):
        if now is None:
            yield f"{place} {media_type}: is gone"
        else:
            sent, taken = (now, was) if answered else (was, now)
            yield from _of_schemas(f"{place} {media_type}", sent["schema"], taken["schema"], answered)


def _pairs(before: Json, after: Json) -> Iterator[tuple[str, tuple[Json, Json | None]]]:
    """Yields what was, by name, beside what it is now."""
    return ((name, (was, after.get(name))) for name, was in before.items())


# ---------------------------------------------------------------- schemas
def _of_schemas(
    place: str, sent: Json, taken: Json, answered: bool = False, above: frozenset[tuple[int, int]] = frozenset()
) -> Iterator[str]:
    """Tells where something that is sent is not taken.

    Clients send what the old document allows, and the new one takes; in an answer it is the other way round.
    """
    if (id(sent), id(taken)) in above:
        return
    above |= {(id(sent), id(taken))}
    before, after = (taken, sent) if answered else (sent, taken)
    if not _takes("type", sent, taken):
        yield _changed(place, "type", before, after)
        return

    for keyword in {"nullable": False} | taken:
        if (
            keyword not in NOTES | PARTS | {"type"}
            and not keyword.startswith("x-")
            and not _takes(keyword, sent, taken)
        ):
            yield _changed(place, keyword, before, after)

    gone = before.get("properties", {}).keys() - after.get("properties", {}).keys()
    for name in taken.get("required", []):
        if name not in sent.get("required", []) and name not in gone:
            yield f"{place}, property {name}: is {'optional' if answered else 'required'} now"
    for name in before.get("properties", {}):
        inside = f"{place}, property {name}"
        if name in gone:
            yield f"{inside}: is gone"
        else:
            yield from _of_schemas(inside, sent["properties"][name], taken["properties"][name], answered, above)
    if "items" in taken:
        yield from _of_schemas(f"{place}, each item", sent.get("items", {}), taken["items"], answered, above)

    others_sent, others_taken = sent.get("additionalProperties", True), taken.get("additionalProperties", True)
    if others_sent and not others_taken:
        yield _changed(place, "additionalProperties", before, after)
    elif isinstance(others_taken, dict) and others_sent:
        others_sent = others_sent if isinstance(others_sent, dict) else {}
        yield from _of_schemas(f"{place}, any other property", others_sent, others_taken, answered, above)

    for alternative in sent.get("anyOf", [sent]) if "anyOf" in taken else []:
        if all(any(_of_schemas(place, alternative, other, answered, above)) for other in taken["anyOf"]):
            yield f"{place}: anyOf is {'looser' if answered else 'stricter'} now"
            return


def _at_most(absent: float) -> Callable[[float | None, float], bool]:
    return lambda sent, taken: (absent if sent is None else sent) <= taken


def _at_least(absent: float) -> Callable[[float | None, float], bool]:
    return lambda sent, taken: (absent if sent is None else sent) >= taken


def _same(sent: object, taken: object) -> bool:
    return sent == taken


# Whether a keyword takes whatever is sent by the same keyword, or without it.
TAKES: dict[str, Callable[[Any, Any], bool]] = {
    "type": lambda sent, taken: taken in (None, sent) or (sent, taken) == ("integer", "number"),
    "nullable": lambda sent, taken: bool(taken or not sent),
    "enum": lambda sent, taken: sent is not None and {*map(json.dumps, sent)} <= {*map(json.dumps, taken)},
    "pattern": _same,
    "format": _same,
    "default": _same,
    "multipleOf": _same,
    "uniqueItems": _same,
    "exclusiveMinimum": _same,
    "exclusiveMaximum": _same,
    "minimum": _at_least(-inf),
    "minLength": _at_least(0),
    "minItems": _at_least(0),
    "minProperties": _at_least(0),
    "maximum": _at_most(inf),
    "maxLength": _at_most(inf),
    "maxItems": _at_most(inf),
    "maxProperties": _at_most(inf),
}


def _takes(keyword: str, sent: Json, taken: Json) -> bool:
    if keyword not in TAKES:
        raise NotImplementedError(f"how does a change of {keyword!r} break a client? Say so in {__name__}.TAKES")
    return TAKES[keyword](sent.get(keyword), taken.get(keyword))


def _changed(place: str, keyword: str, before: Json, after: Json) -> str:
    was, now = (json.dumps(each[keyword], ensure_ascii=False) if keyword in each else NONE for each in (before, after))
    return f"{place}: {keyword} was {was}, is {now}"
