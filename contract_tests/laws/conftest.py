"""What the laws are tried with: servers that all of them share, and every door there.

A law names no door. What differs from door to door stands in its description (`doors/`) or in its document (`spec/`).
"""

from collections.abc import Iterator

import pytest
from doors import DOORS, Door
from support.server import Server, Serving, starting

MAKING = [name for name, kind in DOORS.items() if not kind.accounts_of]


@pytest.fixture(scope="session")
def serving_all(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    """Starts servers that the laws of every file share."""
    with starting(tmp_path_factory) as serve:
        yield serve


@pytest.fixture(scope="session")
def server(serving_all: Serving) -> Server:
    """The server most laws use. Limits and captcha are off, since they differ from door to door."""
    return serving_all(PORTICO_LIMITS="off", PORTICO_CAPTCHA="off")


@pytest.fixture(scope="session")
def strict(serving_all: Serving) -> Server:
    """The server of the strict profile."""
    return serving_all(PORTICO_PROFILE="strict")


@pytest.fixture(scope="session")
def customized(serving_all: Serving) -> Server:
    """A server that wants 12 characters in a new password, and lets one origin read."""
    return serving_all(PORTICO_PASSWORD_MIN_LENGTH="12", PORTICO_CORS_ORIGINS="https://app.example.org")


@pytest.fixture(params=DOORS)
def door(request: pytest.FixtureRequest, server: Server) -> Door:
    return server.at(DOORS[request.param])


@pytest.fixture(params=MAKING)
def maker(request: pytest.FixtureRequest, server: Server) -> Door:
    """A door at which accounts are made."""
    return server.at(DOORS[request.param])


@pytest.fixture
def sharing(server: Server) -> list[Door]:
    """The doors whose accounts are those of the house."""
    return [server.at(kind) for kind in DOORS.values() if not kind.has_own_accounts]


@pytest.fixture
def token(door: Door, email: str) -> str:
    """The token of a new account."""
    return door.logged_in(email)
