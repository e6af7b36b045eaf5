"""The door of docs/adding-a-door.md, laid in with mistakes: in the process of a test, or in a package for a command."""

import re
import shutil
from collections.abc import Callable
from importlib import invalidate_caches
from pathlib import Path

import pytest
from support.places import HOUSE

import portico.handlers
from portico.core.settings import Settings, replace
from portico.runtime import BrokenContract
from portico.runtime.app import create_app

PACKAGE = Path(portico.handlers.__file__).parent.parent
GUIDE = (HOUSE / "docs" / "adding-a-door.md").read_text()
SPEC, HANDLERS = (re.findall(rf"```{language}\n(.*?)```", GUIDE, re.DOTALL)[0] for language in ("yaml", "python"))

Edit = Callable[[str], str]


def swap(old: str, new: str) -> Edit:
    """Replaces the first `old` by `new`."""

    def edit(text: str) -> str:
        assert old in text, f"{old!r} is not in the guide's door"
        return text.replace(old, new, 1)

    return edit


def cut(start: str, end: str) -> Edit:
    """Leaves out what begins with `start` and ends before `end`."""

    def edit(text: str) -> str:
        before, begin, rest = text.partition(start)
        assert begin
        assert end in rest
        return before + (end + rest.partition(end)[2] if end else "")

    return edit


def whole(text: str) -> Edit:
    return lambda _: text


SIGN_UP = "spec/porch.yaml: POST /porch/accounts (porch.sign_up): "
COME_IN = "spec/porch.yaml: POST /porch/session (porch.come_in): "
BE_SEEN = "spec/porch.yaml: GET /porch/session (porch.be_seen): "
LEAVE = "spec/porch.yaml: DELETE /porch/session (porch.leave): "


# ---------------------------------------------------------------- laid in
class Door:
    """The door of the guide, in folders of its own, beside the documents and the modules of the house."""

    def __init__(self, folder: Path) -> None:
        self.spec, self.handlers = folder / "spec", folder / "handlers"
        shutil.copytree(PACKAGE / "spec", self.spec)
        self.handlers.mkdir()

    def laid(self, spec: str = SPEC, handlers: str | None = HANDLERS) -> "Door":
        (self.spec / "porch.yaml").write_text(spec)
        if handlers is not None:
            (self.handlers / "porch.py").write_text(handlers)
        invalidate_caches()
        return self

    def opened(self) -> None:
        create_app(replace(Settings(_env_file=None), doors=("porch",)), spec=self.spec)

    def refused(self) -> str:
        with pytest.raises(BrokenContract) as caught:
            self.opened()
        return str(caught.value)


def package(folder: Path, spec: str, handlers: str | None) -> Path:
    """A package `portico` with the door, first on the path of a command."""
    shutil.copytree(PACKAGE, folder / "portico", ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "portico" / "spec" / "porch.yaml").write_text(spec)
    if handlers is not None:
        (folder / "portico" / "handlers" / "porch.py").write_text(handlers)
    return folder
