"""The command `portico`, as an operator meets it: on nothing, with wrong settings, being stopped, and what it logs."""

import json
import os
import signal
import socket
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
import test_appseed as appseed
import yaml
from support.answers import found, piped
from support.database import gone
from support.mailbox import awaited
from support.server import (
    COMMAND,
    POSTGRES,
    READY,
    SETTINGS,
    Server,
    Serving,
    drop_postgres,
    environment,
    fresh_postgres,
)

from portico import __version__
from portico.core.settings import PREFIX, Settings

GOOD_SECRET = "0123456789abcdef" * 4
LOCAL_POSTGRES = "postgres://portico:hunter22@127.0.0.1:1/portico"  # nobody listens there


def portico(folder: Path, *command: str, **settings: str) -> subprocess.CompletedProcess[str]:
    """What a command came to. A server takes a free port: the usual one may be a developer's own."""
    port = ("--port", "0") if command[0] == "serve" and "--port" not in command else ()
    whole = [COMMAND, *command, *port]
    return subprocess.run(whole, cwd=folder, env=environment(settings), capture_output=True, text=True, timeout=60)


def refused(done: subprocess.CompletedProcess[str], named: str) -> str:
    """The one line that told what is wrong."""
    assert (done.returncode, done.stdout) == (2, "")
    line: str
    (line,) = done.stderr.splitlines()
    assert line.startswith(f"portico: {named}")
    return line


# ---------------------------------------------------------------- serve, on nothing
@pytest.fixture
def bare(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """`portico serve` with no setting, in an empty folder."""
    command = [COMMAND, "serve", "--port", "0"]
    with subprocess.Popen(
        command,
        cwd=tmp_path,
        env=environment({}),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        umask=0o022,
    ) as process:
        yield process
        process.kill()


@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGINT])
def test_serve_needs_nothing(tmp_path: Path, bare: subprocess.Popen[str], ending: signal.Signals) -> None:
    printed = [piped(bare.stdout).readline().rstrip() for _ in range(6)]
    address = found(READY, printed[0])[1]

    assert printed == [
        f"Portico {__version__} listens on {address}",
        f"  documentation  {address}/docs",
        "  doors          appseed, mobile, notes, owners, vault",
        "  database       portico.db",
        "  mails          land in outbox/",
        "Ctrl-C stops it and finishes what is under way.",
    ]
    with httpx.Client(base_url=address, timeout=20) as client:
        assert appseed.register(client, "test@appseed.us").status_code == 200
        assert client.get("/docs").status_code == 200
    modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in tmp_path.iterdir()}
    assert {name for name in modes if not name.startswith("portico.db-")} == {"portico.db", "portico.key"}
    assert set(modes.values()) == {0o600}
    bare.send_signal(ending)
    assert bare.wait(timeout=20) == 0
    assert piped(bare.stdout).read() == ""
    assert piped(bare.stderr).read() == ""


# ---------------------------------------------------------------- wrong settings
WRONG_SETTINGS = [
    ("BCRYPT_COST", "3"),
    ("BCRYPT_COST", "31"),
    ("BCRYPT_COST", "twelve"),
    ("DOORS", "nowhere"),
    ("DOORS", ","),
    ("PROFILE", "loose"),
    ("JWT_ALGORITHM", "none"),
    ("PUBLIC_URL", "portico.example"),
    ("PUBLIC_URL", "ftp://portico.example"),
    ("PUBLIC_URL", "https://portico.example/?a=b"),
    ("CORS_ORIGINS", "*"),
    ("CORS_ORIGINS", "https://app.example.org/"),
    ("CORS_ORIGINS", "https://app.example.org,null"),
    ("TRUSTED_PROXIES", "127.0.0.1,everybody"),
    ("LIMITS_URL", "postgres://127.0.0.1"),
    ("MAIL_FROM", "portico"),
    ("MAIL_URL", "smtp://mail.example.org:post"),
    ("PASSWORD_MIN_LENGTH", "0"),
    ("PASSWORD_MIN_LENGTH", "1025"),
    ("MAIL_URL", "gopher://outbox"),
    ("DATABASE_URL", "mysql://127.0.0.1/portico"),
    ("DATABASE_URL", "portico.db"),
    ("DATABASE_URL", "sqlite://"),
    ("DATABASE_URL", "sqlite://:memory:"),
    ("DATABASE_URL", "sqlite://nowhere/portico.db"),
    ("SECRET_KEY", "secret"),
    ("SECRET_KEY", GOOD_SECRET[:31]),
    ("SECRET_KEY", "changeme" * 8),
    ("SECRET_KEY", "your-secret-key-goes-here-and-is-long-enough"),
    ("SECRET_KEY", "x" * 64),
]


