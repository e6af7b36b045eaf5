"""A server for hostile clients only, and each door as they see it."""

from collections.abc import Iterator

import pytest
from doors import DOORS
from hostile.entrance import Entrance
from support.raw import ask, head
from support.server import Server, starting


@pytest.fixture(scope="session")
def attacked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Its log is looked into at the end: nothing failed, and every answer was one of the contract."""
    with starting(tmp_path_factory) as serve:
        server = serve(PORTICO_LIMITS="off")
        yield server
        answer = ask(server.url, head("GET", "/health/live"))
        assert (answer.status, answer.body) == (200, b'{"status":"ok"}')


@pytest.fixture(scope="session")
def entrances(attacked: Server) -> dict[str, Entrance]:
    return {name: Entrance(attacked.at(kind)) for name, kind in DOORS.items()}


@pytest.fixture(params=DOORS)
def entrance(request: pytest.FixtureRequest, entrances: dict[str, Entrance]) -> Entrance:
    return entrances[request.param]
