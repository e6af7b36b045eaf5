"""Titles and codes of problems are part of the contract, whatever the version of Python calls a status."""

from typing import Any

import pytest
from support.documents import DOCUMENTS

from portico.core import refusals
from portico.core.refusals import Invalid, Refusal, Taken, WrongMediaType, WrongMethod
from portico.handlers import CODES, STATUS, TITLES, vault

PRINTED = {
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    405: "Method Not Allowed",
    408: "Request Timeout",
    409: "Conflict",
    413: "Request Entity Too Large",
    415: "Unsupported Media Type",
    429: "Too Many Requests",
    500: "Internal Server Error",
    503: "Service Unavailable",
}
STABLE = {
    refusals.AccountGone: (401, "account_gone"),
    refusals.BadCredentials: (401, "bad_credentials"),
    refusals.Broken: (500, "broken"),
    refusals.Busy: (503, "busy"),
    refusals.Done: (409, "done"),
    refusals.Invalid: (400, "invalid"),
    refusals.Malformed: (400, "malformed"),
    refusals.NotFound: (404, "not_found"),
    refusals.NotSolved: (400, "not_solved"),
    refusals.Taken: (409, "taken"),
    refusals.Throttled: (429, "throttled"),
    refusals.TokenExpired: (401, "token_expired"),
    refusals.TokenForged: (401, "token_forged"),
    refusals.TokenMalformed: (401, "token_malformed"),
    refusals.TokenMissing: (401, "token_missing"),
    refusals.TokenRevoked: (401, "token_revoked"),
    refusals.TooLarge: (413, "too_large"),
    refusals.TooSlow: (408, "too_slow"),
    refusals.Unavailable: (503, "unavailable"),
    refusals.Unproven: (400, "unproven"),
    refusals.WrongMediaType: (415, "wrong_media_type"),
    refusals.WrongMethod: (405, "wrong_method"),
}
ARGUMENTS: dict[type[Refusal], tuple[Any, ...]] = {
    Invalid: ("email", "is not a valid e-mail address"),
    Taken: ("email",),
    WrongMediaType: (["application/json"],),
    WrongMethod: ("GET, HEAD",),
}


def printed(door: str, name: str) -> list[str]:
    """The values a property of its problems may have."""
    problem = DOCUMENTS[door]["components"]["schemas"][f"{door.capitalize()}Problem"]
    return list(problem["properties"][name]["enum"])


def test_titles_are_those_that_are_printed_on_every_python() -> None:
    assert TITLES == PRINTED
    assert set(STATUS.values()) == TITLES.keys()
    for door in ("vault", "service"):
        assert set(printed(door, "title")) <= set(PRINTED.values())


@pytest.mark.parametrize("kind", STABLE, ids=lambda kind: kind.__name__)
def test_every_code_is_stable_and_documented(kind: type[Refusal]) -> None:
    refusal = kind(*ARGUMENTS.get(kind, ()))
    status, code = STABLE[kind]

    body, answered, _ = vault.refuse(refusal)

    assert answered == status
    assert body == {
        "type": "about:blank",
        "title": PRINTED[status],
        "status": status,
        "detail": refusal.message,
        "code": code,
    }
    assert PRINTED[status] in printed("vault", "title")


def test_b05_an_account_that_is_not_activated_looks_like_wrong_credentials() -> None:
    assert vault.refuse(refusals.NotActivated()) == vault.refuse(refusals.BadCredentials())


def test_no_code_is_documented_that_no_refusal_has() -> None:
    assert set(CODES.values()) == {code for _, code in STABLE.values()}
    assert printed("vault", "code") == sorted(CODES.values())
    assert set(printed("service", "code")) < set(CODES.values())
