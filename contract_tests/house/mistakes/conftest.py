import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from house.mistakes.porch import Door

import portico.handlers


@pytest.fixture
def door(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Door]:
    door = Door(tmp_path)
    monkeypatch.setattr(portico.handlers, "__path__", [*portico.handlers.__path__, str(door.handlers)])
    yield door
    sys.modules.pop("portico.handlers.porch", None)
    vars(portico.handlers).pop("porch", None)
