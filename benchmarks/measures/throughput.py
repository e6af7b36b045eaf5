"""Requests per second and latency of each operation, over HTTP."""

from collections.abc import Callable
from dataclasses import dataclass

from .. import load
from ..spread import in_turn
from ..targets import Target
from ..users import OPERATIONS


@dataclass(frozen=True)
class Slice:
    per_second: float
    p50: float  # milliseconds
    p99: float
    processor: float  # microseconds of the server's processor time per request


Figures = dict[str, dict[str, list[Slice]]]  # operation, variant


def measure(targets: list[Target], rounds: int, seconds: int, say: Callable[[str], None]) -> Figures:
    figures: Figures = {operation: {target.variant.name: [] for target in targets} for operation in OPERATIONS}
    for target in targets:
        say(f"warming up: {target.variant.name}")
        for operation in OPERATIONS:
            _slice(target, operation, 1)
    for round_ in range(rounds):
        for operation in OPERATIONS:
            for target in in_turn(targets, round_):
                say(f"{operation}: {target.variant.name}, round {round_ + 1} of {rounds}")
                figures[operation][target.variant.name].append(_slice(target, operation, seconds))
    for target in targets:
        target.verify()
    return figures


def _slice(target: Target, operation: str, seconds: int) -> Slice:
    before = target.server.processor_seconds
    found = load.run(target.url, target.users.operations[operation], seconds)
    processor = (target.server.processor_seconds - before) / found.requests * 1e6
    return Slice(found.per_second, found.p50, found.p99, processor)
