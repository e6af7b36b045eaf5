"""What the tests of the door `vault` start from."""

from collections.abc import Iterator

import pytest
from doors.vault import OK, Vault
from support.answers import whole
from support.mailbox import letter_to
from support.server import Server, starting
from vault.pairs import Pair, pair_of


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that takes any captcha and sends as many mails as it is asked for."""
    with starting(tmp_path_factory) as serving:
        yield serving(PORTICO_LIMITS="off", PORTICO_CAPTCHA="off")


@pytest.fixture
def vault(server: Server) -> Vault:
    return server.at(Vault)


@pytest.fixture
def pair(vault: Vault, email: str) -> Pair:
    """The tokens of a new account."""
    return pair_of(vault.register(email))


@pytest.fixture
def token(pair: Pair) -> str:
    return pair.userToken


@pytest.fixture
def mailed(server: Server, email: str, pair: Pair) -> str:
    """The token of the mail that verifies the new account."""
    return letter_to(server, email).token


@pytest.fixture
def forgotten(server: Server, vault: Vault, email: str, pair: Pair) -> str:
    """The token of the mail that lets the new account choose another password."""
    assert whole(vault.forget(email)) == OK
    return letter_to(server, email, 2).token
