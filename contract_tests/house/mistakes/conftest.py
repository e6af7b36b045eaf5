from collections.abc import Iterator
from pathlib import Path

import pytest
from support.extension import Extension, extended


@pytest.fixture
def porch(tmp_path: Path) -> Iterator[Extension]:
    """The house, to which the door `porch` can be laid in."""
    with extended(tmp_path, "porch") as extension:
        yield extension
