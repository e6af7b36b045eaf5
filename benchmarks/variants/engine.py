"""SQLAlchemy over aiosqlite, set up like everybody's SQLite here."""

from sqlalchemy import event
from sqlalchemy.dialects.sqlite.aiosqlite import AsyncAdapt_aiosqlite_connection
from sqlalchemy.ext.asyncio import create_async_engine

from . import by_hand

engine = create_async_engine(f"sqlite+aiosqlite:///{by_hand.DATABASE}")


@event.listens_for(engine.sync_engine, "connect")
def _set_up(connection: AsyncAdapt_aiosqlite_connection, record: object) -> None:
    for pragma in by_hand.PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")
