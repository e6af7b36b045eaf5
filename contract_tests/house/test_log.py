"""The log: it tells what happened and shows nothing that was sent, and whoever does not read it stops nothing."""

import json
import os
import signal
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import BinaryIO, NamedTuple

import httpx
import pytest
from doors import new_address
from doors.appseed import Appseed
from doors.vault import Vault
from support.answers import whole
from support.database import gone
from support.mailbox import awaited, letter_to
from support.server import Server, Serving

OK = (200, {"status": "ok"})


def ready(client: httpx.Client) -> bool:
    return whole(client.get("/health/ready")) == OK


# ---------------------------------------------------------------- what is logged
class Logged(NamedTuple):
    """What a server printed on a journey that met every kind of answer, and what was secret of it."""

    text: str
    secrets: list[str]


@pytest.fixture(scope="module")
def logged(serving: Serving) -> Logged:
    server = serving("--access-log", PORTICO_PASWORD_MIN_LENGTH="20")
    server.expects_failures = True
    client, door, email, password = server.client, server.at(Appseed), new_address(), "a pass of 3 words"
    door.register(email, password)
    door.register(email, password)
    door.register(f"not an address {email}", password)
    door.login(email, f"not {password}")
    token = door.token_of(door.login(email, password))
    door.use(token)
    door.ask("POST", "/api/users/edit", {"username": password, "email": f"new.{email}"}, token)
    client.post("/api/users/login", content=f'{{"email": "{email}"', headers={"Content-Type": "application/json"})
    client.post("/api/users/login", content=f"email={email}&password={password}")
    client.get(f"/api/users/{email}/{token}", params={"token": token, "password": password})
    client.get(f"/{token}")
    client.get(f"/openapi/{token}.json")
    client.request("PROPFIND", f"/docs/{email}")
    with gone(server):
        door.register(f"b.{email}", password)
        door.login(email, password)
    door.logout(Authorization=token)
    return Logged(server.log, [password, token, token.rpartition(".")[2], email, email.partition("@")[0]])


def test_serve_warns_of_what_it_does_not_know(logged: Logged) -> None:
    assert logged.text.splitlines()[:2] == [
        "portico: PORTICO_PASWORD_MIN_LENGTH is not a setting and does nothing",
        "portico: PORTICO_BCRYPT_COST: 4 is for tests; stolen passwords would be guessed fast",
    ]


def test_a04_the_log_holds_no_password_no_token_and_no_address(logged: Logged) -> None:
    for secret in (*logged.secrets, "$2b$", "SELECT", "INSERT"):
        assert secret not in logged.text
    assert '"failure"' in logged.text  # what broke was told, without what was sent


def test_a04_the_access_log_masks_what_is_no_word_of_the_contract(logged: Logged) -> None:
    lines = [json.loads(line) for line in logged.text.splitlines() if '"access"' in line]

    assert [(line["method"], line["path"], line["status"]) for line in lines] == [
        ("POST", "/api/users/register", 200),
        ("POST", "/api/users/register", 400),
        ("POST", "/api/users/register", 400),
        ("POST", "/api/users/login", 400),
        ("POST", "/api/users/login", 200),
        ("POST", "/api/users/checkSession", 200),
        ("POST", "/api/users/edit", 200),
        ("POST", "/api/users/login", 400),
        ("POST", "/api/users/login", 415),
        ("GET", "/api/users/*/*", 404),
        ("GET", "/*", 404),
        ("GET", "/openapi/*", 400),
        ("PROPFIND", "/docs/*", 405),
        ("POST", "/api/users/register", 503),
        ("POST", "/api/users/login", 503),
        ("POST", "/api/users/logout", 200),
    ]
    assert {frozenset(line) for line in lines} == {
        frozenset({"event", "level", "timestamp", "method", "path", "status", "ms", "client"})
    }


def test_no_access_log_unless_asked_for(server: Server, client: httpx.Client) -> None:
    client.get("/health/live")
    assert '"access"' not in server.log


@pytest.mark.parametrize("sent", [signal.SIGKILL, signal.SIGSTOP], ids=["killed", "hung"])
def test_o03_the_death_of_a_worker_is_told(serving: Serving, sent: signal.Signals) -> None:
    server = serving("--workers", "2")
    server.expects_failures = True
    (worker, *_) = workers(server.pid)

    os.kill(worker, sent)

    told = awaited(lambda: [json.loads(line) for line in server.log.splitlines() if '"worker died"' in line], "a line")
    assert [(line["event"], line["pid"], line["status"]) for line in told] == [("worker died", worker, -signal.SIGKILL)]
    assert ready(server.client)


def workers(pid: int) -> list[int]:
    """The children of a server's process that serve."""
    listed = subprocess.run(
        ["ps", "-ww", "-o", "pid=,args=", "--ppid", str(pid)], capture_output=True, text=True, check=True
    )
    return [int(line.split()[0]) for line in listed.stdout.splitlines() if "spawn_main" in line]


# ---------------------------------------------------------------- a log nobody reads
class Unheard(Server):
    """A server over SQLite whose log is a pipe; `reader` is the end of it that nobody reads."""

    def open_log(self) -> BinaryIO:
        self.reader, writer = os.pipe()
        return os.fdopen(writer, "wb")


@pytest.fixture(params=[(), ("--workers", "2")], ids=["one", "workers"])
def unheard(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Unheard]:
    server = Unheard(tmp_path, {}, "--access-log", *request.param)
    yield server
    assert server.stop() == 0


@contextmanager
def without_accounts(folder: Path) -> Iterator[None]:
    with closing(sqlite3.connect(folder / "portico.db", isolation_level=None)) as database:
        database.execute("ALTER TABLE account RENAME TO mislaid")
        yield
        database.execute("ALTER TABLE mislaid RENAME TO account")


def test_o03_a_log_whose_reader_is_gone_stops_nothing(unheard: Unheard, email: str) -> None:
    os.close(unheard.reader)
    client, door = unheard.client, unheard.at(Vault)

    answers = [client.get("/health/live") for _ in range(200)]
    assert {(answer.status_code, answer.text) for answer in answers} == {(200, '{"status":"ok"}')}
    with without_accounts(unheard.folder):
        awaited(lambda: client.get("/health/ready").status_code == 503, "readiness to tell")
        assert door.register(email).status_code == 503
    awaited(lambda: ready(client), "readiness to recover")
    assert door.register(email).status_code == 200
    letter_to(unheard, email)


def test_o03_a_log_that_is_full_stops_nothing(unheard: Unheard) -> None:
    answers = [unheard.client.get("/api/captcha") for _ in range(1500)]  # three times what a pipe holds
    assert {answer.status_code for answer in answers} == {200}

    assert unheard.stop() == 0
    with open(unheard.reader, "rb") as log:
        lines = log.read()
    assert len(lines) > 32_000  # it was full
    assert all(json.loads(line) for line in lines.splitlines() if line.startswith(b"{"))
