"""What README and the other pages show is what a reader gets: their consoles, pasted as they stand into a fresh clone
and environment.

Two things differ. Where somebody already listens on port 8000, another port is put in its place, in what is pasted and
what is expected. And the server hashes passwords cheaply, which saves a minute. A registry, npm or Java that is missing
skips what needs it, and fails it in CI.
"""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import NoReturn

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version
from support.places import HOUSE as ROOT

from portico.core.settings import PREFIX

PAGES = [*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())

RUN, SESSION, TOX = "portico serve", "$LOGIN", "&& tox"  # of README
CONTRACT, LOCK, CHECKOUT = "--target", "pylock.toml", "install -q -e"  # of other pages
PYTHON_CLIENTS, NODE_CLIENTS = ("openapi-python-client", "openapi-generator-cli"), ("openapi-fetch", "@hey-api")
MARKS = (
    RUN,
    SESSION,
    TOX,
    CONTRACT,
    LOCK,
    CHECKOUT,
    *PYTHON_CLIENTS,
    *NODE_CLIENTS,
)  # what tells each console from the others

BUNDLED, NEWEST = "the pip that Python brings", "the newest pip"
PORT = 8000  # of every page
PATIENCE = 500  # seconds for what is pasted into one terminal, on a busy machine
END = "\x1e"  # what the shell prints after each command, with its status
ID = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"


# ---------------------------------------------------------------- what the pages show
@dataclass
class Command:
    """What is typed after a `$`, with continued lines and here-documents, and what is printed then."""

    text: str
    printed: list[str] = field(default_factory=list)

    def answers(self, output: str) -> bool:
        """Whether that was printed: an id may be another, `…` stands for anything, alone on its line for any lines."""
        return re.fullmatch("\n".join(map(pattern, self.printed)), output.strip()) is not None


def pattern(line: str) -> str:
    if line == "…":
        return "(?s:.*)"
    parts = re.split(f"(…|{ID})", line)  # every other one stands between two of them
    return "".join(
        re.escape(part) if index % 2 == 0 else ".*" if part == "…" else ID for index, part in enumerate(parts)
    )


def consoles() -> list[str]:
    blocks = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)
    return [text for page in PAGES for text in blocks.findall(page.read_text())]


def console(mark: str) -> list[Command]:
    """The commands of the console with this mark."""
    (text,) = [text for text in consoles() if mark in text]
    commands: list[Command] = []
    lines = iter(text.splitlines())
    for line in lines:
        if line.startswith("$ "):
            typed = line.removeprefix("$ ")
            while typed.endswith("\\"):
                typed += f"\n{next(lines)}"
            if document := re.search(r"<<'(\w+)'$", typed):
                while typed.splitlines()[-1] != document[1]:
                    typed += f"\n{next(lines)}"
            commands.append(Command(typed))
        elif line:
            commands[-1].printed.append(line)
    return commands


def test_every_console_is_pasted_by_a_test() -> None:
    for text in consoles():
        assert len([mark for mark in MARKS if mark in text]) == 1, text
    assert len(consoles()) == len(MARKS)


@pytest.mark.parametrize("mark", MARKS)
def test_no_command_carries_a_comment(mark: str) -> None:
    """The shell of macOS takes a typed `#` for an argument."""
    assert not [command.text for command in console(mark) if " #" in command.text]


def test_the_command_of_the_tests_runs_this_test() -> None:
    """It is not pasted, for it would run itself."""
    assert [command.text for command in console(TOX)][-1] == "pip install -q tox && tox"
    assert "env_list = py\n" in (ROOT / "tox.ini").read_text()


# ---------------------------------------------------------------- a reader
def lacking(what: str) -> NoReturn:
    if os.environ.get("CI"):
        pytest.fail(what)
    pytest.skip(what)


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> None:
    options = ("--quiet", "--no-deps", "--no-cache-dir", "--retries", "1", "--dest", tmp_path_factory.mktemp("tried"))
    if subprocess.run([sys.executable, "-m", "pip", "download", *options, "iniconfig"], capture_output=True).returncode:
        lacking("pip reaches no registry")


@pytest.fixture(scope="module")
def npm() -> None:
    if shutil.which("npm") is None:
        lacking("npm is missing")
    if subprocess.run(["npm", "view", "openapi-fetch", "version"], capture_output=True).returncode:
        lacking("npm reaches no registry")


@pytest.fixture(scope="module")
def java() -> None:
    if shutil.which("java") is None:
        lacking("Java is missing")


