"""`python -m benchmarks.worker VARIANT` runs one application without sockets, in slices.

It reads lines from standard input, each with an operation and a number of requests, and answers each line with the time
of one request in microseconds.
"""

import asyncio
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import uvloop

from .api import Application, Receive, Request, Scope
from .users import Users, WrongAnswer, ask
from .variants import GROWTH, Variant, find

GROWN = {
    "static": [Request("GET", "/plain", answer={"success": True})],
    "templated": [Request("GET", "/things/7", answer={"success": True})],
}


def main(name: str) -> None:
    variant = find(name)
    application = variant.application()
    uvloop.run(_work(variant, application))


async def _work(variant: Variant, application: Application) -> None:
    async with _living(application):
        operations = await _operations(variant, application)
        print("ready", flush=True)
        for line in sys.stdin:
            operation, times = line.split()
            print(await _slice(application, operations[operation], int(times)), flush=True)


async def _operations(variant: Variant, application: Application) -> dict[str, list[Request]]:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(application), base_url="http://worker") as client:
        if variant not in GROWTH:
            return (await Users.of(client, variant.api)).operations
        for requests in GROWN.values():
            await ask(client, requests[0])
        return GROWN


async def _slice(application: Application, requests: list[Request], times: int) -> float:
    """Returns the microseconds per request."""
    prepared = [(_scope(request), _receive(request)) for request in requests]
    began = time.perf_counter()
    for number in range(times):
        scope, receive = prepared[number % len(prepared)]
        await application({**scope, "headers": [*scope["headers"]], "state": {}}, receive, _send)
    return (time.perf_counter() - began) / times * 1e6


async def _send(message: Scope) -> None:
    if message["type"] == "http.response.start" and message["status"] != 200:
        raise WrongAnswer(f"status {message['status']}")


def _receive(request: Request) -> Receive:
    async def receive() -> Scope:
        return {"type": "http.request", "body": request.body, "more_body": False}

    return receive


def _scope(request: Request) -> Scope:
    headers = {"host": "worker", **request.headers, "content-length": str(len(request.body))}
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "server": ("127.0.0.1", 80),
        "client": ("127.0.0.1", 1),
        "scheme": "http",
        "root_path": "",
        "method": request.method,
        "path": request.path,
        "raw_path": request.path.encode(),
        "query_string": b"",
        "headers": [(name.lower().encode(), value.encode()) for name, value in headers.items()],
    }


@asynccontextmanager
async def _living(application: Application) -> AsyncIterator[None]:
    """Starts the application, and shuts it down at the end."""
    incoming: asyncio.Queue[Scope] = asyncio.Queue()
    outgoing: asyncio.Queue[Scope] = asyncio.Queue()
    scope = {"type": "lifespan", "asgi": {"version": "3.0", "spec_version": "2.0"}, "state": {}}
    life = asyncio.ensure_future(application(scope, incoming.get, outgoing.put))
    for event in ("startup", "shutdown"):
        await incoming.put({"type": f"lifespan.{event}"})
        message = await outgoing.get()
        if message["type"] != f"lifespan.{event}.complete":
            raise RuntimeError(message.get("message") or message["type"])
        if event == "startup":
            yield
    await life


if __name__ == "__main__":
    main(sys.argv[1])
