"""Security requirements: alternatives of schemes, each scheme a place to look and a function of the door to ask.

The function (`x-apikeyInfoFunc`, `x-bearerInfoFunc`, …, as in Connexion) takes the credential and returns a dict
whose `sub` the handler gets as `user`, or raises the refusal that says why not.
"""

import binascii
import inspect
from base64 import b64decode
from collections.abc import Awaitable, Callable
from typing import Any

from starlette.types import Scope

from portico.core.refusals import NoSession, TokenMalformed, TokenMissing
from portico.runtime.modules import function_named, takes

from .parameters import grouped, parse_fields, read_cookies

Request = tuple[Scope, dict[bytes, str]]  # the scope, and the headers that were asked for
Sent = tuple[Any, ...]  # a credential, as the arguments of the function that is asked
Credential = Callable[[Request], Sent | None]
Info = dict[str, Any]
Check = tuple[Credential, Callable[..., Awaitable[Info]]]

WORDS = {1: "one argument, the credential", 2: "two arguments, a name and a password"}


class Security:
    """The alternatives of one operation. An empty one makes credentials optional: then a dead one counts as none."""

    def __init__(self, requirements: list[dict[str, Any]], schemes: dict[str, dict[str, Any]]) -> None:
        self.headers: set[bytes] = set()
        self.optional = any(not requirement for requirement in requirements)
        self._alternatives = [
            _all_of([self._check(schemes[name]) for name in requirement]) for requirement in requirements if requirement
        ]

    def __bool__(self) -> bool:
        return bool(self._alternatives)

    def _check(self, scheme: dict[str, Any]) -> Check:
        match scheme:
            case {"type": "apiKey", "in": "header", "name": name}:
                self.headers.add(name.lower().encode())
                return _header(name.lower().encode()), _function(scheme, "x-apikeyInfoFunc")
            case {"type": "apiKey", "in": "cookie", "name": name}:
                self.headers.add(b"cookie")
                return _cookie(name), _function(scheme, "x-apikeyInfoFunc")
            case {"type": "apiKey", "in": "query", "name": name}:
                return _query(name), _function(scheme, "x-apikeyInfoFunc")
            case {"type": "http", "scheme": "basic"}:
                self.headers.add(b"authorization")
                return _basic, _function(scheme, "x-basicInfoFunc", 2)
            case {"type": "http", "scheme": "bearer"}:
                self.headers.add(b"authorization")
                return _bearer, _function(scheme, "x-bearerInfoFunc")
            case {"type": "oauth2" | "openIdConnect"}:
                self.headers.add(b"authorization")
                return _bearer, _function(scheme, "x-tokenInfoFunc")
        raise ValueError(f"security scheme of type {scheme.get('type')!r} is not compiled")

    async def admit(self, request: Request) -> dict[str, object]:
        """`user` and `token_info` for the handler. Raises a NoSession.

        Where credentials are optional, `token_info` tells an absent one (None) from a dead one ({"refusal": …}).
        """
        refusal = None
        for credential, ask in self._alternatives:
            sent = credential(request)
            if sent is None:
                continue
            try:
                info = await ask(*sent)
            except NoSession as dead:
                refusal = refusal or dead
            else:
                return {"user": info.get("sub"), "token_info": info}
        if not self.optional:
            raise refusal or TokenMissing()
        return {"user": None, "token_info": {"refusal": refusal} if refusal else None}


def _all_of(checks: list[Check]) -> Check:
    """Several schemes that must all be satisfied, as one."""
    if len(checks) == 1:
        return checks[0]

    def credential(request: Request) -> Sent | None:
        sent = tuple(credential(request) for credential, _ in checks)
        return None if None in sent else sent

    async def ask(*sent: Sent) -> Info:
        info: Info = {}
        for credentials, (_, ask) in zip(sent, checks, strict=True):
            info |= await ask(*credentials)
        return info

    return credential, ask


def _function(scheme: dict[str, Any], key: str, credentials: int = 1) -> Callable[..., Awaitable[Info]]:
    if key not in scheme:
        raise ValueError(f"a security scheme names no {key}")
    try:
        function: Callable[..., Awaitable[Info]] = function_named(str(scheme[key]))
    except ValueError as error:
        raise ValueError(f"{key}: {error}") from None
    if not inspect.iscoroutinefunction(function) or not takes(function, credentials):
        raise ValueError(f"{key}: {scheme[key]} must be an async function of {WORDS[credentials]}")
    return function


def _header(name: bytes) -> Credential:
    def credential(request: Request) -> Sent | None:
        value = request[1].get(name)
        return (value,) if value else None

    return credential


def _cookie(name: str) -> Credential:
    def credential(request: Request) -> Sent | None:
        value = read_cookies(request[1].get(b"cookie", "")).get(name)
        return (value,) if value else None

    return credential


def _query(name: str) -> Credential:
    def credential(request: Request) -> Sent | None:
        values = grouped(parse_fields(request[0]["query_string"].decode("latin-1"))).get(name)
        return (values[0],) if values and values[0] else None

    return credential


def _bearer(request: Request) -> Sent | None:
    scheme, _, token = request[1].get(b"authorization", "").partition(" ")
    return (token.strip(),) if scheme.lower() == "bearer" and token.strip() else None


def _basic(request: Request) -> Sent | None:
    scheme, _, encoded = request[1].get(b"authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        name, colon, password = b64decode(encoded.strip(), validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        raise TokenMalformed() from None
    return (name, password) if colon else None
