"""A document with any number of other operations in front of the two that are measured, and its handlers."""

import logging
from collections.abc import Awaitable, Callable
from contextlib import nullcontext

from connexion import AsyncApp
from connexion.middleware.lifespan import LifespanMiddleware
from connexion.resolver import Resolver
from connexion.spec import Specification

from portico.core.refusals import Refusal
from portico.handlers import Reply
from portico.runtime.clients import Clients
from portico.runtime.pipeline import Pipeline
from portico.runtime.wording import Refuse

from ..api import Application, Json

DONE = {
    "type": "object",
    "required": ["success"],
    "additionalProperties": False,
    "properties": {"success": {"type": "boolean"}},
}
ITEM = {"name": "item", "in": "path", "required": True, "schema": {"type": "string", "maxLength": 64}}


def with_pipeline(others: int) -> Application:
    specification = Specification.load(document(others))
    pipeline = Pipeline(specification, _resolver(others), _Wording(), Clients(()))
    application: Application = LifespanMiddleware(pipeline, lifespan=lambda _: nullcontext())
    return application


def with_stock(others: int) -> Application:
    logging.getLogger("connexion").setLevel(logging.ERROR)
    app = AsyncApp(__name__)
    app.add_api(document(others), resolver=_resolver(others), validate_responses=True)
    application: Application = app
    return application


def document(others: int) -> Json:
    """Half of the others have a path parameter, as have about half of those of a real interface."""
    paths = {f"/others/{number}": _operation(f"other_{number}") for number in range(0, others, 2)}
    paths |= {f"/others/{number}/{{item}}": _operation(f"other_{number}", ITEM) for number in range(1, others, 2)}
    paths |= {"/plain": _operation("plain"), "/things/{item}": _operation("thing", ITEM)}
    return {"openapi": "3.0.4", "info": {"title": "A document that grows", "version": "1"}, "paths": paths}


def _operation(name: str, *parameters: Json) -> Json:
    answer = {"description": "Done", "content": {"application/json": {"schema": DONE}}}
    return {"get": {"operationId": name, "parameters": list(parameters), "responses": {"200": answer}}}


Handler = Callable[..., Awaitable[Json]]


def _resolver(others: int) -> Resolver:
    by_turns: tuple[Handler, Handler] = (_without, _with_item)
    numbered = {f"other_{number}": by_turns[number % 2] for number in range(others)}
    return Resolver((numbered | {"plain": _without, "thing": _with_item}).__getitem__)


async def _without() -> Json:
    return {"success": True}


async def _with_item(item: str) -> Json:
    return {"success": True}


class _Wording:
    """One door, which refuses in no words of its own."""

    def refuse_of(self, operation_id: str) -> Refuse:
        return self._refuse

    def refuse_at(self, path: str) -> Refuse:
        return self._refuse

    def _refuse(self, refusal: Refusal) -> Reply:
        return Reply({"success": False}, 400)
