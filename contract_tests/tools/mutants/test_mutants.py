"""The table of planted defects keeps up with the code: each still has its place, and only one."""

import pytest
from support.places import HOUSE
from tools.mutants.defects import DEFECTS, Defect


@pytest.mark.parametrize("defect", DEFECTS, ids=lambda defect: defect.name)
def test_a_defect_can_be_planted(defect: Defect) -> None:
    assert (HOUSE / defect.file).read_text().count(defect.old) == 1
