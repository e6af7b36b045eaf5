"""A second opinion, by tools of other authors: the journeys in `collections/`, run by Newman through Prism.

Prism is a proxy that knows nothing but the document the server serves, and adds to an answer what breaks it. The
collections are good without it too: import one in Postman and run it against any Portico.
"""

import json
import os
import re
import subprocess
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import reduce
from operator import getitem
from pathlib import Path
from threading import Thread

import pytest
from doors import DOORS, RESETS, VERIFIES
from support.answers import Json, piped
from support.documents import operations_of
from support.mailbox import awaited, letters_to
from support.places import NODE_TOOLS as TOOLS
from support.server import Server

HERE = Path(__file__).parent
COLLECTIONS = {
    file.name.partition(".")[0]: json.loads(file.read_text()) for file in sorted((HERE / "collections").iterdir())
}
LISTENS = re.compile(r"Prism is listening on (http://[\w.:]+)")
# What comes out of mails, and where the link leads that holds it. Whoever reads it enters it as a variable.
VARIABLES = {VERIFIES: "verificationToken", RESETS: "resetToken"}
MAILED = {
    name: {VARIABLES[kind]: link for kind, link in door.mailed_links.items()}
    for name, door in DOORS.items()
    if door.mailed_links
}
KEPT = "the answer keeps the contract"
UNREAD = {"service": [("The contract as YAML", KEPT)]}  # Prism reads no YAML and takes it for a text


def node_tool(name: str) -> str:
    """A tool of `node/package.json`. Where it is missing, the tests that need it are skipped, but never in CI."""
    if not (TOOLS / name).exists():
        (pytest.fail if os.environ.get("CI") else pytest.skip)(
            f"{name} is missing: npm ci --prefix contract_tests/tools/node"
        )
    return str(TOOLS / name)


@contextmanager
def proxy(document: str, server: Server) -> Iterator[str]:
    """The address of a proxy that holds the server against a document."""
    command = [node_tool("prism"), "proxy", document, server.url, "--port", "0", "--errors", "false"]
    with subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, bufsize=1
    ) as prism:
        printed = piped(prism.stdout)
        reading = Thread(target=printed.read)  # it stands still where nobody reads what it says
        try:
            url = address(printed)
            reading.start()
            yield url
        finally:
            prism.terminate()
            prism.wait(timeout=20)
        reading.join()


def address(output: Iterable[str]) -> str:
    """Where a proxy listens, as soon as it does."""
    said = []
    for line in output:
        said.append(line)
        if listens := LISTENS.search(line):
            return listens[1]
    raise RuntimeError(f"Prism did not start:\n{''.join(said)}")


