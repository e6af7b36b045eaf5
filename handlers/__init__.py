"""The doors: one module per document of `spec/`. This module has what they share.

A door has one async function per operation, whose name is the operationId. The document describes it, so it needs no
docstring. It is called with those of these arguments that it names:

    body        the validated body, where the operation has one
    user        the `sub` that the security function returned, where the operation has security; None if nobody came in
    token_info  all that it returned, or `{"refusal": …}` for a dead credential where credentials are optional
    client      the address of the client, for limits
    wants_html  whether a browser asks, where the 200 has a page besides another media type
    …           every parameter by its name, in which `_` stands for what is no letter, digit or `_`

What is not sent has the default of the document, else that of the function, else it is None.

A handler returns a body (status 200) or a `Reply`, or raises a refusal. The door's `refuse(refusal)` turns refusals
into its answers; `refuse_<function>` does so for one operation whose answers differ.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

from jinja2 import Environment, PackageLoader, StrictUndefined

from portico.core.refusals import (
    AccountGone,
    BadCredentials,
    Broken,
    Busy,
    Done,
    Invalid,
    Malformed,
    NoSession,
    NotActivated,
    NotFound,
    NotSolved,
    NotYours,
    Refusal,
    Taken,
    Throttled,
    TokenExpired,
    TokenForged,
    TokenMalformed,
    TokenMissing,
    TokenRevoked,
    TooLarge,
    TooSlow,
    Unavailable,
    Unproven,
    WrongMediaType,
    WrongMethod,
)

Json = dict[str, Any]  # a JSON object; the body a handler gets has been validated


class Reply(NamedTuple):
    """An answer with a status or headers of its own."""

    body: Any
    status: int = 200
    headers: Mapping[str, str] = {}


STATUS: Mapping[type[Refusal], int] = {
    Invalid: 400,
    Malformed: 400,
    Unproven: 400,
    NotSolved: 400,
    BadCredentials: 401,
    NoSession: 401,
    NotActivated: 403,
    NotYours: 403,
    NotFound: 404,
    WrongMethod: 405,
    TooSlow: 408,
    Taken: 409,
    Done: 409,
    TooLarge: 413,
    WrongMediaType: 415,
    Throttled: 429,
    Broken: 500,
    Busy: 503,
}
# Titles and codes are part of the contract, so they are written here: a library may change its titles.
TITLES = {
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
CODES: Mapping[type[Refusal], str] = {
    BadCredentials: "bad_credentials",
    TokenMissing: "token_missing",
    TokenMalformed: "token_malformed",
    TokenForged: "token_forged",
    TokenExpired: "token_expired",
    TokenRevoked: "token_revoked",
    AccountGone: "account_gone",
    Unproven: "unproven",
    NotSolved: "not_solved",
    Done: "done",
    Taken: "taken",
    Invalid: "invalid",
    Malformed: "malformed",
    TooLarge: "too_large",
    WrongMediaType: "wrong_media_type",
    TooSlow: "too_slow",
    NotFound: "not_found",
    WrongMethod: "wrong_method",
    Busy: "busy",
    Unavailable: "unavailable",
    Throttled: "throttled",
    Broken: "broken",
}
UNNAMED = "refused"  # no document lists this code, so response validation stops a refusal that has none
HTML = {
    "Content-Type": "text/html",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'",
}

_templates = Environment(
    loader=PackageLoader("portico.handlers"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def status_of(refusal: Refusal, at_this_door: Mapping[type[Refusal], int] = {}) -> int:
    """Returns the HTTP status of a refusal: the door's own if it has one, else the common one."""
    return next(table[kind] for kind in type(refusal).__mro__ for table in (at_this_door, STATUS) if kind in table)


def headers_of(refusal: Refusal, status: int) -> dict[str, str]:
    """Returns the headers that HTTP requires with this status."""
    match refusal:
        case WrongMethod():
            return {"Allow": refusal.allowed}
        case Busy():
            return {"Retry-After": str(refusal.retry_in)}
        case TooLarge() | TooSlow():
            return {"Connection": "close"}  # because the rest of the body is not read
        case NoSession() if status == 401 and not isinstance(refusal, TokenMissing):
            return {"WWW-Authenticate": 'Bearer error="invalid_token"'}
    return {"WWW-Authenticate": "Bearer"} if status == 401 else {}


def problem(refusal: Refusal, status: int) -> Reply:
    """Returns the refusal as a problem (RFC 9457)."""
    body = {
        "type": "about:blank",
        "title": TITLES[status],
        "status": status,
        "detail": refusal.message,
        "code": next((CODES[kind] for kind in type(refusal).__mro__ if kind in CODES), UNNAMED),
    }
    return Reply(body, status, headers_of(refusal, status) | {"Content-Type": "application/problem+json"})


def page(template: str, **values: object) -> Reply:
    """Renders a page for a person who followed a link in a mail."""
    return Reply(_templates.get_template(template).render(values), headers=HTML)


def refused_page(refusal: Refusal, status: int) -> Reply:
    """Renders the page that tells a person why a link or a form was refused."""
    dead_link = isinstance(refusal, Unproven)
    text = _templates.get_template("refused.html").render(dead_link=dead_link, message=refusal.message)
    return Reply(text, status, HTML)


def strip_bearer(token: str) -> str:
    """Returns the token without the scheme `Bearer`, with which it may be sent."""
    scheme, _, rest = token.strip().partition(" ")
    return rest.strip() if scheme.lower() == "bearer" else token.strip()