def environment() -> dict[str, str]:
    """That of a terminal in which `python3` is the Python of this run, without the environment the tests run in."""
    mine = ("PORTICO_", "PYT", "VIRTUAL_ENV", "TOX", "COV", "GIT_", "FORCE_COLOR")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(mine)}
    here = str(Path(sys.executable).parent)
    others = [folder for folder in os.environ["PATH"].split(os.pathsep) if folder != here]
    return kept | {"PATH": os.pathsep.join([f"{sys.base_prefix}/bin", *others])}


def clone(folder: Path) -> None:
    """Clones the repository, or copies what is none. What has been changed in it since is laid over the clone."""
    if not (ROOT / ".git").exists():
        others = (
            "node_modules",
            "__pycache__",
            ".*",
            "venv",
            "build",
            "dist",
            "site",
            "portico.db*",
            "portico.key",
            "outbox",
        )
        shutil.copytree(ROOT, folder, symlinks=True, ignore=shutil.ignore_patterns(*others))
        return
    subprocess.run(["git", "clone", "--quiet", ROOT, folder], check=True, env=environment())
    changes = ["git", "diff", "--name-only", "--no-renames", "HEAD"]
    changed = subprocess.run(changes, cwd=ROOT, env=environment(), check=True, capture_output=True, text=True).stdout
    for name in changed.splitlines():
        (folder / name).unlink(missing_ok=True)
        if (ROOT / name).exists():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, folder / name, follow_symlinks=False)


def port_for_the_pages() -> int:
    """Finds a port: the one the pages name, unless somebody has it."""
    for port in (PORT, 0):
        with socket.socket() as tried:
            tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                tried.bind(("127.0.0.1", port))
            except OSError:
                continue
            return int(tried.getsockname()[1])
    raise OSError("no port is free")


class Reader:
    """Somebody with a clone, a terminal in which the server runs, and further ones."""

    def __init__(self, folder: Path, pip: str) -> None:
        self.folder, self.pip, self.port = folder, pip, port_for_the_pages()
        clone(folder)
        commands = console(RUN)
        if pip == NEWEST:
            commands.insert(-1, Command("pip install -q --upgrade pip"))
        self.said, self.warned = folder.with_suffix(".out"), folder.with_suffix(".err")
        with self.said.open("w") as said, self.warned.open("w") as warned:
            script = "\n".join(self.here(command.text) for command in commands)
            self.terminal = subprocess.Popen(
                ["bash", "-c", script],
                cwd=folder,
                env=environment() | {f"{PREFIX}BCRYPT_COST": "4"},
                stdout=said,
                stderr=warned,
                start_new_session=True,
            )
        self.greeting = Command("", [self.here(line) for line in commands[-1].printed])
        until = time.monotonic() + PATIENCE
        while not self.greeting.answers(self.said.read_text()) and time.monotonic() < until and self.runs:
            time.sleep(0.1)

    @property
    def runs(self) -> bool:
        return self.terminal.poll() is None

    def here(self, text: str) -> str:
        """With the port of this run."""
        if self.port == PORT:
            return text
        return text.replace(f":{PORT}", f":{self.port}").replace(RUN, f"{RUN} --port {self.port}")

    def paste(self, commands: list[Command], folder: Path | None = None) -> None:
        """Pastes commands into another terminal: each must succeed and print what the page says."""
        script = "\n".join(f"{self.here(command.text)}\nprintf '\\n{END}%s\\n' $?" for command in commands)
        done = subprocess.run(
            ["bash", "-c", script],
            cwd=folder or self.folder,
            env=environment(),
            capture_output=True,
            text=True,
            timeout=PATIENCE,
        )
        results = re.findall(rf"(.*?)\n{END}(\d+)\n", done.stdout, re.DOTALL)
        for command, (output, status) in zip(commands, results, strict=True):
            assert status == "0", f"$ {command.text}\n{output}\n{done.stderr}"
            expected = Command("", [self.here(line) for line in command.printed])
            assert not expected.printed or expected.answers(output), f"$ {command.text}\n{output}\n{done.stderr}"

    def stop(self) -> int:
        """Types Ctrl-C."""
        if self.runs:
            os.killpg(self.terminal.pid, signal.SIGINT)
        return self.terminal.wait(timeout=40)


@pytest.fixture(scope="module")
def readers(registry: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], Reader]]:
    """One for each pip, however pytest orders the tests."""
    came: dict[str, Reader] = {}

    def with_pip(pip: str) -> Reader:
        if pip not in came:
            came[pip] = Reader(tmp_path_factory.mktemp("reader") / "clone", pip)
        return came[pip]

    yield with_pip
    for reader in came.values():
        reader.stop()


@pytest.fixture(params=[BUNDLED, NEWEST])
def reader(request: pytest.FixtureRequest, readers: Callable[[str], Reader]) -> Reader:
    return readers(request.param)


