"""The pipeline: compiles the contract once, at start-up, and enforces it on every request.

Connexion resolves the contract (see `portico.runtime.app`), and what it resolved is compiled here. A request passes
through, in this order:

    routes       path and method → operation                    404, 405
    security     credentials → user                             the door's refusal, mostly 401
    parameters   path, query, headers, cookies → arguments      400
    bodies       JSON, urlencoded, multipart → body             400, 408, 413, 415
                 the handler
    answers      status, headers and body against the contract  500 where they break it

What is refused on the way is put in words by the `refuse` of the door that the operation belongs to.
"""

from connexion.operations import AbstractOperation
from connexion.resolver import Resolver
from connexion.spec import Specification
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocketClose

from portico.core.house import House
from portico.core.refusals import Refusal
from portico.runtime.clients import Clients
from portico.runtime.documents import operations
from portico.runtime.wording import Wording

from .answers import unchecked
from .operation import CannotCompile, Operation
from .routes import Routes

__all__ = ["CannotCompile", "Pipeline"]


class Pipeline:
    """Answers every request itself, as an ASGI application. `house`: the one its handlers are in, once it is open."""

    def __init__(self, specification: Specification, resolver: Resolver, wording: Wording, clients: Clients) -> None:
        """Compiles every operation. Raises CannotCompile."""
        self.wording = wording
        self.clients = clients
        self.house: House | None = None
        self.routes = Routes()
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
            unsafe_get = definition.get("x-portico-unsafe", False)
            refuse = self.wording.refuse_of(name)
            compiled = Operation(operation, refuse, self.clients, unsafe_get=unsafe_get)
            compiled.parameters.refuse_others_than(path)
            self.routes.add(path, method, compiled)
        except Exception as error:
            raise CannotCompile(f"spec/{door}.yaml: {method.upper()} {path} ({name}): {_in_a_line(error)}") from error

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await WebSocketClose()(scope, receive, send)
            return
        try:
            operation, path = self.routes.find(scope)
        except Refusal as refusal:
            start, payload = unchecked(self.wording.refuse_at(scope["path"])(refusal))
            await send(start)
            await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else payload})
            return
        if self.house is None:  # the application was not started: it serves what needs no house
            await operation(scope, path, receive, send)
            return
        database = self.house.database
        entered = database.enter()
        try:
            await operation(scope, path, receive, send)
        finally:
            database.leave(entered)


def _in_a_line(error: Exception) -> str:
    """Returns the message on one line, with the type of the error unless it is a ValueError."""
    text = " ".join(str(error).split())
    return text if isinstance(error, ValueError) else f"{type(error).__name__}: {text}"
