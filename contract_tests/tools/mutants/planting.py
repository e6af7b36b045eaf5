"""A copy of the house whose package `portico` is imported in place of the installed one, and a defect in it."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import portico

from .defects import Defect

HOUSE = Path(__file__).parents[3]  # `support` is not on the path of `python -m`
INSTALLED = Path(portico.__file__).parent
PARTS = ("spec", "handlers", "core", "models", "runtime")
BESIDES = ("pyproject.toml", "README.md", "LICENSE")  # what tests look at
NODE_MODULES = Path("contract_tests/tools/node/node_modules")


class Stale(Exception):
    """The text a defect replaces is not in its file exactly once."""


def copied(folder: Path) -> None:
    """Fills `folder` with `house`, where tests find the sources of the installed package as theirs, and `portico`."""
    house, package = folder / "house", folder / "portico"
    leave_out = shutil.ignore_patterns("__pycache__", "node_modules")
    shutil.copytree(HOUSE / "contract_tests", house / "contract_tests", ignore=leave_out)
    if (HOUSE / NODE_MODULES).exists():
        (house / NODE_MODULES).symlink_to(HOUSE / NODE_MODULES)
    for file in BESIDES:
        shutil.copy(HOUSE / file, house)
    shutil.copytree(HOUSE / "docs", house / "docs")  # which has a door to lay in
    shutil.copytree(HOUSE / "src", house / "src", symlinks=True)  # what is packed
    package.mkdir()
    shutil.copy(INSTALLED / "__init__.py", package)
    for part in PARTS:
        shutil.copytree(INSTALLED / part, house / part)  # with what is compiled, which saves a second
        (package / part).symlink_to(house / part)
    _refuse_another(folder)


def _refuse_another(folder: Path) -> None:
    where = [sys.executable, "-c", "import portico.runtime; print(portico.runtime.__file__)"]
    imported = subprocess.run(where, env=environment(folder), capture_output=True, text=True, check=True).stdout.strip()
    if not Path(imported).is_relative_to(folder):
        raise RuntimeError(f"the copy is not what is imported, {imported} is")


def plant(defect: Defect, folder: Path) -> None:
    """Raises Stale."""
    file = folder / "house" / defect.file
    text = file.read_text()
    if text.count(defect.old) != 1:
        raise Stale(f"found {text.count(defect.old)} times in {defect.file}")
    file.write_text(text.replace(defect.old, defect.new))


def environment(folder: Path) -> dict[str, str]:
    """Where the package in `folder` is the first on the path, for tests and for the servers they start."""
    return os.environ | {"PYTHONPATH": str(folder)}
