"""T12: clients generated from the served documents compile, keep their types, and go a whole journey of each door.

Not part of the ordinary run, for it wants three languages: `tox -e clients`.
"""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

import pytest
from support.server import Server, Serving

from portico.core import settings

HERE = Path(__file__).parent
NODE = HERE.parent / "node" / "node_modules"
HTTPMIME = Path("/usr/share/java/httpmime.jar")  # Debian's libhttpmime-java; Java clients send multipart forms with it
PYTHON = ("--name-mappings", "_id=underscore_id")  # else `_id` and `id` of appseed are one name, and one is lost
JAVA = (
    *("--library", "native"),
    *("--additional-properties", "openApiNullable=false,annotationLibrary=none,hideGenerationTimestamp=true"),
    *("--global-property", "skipFormModel=false"),  # else it imports the schemas of forms without writing them
    *("--name-mappings", "_id=underscoreId"),
)
DOORS = settings.DOORS


def path_of(name: str) -> str:
    """A command of this environment, of `node/`, or of the machine."""
    for found in (Path(sys.executable).with_name(name), NODE / ".bin" / name):
        if found.exists():
            return str(found)
    return shutil.which(name) or ""


def lacking() -> Iterator[str]:
    """What is to be installed before anything here can be tried."""
    if not path_of("node"):
        yield "Node 20 or later"
    if not all(map(path_of, ("openapi-typescript", "openapi-ts", "tsc"))):
        yield "npm ci --prefix contract_tests/tools/node"
    if not path_of("javac"):
        yield "a JDK of Java 11 or later (Debian's default-jdk-headless)"
    if not HTTPMIME.exists():
        yield f"{HTTPMIME} (Debian's libhttpmime-java)"


@pytest.fixture(scope="module", autouse=True)
def everything() -> None:
    """Tests that are skipped would look as if the clients had been tried."""
    if to_install := list(lacking()):
        pytest.exit(f"to be installed first: {'; '.join(to_install)}", returncode=2)


def run(folder: Path, *command: object) -> None:
    done = subprocess.run([*map(str, command)], cwd=folder, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="module")
def server(serving: Serving) -> Server:
    return serving(PORTICO_LIMITS="off", PORTICO_CAPTCHA="off")


@pytest.fixture(scope="module")
def documents(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The served document of each door as a file."""
    folder = tmp_path_factory.mktemp("documents")
    for door in DOORS:
        (folder / f"{door}.json").write_text(json.dumps(server.client.get(f"/openapi/{door}.json").json()))
    return folder


def with_journeys(folder: Path, language: str) -> Path:
    return Path(
        shutil.copytree(HERE / language, folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__"))
    )


# ---------------------------------------------------------------- Python
@pytest.fixture(scope="module")
def python_client(documents: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = with_journeys(tmp_path_factory.mktemp("openapi-python-client"), "python")
    options = ("--meta", "none", "--config", HERE / "openapi_python_client.yaml")
    for door in DOORS:
        document = documents / f"{door}.json"
        run(
            folder,
            path_of("openapi-python-client"),
            "generate",
            "--path",
            document,
            "--output-path",
            f"{door}_client",
            *options,
        )
    return folder


def test_t12_openapi_python_client_is_typed_through_and_through(python_client: Path) -> None:
    run(python_client, path_of("mypy"), "--strict", "openapi_python_client.py", *(f"{door}_client" for door in DOORS))


@pytest.mark.parametrize("door", DOORS)
def test_t12_a_journey_with_openapi_python_client(server: Server, python_client: Path, door: str) -> None:
    run(python_client, sys.executable, "openapi_python_client.py", door, server.url, server.folder / "outbox")


def generate(folder: Path, document: Path, language: str, *options: str) -> None:
    """OpenAPI Generator; its validator refuses links with a body, which OpenAPI 3.0 has."""
    command = [path_of("openapi-generator-cli"), "generate", "--skip-validate-spec", "-i", document, "-g", language]
    run(folder, *command, "-o", folder / f"{language}_{document.stem}", *options)


@pytest.fixture(scope="module")
def generator_client(documents: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = with_journeys(tmp_path_factory.mktemp("openapi-generator"), "python")
    for door in DOORS:
        generate(folder, documents / f"{door}.json", "python", "--package-name", f"{door}_api", *PYTHON)
        (folder / f"python_{door}" / f"{door}_api").rename(folder / f"{door}_api")
    return folder


def test_t12_openapi_generator_is_typed_for_whoever_uses_it(generator_client: Path) -> None:
    # What it generates has untyped functions of its own, which --strict refuses; whoever uses it is checked against it.
    run(generator_client, path_of("mypy"), "--strict", "--follow-imports=silent", "openapi_generator.py")


@pytest.mark.parametrize("door", DOORS)
def test_t12_a_journey_with_openapi_generator(server: Server, generator_client: Path, door: str) -> None:
    run(generator_client, sys.executable, "openapi_generator.py", door, server.url, server.folder / "outbox")


# ---------------------------------------------------------------- TypeScript
def typescript(folder: Path, documents: Path, journeys: str) -> Path:
    """A folder of the journeys, with Node's modules and the documents."""
    folder.joinpath("package.json").write_text('{"type": "module"}')
    folder.joinpath("node_modules").symlink_to(NODE)
    for name in (journeys, "mailed.ts", "tsconfig.json", "openapi-ts.config.mjs"):
        shutil.copy(HERE / "typescript" / name, folder)
    shutil.copytree(documents, folder, dirs_exist_ok=True)
    return folder


@pytest.fixture(scope="module")
def fetch_client(documents: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = typescript(tmp_path_factory.mktemp("openapi-fetch"), documents, "openapi_fetch.ts")
    for door in DOORS:
        run(folder, path_of("openapi-typescript"), f"{door}.json", "-o", f"{door}.ts")
    run(folder, path_of("tsc"), "-p", ".")
    return folder


@pytest.mark.parametrize("door", DOORS)
def test_t12_a_journey_with_openapi_fetch(server: Server, fetch_client: Path, door: str) -> None:
    run(fetch_client, path_of("node"), "built/openapi_fetch.js", door, server.url, server.folder / "outbox")


@pytest.fixture(scope="module")
def hey_api_client(documents: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = typescript(tmp_path_factory.mktemp("hey-api"), documents, "hey_api.ts")
    run(folder, path_of("openapi-ts"))
    run(folder, path_of("tsc"), "-p", ".")
    return folder


@pytest.mark.parametrize("door", DOORS)
def test_t12_a_journey_with_hey_api(server: Server, hey_api_client: Path, door: str) -> None:
    run(hey_api_client, path_of("node"), "built/hey_api.js", door, server.url, server.folder / "outbox")


# ---------------------------------------------------------------- Java
@pytest.mark.parametrize("door", DOORS)
def test_t12_the_java_client_compiles(documents: Path, tmp_path: Path, door: str) -> None:
    jar = next(Path(str(files("openapi_generator_cli"))).glob("*.jar"))  # it brings the Jackson its clients want
    generate(tmp_path, documents / f"{door}.json", "java", *JAVA)
    sources = sorted((tmp_path / f"java_{door}" / "src" / "main").rglob("*.java"))

    class_path = f"{jar}{os.pathsep}{HTTPMIME}"
    run(
        tmp_path,
        path_of("javac"),
        "-nowarn",
        "-d",
        "classes",
        "-cp",
        class_path,
        HERE / "java" / "Generated.java",
        *sources,
    )

    assert (tmp_path / "classes/org/openapitools/client/api" / f"{door.capitalize()}Api.class").exists()
