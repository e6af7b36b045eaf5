"""Security: finds the credentials of a request and lets a function of the door verify them.

Each scheme of the contract names that function (`x-apikeyInfoFunc`, `x-bearerInfoFunc`, …, as in Connexion). It takes
the credential and returns a dict, whose `sub` the handler gets as `user`, or raises the refusal that says why not.
"""

import binascii
import inspect
from base64 import b64decode
from collections.abc import Awaitable, Callable
from typing import Any

from starlette.types import Scope

from portico.core.refusals import NoSession, TokenMalformed, TokenMissing
from portico.runtime.modules import function_named, takes

from .parameters import read_cookies, read_query

Request = tuple[Scope, dict[bytes, str]]  # the scope, and the headers that were asked for
Credential = tuple[Any, ...]  # the arguments of the function that verifies it
Finder = Callable[[Request], Credential | None]
Info = dict[str, Any]
Check = tuple[Finder, Callable[..., Awaitable[Info]]]

ARGUMENTS_IN_WORDS = {1: "one argument, the credential", 2: "two arguments, a name and a password"}


class Security:
    """The security requirements of one operation, of which one must be met.

    An empty requirement makes credentials optional, and invalid ones count as none then.
    """

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

    async def authenticate(self, request: Request) -> dict[str, object]:
        """Returns `user` and `token_info` for the handler. Raises a NoSession.

        Where credentials are optional, `token_info` tells an absent one (None) from an invalid one ({"refusal": …}).
        """
        refusal = None
        for find, verify in self._alternatives:
            credential = find(request)
            if credential is None:
                continue
            try:
                info = await verify(*credential)
            except NoSession as invalid:
                refusal = refusal or invalid
            else:
                return {"user": info.get("sub"), "token_info": info}
        if not self.optional:
            raise refusal or TokenMissing()
        return {"user": None, "token_info": {"refusal": refusal} if refusal else None}


def _all_of(checks: list[Check]) -> Check:
    """Makes one check of several that must all be met."""
    if len(checks) == 1:
        return checks[0]

    def find_all(request: Request) -> Credential | None:
        credentials = tuple(find(request) for find, _ in checks)
        return None if None in credentials else credentials

    async def verify_all(*credentials: Credential) -> Info:
        info: Info = {}
        for credential, (_, verify) in zip(credentials, checks, strict=True):
            info |= await verify(*credential)
        return info

    return find_all, verify_all


def _function(scheme: dict[str, Any], key: str, credentials: int = 1) -> Callable[..., Awaitable[Info]]:
    if key not in scheme:
        raise ValueError(f"a security scheme names no {key}")
    try:
        function: Callable[..., Awaitable[Info]] = function_named(str(scheme[key]))
    except ValueError as error:
        raise ValueError(f"{key}: {error}") from None
    if not inspect.iscoroutinefunction(function) or not takes(function, credentials):
        raise ValueError(f"{key}: {scheme[key]} must be an async function of {ARGUMENTS_IN_WORDS[credentials]}")
    return function


def _header(name: bytes) -> Finder:
    def find(request: Request) -> Credential | None:
        value = request[1].get(name)
        return (value,) if value else None

    return find


def _cookie(name: str) -> Finder:
    def find(request: Request) -> Credential | None:
        value = read_cookies(request[1].get(b"cookie", "")).get(name)
        return (value,) if value else None

    return find


def _query(name: str) -> Finder:
    def find(request: Request) -> Credential | None:
        values = read_query(request[0]["query_string"]).get(name)
        return (values[0],) if values and values[0] else None

    return find


def _bearer(request: Request) -> Credential | None:
    scheme, _, token = request[1].get(b"authorization", "").partition(" ")
    return (token.strip(),) if scheme.lower() == "bearer" and token.strip() else None


def _basic(request: Request) -> Credential | None:
    scheme, _, encoded = request[1].get(b"authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        name, colon, password = b64decode(encoded.strip(), validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        raise TokenMalformed() from None
    return (name, password) if colon else None
