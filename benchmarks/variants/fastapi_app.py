"""The four operations on FastAPI as its documentation teaches: pydantic models, dependencies, SQLAlchemy."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from secrets import token_hex
from typing import Annotated, Literal
from uuid import uuid4

import bcrypt
from fastapi import Depends, FastAPI, Header, HTTPException
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel, EmailStr, Field
from sqlalchemy import ForeignKey, select, update
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from . import by_hand
from .engine import engine

new_session = async_sessionmaker(engine, expire_on_commit=False)


class Base(DeclarativeBase):
    pass


class Account(Base):
    __tablename__ = "account"
    id: Mapped[int] = mapped_column(primary_key=True)
    uuid: Mapped[str] = mapped_column(unique=True)
    email: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    password: Mapped[bytes]


class Session(Base):
    __tablename__ = "session"
    id: Mapped[str] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    issued_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]


Name = Annotated[str, Field(min_length=1, max_length=64)]


class Registration(BaseModel):
    email: EmailStr
    password: Annotated[str, Field(min_length=4, max_length=72)]
    username: Name


class Credentials(BaseModel):
    email: EmailStr
    password: Annotated[str, Field(max_length=72)]


class Change(BaseModel):
    username: Name | None = None
    email: EmailStr | None = None


class Health(BaseModel):
    status: Literal["ok"] = "ok"


class Done(BaseModel):
    success: bool = True


class Registered(Done):
    userID: str
    msg: str = "The user was successfully registered"


class User(BaseModel):
    id: str
    username: str
    email: str


class LoggedIn(Done):
    token: str
    user: User


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    async with engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    yield
    await engine.dispose()


app = FastAPI(lifespan=_lifespan)


def create() -> FastAPI:
    return app


async def _database() -> AsyncIterator[AsyncSession]:
    async with new_session() as session:
        yield session


Database = Annotated[AsyncSession, Depends(_database)]


async def _caller(database: Database, authorization: Annotated[str | None, Header()] = None) -> int | None:
    session = by_hand.session_of(authorization)
    if session is None:
        return None
    live = select(Session.account_id).where(Session.id == session, Session.revoked_at.is_(None))
    account: int | None = await database.scalar(live)
    return account


Caller = Annotated[int | None, Depends(_caller)]


@app.get("/health/live")
async def live() -> Health:
    return Health()


@app.post("/api/users/register")
async def register(body: Registration, database: Database) -> Registered:
    password = await run_in_threadpool(by_hand.hashed, body.password)
    account = Account(uuid=str(uuid4()), email=body.email, name=body.username, password=password)
    database.add(account)
    await database.commit()
    return Registered(userID=account.uuid)


@app.post("/api/users/login")
async def login(body: Credentials, database: Database) -> LoggedIn:
    account = await database.scalar(select(Account).where(Account.email == body.email))
    await database.commit()  # no transaction stays open while bcrypt works
    password = account.password if account else by_hand.NOBODY
    if not await run_in_threadpool(bcrypt.checkpw, body.password.encode(), password) or account is None:
        raise HTTPException(400, "Wrong credentials.")
    session = Session(id=token_hex(16), account_id=account.id, issued_at=datetime.now(UTC))
    database.add(session)
    await database.commit()
    user = User(id=account.uuid, username=account.name, email=account.email)
    return LoggedIn(token=by_hand.signed(account.uuid, session.id), user=user)


@app.post("/api/users/checkSession")
async def check_session(caller: Caller) -> Done:
    return Done(success=caller is not None)


@app.post("/api/users/edit")
async def edit(caller: Caller, body: Change, database: Database) -> Done:
    if caller is None:
        raise HTTPException(401, "User is not logged on")
    changes = body.model_dump(exclude_none=True)
    if "username" in changes:
        changes["name"] = changes.pop("username")
    await database.execute(update(Account).where(Account.id == caller).values(**changes))
    await database.commit()
    return Done()
