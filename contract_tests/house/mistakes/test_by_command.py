"""What the commands say of a mistake in a door: one line, and a status of its own."""

from pathlib import Path

from doors import DOORS
from house.mistakes.in_documents import IN_THE_DOCUMENT
from house.mistakes.in_modules import IN_THE_MODULE
from house.mistakes.porch import HANDLERS, SPEC
from support.commands import Done, Portico
from support.packages import with_door


def run(folder: Path, *command: str, doors: str = "porch") -> Done:
    """The command over the package in the folder."""
    return Portico(folder).process(*command, PYTHONPATH=str(folder), PORTICO_DOORS=doors)


def test_t14_serve_says_it_once_and_starts_nothing(tmp_path: Path) -> None:
    edit, line = IN_THE_MODULE["an argument the operation does not have"]
    folder = with_door(tmp_path, "porch", SPEC, edit(HANDLERS))

    for command in (("serve",), ("serve", "--workers", "2")):
        assert run(folder, *command) == (3, "", f"portico: {line}\n")
    assert [file.name for file in folder.iterdir()] == ["portico"]


def test_t14_spec_holds_the_document_to_its_rules_before_there_are_handlers(tmp_path: Path) -> None:
    edit, line = IN_THE_DOCUMENT["a key twice"]
    folder = with_door(tmp_path, "porch", SPEC, None)
    status, document, _ = run(folder, "spec", "--door", "porch")
    (folder / "portico" / "spec" / "porch.yaml").write_text(edit(SPEC))

    assert (status, document[:14]) == (0, "openapi: 3.0.4")
    assert run(folder, "spec") == (3, "", f"portico: {line}\n")


def test_o05_a_misspelt_door_is_told(tmp_path: Path) -> None:
    for command in ("serve", "spec", "settings"):
        assert run(with_door(tmp_path / command, "porch", SPEC, HANDLERS), command, doors="porhc") == (
            2,
            "",
            f"portico: PORTICO_DOORS: names one or more of {', '.join(sorted({*DOORS, 'porch'}))}\n",
        )
