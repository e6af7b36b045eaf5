"""What the tests of the door `owners` share."""

import pytest
from doors.owners import Owners, Tenant
from support.server import Server


@pytest.fixture
def door(server: Server) -> Owners:
    return server.at(Owners)


@pytest.fixture
def tenant(door: Owners) -> Tenant:
    return Tenant(door)


@pytest.fixture
def other(door: Owners) -> Tenant:
    """Somebody else."""
    return Tenant(door)
