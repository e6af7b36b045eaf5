"""The log: one line per event on standard error, in JSON unless that is a terminal.

No line holds what a client sent. A failure is logged by its type and its place in the code, an access by its path, in
which only the beginning of a documented path is shown. A line that cannot be written at once is lost.
"""

import logging
import select
import sys
import time
import traceback
from collections.abc import Callable, Iterable
from typing import TextIO

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from structlog.typing import EventDict, Processor

from .clients import Clients
from .console import silence
from .documents import count_in_common, segments

LONGEST_LINE = 4000  # characters; a pipe that can be written to takes PIPE_BUF octets, 4096 on Linux, without waiting
QUIET_LOGGERS = ("connexion", "tortoise", "uvicorn.access", "asyncio", "aiosqlite", "python_multipart")

log: structlog.stdlib.BoundLogger = structlog.stdlib.get_logger("portico")


def configure() -> None:
    """Sends our own lines and those of the libraries through one handler, whose `emit` never raises."""
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
    for name in QUIET_LOGGERS:
        logging.getLogger(name).setLevel(logging.ERROR)


class LossyHandler(logging.StreamHandler[TextIO]):
    """Loses a line rather than wait until the log is read, for a full pipe would stop the server."""

    def emit(self, record: logging.LogRecord) -> None:
        if _takes_a_line(self.stream):
            super().emit(record)

    def format(self, record: logging.LogRecord) -> str:
        return super().format(record)[:LONGEST_LINE]

    def handleError(self, record: logging.LogRecord) -> None:  # logging's name
        if isinstance(sys.exc_info()[1], BrokenPipeError):
            silence(self.stream)  # the reader is gone for good


def _takes_a_line(stream: TextIO) -> bool:
    try:
        return bool(select.select([], [stream], [], 0)[1])
    except (OSError, ValueError, TypeError):  # it is closed, or there never was one
        return False


def _without_values(logger: object, method: str, event: EventDict) -> EventDict:
    """Replaces an exception by its type and place. Its text may quote a row or a request, unless it is ours."""
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
    """Logs that something failed which should not: our code, or the database."""
    log.error("failure", where=where, error=type(error).__name__, at=_place(error))


def violation(operation_id: str, complaint: Exception) -> None:
    """Logs that an answer broke the contract and was not sent."""
    log.error("contract violation", operation=operation_id, complaint=str(complaint))


def _place(error: BaseException) -> str:
    frames = traceback.extract_tb(error.__traceback__)[-6:]
    return " > ".join(f"{frame.filename.rpartition('/')[2]}:{frame.lineno} {frame.name}" for frame in frames)


class Mask:
    """Masks a path for the log, but for the beginning of a documented path: the rest may be a secret."""

    def __init__(self, documented: Iterable[str]) -> None:
        self._documented = [segments(path) for path in documented]

    def __call__(self, path: str) -> str:
        sent = segments(path)
        shared = max(count_in_common(sent, known) for known in self._documented)
        return "/" + "/".join(sent[:shared] + [segment and "*" for segment in sent[shared:]])


class AccessLog:
    """Logs one line per request, for `portico serve --access-log`."""

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
