"""The doors: one module per document of `spec/`, one async function per operation.

Each module also has `refuse(refusal)`, the door's words for a refusal: `(body, status, headers)`, and may have
`refuse_<function>` where it words those of one operation apart. What the doors say alike stands here.
"""

import re
from collections.abc import Mapping
from http import HTTPStatus

from jinja2 import Environment, PackageLoader, StrictUndefined

from portico.core.refusals import (
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
    TokenMissing,
    TooLarge,
    TooSlow,
    Unproven,
    WrongMediaType,
    WrongMethod,
)

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


def problem(refusal: Refusal, status: int) -> tuple[dict, int, dict]:
    """A refusal as a problem (RFC 9457)."""
    body = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": refusal.message,
        "code": re.sub(r"(?<!^)(?=[A-Z])", "_", type(refusal).__name__).lower(),
    }
    return body, status, headers_of(refusal, status) | {"Content-Type": "application/problem+json"}


def page(template: str, **values: object) -> tuple[str, int, dict]:
    """A page for a person who followed a link."""
    return _templates.get_template(template).render(values), 200, HTML


def refused_page(refusal: Refusal, status: int) -> tuple[str, int, dict]:
    """The same for a person whose link or form was refused."""
    dead_link = isinstance(refusal, Unproven)
    return _templates.get_template("refused.html").render(dead_link=dead_link, message=refusal.message), status, HTML


def bare(token: str) -> str:
    """A token without the `Bearer` it may be sent with."""
    scheme, _, rest = token.strip().partition(" ")
    return rest.strip() if scheme.lower() == "bearer" else token.strip()
