"""The table of planted defects keeps up with the code and the tests: all that it names is there."""

import re

import pytest
from support.places import HOUSE, TESTS
from tools.mutants.__main__ import FILE as TABLE
from tools.mutants.defects import DEFECTS, Defect

ROW = re.compile(r"^\| `([a-z0-9-]+)` \| .* \| `(?:([\w/]+\.py)::(\w+).*|.*)` \|$", re.MULTILINE)


@pytest.mark.parametrize("defect", DEFECTS, ids=lambda defect: defect.name)
def test_a_defect_can_be_planted_in_one_place_only(defect: Defect) -> None:
    assert (HOUSE / defect.file).read_text().count(defect.old) == 1


def test_the_table_tells_of_every_defect_and_of_tests_that_are_there() -> None:
    rows = ROW.findall(TABLE.read_text())

    assert [name for name, _, _ in rows] == [defect.name for defect in DEFECTS]
    assert [test for _, file, test in rows if test not in (TESTS / file).read_text()] == []
