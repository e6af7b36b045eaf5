"""T5: what every operation answers to what may happen to any of them: its database is gone, its body does not come."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import httpx
import pytest
from support.database import gone
from support.raw import Answer, Connection, head
from support.server import Server, Serving
from test_every_door import DOORS, bearer, logged_in
from test_spec import DOCUMENTS, OPERATIONS, requests, undocumented

from portico.core.house.keyring import RELOAD_EVERY

TAKING_A_BODY = [name for name, (_, operation) in OPERATIONS.items() if "requestBody" in operation]
SAMPLE_TOKEN = DOCUMENTS["owners"]["paths"]["/users/islogged/{token}"]["get"]["parameters"][0]["example"]


@pytest.fixture
def server(serving: Serving) -> Iterator[Server]:
    server = serving(PORTICO_LIMITS="off", PORTICO_CAPTCHA="off")
    yield server
    server.stop()


def requests_with_sessions(client: httpx.Client) -> dict[str, httpx.Request]:
    """A request of every operation that could be answered, by operation."""
    tokens = {name: logged_in(door, client, f"{uuid4().hex}@appseed.us") for name, door in DOORS.items()}
    return {name: request_of(client, name, tokens.get(name.partition(".")[0], "")) for name in OPERATIONS}


def request_of(client: httpx.Client, operation_id: str, token: str) -> httpx.Request:
    """The first example of an operation, with a live token wherever it takes one."""
    _, operation = OPERATIONS[operation_id]
    _, request = next(requests(client, operation_id, "application/json"))
    if operation["security"]:
        request.headers.update(bearer(token))
    url, body = (
        str(request.url).replace(SAMPLE_TOKEN, token),
        request.content.replace(SAMPLE_TOKEN.encode(), token.encode()),
    )
    headers = {name: value for name, value in request.headers.items() if name != "content-length"}
    return client.build_request(request.method, url, content=body, headers=headers)


def keys_are_stale(client: httpx.Client) -> None:
    """Returns once the server would look at its keys again."""
    deadline = time.monotonic() + RELOAD_EVERY + 10
    while client.get("/.well-known/jwks.json").is_success:
        assert time.monotonic() < deadline, "the keys are never looked at again"
        time.sleep(0.1)


def test_o02_without_a_database_an_operation_says_503_if_its_document_does(server: Server) -> None:
    server.expects_failures = True
    asked = requests_with_sessions(server.client)

    with gone(server):
        keys_are_stale(server.client)
        answers = {name: server.client.send(request) for name, request in asked.items()}

    for name, answer in answers.items():
        document, operation = OPERATIONS[name]
        assert answer.status_code == (503 if "503" in operation["responses"] else 200), name
        assert undocumented(document, operation, answer) == [], name


def stalled(server: Server, request: httpx.Request) -> Answer:
    """What is answered when the body of a request does not come."""
    headers = [
        f"{name}: {value}" for name, value in request.headers.items() if name in ("authorization", "content-type")
    ]
    with Connection(server.url) as connection:
        connection.send(head(request.method, request.url.raw_path.decode(), *headers, "Content-Length: 10"))
        return connection.answer()


def test_t5_a_body_that_does_not_come_is_408_everywhere(server: Server) -> None:
    asked = requests_with_sessions(server.client)

    with ThreadPoolExecutor(len(TAKING_A_BODY)) as threads:
        answers = dict(
            zip(TAKING_A_BODY, threads.map(lambda name: stalled(server, asked[name]), TAKING_A_BODY), strict=True)
        )

    assert {name: answer.status for name, answer in answers.items()} == dict.fromkeys(TAKING_A_BODY, 408)
    for name, answer in answers.items():
        document, operation = OPERATIONS[name]
        told = httpx.Response(answer.status, headers=answer.headers, content=answer.body)
        assert undocumented(document, operation, told) == [], name