def run(folder: Path, door: str, *part: str, **variables: str) -> Json:
    """What Newman reports of a collection, or of a folder of it."""
    report = folder / "newman.json"
    collection = HERE / "collections" / f"{door}.postman_collection.json"
    command = [node_tool("newman"), "run", str(collection), "--timeout-request", "20000"]
    command += [f"--folder={name}" for name in part]
    command += [option for name, value in variables.items() for option in ("--env-var", f"{name}={value}")]
    command += ["--reporters", "json", "--reporter-json-export", str(report)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert report.exists(), done.stdout + done.stderr
    outcome: Json = json.loads(report.read_text())["run"]
    return outcome


def requests(items: list[Json]) -> Iterator[Json]:
    for item in items:
        yield from requests(item["item"]) if "item" in item else [item]


def outcome(report: Json) -> Json:
    """How much was tried, and what failed."""
    return {
        "requests": report["stats"]["requests"]["total"],
        "assertions": report["stats"]["assertions"]["total"],
        "failures": [(failure["source"]["name"], failure["error"]["test"]) for failure in report["failures"]],
    }


def violations(report: Json) -> list[tuple[str, str]]:
    """What Prism says of which answers."""
    told: list[tuple[str, str]] = []
    for execution in report["executions"]:
        headers = {header["key"]: header["value"] for header in execution["response"]["header"]}
        violations = json.loads(headers.get("sl-violations", "[]"))
        messages = [each["message"] for each in violations if each["location"][0] == "response"]
        told += [(execution["item"]["name"], message) for message in messages]
    return told


def nothing_fails(items: list[Json]) -> Json:
    """Every request has an assertion of its own, and the collection one for each."""
    count = len(list(requests(items)))
    return {"requests": count, "assertions": 2 * count, "failures": []}


def mailed(door: str, server: Server, email: str) -> dict[str, str]:
    def token(path: str) -> str:
        return awaited(lambda: [letter.token for letter in letters_to(server, email) if path in letter.link], path)[0]

    return {variable: token(path) for variable, path in MAILED[door].items()}


# ---------------------------------------------------------------- what the collections hold
def operation_of(request: Json, door: str) -> str:
    """The id of the operation a request is for."""
    path = request["url"].removeprefix("{{baseUrl}}").partition("?")[0]
    for operation in operations_of(door):
        pattern = re.sub(r"\\{\w+\\}", "[^/]+", re.escape(operation.path))
        if operation.method == request["method"] and re.fullmatch(pattern, path):
            return operation.id
    return f"{request['method']} {path} is no operation"


@pytest.mark.parametrize("door", COLLECTIONS)
def test_every_operation_is_in_the_collection_of_its_door(door: str) -> None:
    sent = {operation_of(item["request"], door) for item in requests(COLLECTIONS[door]["item"])}

    assert sent == {operation.id for operation in operations_of(door)}


@pytest.mark.parametrize("door", COLLECTIONS)
def test_a_collection_can_be_imported_and_run_as_it_is(door: str) -> None:
    collection = COLLECTIONS[door]
    values = {variable["key"]: variable["value"] for variable in collection["variable"]}
    used = set(re.findall(r"{{(\w+)}}", json.dumps(collection["item"])))
    made = set(re.findall(r"collectionVariables\.set\('(\w+)'", json.dumps(collection["item"])))
    names = [item["name"] for item in requests(collection["item"])]

    assert values["baseUrl"] == "http://127.0.0.1:8000"
    assert used <= values.keys()
    assert {name for name, value in values.items() if not value} == made | set(MAILED.get(door, {}))
    assert sorted(set(names)) == sorted(names)


# ---------------------------------------------------------------- what the tools say
@pytest.mark.parametrize("door", [door for door in COLLECTIONS if door not in MAILED])
def test_a_journey_keeps_the_contract(generous: Server, tmp_path: Path, door: str) -> None:
    with proxy(f"{generous.url}/openapi/{door}.json", generous) as url:
        report = run(tmp_path, door, baseUrl=url)

    assert outcome(report) == nothing_fails(COLLECTIONS[door]["item"]) | {"failures": UNREAD.get(door, [])}


@pytest.mark.parametrize("door", MAILED)
def test_a_journey_with_mails_keeps_the_contract(generous: Server, tmp_path: Path, email: str, door: str) -> None:
    before, after = COLLECTIONS[door]["item"]
    with proxy(f"{generous.url}/openapi/{door}.json", generous) as url:
        first = run(tmp_path, door, before["name"], baseUrl=url, email=email)
        assert outcome(first) == nothing_fails(before["item"])
        second = run(tmp_path, door, after["name"], baseUrl=url, email=email, **mailed(door, generous, email))

    assert outcome(second) == nothing_fails(after["item"])


# ---------------------------------------------------------------- whether they would say anything
SCHEMAS, RESPONSES = ["components", "schemas"], ["components", "responses"]
# What a document says and the server does not do.
LIES = [
    ([*SCHEMAS, "AppseedRegisteredAnswer", "properties", "userID", "type"], "integer"),
    ([*SCHEMAS, "AppseedLoggedInAnswer", "properties", "token", "maxLength"], 32),
    ([*SCHEMAS, "AppseedLoggedOutAnswer", "required"], ["success", "msg", "reason"]),
    ([*SCHEMAS, "AppseedSessionAnswer", "properties", "msg"], None),
    ([*RESPONSES, "AppseedNoSession", "headers", "X-Realm"], {"required": True, "schema": {"type": "string"}}),
    ([*RESPONSES, "AppseedEdited", "content"], {"text/plain": {"schema": {"type": "string"}}}),
    (["paths", "/api/users/login", "post", "responses", "400"], None),
]
NO_REALM = "Response header must have required property 'x-realm'"
NO_REASON = "Response body must have required property 'reason'"
TOO_LONG = "Response body property token must NOT have more than 32 characters"
NOT_OF_TYPE = (
    'The received media type "application/json" does not match the one specified in the current response: text/plain'
)
NO_STATUS = "Unable to match the returned status code with those defined in the document: 200,408,413,415,500,503"
FOUND_OUT = [
    ("Register", "Response body property userID must be integer"),
    ("Log in with a wrong password", NO_STATUS),
    ("Log in", TOO_LONG),
    ("Log in with a form", TOO_LONG),
    ("Change the name", NOT_OF_TYPE),
    ("Change the name", "Response body must be string"),
    ("Change without a token", NO_REALM),
    ("Log out", NO_REASON),
    ("Check the session that has ended", "Response body must NOT have additional properties; found 'msg'"),
    ("Change the name in the session that has ended", NO_REALM),
    ("Log out again", NO_REASON),
    ("Log out with the token in the body", NO_REASON),
]


def test_what_a_document_says_and_the_server_does_not_do_is_found_out(generous: Server, tmp_path: Path) -> None:
    document = generous.client.get("/openapi/appseed.json").json()
    for (*steps, last), value in LIES:
        place = reduce(getitem, steps, document)
        if value is None:
            del place[last]
        else:
            place[last] = value
    (tmp_path / "appseed.json").write_text(json.dumps(document))

    with proxy(str(tmp_path / "appseed.json"), generous) as url:
        report = run(tmp_path, "appseed", baseUrl=url)

    assert violations(report) == FOUND_OUT
    assert outcome(report)["failures"] == [(name, KEPT) for name in dict(FOUND_OUT)]
