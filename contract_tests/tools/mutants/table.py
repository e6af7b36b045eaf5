"""The outcome as Markdown: the same text on the terminal and in TABLE.md."""

from collections.abc import Iterator
from dataclasses import dataclass

from .defects import Defect

SURVIVED = "**nobody**"


@dataclass(frozen=True)
class Outcome:
    """`caught_by`: the first test that failed; `trouble`: why there is no saying; `fuzzed`: if fuzzing alone does."""

    defect: Defect
    caught_by: str | None = None
    trouble: str | None = None
    fuzzed: bool | None = None

    @property
    def is_caught(self) -> bool:
        return self.caught_by is not None and self.trouble is None


def markdown(outcomes: list[Outcome]) -> str:
    return "\n".join([*_heading(outcomes), "", *_rows(outcomes)]) + "\n"


def _heading(outcomes: list[Outcome]) -> Iterator[str]:
    yield "# Mutation table\n"
    yield (
        "Each defect was planted into a copy of the package, one at a time, and the tests of its area were run until "
        "one\nfailed; every test named here passes without the defect. Made by `tox -e mutants -- --write`.\n"
    )
    yield f"{len(outcomes)} defects, {sum(outcome.is_caught for outcome in outcomes)} caught."
    fuzzed = [outcome.fuzzed for outcome in outcomes if outcome.fuzzed is not None]
    if fuzzed:
        caught = f"{sum(fuzzed)} of {len(fuzzed)}"
        yield f"Schemathesis alone, with nothing but the document and `hooks.py`, catches {caught}."


def _rows(outcomes: list[Outcome]) -> Iterator[str]:
    shows_fuzzing = any(outcome.fuzzed is not None for outcome in outcomes)
    titles = ["defect", "what it breaks", "requirement", "caught by", *(["by fuzzing"] if shows_fuzzing else [])]
    yield _row(titles)
    yield _row(["---"] * len(titles))
    for outcome in outcomes:
        defect = outcome.defect
        cells = [f"`{defect.name}`", defect.breaks, defect.requirement, _verdict(outcome)]
        yield _row(cells + ([{True: "yes", False: "no", None: ""}[outcome.fuzzed]] if shows_fuzzing else []))


def _verdict(outcome: Outcome) -> str:
    if outcome.trouble:
        return f"**{outcome.trouble}**"
    if outcome.caught_by is None:
        return SURVIVED
    return f"`{outcome.caught_by.removeprefix('contract_tests/')}`"


def _row(cells: list[str]) -> str:
    return f"| {' | '.join(cell.replace('|', '&#124;') for cell in cells)} |"
