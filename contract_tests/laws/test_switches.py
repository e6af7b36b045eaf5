"""A door that is switched off leaves no trace, and one alone is a whole server."""

import re
from itertools import chain

import pytest
import yaml
from doors import DOORS, WRONG_TOKEN
from support.answers import NOTHING_HERE, bearer, whole
from support.documents import DOCUMENTS, operations_of
from support.server import Server, Serving


@pytest.fixture(scope="module", params=DOORS)
def alone(request: pytest.FixtureRequest, serving: Serving) -> tuple[Server, list[str]]:
    """A server on which one door is open, with that of its accounts, and which doors these are."""
    open_doors = list(filter(None, [request.param, DOORS[request.param].accounts_of]))
    return serving(PORTICO_DOORS=",".join(open_doors)), open_doors


def test_one_door_alone_is_a_whole_server(alone: tuple[Server, list[str]], email: str) -> None:
    server, open_doors = alone
    door = server.at(DOORS[open_doors[0]])

    assert door.protected(**bearer(door.logged_in(email))).is_success
    assert whole(door.login(f"nobody.{email}")) == door.wrong_credentials

    served = {operation.path for each in (*open_doors, "service") for operation in operations_of(each)}
    assert set(server.client.get("/openapi.json").json()["paths"]) == served


def test_a_door_that_is_off_is_served_nowhere(alone: tuple[Server, list[str]]) -> None:
    server, open_doors = alone
    for operation in chain.from_iterable(operations_of(name) for name in DOORS if name not in open_doors):
        for method in (operation.method, "GET", "OPTIONS"):
            answer = server.client.request(method, operation.url(), headers=bearer(WRONG_TOKEN))
            assert answer.status_code == 404, operation.id
            assert NOTHING_HERE in answer.text, operation.id


def test_a_door_that_is_off_stands_in_no_document(alone: tuple[Server, list[str]]) -> None:
    server, open_doors = alone
    client = server.client
    documents = [client.get("/openapi.json").json(), yaml.safe_load(client.get("/openapi.yaml").text)]
    front, docs = (client.get(page).text for page in ("/", "/docs"))

    assert documents[0] == documents[1]
    assert [tag["name"] for tag in documents[0]["tags"]] == [*sorted(open_doors), "service"]
    components = {name for kind in documents[0]["components"].values() for name in kind}
    for name in DOORS:
        document, is_open = f"/openapi/{name}.json", name in open_doors
        assert client.get(document).status_code == (200 if is_open else 404)
        assert (document in front) is is_open
        assert is_open or document not in docs
        assert (f"'operationId': '{name}." in str(documents[0])) is is_open
        assert any(each.startswith(name.capitalize()) for each in components) is is_open
        if not is_open:
            for path in DOCUMENTS[name]["paths"]:
                assert not re.search(rf"{re.escape(path)}(?![\w/-])", re.sub(r"<[^>]+>", " ", front)), path
