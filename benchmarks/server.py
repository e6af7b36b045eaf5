"""Starts a variant on a port of its own, on the core of the servers."""

import os
import re
import subprocess
import sys
from pathlib import Path
from threading import Timer
from typing import IO

from . import cores
from .variants import Variant

ROOT = Path(__file__).parent.parent
LONGEST_START = 60  # seconds
READY = re.compile(r"listens on (http://\S+)")


def environment(cost: int) -> dict[str, str]:
    """Returns the environment, the same for all: a database in the working folder, bcrypt at `cost`, no rate limits."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("PORTICO_")}
    portico = {"PORTICO_BCRYPT_COST": str(cost), "PORTICO_LIMITS": "off", "PORTICO_CAPTCHA": "off"}
    return inherited | portico | {"BENCHMARK_BCRYPT_COST": str(cost), "PYTHONPATH": str(ROOT)}


def piped(stream: IO[str] | None) -> IO[str]:
    """Returns a stream of a process that was started with a pipe for it."""
    assert stream
    return stream


class Server:
    def __init__(self, variant: Variant, folder: Path, cost: int) -> None:
        self.variant = variant
        self.log = folder / "server.log"
        folder.mkdir(parents=True, exist_ok=True)
        command = variant.command or [sys.executable, "-m", "benchmarks.serve", variant.name]
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                cores.for_server(command),
                cwd=folder,
                env=environment(cost),
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
        self.url = self._ready()

    def _ready(self) -> str:
        deadline = Timer(LONGEST_START, self._process.kill)
        deadline.start()
        line = piped(self._process.stdout).readline()
        deadline.cancel()
        ready = READY.search(line)
        if not ready:
            raise RuntimeError(f"{self.variant.name} did not start:\n{self.log.read_text()}")
        return ready[1]

    @property
    def processor_seconds(self) -> float:
        """The processor time the server has used so far, which other processes on its core hardly affect."""
        fields = Path(f"/proc/{self._process.pid}/stat").read_text().rpartition(")")[2].split()
        user, system = int(fields[11]), int(fields[12])
        return (user + system) / os.sysconf("SC_CLK_TCK")

    @property
    def resident(self) -> float:
        """Resident memory in MiB."""
        status = Path(f"/proc/{self._process.pid}/status").read_text().splitlines()
        (kibibytes,) = [line.split()[1] for line in status if line.startswith("VmRSS:")]
        return int(kibibytes) / 1024

    def stop(self) -> None:
        self._process.terminate()
        try:
            self._process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        piped(self._process.stdout).close()

    def __enter__(self) -> "Server":
        return self

    def __exit__(self, *error: object) -> None:
        self.stop()