Tried = tuple[Path, subprocess.CompletedProcess[str] | None]  # the second, unless it serves


@pytest.fixture(scope="module")
def refusals(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str], Tried]:
    """What `portico serve` made of each wrong setting, and the folder it was in; all asked at once, to save time."""

    def ask(setting: tuple[str, str]) -> Tried:
        folder = tmp_path_factory.mktemp("wrong")
        try:
            return folder, portico(folder, "serve", **{PREFIX + setting[0]: setting[1]})
        except subprocess.TimeoutExpired:
            return folder, None  # it serves

    with ThreadPoolExecutor(os.cpu_count()) as threads:
        return dict(zip(WRONG_SETTINGS, threads.map(ask, WRONG_SETTINGS), strict=True))


@pytest.mark.parametrize(("name", "value"), WRONG_SETTINGS)
def test_j04_a_wrong_setting_is_one_line_that_names_it(
    refusals: dict[tuple[str, str], Tried], name: str, value: str
) -> None:
    folder, done = refusals[name, value]

    assert done is not None
    line = refused(done, f"{PREFIX}{name}: ")
    assert name != "SECRET_KEY" or value not in line
    assert list(folder.iterdir()) == []


def test_two_wrong_settings_are_told_at_once(tmp_path: Path) -> None:
    line = refused(portico(tmp_path, "serve", PORTICO_BCRYPT_COST="3", PORTICO_PROFILE="loose"), PREFIX)

    assert "PORTICO_BCRYPT_COST: " in line
    assert "PORTICO_PROFILE: " in line


def test_j04_postgres_wants_a_secret_of_its_own(tmp_path: Path) -> None:
    refused(portico(tmp_path, "serve", PORTICO_DATABASE_URL=LOCAL_POSTGRES), "PORTICO_SECRET_KEY must be given")


# The commands that open the database. Port 8000 may be somebody's.
OPENING = {"serve": ("serve", "--port", "0"), "migrate": ("migrate",)}


@pytest.mark.parametrize("command", OPENING)
def test_a_database_that_does_not_answer(tmp_path: Path, command: str) -> None:
    done = portico(tmp_path, *OPENING[command], PORTICO_DATABASE_URL=LOCAL_POSTGRES, PORTICO_SECRET_KEY=GOOD_SECRET)

    assert "hunter22" not in refused(done, "PORTICO_DATABASE_URL: cannot open the database: ")


@pytest.mark.skipif(not POSTGRES, reason="needs PostgreSQL")
def test_a_postgres_that_nobody_migrated(tmp_path: Path) -> None:
    url = fresh_postgres()
    settings = {"PORTICO_DATABASE_URL": url, "PORTICO_SECRET_KEY": GOOD_SECRET}

    line = refused(portico(tmp_path, "serve", **settings), "PORTICO_DATABASE_URL: ")
    assert "portico migrate" in line
    assert portico(tmp_path, "migrate", **settings).stdout == "applied 0001_initial\n"
    assert portico(tmp_path, "migrate", **settings).stdout == "The database is current.\n"
    drop_postgres(url)


