"""What goes wrong at this door, as a problem (RFC 9457)."""

import pytest
from doors.vault import RESEND, Vault
from support.answers import Json, bearer, whole

VERIFY, REFRESH = "/api/verify-email", "/api/refresh"
INVALID_TOKEN = 'Bearer error="invalid_token"'
REFUSED: dict[str, tuple[int, str, str, str, Json]] = {
    "no text": (400, "'token' must be of type string", "POST", VERIFY, {"json": {"token": 5}}),
    "too long": (400, "'token' is too long, at most 256 characters", "POST", VERIFY, {"json": {"token": "t" * 257}}),
    "no body": (400, "A body is required", "POST", VERIFY, {}),
    "no parameter": (404, "There is nothing here", "GET", f"{VERIFY}/", {}),
    "two captchas": (400, "'capcha' is sent more than once", "GET", f"{RESEND}?capcha=a&capcha=b", {}),
}


@pytest.mark.parametrize("case", REFUSED)
def test_h02_h03_every_refusal_is_a_problem(vault: Vault, token: str, case: str) -> None:
    status, message, method, path, options = REFUSED[case]

    answer = vault.client.request(method, path, headers=bearer(token), **options)

    assert whole(answer) == vault.refused(status, message)
    assert answer.headers.get_list("Content-Type") == ["application/problem+json"]


CLOSED = {
    "": ("missing", "Bearer"),
    "Basic {}": ("missing", "Bearer"),
    "JWT_TOKEN": ("missing", "Bearer"),
    "Bearer JWT_TOKEN": ("malformed", INVALID_TOKEN),
    "Bearer {}x": ("forged", INVALID_TOKEN),
}


@pytest.mark.parametrize("header", CLOSED)
@pytest.mark.parametrize("path", [REFRESH, RESEND])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_h04_a_401_names_the_scheme_and_what_is_wrong_with_the_token(
    vault: Vault, token: str, method: str, path: str, header: str
) -> None:
    why, challenge = CLOSED[header]
    headers = {"Authorization": header.format(token)} if header else None

    answer = vault.ask(method, path, {"capcha": "solved"} if method == "POST" else None, headers=headers)

    assert whole(answer) == vault.without_session(why)
    assert answer.headers["WWW-Authenticate"] == challenge


def test_h04_wrong_credentials_name_the_scheme(vault: Vault, email: str) -> None:
    assert vault.login(email).headers["WWW-Authenticate"] == "Bearer"
