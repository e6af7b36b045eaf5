"""The documented samples, as a form, as a multipart form and as JSON, at both paths; and bodies that cannot be read."""

import re

import httpx
import pytest
from doors import PASSWORD
from doors.notes import BASES, BODIES, UNREADABLE, VERIFIED, Notes
from support.answers import Json, Said, whole
from support.database import stored
from support.server import Server

ACCESS, REFRESHING, SUCCESSOR = (
    re.compile(kind) for kind in (r"a\.[0-9a-f]{64}", r"r\.[0-9a-f]{64}", r"d\.[0-9a-f]{32}")
)


def granted(message: str, tokens: Json, reference: str) -> Said:
    """The whole answer that brings these tokens."""
    brought = {name: tokens[name] for name in ("access_token", "refresh_token")}
    return 200, {
        "message": message,
        "tokens": brought | {"reference_token": reference, "valid_for": 7200, "type": "api"},
    }


@pytest.mark.parametrize("base", BASES)
@pytest.mark.parametrize("body", BODIES)
def test_journey_as_documented(notes: Notes, name: str, email: str, base: str, body: str) -> None:
    def post(path: str, **fields: str) -> httpx.Response:
        answer = notes.client.post(base + path, **BODIES[body](fields))
        assert answer.headers.get_list("Cache-Control") == ["no-store"]
        assert answer.headers.get_list("Content-Type") == ["application/json"]
        return answer

    signed_up = post("/auth/signup", username=name, password=PASSWORD, email=email)
    user_id = signed_up.json()["userid"]
    assert whole(signed_up) == (200, {"message": "Signup success", "userid": user_id})
    assert type(user_id) is int
    assert user_id >= 1

    assert whole(post("/auth/login", username=name, password=PASSWORD)) == notes.awaiting
    assert whole(notes.ask("GET", base + notes.link_to(email))) == VERIFIED

    logged_in = post("/auth/login", username=name, password=PASSWORD)
    first = notes.tokens_of(logged_in)
    assert whole(logged_in) == granted("Login success", first, "auth_grant")
    assert ACCESS.fullmatch(first["access_token"])
    assert REFRESHING.fullmatch(first["refresh_token"])
    for method in ("GET", "POST"):
        current = notes.ask(method, f"{base}/auth/current", token=first["access_token"])
        assert whole(current) == (200, {"username": name})

    refreshed = post("/auth/refresh", refresh_token=first["refresh_token"])
    second = notes.tokens_of(refreshed)
    assert whole(refreshed) == granted("Refresh Success", second, first["refresh_token"])
    assert ACCESS.fullmatch(second["access_token"])
    assert SUCCESSOR.fullmatch(second["refresh_token"])
    assert second["access_token"] != first["access_token"]
    assert notes.current(second["access_token"]) == (200, {"username": name})


@pytest.mark.parametrize(
    "password",
    [
        "a+b&c=d%20e;f",
        "  spaces around  ",
        "ünïcödé 🔑 passphrase",
        '"quotes" and \\slashes',
        "line\r\nbreak and\ttab",
    ],
)
def test_a_password_is_the_same_in_every_body(notes: Notes, name: str, email: str, password: str) -> None:
    notes.join(name, email, password)
    notes.ask("GET", notes.link_to(email))

    for body in BODIES.values():
        credentials = {"username": name, "password": password}
        assert notes.client.post("/auth/login", **body(credentials)).status_code == 200


@pytest.mark.parametrize("body", BODIES)
def test_a02_a_sign_up_does_not_activate_itself(server: Server, notes: Notes, name: str, email: str, body: str) -> None:
    privileged = {"active": "1", "awaits_activation": "false", "verified_at": "2020-01-01", "userid": "1"}
    fields = {"username": name, "password": PASSWORD, "email": email, "note": f"marker-{email}"}

    assert notes.client.post("/auth/signup", **BODIES[body](fields | privileged)).json()["userid"] != 1

    assert whole(notes.login(name)) == notes.awaiting
    assert f"marker-{email}" not in stored(server)


# ---------------------------------------------------------------- bad requests, of which no more is told
GRACE = {"username": "grace", "password": PASSWORD}


@pytest.mark.parametrize(
    ("path", "sent"),
    [
        ("/auth/login", {"data": {"username": "grace"}}),
        ("/auth/login", {"data": {"username": "grace"}, "files": {"password": b"a file"}}),
        ("/auth/login", {"data": {"username": "grace"}, "params": {"password": PASSWORD}}),
        ("/auth/login", {"data": GRACE | {"username": ""}}),
        ("/auth/login", {"data": GRACE | {"username": "x" * 255}}),
        ("/auth/login", {"data": GRACE | {"password": "p" * 1025}}),
        ("/auth/login", {"files": {"username": (None, "grace")}}),
        ("/auth/login", {}),
        ("/auth/login", {"params": GRACE}),
        ("/auth/signup", {"data": GRACE}),
        ("/auth/refresh", {"data": {"token": "r.x"}}),
        ("/auth/refresh", {"data": {"refresh_token": ""}}),
        ("/auth/refresh", {"data": {"refresh_token": "x" * 257}}),
    ],
)
def test_what_cannot_be_read_is_a_bad_request(notes: Notes, path: str, sent: Json) -> None:
    assert whole(notes.client.post(path, **sent)) == UNREADABLE
