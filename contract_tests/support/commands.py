"""The command `portico`, as an operator types it in a folder: in this process, or in one of its own."""

import os
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path
from typing import NamedTuple

import pytest
from support.server import COMMAND, environment

from portico.runtime.cli import main


class Done(NamedTuple):
    """What a command came to."""

    status: int | str | None
    printed: str
    told: str  # on standard error


class Portico:
    """The command in a folder, with the settings it is given and no others.

    Called, it runs in this process, through all that the installed command runs; `process` starts that.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __call__(self, *command: str, **settings: str) -> Done:
        printed, told = StringIO(), StringIO()
        with pytest.MonkeyPatch.context() as patch, redirect_stdout(printed), redirect_stderr(told):
            patch.chdir(self.folder)
            patch.setattr(os, "environ", environment(settings))
            patch.setattr(sys, "argv", [COMMAND, *command])
            with pytest.raises(SystemExit) as left:
                main()
        return Done(left.value.code or 0, printed.getvalue(), told.getvalue())

    def process(self, *command: str, **settings: str) -> Done:
        """Runs the command in a process; a server takes a free port: the usual one may be a developer's."""
        port = ("--port", "0") if command[0] == "serve" and "--port" not in command else ()
        whole, env = [COMMAND, *command, *port], environment(settings)
        done = subprocess.run(whole, cwd=self.folder, env=env, capture_output=True, text=True, timeout=60)
        return Done(done.returncode, done.stdout, done.stderr)

    @property
    def files(self) -> set[str]:
        """The names of what is in the folder."""
        return {file.name for file in self.folder.iterdir()}


def refusal(done: Done) -> str:
    """Returns the one line that told what is wrong."""
    assert (done.status, done.printed) == (2, "")
    (line,) = done.told.splitlines()
    name, _, sentence = line.partition(": ")
    assert name == "portico"
    return sentence
