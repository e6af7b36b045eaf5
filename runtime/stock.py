"""What Connexion's own stack needs beside our handlers, for those who compare it with the pipeline."""

from collections.abc import Callable
from contextlib import nullcontext
from functools import wraps
from types import ModuleType
from typing import Any

import orjson
from connexion.exceptions import ProblemException
from connexion.lifecycle import ConnexionRequest, ConnexionResponse
from connexion.operations import AbstractOperation
from connexion.resolver import Resolution
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Receive, Scope, Send

from portico.core.database import is_outage
from portico.core.house import House
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
from portico.handlers import Reply

from . import observe
from .errors import Doors
from .resolvers import Handlers


class StockEntrance:
    """Requests enter the house, which the pipeline sees to otherwise."""

    def __init__(self) -> None:
        self.house: House | None = None

    def around(self, app: ASGIApp) -> ASGIApp:
        async def inside(scope: Scope, receive: Receive, send: Send) -> None:
            with self.house.entered() if self.house else nullcontext():
                await app(scope, receive, send)

        return inside


class StockHandlers(Handlers):
    """Words refusals, and names the media type of answers, which Connexion wants where those of an operation differ."""

    def __init__(self, root: ModuleType, doors: Doors) -> None:
        super().__init__(root)
        self.doors = doors

    def resolve(self, operation: AbstractOperation) -> Resolution:
        name = operation.operation_id
        resolution = super().resolve(operation)
        handler = resolution.function

        @wraps(handler)
        async def naming(*arguments: object, **named: object) -> Reply:
            try:
                result = await handler(*arguments, **named)
            except Refusal as refusal:
                result = self.doors.refuse_of(name)(refusal)
            body, status, headers = Reply(*result) if isinstance(result, tuple) else Reply(result)
            media_types = list(operation.responses[str(status)].get("content", {}))
            media_type = {"Content-Type": media_types[0]} if len(media_types) == 1 else {}
            return Reply(body, status, {**media_type, **headers})

        resolution.function = naming
        return resolution


def error_handlers(doors: Doors) -> list[tuple[type[Exception], Callable[..., Any]]]:
    """What Connexion's own stack raises, in the words of the door it happens at."""

    async def handle(request: ConnexionRequest, error: Exception) -> ConnexionResponse:
        refusal = _meaning(error)
        if isinstance(refusal, Broken | Unavailable):
            observe.failure(doors.mask(request.scope["path"]), error)
        body, status, headers = doors.at(request.scope["path"])(refusal)
        mimetype = headers.get("Content-Type", "application/json")
        return ConnexionResponse(status, mimetype, body=orjson.dumps(body), headers=dict(headers))

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
