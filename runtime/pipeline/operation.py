"""One operation: authenticates a request, reads its arguments, calls the handler, checks the answer."""

import inspect
from typing import Any

from connexion.operations import AbstractOperation
from starlette.types import Receive, Scope, Send

from portico.core import database
from portico.core.refusals import (
    Broken,
    Invalid,
    Malformed,
    Refusal,
    TokenMissing,
    TooLarge,
    TooSlow,
    Unavailable,
    WrongMediaType,
)
from portico.handlers import refused_page
from portico.runtime import BrokenContract, observe
from portico.runtime.clients import Clients
from portico.runtime.wording import Refuse

from .answers import Answers, Result, Violation
from .bodies import ABSENT, Body
from .parameters import Parameters
from .security import Security

SENT_TWICE = "The header %s is sent more than once"
RESERVED_ARGUMENTS = {"body", "client", "token_info", "user", "wants_html"}  # of handlers; no parameter may be one


class CannotCompile(BrokenContract):
    """The pipeline cannot enforce an operation of the contract, so the server must not start."""


class Operation:
    """Calls the handler with what the contract allows to be sent, and sends what the contract allows to be answered.

    `portico.handlers` tells which arguments a handler may take; it gets those that it names.
    """

    def __init__(self, operation: AbstractOperation, refuse: Refuse, clients: Clients, *, unsafe_get: bool) -> None:
        """Compiles the operation. `unsafe_get` marks a GET that changes something, which a HEAD must not."""
        self.clients = clients
        self.operation_id = operation.operation_id
        self.refuse = refuse
        self.handler = operation.function
        self.security = Security(operation.security or [], operation.security_schemes)
        self.parameters = Parameters(operation.parameters)
        self.body = Body(operation.request_body) if operation.request_body else None
        self.answers = Answers(operation.responses)
        self.unsafe_get = unsafe_get
        self.headers = frozenset(
            self.security.headers | self.parameters.headers | (self.body.headers if self.body else set())
        )
        offered = self._offered()
        self.wanted = self._wanted(offered)
        self.unwanted = offered - self.wanted
        if self.answers.in_html:
            self.headers |= {b"accept"}
        self.none_when_absent = self._none_when_absent()
        self._refuse_unanswerable()

    def _offered(self) -> frozenset[str]:
        """Names the arguments that the contract offers a handler."""
        offered = {"client", *self.parameters.arguments}
        offered |= {"body"} if self.body else set()
        offered |= {"user", "token_info"} if self.security else set()
        offered |= {"wants_html"} if 200 in self.answers.in_html else set()
        return frozenset(offered)

    def _wanted(self, offered: frozenset[str]) -> frozenset[str]:
        """Names those of the `offered` arguments that the handler takes. Raises ValueError if it needs another."""
        if not inspect.iscoroutinefunction(self.handler):
            raise ValueError("its handler is not an async function")
        if hidden := RESERVED_ARGUMENTS & {*self.parameters.arguments}:
            raise ValueError(f"a parameter cannot be called {', '.join(hidden)}, which the house gives a handler")
        arguments = inspect.signature(self.handler).parameters.values()
        missing = [
            argument.name
            for argument in arguments
            if argument.name not in offered and argument.default is argument.empty
        ]
        if missing:
            raise ValueError(
                f"its handler wants {', '.join(missing)}, which the contract does not give; "
                f"it may take {', '.join(sorted(offered))}"
            )
        if unnamed := [argument.name for argument in arguments if argument.kind is argument.POSITIONAL_ONLY]:
            raise ValueError(f"its handler takes {', '.join(unnamed)} by position; arguments are given by name")
        return frozenset(argument.name for argument in arguments) & offered

    def _none_when_absent(self) -> dict[str, None]:
        """Returns the optional arguments without a default in the handler; they are None unless sent."""
        optional = [*self.parameters.optional, *(["body"] if self.body and not self.body.required else [])]
        arguments = inspect.signature(self.handler).parameters
        return {
            name: None
            for name in optional
            if name in self.wanted and arguments[name].default is inspect.Parameter.empty
        }

    def _refuse_unanswerable(self) -> None:
        """Raises ValueError if the contract has no answer to something that goes wrong before a handler or in it."""
        for refusal in self._refusals():
            kind = type(refusal).__name__
            try:
                result = self.refuse(refusal)
                if not isinstance(result, tuple) or len(result) != 3:
                    raise TypeError("it must return a Reply, or body, status and headers")
                self.answers.start_and_body(result)
            except Violation as violation:
                raise ValueError(f"the answer to {kind} is not in the contract: {violation}") from None
            except Exception as error:
                raise ValueError(f"{self.refuse.__name__}({kind}) fails: {type(error).__name__}: {error}") from error

    def _refusals(self) -> list[Refusal]:
        """Lists one refusal of each kind that the pipeline raises for this operation by itself.

        It leaves out Unavailable, which an operation without a database need not document.
        """
        refusals: list[Refusal] = [Broken()]
        if self.security and not self.security.optional:
            refusals += [TokenMissing()]
        if self.security or self.parameters or self.body:
            refusals += [Malformed()]
        if self.parameters or self.body:
            refusals += [Invalid("field", "is a required property")]
        if self.body:
            refusals += [TooLarge(), TooSlow(), WrongMediaType(["application/json"])]
        return refusals

    async def __call__(self, scope: Scope, path: dict[str, str], receive: Receive, send: Send) -> None:
        headers: dict[bytes, str] = {}
        try:
            headers = _select_headers(scope["headers"], self.headers) if self.headers else headers
            call = self.handler(**await self._arguments(scope, path, headers, receive))
            result = await (database.rolled_back(call) if self.unsafe_get and scope["method"] == "HEAD" else call)
        except Refusal as refusal:
            result = self._answer_to(refusal, headers)
        except Exception as error:
            observe.failure(self.operation_id, error)
            result = self.refuse(Unavailable() if database.is_outage(error) else Broken())
        try:
            start, payload = self.answers.start_and_body(result)
        except Violation as violation:
            observe.violation(self.operation_id, violation)
            start, payload = self.answers.start_and_body(self.refuse(Broken()))
        await send(start)
        await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else payload})

    def _answer_to(self, refusal: Refusal, headers: dict[bytes, str]) -> Result:
        result = self.refuse(refusal)
        if _wants_html(headers) and result[1] in self.answers.in_html:
            return refused_page(refusal, result[1])
        return result

    async def _arguments(
        self, scope: Scope, path: dict[str, str], headers: dict[bytes, str], receive: Receive
    ) -> dict[str, Any]:
        arguments: dict[str, Any] = {**self.none_when_absent}
        if self.security:
            arguments |= await self.security.authenticate((scope, headers))
        if self.parameters:
            arguments |= self.parameters.read(scope, path, headers)
        if self.body:
            body = await self.body.read(headers, receive)
            if body is not ABSENT:
                arguments["body"] = body
        if "client" in self.wanted:
            arguments["client"] = self.clients.address(scope)
        if "wants_html" in self.wanted:
            arguments["wants_html"] = _wants_html(headers)
        for name in self.unwanted:
            arguments.pop(name, None)
        return arguments


def _wants_html(headers: dict[bytes, str]) -> bool:
    """Checks whether a browser asks; programs that accept anything get JSON."""
    return "text/html" in headers.get(b"accept", "")


def _select_headers(sent: list[tuple[bytes, bytes]], wanted: frozenset[bytes]) -> dict[bytes, str]:
    """Selects the headers that an operation reads.

    Raises Malformed if one is sent twice, since readers may differ about which counts.
    """
    headers: dict[bytes, str] = {}
    for name, value in sent:
        if name in wanted:
            if name in headers and name != b"accept":
                raise Malformed(SENT_TWICE % name.decode("latin-1").title())
            headers[name] = f"{headers[name]},{value.decode('latin-1')}" if name in headers else value.decode("latin-1")
    return headers
