"""Sessions of the door `appseed`: checked and ended, by header or body, with whatever its clients send for nothing."""

import pytest
from doors.appseed import DONE, ENDED, NOBODY, Appseed
from support.answers import JSON, Json, whole

LOGOUT, CHECK = "/api/users/logout", "/api/users/checkSession"
EMPTY_BODIES: dict[str, Json] = {
    "no body": {},
    "no body but a JSON type": {"headers": JSON},
    "an empty object": {"json": {}},
    "an empty multipart form": {
        "content": b"--BoUnDaRyStRiNg--\r\n",
        "headers": {"Content-Type": "multipart/form-data; boundary=BoUnDaRyStRiNg"},
    },
}


@pytest.mark.parametrize("carriage", ["{}", "Bearer {}", "bearer {}", "BEARER  {}"])
def test_journey(door: Appseed, email: str, user_id: str, carriage: str) -> None:
    header = carriage.format(door.token_of(door.login(email)))

    assert whole(door.use(header)) == DONE
    assert whole(door.edit(header, userID=user_id, username="tested")) == DONE
    assert door.profile(email) == ("tested", email)
    assert whole(door.logout(Authorization=header)) == ENDED
    assert whole(door.logout(Authorization=header)) == NOBODY
    assert whole(door.use(header)) == NOBODY
    assert whole(door.edit(header, username="test")) == door.no_session
    assert door.profile(email) == ("tested", email)


# ---------------------------------------------------------------- logout
def post(door: Appseed, path: str, options: Json, token: str) -> object:
    headers = options.get("headers", {}) | ({"Authorization": token} if token else {})
    return whole(door.client.post(path, **options | {"headers": headers}))


@pytest.mark.parametrize("empty", EMPTY_BODIES)
def test_any_empty_body_leaves_it_to_the_header(door: Appseed, token: str, empty: str) -> None:
    options = EMPTY_BODIES[empty]

    assert post(door, CHECK, options, token) == DONE
    assert post(door, CHECK, options, "") == NOBODY
    assert post(door, LOGOUT, options, "") == NOBODY
    assert post(door, LOGOUT, options, token) == ENDED
    assert whole(door.use(token)) == NOBODY


@pytest.mark.parametrize(
    "sent", [None, "", "JWT_TOKEN", "Bearer ", "x" * 60_000, "eyJhbGciOiJub25lIn0.e30."], ids=lambda sent: str(sent)[:9]
)
def test_logout_without_a_session_is_200_all_the_same(door: Appseed, sent: str | None) -> None:
    assert whole(door.ask("POST", LOGOUT, {"token": sent})) == NOBODY


GARBAGE = ["JWT_TOKEN", "Bearer JWT_TOKEN", "Bearer", "Basic dGVzdDpwYXNz", "undefined", "null", ".."]


@pytest.mark.parametrize("header", GARBAGE)
def test_garbage_in_the_header_is_nobody(door: Appseed, header: str) -> None:
    assert whole(door.logout(Authorization=header)) == whole(door.use(header)) == NOBODY


@pytest.mark.parametrize("form", [False, True])
def test_logout_takes_the_token_of_a_body_when_there_is_no_header(door: Appseed, token: str, form: bool) -> None:
    body: Json = {"files": {"token": (None, token)}} if form else {"json": {"token": token}}

    assert whole(door.client.post(CHECK, **body)) == NOBODY  # which looks at no body
    assert whole(door.client.post(LOGOUT, **body)) == ENDED
    assert whole(door.use(token)) == NOBODY


@pytest.mark.parametrize("header", ["JWT_TOKEN", "Bearer JWT_TOKEN", "revoked"])
def test_a_dead_header_never_lets_the_body_token_in(door: Appseed, email: str, token: str, header: str) -> None:
    revoked = door.token_of(door.login(email))
    door.logout(Authorization=revoked)

    dead = {"Authorization": revoked if header == "revoked" else header}

    assert whole(door.ask("POST", LOGOUT, {"token": token}, headers=dead)) == NOBODY
    assert whole(door.use(token)) == DONE


def test_logout_ends_the_header_session_and_no_other(door: Appseed, email: str, token: str) -> None:
    other = door.token_of(door.login(email))

    assert whole(door.ask("POST", LOGOUT, {"token": other}, headers={"Authorization": token})) == ENDED
    assert whole(door.use(token)) == NOBODY
    assert whole(door.use(other)) == DONE
