"""Writes the tables of `contract_tests/README.md` from the tests: `python contract_tests/documentation/index.py`.

What a file proves is the first line of its docstring; which requirement, the ids in the names of its tests.
"""

import ast
import re
from pathlib import Path

TESTS = Path(__file__).parent.parent
PAGE = TESTS / "README.md"
ROOM = re.compile(r"(<!-- ([\w/]+) -->\n)(?:\|.*\n)*")
REQUIREMENT = re.compile(r"^\| ([A-Z]\d+) \| (.*?) \| .* \|$", re.MULTILINE)


def page() -> str:
    """The page as it stands, with the tables as they should be."""
    text = ROOM.sub(lambda found: found[1] + _room(TESTS / found[2]), PAGE.read_text())
    proved = requirements()
    return REQUIREMENT.sub(lambda found: f"| {found[1]} | {found[2]} | {_files(proved.get(found[1], []))} |", text)


def requirements() -> dict[str, list[str]]:
    """The files that prove each requirement."""
    proved: dict[str, list[str]] = {}
    for file in sorted(TESTS.rglob("*.py")):
        if "node_modules" not in file.parts:
            names = " ".join(re.findall(r"^(?:def )?(test_\w+)", file.read_text(), re.MULTILINE))
            for requirement in sorted(set(re.findall(r"_([a-zA-Z]\d{1,2})(?=_)", names))):
                proved.setdefault(requirement.upper(), []).append(str(file.relative_to(TESTS)))
    return proved


def _room(folder: Path) -> str:
    rows = [f"| `{file.name}` | {_first_line(file)} |\n" for file in sorted(folder.glob("[!_]*.py"))]
    return "".join(["| file | |\n|---|---|\n", *rows])


def _first_line(file: Path) -> str:
    return (ast.get_docstring(ast.parse(file.read_text())) or "").split("\n\n")[0].replace("\n", " ").removesuffix(".")


def _files(names: list[str]) -> str:
    return ", ".join(f"`{name.removesuffix('.py').replace('test_', '')}`" for name in names) or "no test yet"


if __name__ == "__main__":
    PAGE.write_text(page())
