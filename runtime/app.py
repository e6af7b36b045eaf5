"""The house, put together: contract, doors, pipeline, database, one ASGI application."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from ipaddress import ip_address

import portico.handlers
from connexion import AsyncApp
from connexion.middleware import ConnexionMiddleware
from connexion.middleware.exceptions import ExceptionMiddleware
from connexion.middleware.lifespan import LifespanMiddleware
from connexion.resolver import RelativeResolver
from starlette.middleware.cors import CORSMiddleware

from portico.core import database, keys, passwords
from portico.core import settings as settings_in_force
from portico.core.settings import Settings
from portico.handlers import service

from . import errors, observe, pages
from .contract import Contract
from .pipeline import Pipeline

CORS_REQUEST_HEADERS = ["authorization", "content-type", "token"]
CORS_ANSWER_HEADERS = ["token", "retry-after", "www-authenticate"]
CORS_METHODS = ["GET", "POST", "PUT", "DELETE"]
LOOPBACK_ORIGINS = r"https?://(localhost|127\.0\.0\.1|\[::1\])(:[0-9]{1,5})?"


def create_app(
    settings: Settings, *, listening: str = "127.0.0.1", access_log: bool = False, stock: bool = False
) -> AsyncApp:
    """The application for one process. Its settings are in force from here on.

    `listening`: the address it will listen on, for the default of CORS. `stock`: Connexion's own middlewares in place of
    our pipeline, so that anyone can compare.
    """
    settings_in_force.use(settings)
    contract = Contract(settings)
    doors = errors.Doors(contract.paths)
    service.publish(pages.rendered(contract), contract.served)
    enforcing = ConnexionMiddleware.default_middlewares if stock else [ExceptionMiddleware, partial(Pipeline, doors=doors), LifespanMiddleware]
    around = [partial(CORSMiddleware, **_cors(settings, listening))]
    if access_log:
        around.insert(0, partial(observe.AccessLog, mask=doors.mask))
    app = AsyncApp(__name__, middlewares=[*around, *enforcing], lifespan=partial(_lifespan, settings))
    for kind, handler in errors.handlers(doors):
        app.add_error_handler(kind, handler)
    app.add_api(contract.merged, resolver=RelativeResolver(portico.handlers), validate_responses=stock)
    return app


@asynccontextmanager
async def _lifespan(settings: Settings, app: Callable) -> AsyncIterator[None]:
    async with database.opened(settings):
        passwords.start(settings)
        await keys.start()
        yield
        passwords.stop()


def _cors(settings: Settings, listening: str) -> dict:
    common = {"allow_methods": CORS_METHODS, "allow_headers": CORS_REQUEST_HEADERS, "expose_headers": CORS_ANSWER_HEADERS}
    if settings.cors_origins is not None:
        return common | {"allow_origins": list(settings.cors_origins)}
    return common | ({"allow_origin_regex": LOOPBACK_ORIGINS} if is_loopback(listening) else {})


def is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
