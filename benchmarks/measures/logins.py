"""Logins per second, beside what bcrypt alone does on the core of the servers."""

import asyncio
import statistics
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass

from .. import cores
from ..logins import CLIENTS, log_in
from ..server import environment
from ..spread import in_turn
from ..targets import COST, Target

EACH = 2  # logins of each client and round


@dataclass(frozen=True)
class Logins:
    per_second: float
    p50: float  # seconds
    slowest: float


Figures = tuple[list[float], dict[str, list[Logins]]]  # bcrypt alone, variant


def measure(targets: list[Target], rounds: int, say: Callable[[str], None]) -> Figures:
    alone: list[float] = []
    figures: dict[str, list[Logins]] = {target.variant.name: [] for target in targets}
    for round_ in range(rounds):
        say(f"login: bcrypt alone, round {round_ + 1} of {rounds}")
        alone.append(_bcrypt_alone(CLIENTS * EACH))
        for target in in_turn(targets, round_):
            say(f"login: {target.variant.name}, round {round_ + 1} of {rounds}")
            seconds, times = asyncio.run(log_in(target, EACH))
            figures[target.variant.name].append(Logins(len(times) / seconds, statistics.median(times), max(times)))
    return alone, figures


def _bcrypt_alone(times: int) -> float:
    command = [sys.executable, "-m", "benchmarks.bcrypt_alone", str(COST), str(times)]
    done = subprocess.run(cores.for_server(command), env=environment(COST), capture_output=True, text=True, check=True)
    return float(done.stdout)
