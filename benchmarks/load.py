"""Makes load with wrk, which runs on the core of the process that starts it."""

import json
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from tempfile import NamedTemporaryFile
from urllib.parse import urlsplit

from .api import Request
from .users import WrongAnswer

CONNECTIONS = 16
SCRIPT = Path(__file__).with_name("wrk.lua")


class NoLoadGenerator(Exception):
    """wrk is not installed."""


@dataclass(frozen=True)
class Load:
    """The outcome of one slice of load; latencies in milliseconds."""

    requests: int
    seconds: float
    p50: float
    p99: float

    @property
    def per_second(self) -> float:
        return self.requests / self.seconds


def require() -> None:
    if shutil.which("wrk") is None:
        raise NoLoadGenerator("wrk is not installed; on Debian and Ubuntu: apt-get install wrk")


def run(url: str, requests: list[Request], seconds: int, connections: int = CONNECTIONS) -> Load:
    """Sends `requests` in turn, as fast as they are answered. Raises WrongAnswer if one is refused or not answered."""
    with NamedTemporaryFile() as file:
        file.write(b"\x1e".join(request.raw(urlsplit(url).netloc) for request in requests))
        file.flush()
        options = ["-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "60s", "-s", str(SCRIPT)]
        done = subprocess.run(
            ["wrk", *options, url, "--", file.name], capture_output=True, text=True, timeout=seconds + 90, check=True
        )
    figures = json.loads(done.stdout.splitlines()[-1])
    refused, broken = figures.pop("refused"), figures.pop("broken")
    if refused or broken or not figures["requests"]:
        raise WrongAnswer(
            f"{requests[0].path} under load: {refused} refused, {broken} broken, {figures['requests']} answered"
        )
    return Load(**figures)
