"""`portico serve`: listens, prepares the database, serves, announces that it is ready, stops in good order."""

import asyncio
import signal
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from urllib.parse import urlsplit

import uvicorn
from starlette.types import ASGIApp
from uvicorn.supervisors import Multiprocess

from portico import __version__
from portico.core import database, keys, passwords
from portico.core.house import opened
from portico.core.settings import Settings, WrongSetting, replace

from . import garbage, observe
from .console import tell
from .protocol import Protocol

STARTUP_FAILURE = 3  # an exit status; uvicorn has the same for a worker
LONGEST_START = 30  # seconds until a worker is ready
LONGEST_STOP = 30  # seconds for the requests in flight
LISTEN_BACKLOG = 2048  # connections that wait to be accepted
LONGEST_IDLE = 30  # seconds a connection may stay open between requests


def serve(settings: Settings, host: str, port: int, workers: int, access_log: bool) -> None:
    """Serves until SIGTERM or Ctrl-C, finishing the requests in flight. Raises WrongSetting or BrokenContract."""
    observe.configure()
    listener = _listener(host, port)
    address = _address(host, listener.getsockname()[1])
    if "public_url" not in settings.model_fields_set:
        reachable = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
        settings = replace(settings, public_url=_address(reachable, listener.getsockname()[1]))
    app = application(settings, host, access_log)  # a contract that is refused leaves no database behind
    settings = asyncio.run(_prepare(settings))
    with _told(host, port):
        listener.listen(LISTEN_BACKLOG)
    garbage.freeze_now()  # before the next import freezes what a migration left behind
    announce = partial(_announce, settings, address)
    config = uvicorn.Config(
        app if workers == 1 else partial(application, settings, host, access_log),
        factory=workers > 1,
        workers=workers,
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        http=Protocol,
        ws="none",
        timeout_keep_alive=LONGEST_IDLE,
        timeout_graceful_shutdown=LONGEST_STOP,
    )
    signal.signal(signal.SIGTERM, _exit)  # uvicorn raises it again once it has stopped in good order
    try:
        _run(config, listener, announce)
    except KeyboardInterrupt:
        sys.exit(0)


def _exit(*_: object) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # a second SIGTERM would end in a traceback
    sys.exit(0)


def application(settings: Settings, host: str, access_log: bool) -> ASGIApp:
    """Makes the application of one serving process. Raises BrokenContract."""
    with garbage.frozen_after_import():
        from .app import create_app

    observe.configure()
    app = create_app(settings, listening=host, access_log=access_log)
    garbage.freeze_now()
    return app


class _Server(uvicorn.Server):
    """Announces that it is ready."""

    def __init__(self, config: uvicorn.Config, announce: Callable[[], None]) -> None:
        super().__init__(config)
        self.announce = announce

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets=sockets)
        if self.started:
            self.announce()


class _Workers(Multiprocess):
    """Announces that all workers are ready, reports those that died, and stops listening before it stops them."""

    def __init__(self, config: uvicorn.Config, listener: socket.socket, announce: Callable[[], None]) -> None:
        super().__init__(config, [listener])
        self.announce = announce

    def init_processes(self) -> None:
        super().init_processes()
        ready = [process.wait_until_ready(LONGEST_START, self.should_exit) for process in self.processes]
        if all(ready):
            self.announce()

    def keep_subprocess_alive(self) -> None:
        """Logs the workers that are replaced, whether they died or hung."""
        before = [*self.processes]
        super().keep_subprocess_alive()
        for process in before:
            if process not in self.processes:
                observe.log.error("worker died", pid=process.pid, status=process.exitcode)

    def terminate_all(self) -> None:
        for listener in self.sockets:
            listener.close()
        super().terminate_all()


def _run(config: uvicorn.Config, listener: socket.socket, announce: Callable[[], None]) -> None:
    if config.workers > 1:
        supervisor = _Workers(config, listener, announce)
        supervisor.run()
        if any(process.exitcode == STARTUP_FAILURE for process in supervisor.processes):
            sys.exit(STARTUP_FAILURE)
        return
    server = _Server(config, announce)
    server.run(sockets=[listener])
    if not server.started:
        sys.exit(STARTUP_FAILURE)


async def _prepare(settings: Settings) -> Settings:
    """Makes or migrates the database, and makes what keys are missing. Returns the settings with the secret key."""
    async with opened(settings, create=True) as house:
        if settings.sqlite_file:
            await database.migrate(settings)
        await database.refuse_unready()
        await keys.start()  # else two workers might make a first one each
        await passwords.refuse_other_key()
        return house.settings


def _listener(host: str, port: int) -> socket.socket:
    """Takes the port, without listening yet."""
    try:
        family, *_, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
    except OSError:
        raise WrongSetting(f"--host {host}: no such address") from None
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    with _told(host, port):
        listener.bind(address)
    listener.set_inheritable(True)
    return listener


@contextmanager
def _told(host: str, port: int) -> Iterator[None]:
    """Raises WrongSetting if the body cannot have the port."""
    try:
        yield
    except OSError as error:
        raise WrongSetting(f"--port {port}: cannot listen on {_address(host, port)}: {error.strerror}") from None


def _address(host: str, port: int) -> str:
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _mail_destination(settings: Settings) -> str:
    parts = urlsplit(settings.mail_url)
    return (
        f"land in {settings.mail_url.removeprefix('file://')}/"
        if parts.scheme == "file"
        else f"leave by {parts.hostname}"
    )


def _announce(settings: Settings, address: str) -> None:
    where = settings.sqlite_file or settings.database_url.rpartition("@")[2]
    tell(
        f"Portico {__version__} listens on {address}\n"
        f"  documentation  {address}/docs\n"
        f"  doors          {', '.join(settings.doors)}\n"
        f"  database       {where}\n"
        f"  mails          {_mail_destination(settings)}\n"
        "Ctrl-C stops it and finishes what is under way."
    )
