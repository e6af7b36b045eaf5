"""What every test may ask for, and the options of pytest."""

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import httpx
import pytest
from check import target
from check.checks import meanings
from check.report import Report
from doors import DOORS
from support.server import Server, Serving, starting


# ---------------------------------------------------------------- the options
def pytest_addoption(parser: pytest.Parser) -> None:
    elsewhere = parser.getgroup("a door at any server")
    elsewhere.addoption("--target", metavar="URL", help="try a door's contract at this server, and nothing else")
    elsewhere.addoption(
        "--door", action="append", metavar="NAME", help=f"which: {', '.join(DOORS)}; several with commas"
    )
    elsewhere.addoption(
        "--outbox", type=Path, metavar="FOLDER", help="where the mails of the target land as .eml files"
    )
    elsewhere.addoption("--report", type=Path, metavar="FILE", help="write the report there as well, as Markdown")
    elsewhere.addoption("--fuzz", action="store_true", help="send requests that Schemathesis generates as well")
    fuzzing = parser.getgroup("fuzzing")
    fuzzing.addoption("--examples", type=int, metavar="N", help="how many requests to generate of each kind")
    fuzzing.addoption("--seed", type=int, metavar="N", help="the seed they are generated from")


def pytest_configure(config: pytest.Config) -> None:
    url = config.getoption("target")
    if url is None:
        if lonely := [name for name in ("door", "outbox", "report", "fuzz") if config.getoption(name)]:
            raise pytest.UsageError(f"--{lonely[0]} needs --target")
        return
    config.stash[target.CHOSEN] = chosen_doors(config.getoption("door") or [])
    if not hasattr(config, "workerinput"):  # the others of `-n` report to this one
        must_answer(url)
        config.pluginmanager.register(Report(url, meanings(), config.getoption("report")))


def chosen_doors(options: list[str]) -> list[str]:
    names = [name.strip() for option in options for name in option.split(",")]
    if unknown := [name for name in names if name not in DOORS]:
        raise pytest.UsageError(f"--door: there is no door {', '.join(unknown)}; there are {', '.join(DOORS)}")
    if not names:
        raise pytest.UsageError(f"--target needs --door, one or several of {', '.join(DOORS)}")
    return list(dict.fromkeys(names))


def must_answer(url: str) -> None:
    try:
        httpx.get(url, timeout=20)
    except (httpx.TransportError, httpx.InvalidURL) as error:
        raise pytest.UsageError(f"--target: nothing answers at {url}: {error}") from None


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """With --target nothing else is collected."""
    elsewhere = collection_path.is_file() and collection_path != Path(target.__file__)
    return True if config.getoption("target") and elsewhere else None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes longest and is one file begins first: no core is to wait for it at the end."""
    items.sort(key=lambda item: item.path.name != "test_readme.py")


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    if parent.config.getoption("target") and file_path == Path(target.__file__):
        return target.Contracts.from_parent(parent, path=file_path)
    return None


# ---------------------------------------------------------------- our own server
@pytest.fixture(scope="module")
def serving(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    """Starts servers for the tests of one file: `serving(PORTICO_PROFILE="strict")`."""
    with starting(tmp_path_factory) as serve:
        yield serve


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The server most tests share: no setting but a cheap bcrypt."""
    with starting(tmp_path_factory) as serving:
        yield serving()


@pytest.fixture(scope="module")
def generous(serving: Serving) -> Server:
    """It takes any captcha and sends as many mails as it is asked for."""
    return serving(PORTICO_CAPTCHA="off", PORTICO_LIMITS="off")


@pytest.fixture
def client(server: Server) -> httpx.Client:
    return server.client


@pytest.fixture
def email() -> str:
    """An address nobody has."""
    return f"{uuid4().hex}@appseed.us"
