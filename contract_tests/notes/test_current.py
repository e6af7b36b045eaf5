"""Whose a token is: which token is asked for, and where it may stand."""

import pytest
from doors.notes import BASES, UNREADABLE, Notes
from support.answers import JSON, Headers, Json, bearer, whole


@pytest.mark.parametrize("base", BASES)
@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("header", ["", "Bearer", "Basic dGVzdDpwYXNz", "a.3f8f961077b54e0e", "Token x"])
def test_current_without_a_token_is_a_bad_request(notes: Notes, base: str, method: str, header: str) -> None:
    assert whole(notes.ask(method, f"{base}/auth/current", headers={"Authorization": header})) == UNREADABLE


def test_current_takes_the_token_of_the_bearer_header_only(notes: Notes, tokens: Json) -> None:
    token = tokens["access_token"]
    elsewhere: list[Headers] = [{"Authorization": token}, {"token": token}, {"X-Authorization": f"Bearer {token}"}]

    for headers in elsewhere:
        assert whole(notes.ask("GET", "/auth/current", headers=headers)) == UNREADABLE
    assert whole(notes.ask("GET", f"/auth/current?access_token={token}")) == UNREADABLE
    assert whole(notes.client.post("/auth/current", data={"access_token": token})) == UNREADABLE
    twice = [*bearer(token).items()] * 2
    assert whole(notes.client.get("/auth/current", headers=twice)) == UNREADABLE


@pytest.mark.parametrize(
    "body", [{"json": {}}, {"data": {"a": "b"}}, {"content": "{"}, {"content": b"\xff", "headers": JSON}]
)
def test_current_looks_at_no_body(notes: Notes, name: str, tokens: Json, body: Json) -> None:
    headers = body.get("headers", {}) | bearer(tokens["access_token"])

    answer = notes.client.post("/auth/current", **body | {"headers": headers})

    assert whole(answer) == (200, {"username": name})
