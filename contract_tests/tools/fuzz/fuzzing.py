"""Schemathesis, run as a command: with the settings of `schemathesis.toml`, `hooks.py`, and what pytest was told."""

import json
import os
import re
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from xml.etree import ElementTree

import pytest
from check.report import masked_text
from doors import DOORS, Door
from support.places import TESTS

HERE = Path(__file__).parent
COMMAND = str(Path(sys.executable).with_name("st"))
SETTINGS = HERE / "schemathesis.toml"
EXAMPLES = tomllib.loads(SETTINGS.read_text())["generation"]["max-examples"]
SECONDS = 300  # for a run with so many examples; more get more
SUMMARY = re.compile(
    r"^ *(API Links:.*|Tested:.*|\d+ generated.*|Seed:.*)|^=+ .*(in [\d.]+s) =+$|^  ([a-z].* \d+)$", re.MULTILINE
)


def expecting_refusals(door: type[Door]) -> str:
    """Returns settings for operations that take a token by mail, or one that refreshes: generated ones are refused."""
    names = [*door.mailed, *door.refreshing]
    check = 'checks.positive_data_acceptance.expected-statuses = ["200", "400", "401", "403", "406"]'
    return f"\n[[operations]]\ninclude-operation-id = {json.dumps(names)}\n{check}\n" if names else ""


def fuzz(
    source: str, config: pytest.Config, *options: str, outbox: Path | None = None
) -> subprocess.CompletedProcess[str]:
    """Fuzzes what the document at `source` describes."""
    examples, seed = config.getoption("examples"), config.getoption("seed")
    chosen = ["--max-examples", str(examples)] if examples else []
    chosen += ["--seed", str(seed)] if seed is not None else []
    found_here = {"PYTHONPATH": os.pathsep.join((str(HERE), str(TESTS))), "NO_COLOR": "1", "COLUMNS": "160"}
    with tempfile.TemporaryDirectory() as folder:
        settings = Path(folder, "schemathesis.toml")
        settings.write_text(SETTINGS.read_text() + "".join(map(expecting_refusals, DOORS.values())))
        return subprocess.run(
            [COMMAND, "--config-file", settings, "run", source, *chosen, *options],
            cwd=folder,
            env=os.environ | found_here | ({"OUTBOX": str(outbox)} if outbox else {}),
            capture_output=True,
            text=True,
            timeout=SECONDS * max(1, (examples or EXAMPLES) / EXAMPLES),
        )


def summary(printed: str) -> str:
    """What a run says of itself: links, operations, cases, seed, seconds, and what hooks.py looked at."""
    return "\n".join(found[found.lastindex or 0] for found in SUMMARY.finditer(printed))


def readable(printed: str) -> str:
    """The same without what makes generated bodies long."""
    return "\n".join(line[:400] for line in printed.splitlines() if line.strip())


def failures(case: ElementTree.Element) -> Iterator[ElementTree.Element]:
    return (each for each in case if each.tag in ("failure", "error"))


class Fuzzing:
    """One run over a door's document against the target, made when its first result is asked for."""

    def __init__(self, document: Path, config: pytest.Config) -> None:
        self._document, self._config = document, config

    def failures(self, operation: str) -> list[str]:
        """What Schemathesis says of an operation: nothing where all is well."""
        return self._found.get(operation, [])

    @cached_property
    def _found(self) -> dict[str, list[str]]:
        option = self._config.getoption
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "junit.xml"
            report = ("--url", option("target"), "--report-junit-path", str(file))
            done = fuzz(str(self._document), self._config, *report, outbox=option("outbox"))
            if done.returncode not in (0, 1) or not file.exists():
                raise RuntimeError(readable(done.stdout + done.stderr))
            cases = ElementTree.parse(file).getroot().iter("testcase")
            return {case.attrib["name"]: [masked_text(each.text or "") for each in failures(case)] for case in cases}