with_the_bundled_pip = pytest.mark.parametrize("reader", [BUNDLED], indirect=True)
with_the_newest_pip = pytest.mark.parametrize("reader", [NEWEST], indirect=True)


# ---------------------------------------------------------------- what a reader does, in this order
def test_it_installs_and_serves(reader: Reader) -> None:
    assert reader.greeting.answers(reader.said.read_text()), reader.said.read_text() + reader.warned.read_text()
    assert "DEPRECATION" not in reader.warned.read_text()


@pytest.mark.parametrize(
    ("setting", "url", "told"),
    [
        (
            "DATABASE_URL",
            "postgres://someone@127.0.0.1/some",
            "asyncpg is not installed; the extra postgres brings it: `pip install '.[postgres]'`",
        ),
        (
            "LIMITS_URL",
            "redis://127.0.0.1:6379/0",
            "redis is not installed; the extra redis brings it: `pip install '.[redis]'`",
        ),
        (
            "LIMITS_URL",
            "rediss://:word@127.0.0.1/0",
            "redis is not installed; the extra redis brings it: `pip install '.[redis]'`",
        ),
    ],
)
@pytest.mark.parametrize("command", ["serve --port 0", "migrate"])
@with_the_bundled_pip
def test_an_extra_that_is_missing_is_named(
    reader: Reader, tmp_path: Path, command: str, setting: str, url: str, told: str
) -> None:
    done = subprocess.run(
        [reader.folder / ".venv" / "bin" / "portico", *command.split()],
        cwd=tmp_path,
        env=environment() | {PREFIX + setting: url, f"{PREFIX}SECRET_KEY": "6f1c" * 16 + "0123456789abcdef"},
        capture_output=True,
        text=True,
        timeout=60,
    )

    assert (done.returncode, done.stdout, done.stderr) == (2, "", f"portico: {PREFIX}{setting}: {told}\n")
    assert list(tmp_path.iterdir()) == []


def test_a_session_from_another_terminal(reader: Reader) -> None:
    reader.paste(console(SESSION))


def test_the_contract_of_a_server(reader: Reader) -> None:
    commands = console(CONTRACT)
    reader.paste(commands if reader.pip == BUNDLED else commands[:-1])  # to try it once is enough


@with_the_bundled_pip
@pytest.mark.parametrize("mark", PYTHON_CLIENTS)
def test_a_python_client(reader: Reader, java: None, mark: str, tmp_path: Path) -> None:
    reader.paste(console(mark), tmp_path)


@with_the_bundled_pip
@pytest.mark.parametrize("mark", NODE_CLIENTS)
def test_a_typescript_client(reader: Reader, npm: None, mark: str, tmp_path: Path) -> None:
    reader.paste(console(mark), tmp_path)


def test_ctrl_c_stops_it(reader: Reader) -> None:
    assert reader.stop() == 0
    assert "Traceback" not in reader.warned.read_text()


@with_the_newest_pip
def test_the_locked_versions_install(reader: Reader) -> None:
    reader.paste([*console(LOCK), Command("portico --version"), Command("pip check")])


@with_the_newest_pip
def test_a_checkout_is_set_up(reader: Reader) -> None:
    found = "python -c 'import portico.core; print(portico.core.__file__)'"
    reader.paste([*console(CHECKOUT), Command(found, [f"{reader.folder}/src/portico/core/__init__.py"])])


# ---------------------------------------------------------------- what is pinned
def test_the_lock_has_what_the_project_depends_on() -> None:
    lock = tomllib.loads((ROOT / "pylock.toml").read_text())
    project = PROJECT["project"]
    wanted = [*project["dependencies"], *(each for name in ("postgres", "redis") for each in extra(name))]
    for requirement in map(Requirement, wanted):
        locked = [Version(each["version"]) for each in lock["packages"] if each["name"] == name_of(requirement)]
        assert locked, f"{requirement} is not in pylock.toml"
        assert all(version in requirement.specifier for version in locked), (
            f"{requirement}, but {locked} in pylock.toml"
        )
    assert lock["requires-python"] == project["requires-python"]


def extra(name: str) -> list[str]:
    found: list[str] = PROJECT["project"]["optional-dependencies"][name]
    return found


def name_of(requirement: Requirement) -> str:
    return canonicalize_name(requirement.name)


def test_the_lock_names_every_file_by_its_public_address_and_its_hash() -> None:
    for package in tomllib.loads((ROOT / "pylock.toml").read_text())["packages"]:
        for file in [*package["wheels"], *([package["sdist"]] if "sdist" in package else [])]:
            assert file["url"].startswith("https://files.pythonhosted.org/packages/")
            assert len(file["hashes"]["sha256"]) == 64