def test_a_folder_nobody_can_write_to(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    line = refused(
        portico(tmp_path, "serve", PORTICO_DATABASE_URL="sqlite://file/portico.db"), "PORTICO_DATABASE_URL: "
    )
    assert "file" in line


def test_a_database_that_is_none(tmp_path: Path) -> None:
    (tmp_path / "portico.db").write_text("Dear diary, " * 100)

    refused(portico(tmp_path, "serve"), "PORTICO_DATABASE_URL: cannot open the database: ")
    assert (tmp_path / "portico.db").read_text() == "Dear diary, " * 100


def test_o06_a_database_of_a_newer_version_is_not_touched(tmp_path: Path) -> None:
    assert portico(tmp_path, "migrate").returncode == 0
    with closing(sqlite3.connect(tmp_path / "portico.db")) as database:
        database.execute("UPDATE tortoise_migrations SET name = '9999_later'")
        database.commit()

    for command in OPENING.values():
        refused(portico(tmp_path, *command), "PORTICO_DATABASE_URL: this database is of a newer Portico")


@pytest.mark.parametrize("kept", ["", "short\n"])
def test_j04_a_key_file_that_holds_no_key(tmp_path: Path, kept: str) -> None:
    (tmp_path / "portico.key").write_text(kept)

    assert "portico.key" in refused(portico(tmp_path, "serve"), "PORTICO_SECRET_KEY: ")
    assert (tmp_path / "portico.key").read_text() == kept


def test_a_port_that_is_taken(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        line = refused(portico(tmp_path, "serve", "--port", str(port)), f"--port {port}: ")
    assert f"http://127.0.0.1:{port}" in line


def test_an_address_that_is_none(tmp_path: Path) -> None:
    line = refused(portico(tmp_path, "serve", "--host", "nowhere.invalid"), "--host nowhere.invalid: ")

    assert line.endswith("no such address")


def test_a_mail_that_is_none(tmp_path: Path) -> None:
    portico(tmp_path, "migrate")

    refused(portico(tmp_path, "mail", "show", "7"), "there is no mail 7")


@pytest.mark.parametrize(
    "command", [["mail", "list"], ["mail", "retry"], ["keys", "list"], ["keys", "rotate"]], ids=" ".join
)
def test_o06_commands_want_a_database_and_make_none(tmp_path: Path, command: list[str]) -> None:
    refused(portico(tmp_path, *command), "PORTICO_DATABASE_URL: there is no database portico.db")

    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("LIMITS_URL", "redis://127.0.0.1:port/0"),
        ("DATABASE_URL", "sqlite:///"),
        ("DATABASE_URL", "sqlite://none/portico.db"),
        ("MAIL_URL", "gopher://x"),
    ],
)
def test_o05_a_server_that_is_refused_has_made_nothing(tmp_path: Path, setting: str, value: str) -> None:
    refused(portico(tmp_path, "serve", **{PREFIX + setting: value}), f"{PREFIX}{setting}: ")

    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("setting", "url"),
    [
        ("DATABASE_URL", "postgres://u:S3cret@127.0.0.1:port/db"),
        ("DATABASE_URL", "postgres://u:S3cret@127.0.0.1:99999/db"),
        ("DATABASE_URL", "postgres://u:S3cret@[::1/db"),
        ("DATABASE_URL", "postgres://u:S3cret/Pw#x@127.0.0.1:5432/db"),
        ("DATABASE_URL", "postgres://u:S3cret@127.0.0.1:1/db?minsize=few"),
        ("DATABASE_URL", "postgres://u:S3cret@127.0.0.1:1/db?unheard=of"),
        ("LIMITS_URL", "redis://:S3cret@127.0.0.1:port/0"),
        ("LIMITS_URL", "redis://:S3cret/Pw#x@127.0.0.1:6379/0"),
        ("MAIL_URL", "smtp://u:S3cret/Pw#x@127.0.0.1:25"),
    ],
)
@pytest.mark.parametrize("command", ["serve", "migrate"])
def test_o05_a_url_that_cannot_be_read_is_one_line(tmp_path: Path, command: str, setting: str, url: str) -> None:
    settings = {"PORTICO_SECRET_KEY": GOOD_SECRET, PREFIX + setting: url}

    line = refused(portico(tmp_path, command, **settings), f"{PREFIX}{setting}: ")

    assert "S3cret" not in line


def test_commands_want_the_tables_first(tmp_path: Path) -> None:
    (tmp_path / "portico.db").touch()
    refused(
        portico(tmp_path, "mail", "list"),
        "PORTICO_DATABASE_URL: this database is not current; run `portico migrate` first",
    )


@pytest.mark.parametrize("command", ["serve", "migrate", "settings", "spec"])
def test_o05_a_slip_in_the_env_file_is_refused(tmp_path: Path, command: str) -> None:
    (tmp_path / ".env").write_text("PORTICO_PORFILE=strict\nSOMETHING_ELSE=1\n")

    line = refused(portico(tmp_path, command), ".env: ")

    assert line == "portico: .env: PORTICO_PORFILE is not a setting; PORTICO_PROFILE is"
    assert [file.name for file in tmp_path.iterdir()] == [".env"]


def test_o05_a_slip_is_told_before_what_follows_from_it(tmp_path: Path) -> None:
    url = "postgres://someone@127.0.0.1/some"
    (tmp_path / ".env").write_text(f"PORTICO_DATABASE_URL={url}\nPORTICO_SECRET_KY={GOOD_SECRET}\n")

    line = refused(portico(tmp_path, "serve"), ".env: ")

    assert line == "portico: .env: PORTICO_SECRET_KY is not a setting; PORTICO_SECRET_KEY is"


def test_o05_on_windows_it_says_where_it_runs(tmp_path: Path) -> None:
    code = "import sys; from portico.runtime.cli import main; sys.platform = 'win32'; main()"
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, timeout=60)

    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "portico: runs on Linux and macOS; on Windows take the Windows Subsystem for Linux\n"


