"""The house, put together: contract, doors, pipeline, database, one ASGI application."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial

from connexion import AsyncApp
from connexion.exceptions import InvalidSpecification
from connexion.middleware import ConnexionMiddleware
from connexion.middleware.lifespan import LifespanMiddleware
from connexion.spec import Specification

import portico.handlers
from portico.core import database, keys, limits, lookups, mail, passwords
from portico.core import settings as settings_in_force
from portico.core.settings import Settings
from portico.handlers import service

from . import BrokenContract, clients, errors, observe, pages
from .contract import Contract
from .cors import Cors
from .pipeline import Pipeline
from .resolvers import Handlers
from .stock import StockHandlers, error_handlers


def create_app(
    settings: Settings, *, listening: str = "127.0.0.1", access_log: bool = False, stock: bool = False
) -> AsyncApp:
    """The application for one process. Its settings are in force from here on.

    `listening`: the address it will listen on, for the default of CORS. `stock`: Connexion's own middlewares in place of
    our pipeline, so that anyone can compare.
    """
    settings_in_force.use(settings)
    clients.trust(settings.trusted_proxies)
    contract = Contract(settings)
    doors = errors.Doors(contract.paths)
    service.publish(pages.rendered(contract), contract.documents, contract.merged)
    around = [partial(observe.AccessLog, mask=doors.mask)] if access_log else []
    around.append(partial(Cors, settings=settings, listening=listening))
    pipeline = Pipeline(doors)
    enforcing = ConnexionMiddleware.default_middlewares if stock else [pipeline.around, LifespanMiddleware]
    app = AsyncApp(__name__, middlewares=[*around, *enforcing], lifespan=partial(_lifespan, settings))
    for kind, handler in error_handlers(doors) if stock else ():
        app.add_error_handler(kind, handler)
    resolver = (StockHandlers if stock else Handlers)(portico.handlers)
    try:
        if not stock:
            pipeline.add_api(Specification.load(contract.merged), resolver=resolver)  # now, not with the first event
        app.add_api(contract.merged, resolver=resolver, validate_responses=stock)
    except InvalidSpecification as error:
        raise BrokenContract(f"the contract is not valid OpenAPI 3.0: {str(error).splitlines()[0]}") from None
    return app


@asynccontextmanager
async def _lifespan(settings: Settings, app: Callable) -> AsyncIterator[None]:
    async with database.opened(settings):
        passwords.start(settings)
        lookups.start(settings.sqlite_file)
        limits.start(settings)
        await keys.start()
        stopped = asyncio.Event()
        postman = asyncio.create_task(mail.deliver_until(stopped, settings, partial(observe.failure, "mail")))
        yield
        stopped.set()
        mail.wake()
        await asyncio.wait([postman], timeout=mail.PATIENCE)  # a mail half sent goes out
        postman.cancel()
        lookups.stop()
        passwords.stop()
