"""A live server: the installed command `portico serve`, on a real port, over a real database.

The database is SQLite, or PostgreSQL when PORTICO_TEST_POSTGRES names a server
(`postgres://postgres@127.0.0.1:5432`): then every server of the tests gets a fresh database of its own.
"""

import asyncio
import os
import re
import secrets
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Protocol, TypeVar

import httpx
import pytest
from doors import Door
from support.answers import found, piped

COMMAND = str(Path(sys.executable).with_name("portico"))
POSTGRES = os.environ.get("PORTICO_TEST_POSTGRES")
READY = re.compile(r"listens on (http://\S+)")
SETTINGS = {"PORTICO_BCRYPT_COST": "4"}  # a login in a millisecond

D = TypeVar("D", bound=Door)


class Server:
    """One `portico serve` in a folder of its own. `log` is all it printed, `client` speaks to it."""

    always: tuple[str, ...] = ()  # options of every server, for a plugin that wants them

    def __init__(self, folder: Path, settings: dict[str, str], *options: str) -> None:
        self.folder = folder
        self.environment = environment(SETTINGS | settings)
        self.options = options
        self.expects_failures = False  # a test that breaks something on purpose says so
        self.start()

    def at(self, kind: type[D]) -> D:
        """Returns a client of that door here, always the same one until the server is started again."""
        if kind not in self._doors:
            self._doors[kind] = kind(self.client, self.folder / "outbox")
        door = self._doors[kind]
        assert isinstance(door, kind)
        return door

    def forget_doors(self) -> None:
        """What they remember of this server, such as an application, is there no more."""
        self._doors.clear()

    def start(self) -> None:
        self._log = self.open_log()
        self._asked_to_stop = False
        self._doors: dict[type[Door], Door] = {}
        self.process = subprocess.Popen(
            [COMMAND, "serve", "--port", "0", *self.always, *self.options],
            cwd=self.folder,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=self._log,
            text=True,
        )
        line = piped(self.process.stdout).readline()
        if not line:
            self._close()
            raise RuntimeError(f"the server did not start:\n{self.log}")
        self.url = found(READY, line)[1]
        self.client = httpx.Client(base_url=self.url, timeout=20)

    def open_log(self) -> BinaryIO:
        return (self.folder / "server.log").open("ab")

    @property
    def pid(self) -> int:
        return self.process.pid

    @property
    def log(self) -> str:
        return (self.folder / "server.log").read_text()

    def ask_to_stop(self) -> None:
        """Asks the process to stop, once: asked again, a process that is ending would be interrupted."""
        if not self._asked_to_stop:
            self._asked_to_stop = True
            self.process.send_signal(signal.SIGTERM)

    def stop(self) -> int:
        """Stops it as an operator would, and returns its exit status."""
        self.client.close()
        self.ask_to_stop()
        return self._close()

    def _close(self) -> int:
        """Waits for the end of the process, and returns its exit status."""
        status = self.process.wait(timeout=40)
        piped(self.process.stdout).close()
        self._log.close()
        return status

    def run(self, *command: str) -> str:
        """Runs another `portico` command with the same settings, and returns what it printed."""
        done = subprocess.run(
            [COMMAND, *command], cwd=self.folder, env=self.environment, capture_output=True, text=True, timeout=60
        )
        assert done.returncode == 0, done.stderr
        return done.stdout


class Serving(Protocol):
    """Starts a server: `serving("--port", "0", PORTICO_PROFILE="strict")`."""

    def __call__(self, *options: str, **settings: str) -> Server: ...


def environment(settings: dict[str, str]) -> dict[str, str]:
    """Returns the environment without settings of whoever runs the tests, and with these."""
    return {name: value for name, value in os.environ.items() if not name.startswith("PORTICO_")} | settings


def free_port() -> int:
    """Finds a port nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


def fresh_postgres() -> str:
    """Makes a new, empty database, and returns its URL."""
    import asyncpg

    name = f"portico_{secrets.token_hex(6)}"

    async def create() -> None:
        connection = await asyncpg.connect(f"{POSTGRES}/postgres")
        await connection.execute(f"CREATE DATABASE {name}")
        await connection.close()

    asyncio.run(create())
    return f"{POSTGRES}/{name}"


def drop_postgres(url: str) -> None:
    import asyncpg

    async def drop() -> None:
        connection = await asyncpg.connect(f"{POSTGRES}/postgres")
        await connection.execute(f"DROP DATABASE {url.rpartition('/')[2]} WITH (FORCE)")
        await connection.close()

    asyncio.run(drop())


@contextmanager
def starting(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    """Starts servers; ends them and looks into their logs."""
    servers: list[Server] = []
    databases: list[str] = []

    def serve(*options: str, **settings: str) -> Server:
        folder = tmp_path_factory.mktemp("portico")
        if POSTGRES and "PORTICO_DATABASE_URL" not in settings:
            settings["PORTICO_DATABASE_URL"] = fresh_postgres()
            databases.append(settings["PORTICO_DATABASE_URL"])
        if POSTGRES:
            settings.setdefault("PORTICO_SECRET_KEY", secrets.token_hex(32))
            subprocess.run([COMMAND, "migrate"], cwd=folder, env=environment(settings), check=True, capture_output=True)
        server = Server(folder, settings, *options)
        servers.append(server)
        return server

    yield serve
    running = [server for server in servers if server.process.poll() is None]
    for server in running:
        server.ask_to_stop()
    for server in running:
        server.stop()
    for database in databases:
        drop_postgres(database)
    for server in servers:
        if not server.expects_failures:
            assert [line for line in server.log.splitlines() if "contract violation" in line] == []
            assert '"failure"' not in server.log
        assert "Traceback" not in server.log
