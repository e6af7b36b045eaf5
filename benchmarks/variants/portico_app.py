"""Portico, and its contract and handlers on Connexion's own middlewares."""

import asyncio
import logging

from portico.core import database
from portico.core.configuration import load
from portico.core.house import opened
from portico.core.settings import Settings
from portico.handlers import service
from portico.runtime.app import create_app

from ..api import Application, Headers, Json


def create() -> Application:
    return _create(stock=False)


def stock() -> Application:
    logging.getLogger("connexion").setLevel(logging.ERROR)  # it warns several times per request
    vars(service)["live"] = _live
    return _create(stock=True)


async def _live() -> tuple[Json, int, Headers]:
    """Stock Connexion answers 500 unless the handler names one of the media types of its answers."""
    return {"status": "ok"}, 200, {"Content-Type": "application/json"}


def _create(*, stock: bool) -> Application:
    application: Application = create_app(asyncio.run(_prepared()), stock=stock)
    return application


async def _prepared() -> Settings:
    async with opened(load(), create=True) as house:
        await database.migrate(house.settings)
        return house.settings
