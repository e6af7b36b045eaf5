"""What the tests of the door `mobile` share."""

import pytest
from doors.appseed import Appseed
from doors.mobile import Mobile
from support.server import Server


@pytest.fixture
def door(server: Server) -> Mobile:
    return server.at(Mobile)


@pytest.fixture
def token(door: Mobile, email: str) -> str:
    return door.token_of(door.register(email))


@pytest.fixture
def foreign(server: Server, door: Mobile, email: str) -> str:
    """The token of an account made at another door."""
    assert server.at(Appseed).register(email).is_success
    return door.token_of(door.login(email))