def test_a_server_whose_standard_output_nobody_reads_serves(tmp_path: Path) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    command = [COMMAND, "serve", "--port", str(port)]
    process = subprocess.Popen(command, cwd=tmp_path, env=environment(SETTINGS), stdout=writer, stderr=subprocess.PIPE)
    os.close(writer)
    try:
        assert awaited(lambda: answers_at(port), "an answer") == 200
    finally:
        process.terminate()
        _, told = process.communicate(timeout=40)
    assert process.returncode == 0
    assert b"Traceback" not in told
    assert b"BrokenPipe" not in told


def answers_at(port: int) -> int | None:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/health/live", timeout=20).status_code
    except httpx.ConnectError:
        return None


def test_an_address_of_another_machine(tmp_path: Path) -> None:
    line = refused(portico(tmp_path, "serve", "--host", "203.0.113.1"), "--")
    assert "203.0.113.1" in line


@pytest.mark.parametrize("command", [["spec", "--door", "nowhere"], ["keys", "remove", "nothing"]])
def test_other_commands_refuse_in_one_line_too(tmp_path: Path, command: list[str]) -> None:
    assert portico(tmp_path, "migrate").returncode == 0
    done = portico(tmp_path, *command)
    assert (done.returncode, done.stdout, len(done.stderr.splitlines())) == (2, "", 1)


