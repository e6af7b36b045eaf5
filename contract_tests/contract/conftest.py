"""Every document and every operation, one test each; and a server for those that are sent."""

import pytest
from support.documents import DOCUMENTS, OPERATIONS
from support.server import Server, Serving


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A test that takes `operation` is made for each, one that takes `document` for each of those."""
    if "operation" in metafunc.fixturenames:
        metafunc.parametrize("operation", OPERATIONS.values(), ids=OPERATIONS)
    if "document" in metafunc.fixturenames:
        metafunc.parametrize("document", DOCUMENTS.values(), ids=DOCUMENTS)


@pytest.fixture(scope="module")
def generous(serving: Serving) -> Server:
    """It takes any captcha and sends as many mails as it is asked for."""
    return serving(PORTICO_CAPTCHA="off", PORTICO_LIMITS="off")
