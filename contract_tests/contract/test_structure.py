"""The house itself: who may import whom, what is called what, what is packed, whether models and migrations agree."""

import ast
import asyncio
import inspect
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from importlib import import_module, metadata
from pathlib import Path
from types import ModuleType
from zipfile import ZipFile

import httpx
import pytest
from doors import DOORS
from support.documents import DOCUMENTS, OPERATIONS, operations_of
from support.places import HOUSE, PACKAGES, sources
from tortoise.context import TortoiseContext
from tortoise.migrations.autodetector import MigrationAutodetector
from tortoise.migrations.writer import MigrationWriter

from portico import __version__
from portico.core import database, refusals, settings

WEB = {"connexion", "starlette", "uvicorn", "fastapi", "flask", "werkzeug", "httpx", "http"}


# ---------------------------------------------------------------- imports go one way
def imported(file: Path) -> Iterator[str]:
    """Returns the absolute names of all modules a file imports, wherever in it."""
    package = ["portico", *file.relative_to(HOUSE).parent.parts]
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            module = ".".join([*base, *filter(None, [node.module])])
            yield module
            yield from (f"{module}.{alias.name}" for alias in node.names)


@pytest.mark.parametrize("package", PACKAGES)
def test_imports_go_one_way(package: str) -> None:
    above = PACKAGES[PACKAGES.index(package) + 1 :]
    assert sources(package)
    for file in sources(package):
        for name in imported(file):
            parts = name.split(".")
            assert parts[0] not in (*PACKAGES, "spec", "contract_tests"), f"{file} imports {name}: say portico.{name}"
            assert parts[0] != "portico" or len(parts) == 1 or parts[1] not in above, f"{file} imports {name}"


@pytest.mark.parametrize("package", ["core", "models"])
def test_the_core_knows_no_web(package: str) -> None:
    for file in sources(package):
        assert not WEB & {name.split(".")[0] for name in imported(file)}, file


def test_doors_do_not_know_each_other() -> None:
    for file in sources("handlers"):
        others = {f"portico.handlers.{door}" for door in DOCUMENTS} - {f"portico.handlers.{file.stem}"}
        assert not others & set(imported(file)), file


# ---------------------------------------------------------------- names match
def functions(module: ModuleType) -> dict[str, object]:
    """Returns the public functions a module defines itself."""
    named = inspect.getmembers(module, inspect.isfunction)
    return {name: function for name, function in named if function.__module__ == module.__name__ and name[0] != "_"}


def test_a_door_is_three_files_of_one_name() -> None:
    assert {file.stem for file in sources("handlers")} == {*DOCUMENTS, "__init__"}
    assert set(DOCUMENTS) == {*settings.DOORS, "service"}
    assert set(DOORS) == set(settings.DOORS)
    assert [door.name for door in DOORS.values()] == [*DOORS]


@pytest.mark.parametrize("door", DOCUMENTS)
def test_every_operation_is_a_function_and_every_function_an_operation(door: str) -> None:
    module = import_module(f"portico.handlers.{door}")
    schemes = DOCUMENTS[door]["components"].get("securitySchemes", {}).values()
    security = {value for scheme in schemes for name, value in scheme.items() if name.endswith("InfoFunc")}
    written = {
        f"portico.handlers.{door}.{name}"
        for name, function in functions(module).items()
        if inspect.iscoroutinefunction(function)
    }
    # A third word of an operation's id tells apart what one function serves.
    served = {"portico.handlers." + ".".join(operation.id.split(".")[:2]) for operation in operations_of(door)}

    assert served == written - security
    assert security <= written
    assert list(inspect.signature(module.refuse).parameters) == ["refusal"]


def test_t13_what_is_served_is_what_stands_in_spec(client: httpx.Client) -> None:
    served = client.get("/openapi.json").json()["paths"]

    assert {
        (operation["operationId"], f"{method.upper()} {path}")
        for path, item in served.items()
        for method, operation in item.items()
    } == {(operation.id, operation.label) for operation in OPERATIONS.values()}


@pytest.mark.parametrize("door", settings.DOORS)
def test_the_shortest_password_is_that_of_the_document(door: str) -> None:
    lengths = {
        field["minLength"]
        for schema in DOCUMENTS[door]["components"]["schemas"].values()
        for field in schema.get("properties", {}).values()
        if field.get("x-portico-policy") == "new-password"
    }

    assert lengths == {import_module(f"portico.handlers.{door}").SHORTEST_PASSWORD}


def test_the_tree_of_refusals_is_the_tree_of_classes() -> None:
    drawn, branch = {"Refusal": "Exception"}, ["Refusal"]
    for line in refusals.__doc__.splitlines():
        if found := re.match(r"((?:│   |    )*)[├└]── (\w+) {2,}\w", line):
            depth = len(found[1]) // 4 + 1
            branch[depth:] = [found[2]]
            drawn[found[2]] = branch[depth - 1]
    classes = dict(inspect.getmembers(refusals, inspect.isclass))

    assert drawn == {name: kind.__bases__[0].__name__ for name, kind in classes.items()}


# ---------------------------------------------------------------- models and migrations
def test_models_and_migrations_agree() -> None:
    async def changes() -> list[MigrationWriter]:
        async with TortoiseContext() as context:
            await context.init(config={"connections": {"default": "sqlite://:memory:"}, "apps": database.TABLES})
            assert context.apps
            return await MigrationAutodetector(context.apps, database.TABLES).changes()

    assert [writer.operations for writer in asyncio.run(changes())] == []


# ---------------------------------------------------------------- what is packed
@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """The names in a wheel built, without the network, where another was built before that had one door more."""
    source = tmp_path_factory.mktemp("source")
    for folder in (*PACKAGES, "spec", "contract_tests", "src"):
        ignored = shutil.ignore_patterns("__pycache__", "node_modules")
        shutil.copytree(HOUSE / folder, source / folder, symlinks=True, ignore=ignored)
    for file in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(HOUSE / file, source)
    removed = source / "handlers" / "removed.py"
    removed.touch()
    assert "portico/handlers/removed.py" in built(source, "before")
    removed.unlink()
    return built(source, "after")


def built(source: Path, folder: str) -> set[str]:
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "wheel", "--no-deps", "--no-build-isolation"]
    done = subprocess.run([*pip, "--quiet", "--wheel-dir", folder, "."], cwd=source, capture_output=True, text=True)
    assert (done.returncode, done.stdout + done.stderr) == (0, "")
    (wheel,) = (source / folder).glob("*.whl")
    with ZipFile(wheel) as archive:
        return set(archive.namelist())


def test_the_wheel_holds_portico_and_nothing_else(wheel: set[str]) -> None:
    tops = {name.partition("/")[0] for name in wheel}

    assert tops == {"portico", f"portico_server-{__version__}.dist-info"}
    assert metadata.version("portico-server") == __version__


def test_the_wheel_holds_every_source_the_spec_the_pages_and_what_they_are_made_of(wheel: set[str]) -> None:
    kept = [file for package in PACKAGES for file in sources(package)]
    for folder in ("spec", "runtime/assets", "runtime/templates", "core/templates", "handlers/templates"):
        kept += [file for file in (HOUSE / folder).iterdir() if file.is_file()]
    expected = {f"portico/{file.relative_to(HOUSE)}" for file in kept} | {"portico/__init__.py", "portico/py.typed"}

    assert {name for name in wheel if name.startswith("portico/")} == expected
    for ending in ("spec/vault.yaml", "core/templates/reset.txt", "handlers/templates/reset.html"):
        assert f"portico/{ending}" in wheel
