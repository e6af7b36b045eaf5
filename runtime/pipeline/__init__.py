"""The pipeline: the contract, compiled once at start-up and enforced on every request.

One Connexion `SpecMiddleware` stands where Connexion has seven. Connexion still loads and checks the
documents, finds the handlers and the security functions, and owns the lifespan.
On the way of a request:

    routes       path and method → operation                    404, 405
    security     credentials → user                             the door's 401
    parameters   path, query, headers, cookies → arguments      400
    bodies       JSON, urlencoded, multipart → body             400, 408, 413, 415
                 the handler
    answers      status, headers and body against the contract  500 where they break it

Refusals are put in words by `refuse` of the door the operation belongs to.
"""

from typing import Any

from connexion.middleware import SpecMiddleware
from connexion.operations import AbstractOperation
from connexion.resolver import Resolver
from connexion.spec import Specification
from starlette.types import ASGIApp, Receive, Scope, Send

from portico.core.house import House
from portico.core.refusals import Refusal
from portico.runtime.clients import Clients
from portico.runtime.documents import operations
from portico.runtime.errors import Refusing

from .answers import plain
from .operation import CannotCompile, Operation
from .routes import Routes

__all__ = ["CannotCompile", "Pipeline"]


class Pipeline(SpecMiddleware):  # type: ignore[misc]  # Connexion has no types
    """Answers every request itself: nothing falls through to a slower path. `house`: the one its handlers are in."""

    def __init__(self, doors: Refusing, clients: Clients) -> None:
        self.doors = doors
        self.clients = clients
        self.house: House | None = None
        self.routes = Routes()
        self.compiled = False

    def around(self, app: ASGIApp) -> "Pipeline":
        """The middleware, as Connexion's list of middlewares wants it."""
        self.app = app
        return self

    def add_api(self, specification: Specification, *, resolver: Resolver, **options: Any) -> None:
        """Compiles every operation. Raises CannotCompile.

        Connexion calls it with the first event of the server; whoever wants to know before may call it before.
        """
        if self.compiled:
            return
        self.compiled = True
        for path, method, _ in operations(specification):
            self._add(specification, path, method, resolver)

    def _add(self, specification: Specification, path: str, method: str, resolver: Resolver) -> None:
        definition = specification["paths"][path][method]
        name = definition["operationId"]
        door = name.partition(".")[0]
        try:
            operation: AbstractOperation = specification.operation_cls.from_spec(
                specification, path=path, method=method, resolver=resolver
            )
            unsafe = definition.get("x-portico-unsafe", False)
            refuse = self.doors.refuse_of(name)
            compiled = Operation(operation, refuse, self.clients, unsafe=unsafe)
            compiled.parameters.refuse_others_than(path)
            self.routes.add(path, method, compiled)
        except Exception as error:
            raise CannotCompile(f"spec/{door}.yaml: {method.upper()} {path} ({name}): {_in_a_line(error)}") from error

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        try:
            operation, path = self.routes.find(scope)
        except Refusal as refusal:
            start, payload = plain(self.doors.at(scope["path"])(refusal))
            await send(start)
            await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else payload})
            return
        if self.house is None:  # nobody has opened one: what needs none is served
            await operation(scope, path, receive, send)
            return
        database = self.house.database
        entered = database.enter()
        try:
            await operation(scope, path, receive, send)
        finally:
            database.leave(entered)


def _in_a_line(error: Exception) -> str:
    """What it says, and what it is where that alone would not do."""
    text = " ".join(str(error).split())
    return text if isinstance(error, ValueError) else f"{type(error).__name__}: {text}"
