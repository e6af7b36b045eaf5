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
import yaml
from support.answers import Json
from support.documents import DOCUMENTS as SPECS
from support.places import HOUSE, PACKAGES, sources
from tortoise.context import TortoiseContext
from tortoise.migrations.autodetector import MigrationAutodetector
from tortoise.migrations.writer import MigrationWriter

from portico import __version__
from portico.core import database, refusals, settings

NOTHING = "There is nothing here"
WEB = {"connexion", "starlette", "uvicorn", "fastapi", "flask", "werkzeug", "httpx", "http"}

ROUTES = """
appseed.check_session           POST    /api/users/checkSession
appseed.edit                    POST    /api/users/edit
appseed.login                   POST    /api/users/login
appseed.logout                  POST    /api/users/logout
appseed.register                POST    /api/users/register
mobile.delete                   DELETE  /api/user/delete
mobile.details                  GET     /api/user/details
mobile.login                    POST    /api/user/login
mobile.sign_up                  POST    /api/user/signUp
mobile.update                   PUT     /api/user/update
notes.current                   GET     /auth/current
notes.current.api               GET     /api/auth/current
notes.current.api_post          POST    /api/auth/current
notes.current.post              POST    /auth/current
notes.login                     POST    /auth/login
notes.login.api                 POST    /api/auth/login
notes.refresh                   POST    /auth/refresh
notes.refresh.api               POST    /api/auth/refresh
notes.sign_up                   POST    /auth/signup
notes.sign_up.api               POST    /api/auth/signup
notes.verify                    GET     /auth/verify
notes.verify.api                GET     /api/auth/verify
owners.create_application       POST    /applications/create
owners.create_owner             POST    /appowner/create
owners.delete_application       DELETE  /applications/delete
owners.delete_owner             DELETE  /appowner/delete
owners.is_logged                GET     /users/islogged/{token}
owners.is_logged.post           POST    /users/islogged
owners.owner_by_password        GET     /appowner/emailpassword/{email}/{password}
owners.owner_by_password.post   POST    /appowner/emailpassword
owners.owner_by_uuid            GET     /appowner/uuid/{uuid}
owners.sign_in                  POST    /users/signin
owners.sign_in_with_email       POST    /users/signwithemail
owners.sign_up                  POST    /users/signup
owners.update_owner             POST    /appowner/update
owners.update_owner.put         PUT     /appowner/update
owners.update_user              PUT     /users/update
owners.update_user.post         POST    /users/update
owners.user_data                POST    /users/userdata
service.captcha                 GET     /api/captcha
service.docs                    GET     /docs
service.docs_asset              GET     /docs/{asset}
service.front_page              GET     /
service.jwks                    GET     /.well-known/jwks.json
service.live                    GET     /health/live
service.openapi_document        GET     /openapi/{document}
service.openapi_json            GET     /openapi.json
service.openapi_yaml            GET     /openapi.yaml
service.ready                   GET     /health/ready
vault.exist_email               GET     /api/exist-email/{email}
vault.forgot_password           POST    /api/forgot-password
vault.forgot_password.misspelt  POST    /api/forgot-passsword
vault.login                     POST    /api/login
vault.refresh                   GET     /api/refresh
vault.refresh.post              POST    /api/refresh
vault.register                  POST    /api/register
vault.resend_verification       GET     /api/resend-email-verification
vault.resend_verification.post  POST    /api/resend-email-verification
vault.reset_page                GET     /api/reset-password
vault.reset_password            POST    /api/reset-password
vault.reset_password.misspelt   POST    /api/reset-passsword
vault.verify_email              GET     /api/verify-email/{token}
vault.verify_email.post         POST    /api/verify-email
"""


# ---------------------------------------------------------------- imports go one way
def imported(file: Path) -> Iterator[str]:
    """The absolute names of all modules a file imports, wherever in it."""
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
        others = {f"portico.handlers.{door}" for door in SPECS} - {f"portico.handlers.{file.stem}"}
        assert not others & set(imported(file)), file


# ---------------------------------------------------------------- names match
def operations(document: Json) -> Iterator[tuple[str, str, str]]:
    for path, item in document["paths"].items():
        for method, operation in item.items():
            yield operation["operationId"], method.upper(), path


def functions(module: ModuleType) -> dict[str, object]:
    """The public functions a module defines itself."""
    named = inspect.getmembers(module, inspect.isfunction)
    return {name: function for name, function in named if function.__module__ == module.__name__ and name[0] != "_"}


def test_a_door_is_three_files_of_one_name() -> None:
    assert set(SPECS) == {*settings.DOORS, "service"}
    assert {file.stem for file in sources("handlers")} == {*SPECS, "__init__"}
    for door in SPECS:
        assert (HOUSE / "contract_tests" / f"test_{door}.py").exists()


@pytest.mark.parametrize("door", SPECS)
def test_every_operation_is_a_function_and_every_function_an_operation(door: str) -> None:
    module = import_module(f"portico.handlers.{door}")
    wanted = {operation_id for operation_id, _, _ in operations(SPECS[door])}
    schemes = SPECS[door]["components"].get("securitySchemes", {}).values()
    security = {value for scheme in schemes for name, value in scheme.items() if name.endswith("InfoFunc")}
    written = {name for name, function in functions(module).items() if inspect.iscoroutinefunction(function)}

    served = {
        ".".join(operation_id.split(".")[:2]) for operation_id in wanted
    }  # a third word tells apart what it serves

    assert served == {f"{door}.{name}" for name in written if f"portico.handlers.{door}.{name}" not in security}
    assert wanted >= served
    assert security <= {f"portico.handlers.{door}.{name}" for name in written}
    assert list(inspect.signature(module.refuse).parameters) == ["refusal"]


def table(rows: Iterator[tuple[str, ...]]) -> list[tuple[str, ...]]:
    return sorted(rows)


def test_t13_the_route_table(client: httpx.Client) -> None:
    golden = table(tuple(line.split()) for line in ROUTES.strip().splitlines())

    assert golden == table(row for document in SPECS.values() for row in operations(document))
    assert golden == table(operations(client.get("/openapi.json").json()))


def test_t13_every_route_is_served(client: httpx.Client) -> None:
    for document in SPECS.values():
        for _, method, path in operations(document):
            parameters = document["paths"][path][method.lower()].get("parameters", [])
            url = path.format(**{parameter["name"]: parameter["example"] for parameter in parameters})
            answer = client.request(method, url)
            assert answer.status_code not in (405, 500), path
            assert answer.status_code != 404 or NOTHING not in answer.text, path  # an owner may be unknown, a path not


@pytest.mark.parametrize("door", settings.DOORS)
def test_the_shortest_password_is_that_of_the_document(door: str) -> None:
    lengths = {
        field["minLength"]
        for schema in SPECS[door]["components"]["schemas"].values()
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
