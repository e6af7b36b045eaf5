"""What the operator sees: one line per event, on standard error; for people on a terminal, else JSON.

No line holds what a client sent. A failure is told by its type and its place in the code, an access by its path with
every segment masked that is not a word of the contract. A line that cannot be written now is lost, and nothing else.
"""

import logging
import select
import sys
import time
import traceback
from collections.abc import Callable
from typing import TextIO

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from structlog.typing import EventDict, Processor

from .clients import Clients
from .console import silence

LONGEST_LINE = 4000  # characters; a pipe that can be written to takes PIPE_BUF octets, 4096 on Linux, without waiting
QUIET = ("connexion", "tortoise", "uvicorn.access", "asyncio", "aiosqlite", "python_multipart")

log: structlog.stdlib.BoundLogger = structlog.stdlib.get_logger("portico")


def configure() -> None:
    """Sends our own lines and those of the libraries the same way, through handlers whose `emit` never raises."""
    shared: list[Processor] = [
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    people = sys.stderr is not None and sys.stderr.isatty()
    renderer: Processor = structlog.dev.ConsoleRenderer() if people else structlog.processors.JSONRenderer()
    handler = LossyHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
            foreign_pre_chain=[*shared, _without_values],
        )
    )
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    logging.getLogger("portico").setLevel(logging.INFO)
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.ERROR)


class LossyHandler(logging.StreamHandler[TextIO]):
    """Loses a line rather than wait for whoever reads the log: a full pipe would stop the server."""

    def emit(self, record: logging.LogRecord) -> None:
        if _takes_a_line(self.stream):
            super().emit(record)

    def format(self, record: logging.LogRecord) -> str:
        return super().format(record)[:LONGEST_LINE]

    def handleError(self, record: logging.LogRecord) -> None:  # logging's name
        if isinstance(sys.exc_info()[1], BrokenPipeError):
            silence(self.stream)  # there will be no reader any more


def _takes_a_line(stream: TextIO) -> bool:
    try:
        return bool(select.select([], [stream], [], 0)[1])
    except (OSError, ValueError, TypeError):  # closed, or never there
        return False


def _without_values(logger: object, method: str, event: EventDict) -> EventDict:
    """An exception as its type and place: its text may quote a row or a request, unless it is one of our own."""
    record = event.get("_record")
    if record is not None and record.exc_info:
        error = record.exc_info[1]
        record.exc_info = None
        event.pop("exc_info", None)
        event.update(error=type(error).__name__, at=_place(error))
        if type(error).__module__.startswith("portico."):
            event["reason"] = str(error)
    return event


def failure(where: str, error: BaseException) -> None:
    """Something failed that should not: our code, or the database."""
    log.error("failure", where=where, error=type(error).__name__, at=_place(error))


def violation(operation_id: str, complaint: Exception) -> None:
    """An answer of ours broke the contract and was not sent."""
    log.error("contract violation", operation=operation_id, complaint=str(complaint))


def _place(error: BaseException) -> str:
    frames = traceback.extract_tb(error.__traceback__)[-6:]
    return " > ".join(f"{frame.filename.rpartition('/')[2]}:{frame.lineno} {frame.name}" for frame in frames)


class AccessLog:
    """One line per request: `portico serve --access-log`."""

    def __init__(self, app: ASGIApp, mask: Callable[[str], str], clients: Clients) -> None:
        self.app = app
        self.mask = mask
        self.clients = clients

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        began = time.perf_counter()

        async def logged(message: Message) -> None:
            if message["type"] == "http.response.start":
                milliseconds = round((time.perf_counter() - began) * 1000, 1)
                path = self.mask(scope["path"])
                log.info(
                    "access",
                    method=scope["method"],
                    path=path,
                    status=message["status"],
                    ms=milliseconds,
                    client=self.clients.address(scope),
                )
            await send(message)

        await self.app(scope, receive, logged)
