"""`pytest contract_tests --target URL --door NAME`: our own server passes, a wrong one is told where it is wrong."""

import os
import re
import subprocess
import sys
from itertools import chain
from pathlib import Path
from typing import NamedTuple

import httpx
import pytest
from check.checks import CHECKS
from check.wrong import Wrong, serving_wrongly
from doors import DOORS
from support.answers import found
from support.documents import OPERATIONS, operations_of
from support.places import HOUSE, TESTS
from support.server import Server

CELL = re.compile(r"^### (.+) × (.+)$", re.MULTILINE)
ROW = re.compile(r"^\| `(.+?)` \| (.*) \|$", re.MULTILINE)
HEAD = re.compile(r"^\| operation \| (.*) \|$", re.MULTILINE)


class Done(NamedTuple):
    """What a run came to. `report` is empty where none was written."""

    status: int
    printed: str
    told: str  # on standard error
    report: str

    @property
    def matrix(self) -> dict[str, dict[str, str]]:
        """The cells of the operations, in the report of one door."""
        columns = found(HEAD, self.report)[1].split(" | ")
        rows = ROW.findall(self.report)
        return {operation: dict(zip(columns, cells.split(" | "), strict=True)) for operation, cells in rows}

    def cells(self, of: str) -> set[tuple[str, str]]:
        rows = self.matrix.items()
        return {(operation, check) for operation, row in rows for check, cell in row.items() if cell == of}


