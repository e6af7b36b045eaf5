"""pytest over a copy of the package, until a test fails."""

import os
import signal
import subprocess
import sys
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from .planting import environment

LONGEST = 900  # seconds
UNUSED = ("cacheprovider", "schemathesis", "hypothesispytest", "xdist")  # plugins that take long to load or leave files
NOT_STARTED = "the server did not start"


@dataclass(frozen=True)
class Run:
    """The tests that failed, those that had no server because it refused to start, those that passed."""

    failed: list[str]
    stopped: list[str]
    passed: list[str]
    report: str


def run(tests: list[str], folder: Path, *options: str) -> Run:
    """Runs `tests` over the package in `folder`. What neither fails nor passes, as a broken import, is no result."""
    report = folder / "report.xml"
    pytest = [sys.executable, "-m", "pytest", "-q", "--no-header", f"--basetemp={folder / 'tests'}"]
    pytest += [option for plugin in UNUSED for option in ("-p", f"no:{plugin}")]
    process = subprocess.Popen(
        [*pytest, f"--junitxml={report}", "-o", "junit_family=xunit1", *options, *tests],
        cwd=folder / "house",
        env=environment(folder),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    try:
        printed, _ = process.communicate(timeout=LONGEST)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)  # with the servers it started
        return Run([], [], [], f"not done after {LONGEST} seconds")
    if not report.exists():
        return Run([], [], [], printed)
    cases = list(ET.parse(report).iter("testcase"))
    failed = [_name(case) for case in cases if case.find("failure") is not None]
    stopped = [_name(case) for case in cases if any(NOT_STARTED in text for text in _errors(case))]
    passed = [_name(case) for case in cases if not {"failure", "error", "skipped"} & {each.tag for each in case}]
    return Run(failed, stopped, passed, printed)


def _errors(case: ET.Element) -> Iterator[str]:
    return (error.text or "" for error in case.findall("error"))


def _name(case: ET.Element) -> str:
    return f"{case.get('file')}::{case.get('name')}"
