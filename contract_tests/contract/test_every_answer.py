"""T5: what every operation answers to what may happen to any of them: its database is gone, its body does not come."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from doors import DOORS, new_address
from support.answers import bearer
from support.database import gone
from support.documents import OPERATIONS, Operation
from support.raw import Answer, Connection, head
from support.server import Server, Serving
from support.validation import undocumented

from portico.core.house.keyring import RELOAD_EVERY

TAKING_A_BODY = [name for name, operation in OPERATIONS.items() if operation.media_types]


@pytest.fixture
def server(serving: Serving) -> Iterator[Server]:
    server = serving(PORTICO_LIMITS="off", PORTICO_CAPTCHA="off")
    yield server
    server.stop()


def requests_with_sessions(server: Server) -> dict[str, httpx.Request]:
    """Returns a request of every operation that could be answered, by operation."""
    tokens = {name: server.at(door).logged_in(new_address()) for name, door in DOORS.items()}
    return {
        name: request_of(server, operation, tokens.get(operation.door, "")) for name, operation in OPERATIONS.items()
    }


def request_of(server: Server, operation: Operation, token: str) -> httpx.Request:
    """Returns the first example of an operation, with a live token wherever it takes one."""
    _, request = next(operation.requests(server.client))
    if operation.security:
        request.headers.update(bearer(token))
    sample = sample_of_a_session(operation) or token
    url, body = str(request.url).replace(sample, token), request.content.replace(sample.encode(), token.encode())
    headers = {name: value for name, value in request.headers.items() if name != "content-length"}
    return server.client.build_request(request.method, url, content=body, headers=headers)


def sample_of_a_session(operation: Operation) -> str | None:
    """Returns the session that the example of an operation shows as an argument, where it takes one."""
    arguments = DOORS[operation.door].token_arguments if operation.door in DOORS else {}
    field, kind = arguments.get(operation.id, ("", ""))
    examples = {each["name"]: each["example"] for each in operation.parameters} | operation.example()
    return str(examples[field]) if kind == f"a session of {operation.door}" else None


def keys_are_stale(client: httpx.Client) -> None:
    """Waits until the server would look at its keys again."""
    deadline = time.monotonic() + RELOAD_EVERY + 10
    while client.get("/.well-known/jwks.json").is_success:
        assert time.monotonic() < deadline, "the keys are never looked at again"
        time.sleep(0.1)


def test_o02_without_a_database_an_operation_says_503_if_its_document_does(server: Server) -> None:
    server.expects_failures = True
    asked = requests_with_sessions(server)

    with gone(server):
        keys_are_stale(server.client)
        answers = {name: server.client.send(request) for name, request in asked.items()}

    for name, answer in answers.items():
        assert answer.status_code == (503 if 503 in OPERATIONS[name].statuses else 200), name
        assert undocumented(OPERATIONS[name], answer) == [], name


def stalled(server: Server, request: httpx.Request) -> Answer:
    """Returns what is answered when the body of a request does not come."""
    headers = [
        f"{name}: {value}" for name, value in request.headers.items() if name in ("authorization", "content-type")
    ]
    with Connection(server.url) as connection:
        connection.send(head(request.method, request.url.raw_path.decode(), *headers, "Content-Length: 10"))
        return connection.answer()


def test_t5_a_body_that_does_not_come_is_408_everywhere(server: Server) -> None:
    asked = requests_with_sessions(server)

    with ThreadPoolExecutor(len(TAKING_A_BODY)) as threads:
        answers = dict(
            zip(TAKING_A_BODY, threads.map(lambda name: stalled(server, asked[name]), TAKING_A_BODY), strict=True)
        )

    assert {name: answer.status for name, answer in answers.items()} == dict.fromkeys(TAKING_A_BODY, 408)
    for name, answer in answers.items():
        told = httpx.Response(answer.status, headers=answer.headers, content=answer.body)
        assert undocumented(OPERATIONS[name], told) == [], name
