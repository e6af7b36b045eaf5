"""How to talk to a variant: the requests of each operation, and the answers that are right."""

import json
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass, field, replace
from typing import Any, Protocol
from urllib.parse import urlencode

Json = dict[str, Any]
Headers = dict[str, str]
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Scope]]
Send = Callable[[Scope], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]  # an ASGI application

JSON = "application/json"
OK = frozenset({200})
REFUSED = frozenset({400, 401, 422})


@dataclass(frozen=True)
class Request:
    method: str
    path: str
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    statuses: frozenset[int] = OK
    answer: Json = field(default_factory=dict)  # the answer must contain this

    def raw(self, host: str) -> bytes:
        """Returns the request as it goes over the wire."""
        headers = {"Host": host, **self.headers}
        if self.body or self.method != "GET":
            headers["Content-Length"] = str(len(self.body))
        lines = [f"{self.method} {self.path} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
        return "\r\n".join([*lines, "", ""]).encode() + self.body


@dataclass(frozen=True)
class Person:
    email: str
    password: str
    name: str


class Api(Protocol):
    def live(self) -> Request: ...
    def register(self, person: Person) -> Request: ...
    def login(self, person: Person) -> Request: ...
    def token(self, answer: Json) -> str: ...
    def check_session(self, token: str) -> Request: ...
    def edit(self, token: str, name: str) -> Request: ...
    def refused(self, token: str) -> list[Request]:
        """Returns requests that must fail: one with a forged token, one with an invalid body."""
        ...


class Appseed:
    """The door `appseed`; the hand-written variants have the same API."""

    def live(self) -> Request:
        return Request("GET", "/health/live", answer={"status": "ok"})

    def register(self, person: Person) -> Request:
        body = {"email": person.email, "password": person.password, "username": person.name}
        return _json("POST", "/api/users/register", body, answer={"success": True})

    def login(self, person: Person) -> Request:
        body = {"email": person.email, "password": person.password}
        return _json("POST", "/api/users/login", body, answer={"success": True})

    def token(self, answer: Json) -> str:
        return str(answer["token"])

    def check_session(self, token: str) -> Request:
        return Request("POST", "/api/users/checkSession", {"Authorization": token}, answer={"success": True})

    def edit(self, token: str, name: str) -> Request:
        return _json("POST", "/api/users/edit", {"username": name}, token, answer={"success": True})

    def refused(self, token: str) -> list[Request]:
        forged = replace(self.check_session(_forged(token)), answer={"success": False})
        return [forged, _json("POST", "/api/users/edit", {"username": ""}, token, REFUSED)]


class AppseedOnStock(Appseed):
    """Sends a body with `checkSession`: stock Connexion refuses an empty one even where it is optional."""

    def check_session(self, token: str) -> Request:
        return _json("POST", "/api/users/checkSession", {}, token, answer={"success": True})


class FastapiUsers:
    """The routes of fastapi-users. Its session check reads the user; its login takes a form and stores no session."""

    def live(self) -> Request:
        return Request("GET", "/health/live", answer={"status": "ok"})

    def register(self, person: Person) -> Request:
        body = {"email": person.email, "password": person.password, "name": person.name}
        return _json("POST", "/auth/register", body, statuses=frozenset({201}), answer={"email": person.email})

    def login(self, person: Person) -> Request:
        form = urlencode({"username": person.email, "password": person.password}).encode()
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        return Request("POST", "/auth/jwt/login", headers, form, answer={"token_type": "bearer"})

    def token(self, answer: Json) -> str:
        return f"Bearer {answer['access_token']}"

    def check_session(self, token: str) -> Request:
        return Request("GET", "/users/me", {"Authorization": token}, answer={"is_active": True})

    def edit(self, token: str, name: str) -> Request:
        return _json("PATCH", "/users/me", {"name": name}, token, answer={"name": name})

    def refused(self, token: str) -> list[Request]:
        forged = replace(self.check_session(_forged(token)), statuses=REFUSED, answer={})
        return [forged, _json("PATCH", "/users/me", {"name": ""}, token, REFUSED)]


class Anything(Appseed):
    """The API of an application that gives the same answer to everything."""

    def token(self, answer: Json) -> str:
        return "x" * 320  # about as long as a signed token

    def refused(self, token: str) -> list[Request]:
        return []


def _json(
    method: str,
    path: str,
    body: Json,
    token: str | None = None,
    statuses: frozenset[int] = OK,
    answer: Json | None = None,
) -> Request:
    headers = {"Content-Type": JSON} | ({"Authorization": token} if token else {})
    return Request(method, path, headers, json.dumps(body).encode(), statuses, answer or {})


def _forged(token: str) -> str:
    signature = token.rpartition(".")[2]
    return token.removesuffix(signature) + signature[::-1]
