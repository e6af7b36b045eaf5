"""Every document and every operation, one test each."""

import pytest
from support.documents import DOCUMENTS, OPERATIONS


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Makes a test that takes `operation` for each operation, one that takes `document` for each document."""
    if "operation" in metafunc.fixturenames:
        metafunc.parametrize("operation", OPERATIONS.values(), ids=OPERATIONS)
    if "document" in metafunc.fixturenames:
        metafunc.parametrize("document", DOCUMENTS.values(), ids=DOCUMENTS)
