"""What the tests of the door `notes` start from."""

import pytest
from doors.notes import VERIFIED, Notes
from support.answers import Json, whole
from support.server import Server


@pytest.fixture
def notes(server: Server) -> Notes:
    return server.at(Notes)


@pytest.fixture
def name(email: str) -> str:
    """A name nobody has."""
    return email[:32]


@pytest.fixture
def link(notes: Notes, name: str, email: str) -> str:
    """The link in the mail to a new account, which awaits its activation."""
    assert notes.join(name, email).status_code == 200
    return notes.link_to(email)


@pytest.fixture
def account(notes: Notes, link: str) -> None:
    """A new account that is activated."""
    assert whole(notes.ask("GET", link)) == VERIFIED


@pytest.fixture
def tokens(notes: Notes, name: str, account: None) -> Json:
    """The tokens of its login."""
    return notes.tokens_of(notes.login(name))
