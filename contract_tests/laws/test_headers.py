"""What every answer says to browsers: it is not kept, not guessed at, and read by no foreign origin."""

import re
from contextlib import suppress

import httpx
import pytest
from doors import Door, OutOfReach
from support.answers import JSON, bearer, whole
from support.documents import operations_of, taking
from support.server import Server, Serving

NEAR = [
    "http://localhost:3000",
    "http://localhost",
    "https://localhost:8443",
    "http://127.0.0.1:5173",
    "http://[::1]:3000",
]
LISTED = "https://app.example.org"
FOREIGN = [
    "https://evil.example",
    "https://app.example.org.evil.example",
    "http://app.example.org",
    "https://app.example.org:444",
    "http://localhost.evil.example",
    "http://evil.example/localhost",
    "http://127.0.0.1.evil.example:3000",
    "http://localhost:3000.evil.example",
    "http://192.168.0.1",
    "null",
    "*",
    "",
]


def one_of_each(door: Door, email: str) -> list[httpx.Response]:
    """Returns answers of every kind."""
    registered, logged_in = door.register(email), door.login(email)
    token = door.token_of(logged_in)
    method, path = next((each.method, each.url()) for each in taking(door.name))
    answers = [
        registered,
        logged_in,
        door.login(email, "a bad passphrase"),
        door.register(email),
        door.protected(**bearer(token)),
        door.protected(),
        door.ask("GET", f"{door.base}/nothing"),
        door.ask("PATCH", path),
        door.client.request(method, path, content=b"{", headers=JSON),
        door.client.request(method, path, content=b"{}", headers={"Content-Type": "text/plain"}),
        door.client.request(method, path, content=b" " * 70_000, headers=JSON),
    ]
    with suppress(OutOfReach):
        answers.append(door.logout(**bearer(token)))
    return answers


def test_h05_no_answer_is_kept_or_guessed_at(door: Door, email: str) -> None:
    for answer in one_of_each(door, email):
        assert answer.headers.get_list("Cache-Control") == ["no-store"]
        assert answer.headers.get_list("X-Content-Type-Options") == ["nosniff"]
        assert answer.headers.get_list("Referrer-Policy") == ["no-referrer"]
        types = {"application/json"} if answer.is_success else {door.refusal_type}
        types |= {door.door_of_registration.refusal_type} if answer.is_client_error else set()
        assert answer.headers["Content-Type"] in types
        assert "Server" not in answer.headers


# ---------------------------------------------------------------- origins
def cors(answer: httpx.Response) -> dict[str, str]:
    return {name: value for name, value in answer.headers.items() if name.startswith("access-control-allow")}


def words(header: str) -> set[str]:
    return set(re.split(r",\s*", header.lower()))


def preflight(door: Door, origin: str) -> httpx.Response:
    asked = {
        "Origin": origin,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization, content-type, token",
    }
    return door.client.options(operations_of(door.name)[0].url(), headers=asked)


@pytest.mark.parametrize("origin", NEAR)
def test_h05_a_loopback_server_lets_loopback_origins_in(door: Door, server: Server, email: str, origin: str) -> None:
    with httpx.Client(base_url=server.url, headers={"Origin": origin}, timeout=20) as client:
        answers = one_of_each(type(door)(client, door.outbox), email)

    for answer in answers:
        assert cors(answer) == {"access-control-allow-origin": origin}
        assert "origin" in answer.headers["Vary"].lower()
    before = preflight(door, origin)
    assert before.is_success
    assert set(cors(before)) == {f"access-control-allow-{name}" for name in ("origin", "methods", "headers")}
    assert before.headers["Access-Control-Allow-Origin"] == origin
    assert {"authorization", "content-type", "token"} <= words(before.headers["Access-Control-Allow-Headers"])
    assert {"get", "post", "put", "delete"} <= words(before.headers["Access-Control-Allow-Methods"])


def stays_out(door: Door, email: str, origin: str) -> None:
    answer, before = door.login(email, headers={"Origin": origin}), preflight(door, origin)
    assert whole(answer) == door.wrong_credentials  # it is served; the browser keeps it from the page
    for each in (answer, before):
        assert {"access-control-allow-origin", "access-control-allow-credentials"}.isdisjoint(each.headers)


def test_h05_foreign_origins_stay_out(door: Door, email: str) -> None:
    for origin in [*FOREIGN, LISTED]:
        stays_out(door, email, origin)


def test_h05_a_preflight_answer_is_not_guessed_at_either(door: Door) -> None:
    for origin in (NEAR[0], FOREIGN[0]):
        assert preflight(door, origin).headers.get_list("X-Content-Type-Options") == ["nosniff"]


def test_h05_a_list_of_origins_is_exact(door: Door, customized: Server, email: str) -> None:
    there = customized.at(type(door))

    answer, before = there.login(email, headers={"Origin": LISTED}), preflight(there, LISTED)

    assert cors(answer) == {"access-control-allow-origin": LISTED}
    assert before.is_success
    assert before.headers["Access-Control-Allow-Origin"] == LISTED
    assert "access-control-allow-credentials" not in before.headers
    for other in [*FOREIGN, *NEAR]:
        stays_out(there, email, other)


@pytest.fixture(scope="module")
def on_all_addresses(serving: Serving) -> Server:
    """A server that listens to everybody."""
    server = serving("--host", "0.0.0.0")
    server.client = httpx.Client(base_url=server.url.replace("0.0.0.0", "127.0.0.1"), timeout=20)
    return server


def test_h05_a_server_for_everybody_lets_no_origin_in(door: Door, on_all_addresses: Server, email: str) -> None:
    for origin in [*NEAR, *FOREIGN]:
        stays_out(on_all_addresses.at(type(door)), email, origin)