def test_a_file_env_that_is_no_text(tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes(b"\xff\xfe\x00")
    refused(portico(tmp_path, "serve"), ".env is not UTF-8 text")


# ---------------------------------------------------------------- settings, .env, warnings
def shown(done: subprocess.CompletedProcess[str]) -> dict[str, list[str]]:
    assert (done.returncode, done.stderr) == (0, "")
    return {line.split()[0]: line.split()[1:] for line in done.stdout.splitlines()[1:]}


def test_settings_tell_every_value_and_its_source(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("PORTICO_BCRYPT_COST=11\nPORTICO_PROFILE=strict\nSOMETHING_ELSE=1\n")

    given = {"PORTICO_PROFILE": "compat", "PORTICO_CORS_ORIGINS": "https://a.example, http://b.example"}
    rows = shown(portico(tmp_path, "settings", **given))

    assert set(rows) == {PREFIX + name.upper() for name in Settings.model_fields}
    assert rows["PORTICO_DATABASE_URL"][:2] == ["sqlite://portico.db", "default"]
    assert rows["PORTICO_BCRYPT_COST"][:2] == ["11", ".env"]
    assert rows["PORTICO_PROFILE"][:2] == ["compat", "environment"]
    assert rows["PORTICO_CORS_ORIGINS"][:2] == ["https://a.example,http://b.example", "environment"]
    assert not (tmp_path / "portico.key").exists()


def test_settings_show_no_secret(tmp_path: Path) -> None:
    done = portico(tmp_path, "settings", PORTICO_SECRET_KEY=GOOD_SECRET, PORTICO_DATABASE_URL=LOCAL_POSTGRES)

    assert shown(done)["PORTICO_SECRET_KEY"][:2] == ["**********", "environment"]
    assert GOOD_SECRET not in done.stdout
    assert "hunter22" not in done.stdout


def test_serve_warns_of_what_it_does_not_know(serving: Serving) -> None:
    server = serving(PORTICO_BCRYPT_COST="4", PORTICO_PASWORD_MIN_LENGTH="20")

    assert server.log.splitlines()[:2] == [
        "portico: PORTICO_PASWORD_MIN_LENGTH is not a setting and does nothing",
        "portico: PORTICO_BCRYPT_COST: 4 is for tests; stolen passwords would be guessed fast",
    ]


def test_help_and_version(tmp_path: Path) -> None:
    commands, options = portico(tmp_path, "--help").stdout, portico(tmp_path, "serve", "--help").stdout

    assert all(command in commands for command in ("serve", "migrate", "spec", "settings", "keys"))
    assert all(option in options for option in ("--host", "--port", "--workers", "--access-log"))
    assert portico(tmp_path, "--version").stdout == f"{__version__}\n"
    assert list(tmp_path.iterdir()) == []


# ---------------------------------------------------------------- spec and migrate
def test_t13_spec_prints_what_is_served(tmp_path: Path, client: httpx.Client) -> None:
    whole, door = client.get("/openapi.json").json(), client.get("/openapi/appseed.json").json()

    assert portico(tmp_path, "spec").stdout == client.get("/openapi.yaml").text
    assert json.loads(portico(tmp_path, "spec", "--format", "json").stdout) == whole
    assert yaml.safe_load(portico(tmp_path, "spec", "--door", "appseed").stdout) == door
    assert json.loads(portico(tmp_path, "spec", "--door", "appseed", "--format", "json").stdout) == door
    assert list(tmp_path.iterdir()) == []


def test_migrate_twice(tmp_path: Path) -> None:
    first, second = portico(tmp_path, "migrate"), portico(tmp_path, "migrate")

    assert (first.returncode, first.stdout, first.stderr) == (0, "applied 0001_initial\n", "")
    assert (second.returncode, second.stdout, second.stderr) == (0, "The database is current.\n", "")


# ---------------------------------------------------------------- being stopped
def half_sent(server: Server, path: str, body: bytes) -> socket.socket:
    """A request the server has begun to read: it asked for the body, and half of that is under way."""
    address = urlsplit(server.url)
    connection = socket.create_connection((address.hostname, address.port), timeout=20)
    head = f"POST {path} HTTP/1.1\r\nHost: portico\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n"
    connection.sendall(f"{head}Expect: 100-continue\r\nConnection: close\r\n\r\n".encode())
    assert connection.recv(100).startswith(b"HTTP/1.1 100 ")
    connection.sendall(body[: len(body) // 2])
    return connection


def until_nobody_listens(server: Server) -> None:
    address = urlsplit(server.url)
    while True:
        try:
            socket.create_connection((address.hostname, address.port), timeout=20).close()
        except ConnectionError:
            return


def received(connection: socket.socket) -> bytes:
    octets = b""
    while more := connection.recv(65536):
        octets += more
    return octets


@pytest.mark.parametrize("options", [(), ("--workers", "2")])
def test_o04_sigterm_finishes_the_request_in_flight(serving: Serving, email: str, options: tuple[str, ...]) -> None:
    server = serving(*options)
    body = json.dumps({"username": "test", "email": email, "password": "pass"}).encode()
    with half_sent(server, appseed.REGISTER, body) as connection:
        server.ask_to_stop()
        until_nobody_listens(server)
        connection.sendall(body[len(body) // 2 :])
        head, _, answer = received(connection).partition(b"\r\n\r\n")

    assert head.startswith(b"HTTP/1.1 200 ")
    registered = json.loads(answer)
    assert registered == {
        "success": True,
        "userID": registered["userID"],
        "msg": "The user was successfully registered",
    }
    assert server.stop() == 0
    server.start()
    assert appseed.login(server.client, email).status_code == 200
    assert server.stop() == 0


def test_two_workers_serve_and_go(serving: Serving, email: str) -> None:
    server = serving("--workers", "2")

    assert appseed.register(server.client, email).status_code == 200
    assert server.stop() == 0
    until_nobody_listens(server)


# ---------------------------------------------------------------- what is logged
@pytest.fixture
def logging(serving: Serving, email: str) -> tuple[Server, str, str]:
    """A server with an access log, and the token and password of a journey that met every kind of answer."""
    server = serving("--access-log")
    server.expects_failures = True
    client, password = server.client, "a pass of 3 words"
    appseed.register(client, email, password)
    appseed.register(client, email, password)
    appseed.register(client, f"not an address {email}", password)
    appseed.login(client, email, f"not {password}")
    token = appseed.token_of(appseed.login(client, email, password))
    header = {"Authorization": token}
    client.post(appseed.CHECK, headers=header)
    client.post(appseed.EDIT, headers=header, json={"username": password, "email": f"new.{email}"})
    client.post(appseed.LOGIN, content=f'{{"email": "{email}", "password": "{password}"', headers=appseed.JSON)
    client.post(appseed.LOGIN, content=f"email={email}&password={password}")
    client.get(f"/api/users/{email}/{token}", params={"token": token, "password": password})
    client.get(f"/{token}")
    client.get(f"/openapi/{token}.json")
    client.request("PROPFIND", f"/docs/{email}")
    with gone(server):
        appseed.register(client, f"b.{email}", password)
        appseed.login(client, email, password)
    client.post(appseed.LOGOUT, headers=header, json={"token": token})
    return server, token, password


def test_a04_the_log_holds_no_password_no_token_and_no_address(logging: tuple[Server, str, str], email: str) -> None:
    server, token, password = logging

    for secret in (
        password,
        token,
        token.rpartition(".")[2],
        email,
        email.partition("@")[0],
        "$2b$",
        "SELECT",
        "INSERT",
    ):
        assert secret not in server.log
    failures = [line for line in server.log.splitlines() if '"failure"' in line]
    assert failures  # what broke was told, without what was sent


def test_a04_the_access_log_masks_what_is_no_word_of_the_contract(logging: tuple[Server, str, str]) -> None:
    server, _, _ = logging
    lines = [json.loads(line) for line in server.log.splitlines() if '"access"' in line]

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
