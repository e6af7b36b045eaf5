"""Portico's contract and handlers on Connexion's own middlewares, composed of what the product offers.

The tests compare the two as well: `create_app` does for Connexion's stack what `portico.runtime.app` does for ours.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial, wraps
from itertools import chain
from types import ModuleType
from typing import Any

import orjson
from connexion import AsyncApp
from connexion.exceptions import ProblemException
from connexion.lifecycle import ConnexionRequest, ConnexionResponse
from connexion.middleware import ConnexionMiddleware
from connexion.operations import AbstractOperation
from connexion.resolver import Resolution
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Receive, Scope, Send

import portico.handlers
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
from portico.core.settings import Settings
from portico.handlers import Reply, service
from portico.runtime import observe, pages
from portico.runtime.app import running
from portico.runtime.contract import Contract
from portico.runtime.cors import Cors
from portico.runtime.resolvers import Handlers
from portico.runtime.wording import DoorWording, Wording

from ..api import Application, Headers, Json
from .portico_app import prepared


def create() -> Application:
    logging.getLogger("connexion").setLevel(logging.ERROR)  # it warns several times per request
    vars(service)["live"] = _live
    application: Application = create_app(asyncio.run(prepared()))
    return application


async def _live() -> tuple[Json, int, Headers]:
    """Stock Connexion answers 500 unless the handler names one of the media types of its answers."""
    return {"status": "ok"}, 200, {"Content-Type": "application/json"}


def create_app(settings: Settings) -> AsyncApp:
    contract = Contract(settings)
    wording = DoorWording(contract.paths_by_door)
    mask = observe.Mask(chain(*contract.paths_by_door.values()))
    published = pages.published(contract)
    entrance = Entrance()

    @asynccontextmanager
    async def lifespan(app: object) -> AsyncIterator[None]:
        async with running(settings, published) as entrance.house:
            yield
        entrance.house = None

    outer = [partial(Cors, settings=settings, listening="127.0.0.1"), entrance.middleware]
    app = AsyncApp(__name__, middlewares=[*outer, *ConnexionMiddleware.default_middlewares], lifespan=lifespan)
    for kind in (ProblemException, HTTPException, Exception):
        app.add_error_handler(kind, error_handler(wording, mask))
    app.add_api(contract.merged, resolver=StockHandlers(portico.handlers, wording), validate_responses=True)
    return app


class Entrance:
    """Lets each request enter the house, as the pipeline does."""

    def __init__(self) -> None:
        self.house: House | None = None

    def middleware(self, app: ASGIApp) -> ASGIApp:
        async def inside(scope: Scope, receive: Receive, send: Send) -> None:
            if self.house is None:
                await app(scope, receive, send)
                return
            database = self.house.database
            entered = database.enter()
            try:
                await app(scope, receive, send)
            finally:
                database.leave(entered)

        return inside


class StockHandlers(Handlers):
    """Words refusals, and names the media type of answers, which Connexion wants where those of an operation differ."""

    def __init__(self, root: ModuleType, wording: Wording) -> None:
        super().__init__(root)
        self.wording = wording

    def resolve(self, operation: AbstractOperation) -> Resolution:
        name = operation.operation_id
        resolution = super().resolve(operation)
        handler = resolution.function

        @wraps(handler)
        async def naming(*arguments: object, **named: object) -> Reply:
            try:
                result = await handler(*arguments, **named)
            except Refusal as refusal:
                result = self.wording.refuse_of(name)(refusal)
            body, status, headers = Reply(*result) if isinstance(result, tuple) else Reply(result)
            media_types = list(operation.responses[str(status)].get("content", {}))
            media_type = {"Content-Type": media_types[0]} if len(media_types) == 1 else {}
            return Reply(body, status, {**media_type, **headers})

        resolution.function = naming
        return resolution


def error_handler(wording: Wording, mask: observe.Mask) -> Callable[..., Any]:
    """Answers what Connexion's own stack raises in the words of the door it happens at."""

    async def handle(request: ConnexionRequest, error: Exception) -> ConnexionResponse:
        refusal = refusal_behind(error)
        if isinstance(refusal, Broken | Unavailable):
            observe.failure(mask(request.scope["path"]), error)
        body, status, headers = wording.refuse_at(request.scope["path"])(refusal)
        mimetype = headers.get("Content-Type", "application/json")
        return ConnexionResponse(status, mimetype, body=orjson.dumps(body), headers=dict(headers))

    return handle


def refusal_behind(error: Exception) -> Refusal:
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
