"""Errors in the words of the door they happen at, wherever in the stack that is."""

from collections.abc import Callable, Mapping
from importlib import import_module

import orjson
from connexion.exceptions import ProblemException
from connexion.lifecycle import ConnexionRequest, ConnexionResponse
from starlette.exceptions import HTTPException

from portico.core.database import is_outage
from portico.core.refusals import (
    Broken,
    Malformed,
    NotFound,
    Refusal,
    TokenMissing,
    TooLarge,
    Unavailable,
    WrongMediaType,
    WrongMethod,
)

from . import observe

Refuse = Callable[[Refusal], tuple[dict, int, dict]]

SERVICE = "service"


class Doors:
    """The `refuse` functions of the open doors, found by operation or by path."""

    def __init__(self, operations: Mapping[str, list[str]]) -> None:
        """`operations`: the paths of each document, the service document's included."""
        self._refuse = {door: import_module(f"portico.handlers.{door}").refuse for door in operations}
        self._paths = [(path.split("/")[1:], door) for door, paths in operations.items() for path in paths]
        self._words = {segment for segments, _ in self._paths for segment in segments} | {""}

    def refuse_of(self, operation_id: str) -> Refuse:
        return self._refuse[operation_id.partition(".")[0]]

    def at(self, path: str) -> Refuse:
        """The door whose paths have most in common with `path`; the service where none has anything."""
        segments = path.split("/")[1:]
        shared, door = max(((_in_common(segments, known), door) for known, door in self._paths), key=lambda pair: pair[0])
        return self._refuse[door if shared else SERVICE]

    def mask(self, path: str) -> str:
        """`path` for the log: a segment that is not a word of the contract may be a secret."""
        return "/".join(segment if segment in self._words else "*" for segment in path.split("/"))


def _in_common(segments: list[str], known: list[str]) -> int:
    for count, (segment, other) in enumerate(zip(segments, known, strict=False)):
        if segment != other or not segment:
            return count
    return min(len(segments), len(known))


def handlers(doors: Doors) -> list[tuple[type[Exception], Callable]]:
    """Connexion's error handlers: what escaped the pipeline, and whatever Connexion's own stack raises."""

    async def handle(request: ConnexionRequest, error: Exception) -> ConnexionResponse:
        refusal = _meaning(error)
        if isinstance(refusal, Broken | Unavailable):
            observe.failure(doors.mask(request.scope["path"]), error)
        body, status, headers = doors.at(request.scope["path"])(refusal)
        mimetype = headers.pop("Content-Type", "application/json")
        return ConnexionResponse(status, mimetype, body=orjson.dumps(body), headers=headers)

    return [(kind, handle) for kind in (ProblemException, HTTPException, Exception)]


def _meaning(error: Exception) -> Refusal:
    """The refusal behind an exception of Connexion, Starlette, the database, or an unexpected one."""
    if isinstance(error, Refusal):
        return error
    if is_outage(error):
        return Unavailable()
    match getattr(error, "status", None) or getattr(error, "status_code", None):
        case 400:
            return Malformed()
        case 401 | 403:
            return TokenMissing()
        case 404:
            return NotFound()
        case 405:
            return WrongMethod((getattr(error, "headers", None) or {}).get("Allow", ""))
        case 413:
            return TooLarge()
        case 415:
            return WrongMediaType(["of another type"])
    return Broken()
