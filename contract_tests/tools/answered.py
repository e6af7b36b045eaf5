"""T5: which of the documented answers the tests got. A plugin: `python -m pytest -p tools.answered`.

Every server of the tests writes its access log, so what any client was answered counts: those that speak HTTP by hand
and Schemathesis too. What the documents list and nobody got is told at the end, and fails a run of all tests.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Protocol

import pytest

from portico.core.settings import Settings
from portico.runtime.contract import Contract
from portico.runtime.documents import METHODS

Answer = tuple[str, str, str]  # method, path, status

BY_MISTAKE_ONLY = "500"
WANTS_NO_LOG = "test_no_access_log_unless_asked_for"
GOT = pytest.StashKey[set[Answer]]()


def documented() -> dict[Answer, str]:
    """Every answer of the documents, and the operation that gives it."""
    return {
        (method.upper(), masked(path), status): item[method]["operationId"]
        for document in Contract(Settings(_env_file=None)).documents.values()
        for path, item in document["paths"].items()
        for method in METHODS
        if method in item
        for status in item[method]["responses"]
        if status != BY_MISTAKE_ONLY
    }


def masked(path: str) -> str:
    """A path of the documents as the access log shows it."""
    known, parameter, rest = path.partition("{")
    return known + "/".join("*" for _ in (parameter + rest).split("/")) if parameter else path


def logged(log: Path) -> Iterator[Answer]:
    for line in log.read_text().splitlines():
        if '"access"' in line:
            entry = json.loads(line)
            yield entry["method"], entry["path"], str(entry["status"])


@pytest.fixture(scope="session", autouse=True)
def access_logs(pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    from support.server import Server

    Server.always = ("--access-log",)
    yield
    for log in tmp_path_factory.getbasetemp().rglob("server.log"):
        pytestconfig.stash[GOT].update(logged(log))


def pytest_configure(config: pytest.Config) -> None:
    config.stash[GOT] = set()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    unwanted = [item for item in items if item.name == WANTS_NO_LOG]
    config.hook.pytest_deselected(items=unwanted)
    items[:] = [item for item in items if item not in unwanted]


class Worker(Protocol):
    """As xdist hands it over: what it sends has no tuples."""

    config: pytest.Config
    workeroutput: dict[str, Any]


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Worker, error: object) -> None:
    """A worker of xdist is done."""
    node.config.stash[GOT].update((method, path, status) for method, path, status in node.workeroutput["answers"])


def pytest_sessionfinish(session: pytest.Session) -> None:
    if hasattr(session.config, "workeroutput"):
        got = session.config.stash[GOT]
        session.config.workeroutput["answers"] = sorted(got)
    elif all_tests_ran(session.config) and missing(session.config):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def all_tests_ran(config: pytest.Config) -> bool:
    return config.args_source is pytest.Config.ArgsSource.TESTPATHS and not (
        config.option.keyword or config.option.markexpr
    )


def missing(config: pytest.Config) -> list[str]:
    got = config.stash[GOT]
    return sorted(f"{operation}: {answer[2]}" for answer, operation in documented().items() if answer not in got)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    terminalreporter.section("documented answers")
    terminalreporter.line(f"{len(documented()) - len(missing(config))} of {len(documented())} were given")
    for answer in missing(config):
        terminalreporter.line(f"never given: {answer}")
