"""One door more than the house has, in this process."""

import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import invalidate_caches
from pathlib import Path

import pytest

import portico.handlers
from portico.core.settings import Settings, replace
from portico.runtime import BrokenContract
from portico.runtime.app import create_app

PACKAGE = Path(portico.handlers.__file__).parent.parent


class Extension:
    """Folders of documents and modules, in which this process finds a door beside those of the house."""

    def __init__(self, folder: Path, name: str) -> None:
        self.name, self.spec, self.handlers = name, folder / "spec", folder / "handlers"
        shutil.copytree(PACKAGE / "spec", self.spec)
        self.handlers.mkdir()

    def opened(self, document: str, handlers: str | None) -> None:
        """Makes an application of the house with that door."""
        (self.spec / f"{self.name}.yaml").write_text(document)
        if handlers is not None:
            (self.handlers / f"{self.name}.py").write_text(handlers)
        invalidate_caches()
        create_app(replace(Settings(_env_file=None), doors=(self.name,)), spec=self.spec)

    def refused(self, document: str, handlers: str | None) -> str:
        """The one line that says why there is no such application."""
        with pytest.raises(BrokenContract) as caught:
            self.opened(document, handlers)
        return str(caught.value)


@contextmanager
def extended(folder: Path, name: str) -> Iterator[Extension]:
    extension = Extension(folder, name)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(portico.handlers, "__path__", [*portico.handlers.__path__, str(extension.handlers)])
        yield extension
    sys.modules.pop(f"portico.handlers.{name}", None)
    vars(portico.handlers).pop(name, None)
