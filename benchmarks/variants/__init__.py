"""The applications that are measured. Each is imported only in the process that serves it."""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

from ..api import Anything, Api, Application, Appseed, AppseedOnStock, FastapiUsers

PORTICO_SERVE = [str(Path(sys.executable).with_name("portico")), "serve", "--port", "0"]


@dataclass(frozen=True)
class Variant:
    name: str
    module: str
    api: Api
    does: str
    factory: str = "create"
    arguments: tuple[object, ...] = ()
    command: list[str] | None = None  # where it has a server of its own

    def application(self) -> Application:
        create: Callable[..., Application] = getattr(import_module(f"{__name__}.{self.module}"), self.factory)
        return create(*self.arguments)


BARE = Variant("bare ASGI", "bare_app", Anything(), "one function that looks at nothing and answers a constant")
PORTICO = Variant(
    "Portico",
    "portico_app",
    Appseed(),
    "`portico serve`: contract, validation of requests and answers, token, session row",
    command=PORTICO_SERVE,
)
STOCK = Variant(
    "Connexion, stock",
    "stock",
    AppseedOnStock(),
    "Portico's contract and handlers on Connexion's own middlewares",
)
STARLETTE = Variant(
    "Starlette",
    "starlette_app",
    Appseed(),
    "written by hand: PyJWT, aiosqlite, bcrypt in a thread; answers not validated",
)
FASTAPI = Variant(
    "FastAPI", "fastapi_app", Appseed(), "written by hand: pydantic, PyJWT, SQLAlchemy, bcrypt in a thread"
)
FASTAPI_USERS = Variant(
    "fastapi-users",
    "fastapi_users_app",
    FastapiUsers(),
    "its own routes, JWT strategy: the user row is read, no session is kept",
)

VARIANTS = [BARE, PORTICO, STOCK, STARLETTE, FASTAPI, FASTAPI_USERS]
WITH_LOGIN = VARIANTS[1:]
CONTENDING = [PORTICO, FASTAPI, FASTAPI_USERS]  # one of each way to hash: own pool, common pool, on the event loop

SIZES = (0, 30, 300)
GROWTH = [
    Variant(f"{name}, {size} more", "growing_app", Appseed(), "a document that grows", factory, (size,))
    for size in SIZES
    for name, factory in (("Portico", "with_pipeline"), ("Connexion, stock", "with_stock"))
]


def find(name: str) -> Variant:
    return next(variant for variant in [*VARIANTS, *GROWTH] if variant.name == name)
