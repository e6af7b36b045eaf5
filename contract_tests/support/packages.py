"""Packages `portico` with one door more than the installed one."""

import shutil
from pathlib import Path

import portico


def with_door(folder: Path, name: str, document: str, handlers: str | None) -> Path:
    """Fills `folder` with such a package: first on the path of a server, it is the one that is imported."""
    package = folder / "portico"
    shutil.copytree(Path(portico.__file__).parent, package, ignore=shutil.ignore_patterns("__pycache__"))
    (package / "spec" / f"{name}.yaml").write_text(document)
    if handlers is not None:
        (package / "handlers" / f"{name}.py").write_text(handlers)
    return folder
