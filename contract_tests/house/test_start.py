"""`portico serve`: it needs nothing to start; where it cannot, it says why in one line and leaves nothing behind."""

import signal
import socket
import sqlite3
import stat
import subprocess
from contextlib import closing

import httpx
import pytest
from doors import DOORS
from doors.appseed import Appseed
from support.answers import found, piped
from support.commands import Portico, refusal
from support.server import COMMAND, POSTGRES, READY, drop_postgres, environment, fresh_postgres

from portico import __version__

GOOD_SECRET = "0123456789abcdef" * 4
UNANSWERED = {
    "PORTICO_DATABASE_URL": "postgres://portico:hunter22@127.0.0.1:1/portico",
    "PORTICO_SECRET_KEY": GOOD_SECRET,
}


@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGINT])
def test_serve_needs_nothing(portico: Portico, ending: signal.Signals) -> None:
    command, pipe = [COMMAND, "serve", "--port", "0"], subprocess.PIPE
    with subprocess.Popen(
        command, cwd=portico.folder, env=environment({}), stdout=pipe, stderr=pipe, text=True, umask=0o022
    ) as process:
        try:
            printed = [piped(process.stdout).readline().rstrip() for _ in range(6)]
            address = found(READY, printed[0])[1]
            with httpx.Client(base_url=address, timeout=20) as client:
                assert Appseed(client).register("test@appseed.us").status_code == 200
                assert client.get("/docs").status_code == 200
            modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in portico.folder.iterdir()}
            process.send_signal(ending)
            assert process.wait(timeout=20) == 0
            assert (piped(process.stdout).read(), piped(process.stderr).read()) == ("", "")
        finally:
            process.kill()

    assert printed == [
        f"Portico {__version__} listens on {address}",
        f"  documentation  {address}/docs",
        f"  doors          {', '.join(DOORS)}",
        "  database       portico.db",
        "  mails          land in outbox/",
        "Ctrl-C stops it and finishes what is under way.",
    ]
    assert {name for name in modes if not name.startswith("portico.db-")} == {"portico.db", "portico.key"}
    assert set(modes.values()) == {0o600}


CANNOT_START: dict[str, tuple[tuple[str, ...], dict[str, str], str]] = {
    "a wrong setting": ((), {"PORTICO_BCRYPT_COST": "3"}, "PORTICO_BCRYPT_COST: "),
    "a port that is taken": (
        ("--port", "{taken}"),
        {},
        "--port {taken}: cannot listen on http://127.0.0.1:{taken}: Address already in use",
    ),
    "an address that is none": (("--host", "nowhere.invalid"), {}, "--host nowhere.invalid: no such address"),
    "an address of another machine": (
        ("--host", "203.0.113.1"),
        {},
        "--port 0: cannot listen on http://203.0.113.1:0: ",
    ),
    "a folder that is not there": ((), {"PORTICO_DATABASE_URL": "sqlite://none/portico.db"}, "PORTICO_DATABASE_URL: "),
    "a database that does not answer": ((), UNANSWERED, "PORTICO_DATABASE_URL: cannot open the database: "),
}


@pytest.mark.parametrize("why", CANNOT_START)
def test_o05_a_server_that_cannot_start_says_so_in_one_line_and_has_made_nothing(portico: Portico, why: str) -> None:
    options, settings, told = CANNOT_START[why]
    with socket.create_server(("127.0.0.1", 0)) as listener:
        taken = listener.getsockname()[1]
        line = refusal(portico.process("serve", *(option.format(taken=taken) for option in options), **settings))

    assert line.startswith(told.format(taken=taken))
    assert "hunter22" not in line
    assert portico.files == set()


def test_o06_a_database_of_a_newer_version_is_not_touched(portico: Portico) -> None:
    assert portico("migrate").status == 0
    with closing(sqlite3.connect(portico.folder / "portico.db")) as database:
        database.execute("UPDATE tortoise_migrations SET name = '9999_later'")
        database.commit()

    for done in (portico.process("serve"), portico("migrate")):
        assert refusal(done).startswith("PORTICO_DATABASE_URL: this database is of a newer Portico")


@pytest.mark.skipif(not POSTGRES, reason="needs PostgreSQL")
def test_a_postgres_that_nobody_migrated(portico: Portico) -> None:
    settings = {"PORTICO_DATABASE_URL": fresh_postgres(), "PORTICO_SECRET_KEY": GOOD_SECRET}

    line = refusal(portico.process("serve", **settings))

    assert line.startswith("PORTICO_DATABASE_URL: ")
    assert "portico migrate" in line
    assert portico("migrate", **settings).printed == "applied 0001_initial\n"
    assert portico("migrate", **settings).printed == "The database is current.\n"
    drop_postgres(settings["PORTICO_DATABASE_URL"])
