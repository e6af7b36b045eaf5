"""A door's contract, tried at any server: `pytest contract_tests --target URL --door appseed`.

The documents in `spec/` say what is tried. Each operation and each check is a test of its own, so that
`-k "login and missing"` picks one. What is wrong stands in the report, in words for somebody who knows neither server.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from check.checks import CHECKS, UNKNOWN_PATH, Check, examples, fuzz, new_token, session_ends, unknown_path
from check.report import Broken, Problem
from check.trial import Trial
from doors import DOORS, CannotSpeak, Door, OutOfReach
from support.documents import Operation, operations_of
from support.places import SPEC
from tools.fuzz.fuzzing import Fuzzing

ANY_OTHER_PATH = "any other path"
TIMEOUT = 30  # seconds for one answer
CHOSEN = pytest.StashKey[list[str]]()  # doors


class Contracts(pytest.File):
    """This file, as pytest sees it: the doors that were asked for."""

    def collect(self) -> Iterator["DoorTests"]:
        for name in self.config.stash[CHOSEN]:
            yield DoorTests.from_parent(self, name=name)


class DoorTests(pytest.Collector):
    def collect(self) -> Iterator["OperationTests"]:
        option = self.config.getoption
        client = httpx.Client(base_url=option("target"), timeout=TIMEOUT, follow_redirects=False)
        self.config.add_cleanup(client.close)
        door = DOORS[self.name](client, option("outbox"))
        fuzzing = Fuzzing(SPEC / f"{self.name}.yaml", self.config) if option("fuzz") else None
        for operation in operations_of(self.name):
            yield OperationTests.from_parent(self, name=operation.label, trial=(door, operation, fuzzing))
        yield Elsewhere.from_parent(self, name=ANY_OTHER_PATH, trial=(door, operations_of(self.name)[0], fuzzing))


class OperationTests(pytest.Collector):
    def __init__(self, trial: tuple[Door, Operation, Fuzzing | None], **more: Any) -> None:
        super().__init__(**more)
        self.trial = trial

    def collect(self) -> Iterator["CheckTest"]:
        door, operation, fuzzing = self.trial
        for check in CHECKS:
            if check.applies(door, operation) and (check.run is not fuzz or fuzzing):
                yield CheckTest.from_parent(self, name=check.name, check=check, trial=Trial(*self.trial))


class Elsewhere(OperationTests):
    def collect(self) -> Iterator["CheckTest"]:
        check = Check("unknown path", UNKNOWN_PATH, lambda door, operation: True, unknown_path)
        yield CheckTest.from_parent(self, name=check.name, check=check, trial=Trial(*self.trial))


class CheckTest(pytest.Item):
    """One check of one operation."""

    def __init__(self, check: Check, trial: Trial, **more: Any) -> None:
        super().__init__(**more)
        self.check, self.trial = check, trial
        door = type(trial.door).__name__.lower()
        self.user_properties += [("door", door), ("operation", self.row), ("check", check.name)]

    @property
    def row(self) -> str:
        """Where the report has it."""
        assert self.parent
        return self.parent.name

    def runtest(self) -> None:
        try:
            self.check.run(self.trial)
        except OutOfReach as reason:
            pytest.skip(f"out of reach: {reason}")
        except CannotSpeak as reason:
            if self.check.run in (examples, session_ends, new_token):
                self.trial.problems.append(Problem("what it needs did not work", str(reason)))
            else:
                pytest.skip(f"out of reach: {reason}")
        except httpx.TransportError as error:
            self.trial.problems.append(Problem(f"there was no answer: {error}", "an answer"))
        if self.trial.problems:
            raise Broken(self.trial.problems)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        return str(excinfo.value) if isinstance(excinfo.value, Broken) else super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, None, str]:
        return self.path, None, f"{self.row}: {self.name}"