def tried(folder: Path, *options: str | Path) -> Done:
    """The command, in a process of its own, whatever pytest runs this; its report is in the folder."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "PORTICO_"))}
    report = folder / "report.md"
    done = subprocess.run(
        [sys.executable, "-m", "pytest", TESTS, "-q", "-p", "no:cacheprovider", "--report", report, *options],
        cwd=HOUSE,
        env=environment | {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        capture_output=True,
        text=True,
        timeout=300,
    )
    return Done(done.returncode, done.stdout, done.stderr, report.read_text() if report.exists() else "")


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


# ---------------------------------------------------------------- a server that keeps its contract
@pytest.mark.parametrize("door", DOORS)
def test_our_own_server_keeps_every_contract(generous: Server, tmp_path: Path, door: str) -> None:
    done = tried(tmp_path, "--target", generous.url, "--door", door, "--outbox", generous.folder / "outbox")

    assert done.status == 0, done.printed
    assert done.cells("✓") | done.cells("–") == expected(door)
    assert done.cells("–") == {(OPERATIONS[each].label, "examples") for each in DOORS[door].needing_captcha}
    assert done.cells("✗") == set()


def test_what_needs_a_mail_is_out_of_reach_without_the_outbox(generous: Server, tmp_path: Path) -> None:
    done = tried(tmp_path, "--target", generous.url, "--door", "notes", "-k", "not api")

    assert done.status == 0, done.printed
    out_of_reach = done.cells("–")
    assert ("POST /auth/login", "examples") in out_of_reach
    assert {check for operation, check in out_of_reach if operation == "POST /auth/refresh"} == {
        "examples",
        "new token",
    }
    assert ("POST /auth/signup", "examples") in done.cells("✓")
    assert "needs mail: --outbox says where the server puts it" in done.report


def test_a_check_can_be_picked_and_doors_can_be_listed(generous: Server, tmp_path: Path) -> None:
    doors, junit = ("--door", "appseed,mobile", "--door", "notes"), tmp_path / "junit.xml"

    done = tried(tmp_path, "--target", generous.url, *doors, "-k", "login and missing", "--junitxml", junit)

    assert done.status == 0, done.printed
    picked = {f"POST {path}" for path in ("/api/users/login", "/api/user/login", "/auth/login", "/api/auth/login")}
    assert {operation for operation, _ in ROW.findall(done.report)} == picked
    assert 'tests="4"' in junit.read_text()


# ---------------------------------------------------------------- servers that do not
def tried_wrongly(folder: Path, defects: tuple[str, ...], *options: str) -> tuple[Done, Wrong]:
    """The door `appseed` of a server with these defects; and the server, which is over."""
    with serving_wrongly(*defects) as server:
        return tried(folder, "--target", server.url, "--door", "appseed", *options), server


def test_a_small_server_in_another_hand_keeps_the_contract(tmp_path: Path) -> None:
    done, _ = tried_wrongly(tmp_path, ())

    assert done.status == 0, done.printed
    assert done.cells("✓") == expected("appseed")


REGISTER, LOGIN, EDIT = "POST /api/users/register", "POST /api/users/login", "POST /api/users/edit"
LOGOUT, CHECK = "POST /api/users/logout", "POST /api/users/checkSession"
# defect: the cells it breaks, and words of the report that say how
DEFECTS = {
    "wrong type": ({(REGISTER, "examples")}, "userID: the value is not of type"),
    "wrong status": ({(LOGIN, "examples")}, "the status 201 is not documented"),
    "no challenge": (
        {(EDIT, check) for check in ("no token", "wrong token", "ended token")},
        "the header WWW-Authenticate is missing",
    ),
    "dead token": ({(EDIT, "ended token")}, "the token of an ended session was answered 200"),
    "anybody's account": ({(EDIT, "another account")}, "what belongs to another account was granted"),
    "other envelope": (
        {(operation, "envelope") for operation in (REGISTER, LOGIN, LOGOUT, CHECK, EDIT)},
        "Additional properties are not allowed",
    ),
    "endless session": (
        {(LOGOUT, "session ends"), *((operation, "ended token") for operation in (LOGOUT, CHECK, EDIT))},
        "after logging out the token is still good",
    ),
}
# Those that break different cells are tried at one server.
TOGETHER = [
    ("no challenge", "anybody's account", "other envelope"),
    ("dead token", "wrong status"),
    ("wrong type", "endless session"),
]


def test_every_defect_is_tried() -> None:
    assert sorted(DEFECTS) == sorted(chain.from_iterable(TOGETHER))
    for defects in TOGETHER:
        broken = [cell for defect in defects for cell in DEFECTS[defect][0]]
        assert len(broken) == len(set(broken))


@pytest.mark.parametrize("defects", TOGETHER, ids=", ".join)
def test_a_defect_is_named_at_its_operation_and_check(tmp_path: Path, defects: tuple[str, ...]) -> None:
    done, _ = tried_wrongly(tmp_path, defects)

    assert done.status == 1, done.printed
    assert done.cells("✗") == set(CELL.findall(done.report)) == set().union(*(DEFECTS[defect][0] for defect in defects))
    for defect in defects:
        assert DEFECTS[defect][1] in done.report
        assert DEFECTS[defect][1] in done.printed


def test_a_fault_shows_the_exchange_and_no_secret(tmp_path: Path) -> None:
    done, server = tried_wrongly(tmp_path, ("dead token", "wrong status"))
    tokens, text = {*server.sessions, *server.ended}, done.report

    assert "sent:      POST /api/users/edit" in text
    assert "           Authorization: ***" in text
    assert '"password": "***"' in text
    assert "came back: 201 Created" in text
    assert "contract:  one of 200, 400, 408, 413, 415, 500, 503" in text
    assert tokens
    assert [token for token in tokens if token in text] == []
    assert "a good passphrase" not in text


def test_generated_requests_are_in_the_same_report(tmp_path: Path) -> None:
    options = ("--fuzz", "--examples", "1", "--seed", "3", "-k", "fuzz")

    done, _ = tried_wrongly(tmp_path, ("wrong status",), *options)

    assert done.status == 1, done.printed
    assert (LOGIN, "fuzz") in done.cells("✗")
    assert "Undocumented status code" in done.report
    assert re.findall(r'"token": "(?!\*\*\*)', done.report) == []


# ---------------------------------------------------------------- what cannot be tried at all
def test_usage_errors_are_one_line(tmp_path: Path) -> None:
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
            done = tried(tmp_path, *options)
            assert done.status == pytest.ExitCode.USAGE_ERROR
            (said,) = [each for each in done.told.splitlines() if each.strip()]
            assert said.startswith(f"ERROR: {line}")
