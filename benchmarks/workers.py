"""Starts workers and sends them their orders."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from . import cores
from .server import environment, piped
from .variants import Variant

COST = 4  # logins only serve to get tokens here


class Worker:
    def __init__(self, variant: Variant, folder: Path) -> None:
        self.variant = variant
        self.log = folder / "worker.log"
        folder.mkdir(parents=True)
        command = cores.for_server([sys.executable, "-m", "benchmarks.worker", variant.name])
        with self.log.open("wb") as log:
            self._process = subprocess.Popen(
                command,
                cwd=folder,
                env=environment(COST),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
        self._line()

    def microseconds(self, operation: str, times: int) -> float:
        """Returns the time of one request, measured over `times` requests."""
        orders = piped(self._process.stdin)
        orders.write(f"{operation} {times}\n")
        orders.flush()
        return float(self._line())

    def _line(self) -> str:
        line = piped(self._process.stdout).readline()
        if not line:
            raise RuntimeError(f"{self.variant.name} failed:\n{self.log.read_text()}")
        return line

    def __enter__(self) -> "Worker":
        return self

    def __exit__(self, *error: object) -> None:
        piped(self._process.stdin).close()
        self._process.wait(timeout=20)
        piped(self._process.stdout).close()


@contextmanager
def working(variants: list[Variant], folder: Path) -> Iterator[list[Worker]]:
    with ExitStack() as stack:
        yield [stack.enter_context(Worker(variant, folder / f"worker {variant.name}")) for variant in variants]
