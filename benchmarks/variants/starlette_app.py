"""The four operations on Starlette, the lean way: SQL over one aiosqlite connection, checks by hand."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from secrets import token_hex
from sqlite3 import Row
from uuid import uuid4

import aiosqlite
import bcrypt
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from ..api import Json
from . import by_hand

TABLES = """
CREATE TABLE IF NOT EXISTS account (
    id INTEGER PRIMARY KEY, uuid TEXT UNIQUE, email TEXT UNIQUE, name TEXT NOT NULL, password BLOB NOT NULL
);
CREATE TABLE IF NOT EXISTS session (
    id TEXT PRIMARY KEY, account_id INTEGER NOT NULL REFERENCES account, issued_at TEXT NOT NULL, revoked_at TEXT
);
"""


def create() -> Starlette:
    routes = [
        Route("/health/live", live),
        Route("/api/users/register", register, methods=["POST"]),
        Route("/api/users/login", login, methods=["POST"]),
        Route("/api/users/checkSession", check_session, methods=["POST"]),
        Route("/api/users/edit", edit, methods=["POST"]),
    ]
    return Starlette(routes=routes, lifespan=_lifespan)


@asynccontextmanager
async def _lifespan(app: Starlette) -> AsyncIterator[None]:
    async with aiosqlite.connect(by_hand.DATABASE, isolation_level=None) as database:
        for pragma in by_hand.PRAGMAS:
            await database.execute(f"PRAGMA {pragma}")
        await database.executescript(TABLES)
        app.state.database = database
        yield


async def live(request: Request) -> JSONResponse:
    return JSONResponse({"status": "ok"})


async def register(request: Request) -> JSONResponse:
    body = await _body(request, email=254, password=72, username=64)
    password = await run_in_threadpool(by_hand.hashed, body["password"])
    row = (str(uuid4()), body["email"], body["username"], password)
    await request.app.state.database.execute(
        "INSERT INTO account (uuid, email, name, password) VALUES (?, ?, ?, ?)", row
    )
    return JSONResponse({"success": True, "userID": row[0], "msg": "The user was successfully registered"})


async def login(request: Request) -> JSONResponse:
    body = await _body(request, email=254, password=72)
    database = request.app.state.database
    found = await _first(database, "SELECT id, uuid, name, password FROM account WHERE email = ?", body["email"])
    account, uuid, name, password = found or (None, "", "", by_hand.NOBODY)
    if not await run_in_threadpool(bcrypt.checkpw, body["password"].encode(), password) or account is None:
        return JSONResponse({"success": False, "msg": "Wrong credentials."}, 400)
    session = token_hex(16)
    await database.execute(
        "INSERT INTO session (id, account_id, issued_at) VALUES (?, ?, datetime())", (session, account)
    )
    user = {"_id": uuid, "id": uuid, "username": name, "email": body["email"]}
    return JSONResponse({"success": True, "token": by_hand.signed(uuid, session), "user": user})


async def check_session(request: Request) -> JSONResponse:
    return JSONResponse(by_hand.NOT_LOGGED_ON if await _caller(request) is None else {"success": True})


async def edit(request: Request) -> JSONResponse:
    account = await _caller(request)
    if account is None:
        return JSONResponse(by_hand.NOT_LOGGED_ON, 401)
    body = await _body(request, username=64)
    await request.app.state.database.execute("UPDATE account SET name = ? WHERE id = ?", (body["username"], account))
    return JSONResponse({"success": True})


async def _caller(request: Request) -> int | None:
    session = by_hand.session_of(request.headers.get("authorization"))
    if session is None:
        return None
    select = "SELECT account_id FROM session WHERE id = ? AND revoked_at IS NULL"
    row = await _first(request.app.state.database, select, session)
    account: int | None = row[0] if row else None
    return account


async def _first(database: aiosqlite.Connection, select: str, value: str) -> Row | None:
    async with database.execute(select, (value,)) as cursor:
        return await cursor.fetchone()


async def _body(request: Request, **longest: int) -> Json:
    try:
        body: Json = await request.json()
    except (json.JSONDecodeError, UnicodeDecodeError):
        raise HTTPException(400) from None
    for name, limit in longest.items():
        if not isinstance(body, dict) or not isinstance(body.get(name), str) or not 0 < len(body[name]) <= limit:
            raise HTTPException(400)
    return body
