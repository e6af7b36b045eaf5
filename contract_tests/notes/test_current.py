"""Whose a token is: which token is asked for, and where it may stand."""

import pytest
from doors.notes import UNREADABLE, Notes
from support.answers import JSON, Headers, Json, bearer, whole


def test_current_takes_the_token_of_one_bearer_header_only(notes: Notes, tokens: Json) -> None:
    token = tokens["access_token"]
    headers: list[Headers] = [{"token": token}, {"X-Authorization": f"Bearer {token}"}]
    headers += [{"Authorization": header} for header in (token, f"Basic {token}", f"Token {token}", "Bearer", "")]

    for each in headers:
        assert whole(notes.ask("GET", "/auth/current", headers=each)) == UNREADABLE
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
