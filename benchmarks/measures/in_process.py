"""The applications without sockets: the ratios that depend least on the machine."""

import statistics
from collections.abc import Callable
from pathlib import Path

from ..spread import Spread, in_turn
from ..users import OPERATIONS
from ..variants import GROWTH, VARIANTS, Variant
from ..workers import working

BLOCKS, SLICES, REQUESTS = 3, 60, 40

Figures = dict[str, dict[str, Spread]]  # operation, variant: microseconds


def measure(folder: Path, say: Callable[[str], None]) -> Figures:
    return _measure(VARIANTS, OPERATIONS, folder, say)


def measure_growth(folder: Path, say: Callable[[str], None]) -> Figures:
    """With more and more operations in the document, the measured ones last."""
    return _measure(GROWTH, ("static", "templated"), folder, say)


def _measure(variants: list[Variant], operations: tuple[str, ...], folder: Path, say: Callable[[str], None]) -> Figures:
    blocks: dict[str, dict[str, list[float]]] = {
        operation: {variant.name: [] for variant in variants} for operation in operations
    }
    with working(variants, folder) as workers:
        for block in range(BLOCKS):
            for operation in operations:
                say(f"in process: {operation}, block {block + 1} of {BLOCKS}")
                slices: dict[str, list[float]] = {worker.variant.name: [] for worker in workers}
                for number in range(SLICES):
                    for worker in in_turn(workers, number):
                        slices[worker.variant.name].append(worker.microseconds(operation, REQUESTS))
                for name, times in slices.items():
                    blocks[operation][name].append(_undisturbed(times))
    return {operation: {name: Spread.of(times) for name, times in found.items()} for operation, found in blocks.items()}


def _undisturbed(times: list[float]) -> float:
    """The 20th percentile: a neighbour can only make a slice slower."""
    return statistics.quantiles(times, n=5)[0]
