"""What the tests of the house share."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from support.commands import Portico
from support.post_office import PostOffice, post_office
from support.server import Server, Serving


@pytest.fixture
def portico(tmp_path: Path) -> Portico:
    """The command, in an empty folder."""
    return Portico(tmp_path)


# ---------------------------------------------------------------- mails by SMTP
@pytest.fixture(scope="module")
def post() -> Iterator[PostOffice]:
    with post_office() as office:
        yield office


@pytest.fixture(scope="module")
def sending(serving: Serving, post: PostOffice) -> Server:
    """A server whose mails go to the SMTP server."""
    return serving(PORTICO_LIMITS="off", PORTICO_MAIL_URL=f"smtp://127.0.0.1:{post.port}")


@pytest.fixture
def troubled(post: PostOffice) -> Iterator[PostOffice]:
    """The SMTP server, about to misbehave; afterwards it is well again."""
    post.reached.clear()
    post.released.clear()
    yield post
    post.release()
