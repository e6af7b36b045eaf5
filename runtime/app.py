"""The house, put together: contract, doors, pipeline, one ASGI application."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

from connexion import AsyncApp
from connexion.exceptions import InvalidSpecification
from connexion.middleware import ConnexionMiddleware
from connexion.middleware.lifespan import LifespanMiddleware
from connexion.spec import Specification

import portico.handlers
from portico.core import housekeeping, keys, mail
from portico.core.house import Published, opened
from portico.core.settings import Settings

from . import BrokenContract, errors, observe, pages
from .clients import Clients
from .contract import SPEC, Contract
from .cors import Cors
from .pipeline import Pipeline
from .resolvers import Handlers
from .stock import StockEntrance, StockHandlers, error_handlers


def create_app(
    settings: Settings,
    *,
    listening: str = "127.0.0.1",
    access_log: bool = False,
    stock: bool = False,
    spec: Path = SPEC,
) -> AsyncApp:
    """The application; each time a server starts it opens a house of its own.

    `listening`: the address it will listen on, for the default of CORS. `stock`: Connexion's own middlewares in place
    of our pipeline, so that anyone can compare. `spec`: the folder of the documents. Raises BrokenContract.
    """
    contract = Contract(settings, spec)
    doors = errors.Doors(contract.paths)
    clients = Clients(settings.trusted_proxies)
    pipeline, entrance = Pipeline(doors, clients), StockEntrance()
    outer: list[Any] = [partial(observe.AccessLog, mask=doors.mask, clients=clients)] if access_log else []
    outer.append(partial(Cors, settings=settings, listening=listening))
    stock_stack = [entrance.around, *ConnexionMiddleware.default_middlewares]
    enforcing = stock_stack if stock else [pipeline.around, LifespanMiddleware]
    lifespan = partial(_lifespan, settings, pages.published(contract), entrance if stock else pipeline)
    app = AsyncApp(__name__, middlewares=[*outer, *enforcing], lifespan=lifespan)
    for kind, handler in error_handlers(doors) if stock else ():
        app.add_error_handler(kind, handler)
    resolver = StockHandlers(portico.handlers, doors) if stock else Handlers(portico.handlers)
    try:
        if not stock:
            pipeline.add_api(Specification.load(contract.merged), resolver=resolver)  # now, not with the first event
        app.add_api(contract.merged, resolver=resolver, validate_responses=stock)
    except InvalidSpecification as error:
        raise BrokenContract(f"the contract is not valid OpenAPI 3.0: {str(error).splitlines()[0]}") from None
    return app


@asynccontextmanager
async def _lifespan(
    settings: Settings, published: Published, entrance: Pipeline | StockEntrance, app: object
) -> AsyncIterator[None]:
    async with opened(settings, published=published, report=observe.failure) as house:
        await keys.start()
        house.background.run("mail", mail.deliver_due, every=mail.LOOK_EVERY, awake=house.outbox.awake)
        house.background.run("housekeeping", housekeeping.sweep, every=housekeeping.SWEEP_EVERY)
        entrance.house = house
        try:
            yield
        finally:
            entrance.house = None
