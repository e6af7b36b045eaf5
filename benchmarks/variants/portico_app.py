"""Portico, and its contract and handlers on Connexion's own middlewares."""

import asyncio
import logging
from collections.abc import Callable

from portico.core import database, settings
from portico.handlers import service
from portico.runtime.app import create_app


def create() -> Callable:
    return _create(stock=False)


def stock() -> Callable:
    logging.getLogger("connexion").setLevel(logging.ERROR)  # it warns several times per request
    service.live = _live
    return _create(stock=True)


async def _live() -> tuple:
    """Stock Connexion answers 500 unless the handler names one of the media types of its answers."""
    return {"status": "ok"}, 200, {"Content-Type": "application/json"}


def _create(*, stock: bool) -> Callable:
    in_force = settings.load()
    settings.use(in_force)
    asyncio.run(_migrate(in_force))
    return create_app(in_force, stock=stock)


async def _migrate(in_force: settings.Settings) -> None:
    async with database.opened(in_force):
        await database.migrate(in_force)
