"""The ceiling: what uvicorn can do with an application that does nothing."""

from ..api import Application, Receive, Scope, Send

LIVE, DONE = b'{"status":"ok"}', b'{"success":true}'


def create() -> Application:
    return application


async def application(scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "lifespan":
        await _lifespan(receive, send)
        return
    body = LIVE if scope["path"] == "/health/live" else DONE
    headers = [(b"content-length", b"%d" % len(body)), (b"content-type", b"application/json")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def _lifespan(receive: Receive, send: Send) -> None:
    for event in ("startup", "shutdown"):
        await receive()
        await send({"type": f"lifespan.{event}.complete"})
