"""CORS: puts Starlette's middleware in the way of requests that have an `Origin`, and of no others."""

from ipaddress import ip_address
from typing import TypedDict

from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from portico.core.settings import Settings

from .pipeline.answers import SAFE_HEADERS

REQUEST_HEADERS = ["authorization", "content-type", "token"]
ANSWER_HEADERS = ["token", "retry-after", "www-authenticate"]
METHODS = ["GET", "POST", "PUT", "DELETE"]
LOOPBACK_ORIGINS = r"https?://(localhost|127\.0\.0\.1|\[::1\])(:[0-9]{1,5})?"


class Cors:
    """`listening`: the address of the server. On loopback it answers loopback origins, unless settings name others."""

    def __init__(self, app: ASGIApp, *, settings: Settings, listening: str) -> None:
        self.app = app
        self.cors = CORSMiddleware(
            app,
            allow_methods=METHODS,
            allow_headers=REQUEST_HEADERS,
            expose_headers=ANSWER_HEADERS,
            **_origins(settings, listening),
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if not _has_origin(scope):
            await self.app(scope, receive, send)
            return

        async def send_with_safe_headers(message: Message) -> None:
            if message["type"] == "http.response.start" and scope["method"] == "OPTIONS":
                message["headers"] += [header for header in SAFE_HEADERS if header not in message["headers"]]
            await send(message)

        await self.cors(scope, receive, send_with_safe_headers)


def _has_origin(scope: Scope) -> bool:
    if scope["type"] == "http":
        for name, _ in scope["headers"]:  # every request passes here, and `any` would take three times as long
            if name == b"origin":
                return True
    return False


class _Origins(TypedDict, total=False):
    allow_origins: list[str]
    allow_origin_regex: str


def _origins(settings: Settings, listening: str) -> _Origins:
    if settings.cors_origins is not None:
        return {"allow_origins": list(settings.cors_origins)}
    return {"allow_origin_regex": LOOPBACK_ORIGINS} if _is_loopback(listening) else {}


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
