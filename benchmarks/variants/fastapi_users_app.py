"""fastapi-users, as in the full example of its documentation, with bcrypt at the common cost."""

import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated
from uuid import UUID

from fastapi import Depends, FastAPI
from fastapi_users import BaseUserManager, FastAPIUsers, UUIDIDMixin
from fastapi_users.authentication import AuthenticationBackend, BearerTransport, JWTStrategy
from fastapi_users.db import SQLAlchemyBaseUserTableUUID, SQLAlchemyUserDatabase
from fastapi_users.password import PasswordHelper
from fastapi_users.schemas import BaseUser, BaseUserCreate, BaseUserUpdate
from pwdlib import PasswordHash
from pwdlib.hashers.bcrypt import BcryptHasher
from pydantic import Field
from sqlalchemy.ext.asyncio import async_sessionmaker
from sqlalchemy.orm import DeclarativeBase, Mapped

from ..api import Json
from . import by_hand
from .engine import engine

SECRET = secrets.token_hex(32)

new_session = async_sessionmaker(engine, expire_on_commit=False)


class Base(DeclarativeBase):
    pass


class User(SQLAlchemyBaseUserTableUUID, Base):
    name: Mapped[str]


Name = Annotated[str, Field(min_length=1, max_length=64)]


class UserRead(BaseUser[UUID]):
    name: str


class UserCreate(BaseUserCreate):
    name: Name


class UserUpdate(BaseUserUpdate):
    name: Name | None = None


class UserManager(UUIDIDMixin, BaseUserManager[User, UUID]):
    reset_password_token_secret = SECRET
    verification_token_secret = SECRET


Database = SQLAlchemyUserDatabase[User, UUID]


async def _database() -> AsyncIterator[Database]:
    async with new_session() as session:
        yield Database(session, User)


async def _manager(database: Annotated[Database, Depends(_database)]) -> AsyncIterator[UserManager]:
    yield UserManager(database, PasswordHelper(PasswordHash((BcryptHasher(rounds=by_hand.COST),))))


def _strategy() -> JWTStrategy[User, UUID]:
    return JWTStrategy(SECRET, lifetime_seconds=int(by_hand.LIFE.total_seconds()))


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    async with engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    yield
    await engine.dispose()


async def live() -> Json:
    return {"status": "ok"}


def create() -> FastAPI:
    backend = AuthenticationBackend("jwt", BearerTransport("auth/jwt/login"), _strategy)
    users = FastAPIUsers[User, UUID](_manager, [backend])
    app = FastAPI(lifespan=_lifespan)
    app.get("/health/live")(live)
    app.include_router(users.get_auth_router(backend), prefix="/auth/jwt")
    app.include_router(users.get_register_router(UserRead, UserCreate), prefix="/auth")
    app.include_router(users.get_users_router(UserRead, UserUpdate), prefix="/users")
    return app
