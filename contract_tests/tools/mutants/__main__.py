"""`python -m contract_tests.tools.mutants`: every defect, and whether the tests catch it. Exit 1 where one got away."""

import argparse
import shlex
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from itertools import chain, groupby
from pathlib import Path

from portico.core.settings import DOORS

from . import planting, table
from .defects import DEFECTS, Defect
from .running import Run, run
from .table import Outcome

AT_ONCE = 2  # a test and its server keep one core busy
FILE = Path(__file__).with_name("TABLE.md")
FUZZER = "contract_tests/tools/fuzz::test_t15_the_contract_is_kept_under_fuzzing[{}]"
NAMES = [defect.name for defect in DEFECTS]


def main() -> None:
    options = _options()
    defects = [defect for defect in DEFECTS if defect.name in options.only]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        outcomes = list(pool.map(partial(tried, everything=options.all, fuzz=options.fuzz), defects))
    outcomes = without_false_alarms(outcomes)
    text = table.markdown(outcomes)
    print(text)
    if options.write:
        FILE.write_text(text)
    sys.exit(not all(outcome.is_caught for outcome in outcomes))


def tried(defect: Defect, everything: bool, fuzz: bool) -> Outcome:
    """What the tests make of the defect: those of its area, or all of them."""
    where, *words = shlex.split(defect.tests)
    of_the_area = [f"contract_tests/{where}", *words]
    try:
        found = _run_over([] if everything else of_the_area, "-x", defect=defect)
    except planting.Stale as reason:
        return _told(Outcome(defect, trouble=f"stale: {reason}"))
    caught = found.stopped if defect.stops else found.failed
    outcome = Outcome(defect, caught[0] if caught else None)
    if not caught and not found.passed:
        print(found.report, file=sys.stderr)
        outcome = replace(outcome, trouble="no test could be run")
    if fuzz:
        fuzzed = _run_over([FUZZER.format(_document(defect))], defect=defect)
        outcome = replace(outcome, fuzzed=bool(fuzzed.failed or fuzzed.stopped))
    return _told(outcome)


def without_false_alarms(outcomes: list[Outcome]) -> list[Outcome]:
    """The outcomes, less those whose test fails without a defect as well."""
    tests = sorted({outcome.caught_by for outcome in outcomes if outcome.caught_by})
    if not tests:
        return outcomes
    print(f"without a defect: {len(tests)} tests", file=sys.stderr)
    by_file = [list(of_one) for _, of_one in groupby(tests, lambda test: test.partition("::")[0])]
    shares = [[*chain.from_iterable(by_file[share::AT_ONCE])] for share in range(AT_ONCE)]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        runs = list(pool.map(_run_over, filter(None, shares)))
    failed = {test for found in runs for test in found.failed}
    if sum(len(found.passed) for found in runs) + len(failed) != len(tests):
        sys.exit("\n".join([*(found.report for found in runs), "without a defect, not every test could be run"]))
    alarm = "fails without the defect too"
    return [replace(outcome, trouble=alarm) if outcome.caught_by in failed else outcome for outcome in outcomes]


def _run_over(tests: list[str], *options: str, defect: Defect | None = None) -> Run:
    """Raises Stale."""
    with tempfile.TemporaryDirectory(prefix="mutant-") as name:
        folder = Path(name)
        planting.copied(folder)
        if defect:
            planting.plant(defect, folder)
        return run(tests, folder, *options)


def _document(defect: Defect) -> str:
    """The document that shows the defect to a fuzzer, if any does: that of the door of its tests, or the merged one."""
    door = defect.door or defect.tests
    return door if door in (*DOORS, "service") else "all of them"


def _told(outcome: Outcome) -> Outcome:
    caught = outcome.trouble or (f"caught by {outcome.caught_by}" if outcome.caught_by else "survived")
    fuzzed = {True: "; by fuzzing too", False: "; not by fuzzing", None: ""}[outcome.fuzzed]
    print(f"{outcome.defect.name}: {caught}{fuzzed}", file=sys.stderr, flush=True)
    return outcome


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m contract_tests.tools.mutants",
        description="Plants defects, one at a time, and tells which test catches each.",
    )
    parser.add_argument("--only", nargs="+", choices=NAMES, default=NAMES, metavar="DEFECT", help="some defects")
    parser.add_argument("--all", action="store_true", help="run all tests over each, not only those of its area")
    parser.add_argument(
        "--fuzz", action="store_true", help="tell as well which Schemathesis catches alone; takes its time"
    )
    parser.add_argument("--write", action="store_true", help=f"write the table to {FILE.name}")
    return parser.parse_args()


if __name__ == "__main__":
    main()
