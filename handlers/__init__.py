"""The doors: one module per document of `spec/`, one async function per operation.

A function is called with those of these arguments that it names:

    body         the validated body, where the operation has one
    user         `sub` of what the security function returned, where the operation has security; None if nobody came in
    token_info   all that it returned; {"refusal": …} for a dead credential where credentials are optional
    client       the address of the client, for limits
    wants_html   whether a browser asks, where the 200 has a page besides another media type
    …            every parameter by its name, in which `_` stands for what is no letter, digit or `_`

What is not sent has the default of the document, else that of the function, else it is None.

Each module also has `refuse(refusal)`, the door's words for a refusal, and may have `refuse_<function>` where it words
those of one operation apart. What the doors say alike stands here.
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

Json = dict[str, Any]  # an object; a body that reaches a handler has been validated


class Reply(NamedTuple):
    """An answer that is not simply 200 with a body."""

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
# The titles and codes of problems are part of the contract: no library's next version words them anew.
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
UNNAMED = "refused"  # no document lists it: a refusal without a code does not leave the house
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
    """The HTTP status of a refusal: the door's own where it has one, else the common one."""
    return next(table[kind] for kind in type(refusal).__mro__ for table in (at_this_door, STATUS) if kind in table)


def headers_of(refusal: Refusal, status: int) -> dict[str, str]:
    """The headers HTTP wants beside the status."""
    match refusal:
        case WrongMethod():
            return {"Allow": refusal.allowed}
        case Busy():
            return {"Retry-After": str(refusal.retry_in)}
        case TooLarge() | TooSlow():
            return {"Connection": "close"}  # the rest of the body is not read
        case NoSession() if status == 401 and not isinstance(refusal, TokenMissing):
            return {"WWW-Authenticate": 'Bearer error="invalid_token"'}
    return {"WWW-Authenticate": "Bearer"} if status == 401 else {}


def problem(refusal: Refusal, status: int) -> Reply:
    """A refusal as a problem (RFC 9457)."""
    body = {
        "type": "about:blank",
        "title": TITLES[status],
        "status": status,
        "detail": refusal.message,
        "code": next((CODES[kind] for kind in type(refusal).__mro__ if kind in CODES), UNNAMED),
    }
    return Reply(body, status, headers_of(refusal, status) | {"Content-Type": "application/problem+json"})


def page(template: str, **values: object) -> Reply:
    """A page for a person who followed a link."""
    return Reply(_templates.get_template(template).render(values), headers=HTML)


def refused_page(refusal: Refusal, status: int) -> Reply:
    """The same for a person whose link or form was refused."""
    dead_link = isinstance(refusal, Unproven)
    text = _templates.get_template("refused.html").render(dead_link=dead_link, message=refusal.message)
    return Reply(text, status, HTML)


def bare(token: str) -> str:
    """A token without the `Bearer` it may be sent with."""
    scheme, _, rest = token.strip().partition(" ")
    return rest.strip() if scheme.lower() == "bearer" else token.strip()
