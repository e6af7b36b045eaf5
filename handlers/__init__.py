"""The doors: one module per document of `spec/`, one async function per operation.

Each module also has `refuse(refusal)`, the door's words for a refusal: `(body, status, headers)`. What the doors
say alike stands here.
"""

from collections.abc import Mapping

from portico.core.refusals import (
    BadCredentials,
    Broken,
    Busy,
    Invalid,
    Malformed,
    NoSession,
    NotActivated,
    NotFound,
    NotYours,
    Refusal,
    Taken,
    TokenMissing,
    TooLarge,
    TooSlow,
    WrongMediaType,
    WrongMethod,
)

STATUS: Mapping[type[Refusal], int] = {
    Invalid: 400,
    Malformed: 400,
    BadCredentials: 401,
    NoSession: 401,
    NotActivated: 403,
    NotYours: 403,
    NotFound: 404,
    WrongMethod: 405,
    TooSlow: 408,
    Taken: 409,
    TooLarge: 413,
    WrongMediaType: 415,
    Broken: 500,
    Busy: 503,
}


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
        case NoSession() if status == 401:
            return {"WWW-Authenticate": "Bearer" if isinstance(refusal, TokenMissing) else 'Bearer error="invalid_token"'}
    return {}


def bare(token: str) -> str:
    """A token without the `Bearer` it may be sent with."""
    scheme, _, rest = token.strip().partition(" ")
    return rest.strip() if scheme.lower() == "bearer" else token.strip()
