"""A door that is switched off leaves no trace, and one alone is a whole server."""

import re

import pytest
import yaml
from doors import DOORS, WRONG_TOKEN
from support.answers import bearer, whole
from support.documents import DOCUMENTS, operations_of
from support.server import Server, Serving

UNKNOWN = "There is nothing here"


@pytest.fixture(scope="module", params=DOORS)
def without(request: pytest.FixtureRequest, serving: Serving) -> tuple[str, Server]:
    """A door, and a server on which all others are open."""
    return request.param, serving(PORTICO_DOORS=",".join(name for name in DOORS if name != request.param))


def test_a_door_that_is_off_is_served_nowhere(without: tuple[str, Server]) -> None:
    name, server = without
    for operation in operations_of(name):
        for method in (operation.method, "GET", "OPTIONS"):
            answer = server.client.request(method, operation.url(), headers=bearer(WRONG_TOKEN))
            assert answer.status_code == 404, operation.id
            assert UNKNOWN in answer.text, operation.id


def test_a_door_that_is_off_stands_in_no_document(without: tuple[str, Server]) -> None:
    name, server = without
    client = server.client
    documents = [client.get("/openapi.json").json(), yaml.safe_load(client.get("/openapi.yaml").text)]

    assert documents[0] == documents[1]
    assert f"'operationId': '{name}." not in str(documents[0])
    for components in documents[0]["components"].values():
        assert [component for component in components if component.startswith(name.capitalize())] == []
    assert set(DOCUMENTS[name]["paths"]).isdisjoint(documents[0]["paths"])
    assert [tag["name"] for tag in documents[0]["tags"]] == [*(other for other in DOORS if other != name), "service"]
    gone = client.get(f"/openapi/{name}.json")
    assert (gone.status_code, gone.json()["code"]) == (404, "not_found")
    for other in DOORS:
        assert client.get(f"/openapi/{other}.json").is_success is (other != name)
        for page in ("/", "/docs"):
            assert f"/openapi/{name}.json" not in client.get(page).text
    for path in DOCUMENTS[name]["paths"]:
        assert not re.search(rf"{re.escape(path)}(?![\w/-])", re.sub(r"<[^>]+>", " ", client.get("/").text)), path


def test_the_other_doors_do_as_they_did(without: tuple[str, Server]) -> None:
    name, server = without
    for other, kind in DOORS.items():
        if other != name:
            door = server.at(kind)
            assert whole(door.login("nobody@appseed.us")) == door.wrong_credentials, other


@pytest.mark.parametrize("name", DOORS)
def test_one_door_alone_is_a_whole_server(serving: Serving, email: str, name: str) -> None:
    """One whose accounts are made elsewhere is open beside that door."""
    open_doors = list(filter(None, [name, DOORS[name].accounts_of]))
    server = serving(PORTICO_DOORS=",".join(open_doors))
    door = server.at(DOORS[name])

    assert door.protected(**bearer(door.logged_in(email))).is_success

    served = {operation.path for each in (*open_doors, "service") for operation in operations_of(each)}
    assert set(server.client.get("/openapi.json").json()["paths"]) == served
