"""What the author of a door can do wrong, and the one line the server says of it before it serves anything."""

import re

import pytest
from house.mistakes.in_documents import IN_THE_DOCUMENT
from house.mistakes.in_modules import IN_THE_MODULE
from house.mistakes.porch import GUIDE, HANDLERS, SPEC
from support.extension import Extension

NO_MODULE = "handlers/porch.py is missing, whose functions are the operations of spec/porch.yaml"


def test_the_door_of_the_guide_opens(porch: Extension) -> None:
    porch.opened(SPEC, HANDLERS)


@pytest.mark.parametrize("mistake", IN_THE_DOCUMENT)
def test_t14_a_mistake_in_the_document_is_told_with_its_place(porch: Extension, mistake: str) -> None:
    edit, line = IN_THE_DOCUMENT[mistake]

    assert porch.refused(edit(SPEC), HANDLERS) == line


@pytest.mark.parametrize("mistake", IN_THE_MODULE)
def test_t14_a_mistake_in_the_module_is_told_with_its_place(porch: Extension, mistake: str) -> None:
    edit, line = IN_THE_MODULE[mistake]

    assert porch.refused(SPEC, edit(HANDLERS)) == line


def test_t14_a_document_without_a_module_is_told(porch: Extension) -> None:
    assert porch.refused(SPEC, None) == NO_MODULE


def test_the_guide_shows_lines_that_are_said() -> None:
    said = [line for _, line in (*IN_THE_DOCUMENT.values(), *IN_THE_MODULE.values())] + [NO_MODULE]
    shown = re.findall(r"\| `((?:spec|handlers)/porch[^`]*)` \|\n", GUIDE)

    assert len(shown) > 10
    assert set(shown) <= set(said)
