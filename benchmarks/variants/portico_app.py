"""Portico without `portico serve`: for the measurements in process."""

import asyncio

from portico.core import database
from portico.core.configuration import load
from portico.core.house import opened
from portico.core.settings import Settings
from portico.runtime.app import create_app

from ..api import Application


def create() -> Application:
    application: Application = create_app(asyncio.run(prepared()))
    return application


async def prepared() -> Settings:
    """The settings with their secret key, the database migrated."""
    async with opened(load(), create=True) as house:
        await database.migrate(house.settings)
        return house.settings
