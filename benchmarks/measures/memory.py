"""Resident memory after start-up and after many session checks."""

from collections.abc import Callable, Iterator
from pathlib import Path

from .. import load
from ..server import Server
from ..targets import COST, target_of
from ..variants import PORTICO, VARIANTS, Variant

MILESTONES = (10_000, 100_000)  # requests; only Portico goes all the way

Figures = dict[str, list[float]]  # variant: MiB after start-up and at each milestone


def measure(folder: Path, say: Callable[[str], None]) -> Figures:
    return {variant.name: list(_residents(variant, folder / f"memory {variant.name}", say)) for variant in VARIANTS}


def _residents(variant: Variant, folder: Path, say: Callable[[str], None]) -> Iterator[float]:
    with Server(variant, folder, COST) as server:
        yield server.resident
        target, sent = target_of(server), 0
        for milestone in MILESTONES if variant is PORTICO else MILESTONES[:1]:
            while sent < milestone:
                say(f"memory: {variant.name}, {sent} of {milestone} requests")
                sent += load.run(target.url, target.users.operations["checkSession"], 1).requests
            yield server.resident
