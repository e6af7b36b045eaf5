"""A sixth door, laid in by the three files of docs/adding-a-door.md and nothing else, keeps every law of every door."""

import re
from pathlib import Path

import pytest
from doors import DOORS
from support.places import HOUSE
from support.server import Serving
from tools.mutants import planting
from tools.mutants.running import Run, run

GUIDE = (HOUSE / "docs" / "adding-a-door.md").read_text()
FILES = dict(re.findall(r"^`(\S+)`:\n\n```\w+\n(.*?)^```", GUIDE, re.MULTILINE | re.DOTALL))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the house, and of its tests, with the files of the guide."""
    folder = tmp_path_factory.mktemp("six")
    planting.copied(folder)
    for path, text in FILES.items():
        (folder / "house" / path).write_text(text)
    return folder


def test_t13_the_guide_has_three_files_of_one_name() -> None:
    assert list(FILES) == ["spec/porch.yaml", "handlers/porch.py", "contract_tests/doors/porch.py"]


def must_be_kept(found: Run, of: str = "porch") -> None:
    assert (found.failed, found.stopped) == ([], []), found.report
    assert any(of in name for name in found.passed), found.report


OF_ALL = f"porch or not ({' or '.join(DOORS)})"
LAWS = {  # where they are, and which
    "laws": (["laws"], OF_ALL),
    "hostile requests": (["hostile"], "porch"),
    "documents": ([f"contract/test_{name}.py" for name in ("documents", "examples", "links", "refusals")], OF_ALL),
    "structure": (["contract/test_structure.py"], OF_ALL),
    "generated requests": (["tools/fuzz"], "porch"),
}


@pytest.mark.parametrize("laws", LAWS)
def test_t13_a_sixth_door_keeps(folder: Path, laws: str) -> None:
    """What is tried at each door, at this one; what is about all doors, with it."""
    rooms, those = LAWS[laws]

    must_be_kept(run([f"contract_tests/{room}" for room in rooms], folder, "-k", those))


def test_t13_a_sixth_door_is_checked_like_the_others(folder: Path, serving: Serving) -> None:
    server = serving(PYTHONPATH=str(folder), PORTICO_LIMITS="off")

    must_be_kept(run(["contract_tests"], folder, f"--target={server.url}", "--door=porch"), of="session ends")
    assert "porch" in server.run("settings")
