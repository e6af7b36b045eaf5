"""`pytest contract_tests --target URL --door NAME`: our own server passes, a wrong one is told where it is wrong."""

import os
import re
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
from check.checks import CHECKS
from check.wrong import Wrong, serving_wrongly
from doors import DOORS
from support.answers import found
from support.documents import OPERATIONS, operations_of
from support.places import HOUSE, TESTS
from support.server import Server, Serving

CELL = re.compile(r"^### (.+) × (.+)$", re.MULTILINE)
ROW = re.compile(r"^\| `(.+?)` \| (.*) \|$", re.MULTILINE)
HEAD = re.compile(r"^\| operation \| (.*) \|$", re.MULTILINE)


def tried(*options: str | Path) -> subprocess.CompletedProcess[str]:
    """The command, in a process and a folder of its own, whatever pytest runs this."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "PORTICO_"))}
    return subprocess.run(
        [sys.executable, "-m", "pytest", TESTS, "-q", "-p", "no:cacheprovider", *options],
        cwd=HOUSE,
        env=environment | {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        capture_output=True,
        text=True,
        timeout=300,
    )


def matrix(report: str) -> dict[str, dict[str, str]]:
    """The cells of the operations of a report of one door."""
    columns = found(HEAD, report)[1].split(" | ")
    return {operation: dict(zip(columns, cells.split(" | "), strict=True)) for operation, cells in ROW.findall(report)}


def cells(report: str, of: str) -> set[tuple[str, str]]:
    return {
        (operation, check) for operation, row in matrix(report).items() for check, cell in row.items() if cell == of
    }


def expected(door: str) -> set[tuple[str, str]]:
    """Every check that is to be made of every operation."""
    speaker = DOORS[door](httpx.Client(timeout=20))
    made = {
        (operation.label, check.name)
        for operation in operations_of(door)
        for check in CHECKS
        if check.name != "fuzz" and check.applies(speaker, operation)
    }
    return made | {("any other path", "unknown path")}


@pytest.fixture(scope="module")
def ours(serving: Serving) -> Server:
    return serving(PORTICO_LIMITS="off", PORTICO_CAPTCHA="off")


# ---------------------------------------------------------------- a server that keeps its contract
@pytest.mark.parametrize("door", DOORS)
def test_our_own_server_keeps_every_contract(ours: Server, tmp_path: Path, door: str) -> None:
    report = tmp_path / "report.md"

    done = tried("--target", ours.url, "--door", door, "--outbox", ours.folder / "outbox", "--report", report)

    assert done.returncode == 0, done.stdout
    assert cells(report.read_text(), "✓") | cells(report.read_text(), "–") == expected(door)
    assert cells(report.read_text(), "–") == {
        (OPERATIONS[each].label, "examples") for each in DOORS[door].needing_captcha
    }
    assert cells(report.read_text(), "✗") == set()


def test_what_needs_a_mail_is_out_of_reach_without_the_outbox(ours: Server, tmp_path: Path) -> None:
    report = tmp_path / "report.md"

    done = tried("--target", ours.url, "--door", "notes", "--report", report, "-k", "not api")

    assert done.returncode == 0, done.stdout
    text = report.read_text()
    assert ("POST /auth/login", "examples") in cells(text, "–")
    assert {check for operation, check in cells(text, "–") if operation == "POST /auth/refresh"} == {
        "examples",
        "new token",
    }
    assert ("POST /auth/signup", "examples") in cells(text, "✓")
    assert "needs mail: --outbox says where the server puts it" in text


def test_a_check_can_be_picked_and_doors_can_be_listed(ours: Server, tmp_path: Path) -> None:
    junit, report = tmp_path / "junit.xml", tmp_path / "report.md"
    files = ("--junitxml", junit, "--report", report)

    done = tried("--target", ours.url, "--door", "appseed,mobile", "--door", "notes", "-k", "login and missing", *files)

    assert done.returncode == 0, done.stdout
    picked = {f"POST {path}" for path in ("/api/users/login", "/api/user/login", "/auth/login", "/api/auth/login")}
    assert {operation for operation, _ in ROW.findall(report.read_text())} == picked
    assert 'tests="4"' in junit.read_text()


# ---------------------------------------------------------------- servers that do not
def test_a_small_server_in_another_hand_keeps_the_contract(tmp_path: Path) -> None:
    report = tmp_path / "report.md"
    with serving_wrongly() as server:
        done = tried("--target", server.url, "--door", "appseed", "--report", report)

    assert done.returncode == 0, done.stdout
    assert cells(report.read_text(), "✓") == expected("appseed")


REGISTER, LOGIN, EDIT = "POST /api/users/register", "POST /api/users/login", "POST /api/users/edit"
LOGOUT, CHECK = "POST /api/users/logout", "POST /api/users/checkSession"
EVERYWHERE = (REGISTER, LOGIN, LOGOUT, CHECK, EDIT)
DEFECTS = {
    ("wrong type",): {(REGISTER, "examples")},
    ("wrong status",): {(LOGIN, "examples")},
    ("no challenge",): {(EDIT, "no token"), (EDIT, "wrong token"), (EDIT, "ended token")},
    ("dead token",): {(EDIT, "ended token")},
    ("anybody's account",): {(EDIT, "another account")},
    ("other envelope",): {(operation, "envelope") for operation in EVERYWHERE},
    ("endless session",): {
        (LOGOUT, "session ends"),
        *((operation, "ended token") for operation in (LOGOUT, CHECK, EDIT)),
    },
}
WORDS = {
    "wrong type": "userID: the value is not of type",
    "wrong status": "the status 201 is not documented",
    "no challenge": "the header WWW-Authenticate is missing",
    "dead token": "the token of an ended session was answered 200",
    "anybody's account": "what belongs to another account was granted",
    "other envelope": "Additional properties are not allowed",
    "endless session": "after logging out the token is still good",
}


@pytest.mark.parametrize("defects", DEFECTS, ids=" ".join)
def test_a_defect_is_named_at_its_operation_and_check(tmp_path: Path, defects: tuple[str]) -> None:
    report = tmp_path / "report.md"
    with serving_wrongly(*defects) as server:
        done = tried("--target", server.url, "--door", "appseed", "--report", report)

    assert done.returncode == 1, done.stdout
    text = report.read_text()
    assert cells(text, "✗") == DEFECTS[defects] == set(CELL.findall(text))
    assert all(WORDS[defect] in text and WORDS[defect] in done.stdout for defect in defects)


def test_a_fault_shows_the_exchange_and_no_secret(tmp_path: Path) -> None:
    report = tmp_path / "report.md"
    with serving_wrongly("dead token", "wrong status") as server:
        tried("--target", server.url, "--door", "appseed", "--report", report)
        tokens, text = {*server.sessions, *server.ended}, report.read_text()

    assert "sent:      POST /api/users/edit" in text
    assert "           Authorization: ***" in text
    assert '"password": "***"' in text
    assert "came back: 201 Created" in text
    assert "contract:  one of 200, 400, 408, 413, 415, 500, 503" in text
    assert tokens
    assert [token for token in tokens if token in text] == []
    assert "a good passphrase" not in text


def test_generated_requests_are_in_the_same_report(tmp_path: Path) -> None:
    report = tmp_path / "report.md"
    with serving_wrongly("wrong status") as server:
        options = ("--fuzz", "--examples", "1", "--seed", "3", "-k", "fuzz")
        done = tried("--target", server.url, "--door", "appseed", "--report", report, *options)

    assert done.returncode == 1, done.stdout
    assert (LOGIN, "fuzz") in cells(report.read_text(), "✗")
    assert "Undocumented status code" in report.read_text()
    assert re.findall(r'"token": "(?!\*\*\*)', report.read_text()) == []


# ---------------------------------------------------------------- what cannot be tried at all
def test_usage_errors_are_one_line() -> None:
    doors = ", ".join(DOORS)
    with serving_wrongly() as server:
        free = Wrong(set())
        free.server_close()
        for options, line in (
            (["--target", server.url], f"--target needs --door, one or several of {doors}"),
            (["--target", server.url, "--door", "front"], f"--door: there is no door front; there are {doors}"),
            (["--door", "appseed"], "--door needs --target"),
            (["--target", free.url, "--door", "appseed"], f"--target: nothing answers at {free.url}: "),
        ):
            done = tried(*options)
            assert done.returncode == pytest.ExitCode.USAGE_ERROR
            (said,) = [each for each in done.stderr.splitlines() if each.strip()]
            assert said.startswith(f"ERROR: {line}")
