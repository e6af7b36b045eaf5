"""T5, T6: what is refused is refused as documented, and every documented refusal and page can be provoked."""

from collections.abc import Iterator

import httpx
import pytest
from contract.walking import Walk, way_to
from doors import DOORS, new_address
from support.answers import Headers, Json, bearer, found
from support.database import emptied, sql
from support.documents import JSON, OPERATIONS, Operation, operations_of
from support.server import Server, Serving
from support.validation import undocumented

CARRIED: dict[str, Headers | list[tuple[str, str]]] = {
    "none": {},
    "dead": {"Authorization": "Bearer e30.e30.e30"},
    "twice": [("Authorization", "a")] * 2,
}
ABC = "abc"  # too short for a password, and no address
UNREADABLE = [b"{", b'{"a": 1, "a": 2}', b'{"a": "' + b"a" * 64 * 1024 + b'"}']


@pytest.mark.parametrize("sent", CARRIED)
def test_t5_without_a_session_an_operation_answers_what_it_documents(client: httpx.Client, sent: str) -> None:
    for operation in OPERATIONS.values():
        if operation.needs_session:
            answer = client.request(operation.method, operation.path, headers=CARRIED[sent])
            assert answer.is_client_error, operation.id
            assert undocumented(operation, answer) == [], operation.id


@pytest.mark.parametrize("door", DOORS)
def test_t6_every_example_of_a_refusal_or_a_page_is_what_is_answered(
    generous: Server, serving: Serving, door: str
) -> None:
    """But for those the description of the door tells, and the answer to a slow body, which `hostile/` waits for."""
    heard: dict[str, list[object]] = {}  # by component
    for operation, answer in provoked(emptied(generous), serving, door):
        assert undocumented(operation, answer) == [], (operation.id, answer.request.content)
        heard.setdefault(operation.component(answer.status_code), []).append(words(answer))

    never_answered = {
        (place.removeprefix(door.capitalize()), name)
        for place, name, said in documented(door)
        if said not in heard.get(place, [])
    }
    assert never_answered == {("TooSlow", "slow"), *DOORS[door].examples_never_answered}


def documented(door: str) -> Iterator[tuple[str, str, object]]:
    """Yields the refusals and pages of the documents: the component, the name of the example, what it says."""
    for operation in operations_of(door):
        for status, response in operation.responses.items():
            for media_type, content in response.get("content", {}).items():
                if 400 <= status < 500 or media_type == "text/html":
                    for name, example in content["examples"].items():
                        yield operation.component(status), name, words(example["value"])


def words(said: httpx.Response | object) -> object:
    """Returns what an answer or an example says: all of it, or of a page the title."""
    if isinstance(said, httpx.Response):
        said = said.json() if "json" in said.headers["Content-Type"] else said.text
    return found(r"<title>(.*)</title>", said)[1] if isinstance(said, str) else said


def provoked(server: Server, serving: Serving, door: str) -> Iterator[tuple[Operation, httpx.Response]]:
    """Yields the answers to requests that each break one rule, of every operation of a door."""
    own = operations_of(door)
    for _ in "first", "again":
        for operation in own:
            for request in spoilt(server.client, operation):
                yield operation, server.client.send(request)
    for operation in own:
        first, chain = way_to(operation)
        for accept in "*/*", "text/html":
            walk = Walk(server, first, accept)
            for link in chain:
                walk.follow(link)
            yield operation, walk.answer
            yield operation, server.client.send(walk.answer.request)
    for ended in False, True:
        sessions = {operation: bearer(server.at(DOORS[door]).logged_in(new_address())) for operation in own}
        sql(server, "DELETE FROM session" if ended else "UPDATE account SET verified_at = created_at")
        for operation in own:
            for request in spoilt(server.client, operation):
                request.headers.update(sessions[operation])
                yield operation, server.client.send(request)
    strict = serving(PORTICO_PROFILE="strict")  # and with its limits
    for operation in own:
        if "x-portico-unless" not in operation.definition:
            for request in spoilt(strict.client, operation):
                yield operation, strict.client.send(request)


def spoilt(client: httpx.Client, operation: Operation) -> Iterator[httpx.Request]:
    """Yields the examples of an operation, and requests that break one rule each."""
    method, path, query = operation.method, operation.filled_path(), operation.query
    sent: list[Json] = [
        {"headers": headers} for headers in (*CARRIED.values(), [("token", "a")] * 2, {"Accept": "text/html"})
    ]
    if operation.media_types:
        examples = [each["value"] for each in operation.media_types[JSON]["examples"].values()]
        every = {name: field["example"] for name, field in operation.fields.items()}
        bodies = [{}, *(body for example in (*examples, every) for body in variants(example))]
        sent = [{"json": examples[0]} | each for each in sent] + [{"json": body} for body in bodies]
        sent += [{"content": content, "headers": {"Content-Type": JSON}} for content in UNREADABLE]
        sent += [{"content": "abc", "headers": {"Content-Type": "text/plain"}}]
    for each in sent:
        yield client.build_request(method, path, params=query, **each)
    for name in query:
        yield client.build_request(method, path, params={**query, name: ""})
        yield client.build_request(method, path, params={other: query[other] for other in query if other != name})
    for name in [each["name"] for each in operation.parameters if each["in"] == "path"]:
        for segment in ("%FF", "%00", ABC):
            yield client.build_request(method, operation.filled_path(**{name: "SEGMENT"}).replace("SEGMENT", segment))


def variants(body: Json) -> Iterator[Json]:
    """Yields a body as it is; without a field, each in turn; with an empty one, and with one that is no good."""
    yield body
    for name in body:
        yield {other: body[other] for other in body if other != name}
        yield {**body, name: ""}
        yield {**body, name: ABC}
