"""What the tests of the door `appseed` share."""

import pytest
from doors import new_address
from doors.appseed import Appseed
from support.answers import text_in
from support.server import Server


@pytest.fixture
def door(server: Server) -> Appseed:
    return server.at(Appseed)


@pytest.fixture
def user_id(door: Appseed, email: str) -> str:
    return text_in(door.register(email), "userID")


@pytest.fixture
def token(door: Appseed, email: str, user_id: str) -> str:
    return door.token_of(door.login(email))


@pytest.fixture
def other_email(door: Appseed) -> str:
    """The address of somebody else."""
    address = new_address()
    assert door.register(address).is_success
    return address
