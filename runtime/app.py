"""The application: the contract, compiled into a pipeline, and the house that its handlers live in.

What Connexion does here, all of it before the first request: `Specification` checks the merged document once more and
resolves its references; an `OpenAPIOperation` gathers what holds for one operation, the parameters of its path and the
default security included; its `Resolver` is asked for the handler; `LifespanMiddleware` opens and closes the house. Our
own code checks each document (`rules.py`) and finds the functions it names (`modules.py`). Requests and answers are the
pipeline's alone (`portico.runtime.pipeline`): there is no `AsyncApp` and no `ConnexionMiddleware`, whose stack of
middlewares looks an operation up in its documents again for every request.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from itertools import chain
from pathlib import Path

from connexion.exceptions import InvalidSpecification
from connexion.middleware.lifespan import LifespanMiddleware
from connexion.spec import Specification
from starlette.types import ASGIApp

import portico.handlers
from portico.core import housekeeping, keys, mail
from portico.core.configuration import with_stored_key
from portico.core.house import House, Published, opened
from portico.core.settings import Settings

from . import BrokenContract, observe, pages
from .clients import Clients
from .contract import SPEC, Contract
from .cors import Cors
from .pipeline import Pipeline
from .resolvers import Handlers
from .wording import DoorWording


def create_app(
    settings: Settings, *, listening: str = "127.0.0.1", access_log: bool = False, spec: Path = SPEC
) -> ASGIApp:
    """Makes the application, which opens a house of its own each time a server starts it. Raises BrokenContract.

    `listening`: the address it will listen on, for the default of CORS. `spec`: the folder of the documents.
    """
    contract = Contract(settings, spec)
    wording = DoorWording(contract.paths_by_door)
    clients = Clients(settings.trusted_proxies)
    published = pages.published(contract)

    pipeline = Pipeline(_specification(contract), Handlers(portico.handlers), wording, clients)
    app: ASGIApp = LifespanMiddleware(pipeline, lifespan=partial(_lifespan, settings, published, pipeline))
    app = Cors(app, settings=settings, listening=listening)
    if not access_log:
        return app
    return observe.AccessLog(app, mask=observe.Mask(chain(*contract.paths_by_door.values())), clients=clients)


def _specification(contract: Contract) -> Specification:
    try:
        return Specification.load(contract.merged)
    except InvalidSpecification as error:
        raise BrokenContract(f"the contract is not valid OpenAPI 3.0: {str(error).splitlines()[0]}") from None


@asynccontextmanager
async def _lifespan(
    settings: Settings, published: Published, pipeline: Pipeline, router: object
) -> AsyncIterator[None]:
    async with running(with_stored_key(settings), published) as house:  # which may be made after the application
        pipeline.house = house
        try:
            yield
        finally:
            pipeline.house = None


@asynccontextmanager
async def running(settings: Settings, published: Published) -> AsyncIterator[House]:
    """Opens a house, sees that it has a key to sign with, and does its work in the background until it is left."""
    async with opened(settings, published=published, report=observe.failure) as house:
        await keys.start()
        house.background.run("mail", mail.deliver_due, every=mail.POLL_EVERY, awake=house.outbox.awake)
        house.background.run("housekeeping", housekeeping.sweep, every=housekeeping.SWEEP_EVERY)
        yield house
