"""Seconds from the command to the first answer of `/health/live`, with a database that has to be made first."""

import time
from collections.abc import Callable
from pathlib import Path

import httpx

from ..server import Server
from ..spread import in_turn
from ..targets import COST
from ..variants import VARIANTS, Variant

Figures = dict[str, list[float]]


def measure(folder: Path, rounds: int, say: Callable[[str], None]) -> Figures:
    figures: Figures = {variant.name: [] for variant in VARIANTS}
    for round_ in range(rounds):
        for variant in in_turn(VARIANTS, round_):
            say(f"start-up: {variant.name}, round {round_ + 1} of {rounds}")
            figures[variant.name].append(_seconds(variant, folder / f"start {variant.name} {round_}"))
    return figures


def _seconds(variant: Variant, folder: Path) -> float:
    with httpx.Client(trust_env=False) as client:  # made before the clock runs
        began = time.perf_counter()
        with Server(variant, folder, COST) as server:
            client.get(f"{server.url}/health/live").raise_for_status()
            return time.perf_counter() - began
