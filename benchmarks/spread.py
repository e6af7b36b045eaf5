"""Summarises the figures of several rounds as a median and a range."""

import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

T = TypeVar("T")


@dataclass(frozen=True)
class Spread:
    median: float
    low: float
    high: float

    @classmethod
    def of(cls, figures: Iterable[float]) -> "Spread":
        figures = list(figures)
        return cls(statistics.median(figures), min(figures), max(figures))

    def __format__(self, spec: str) -> str:
        return f"{self.median:{spec}} [{self.low:{spec}}–{self.high:{spec}}]"


def ratios(figures: Sequence[float], to: Sequence[float]) -> Spread:
    """Returns the ratios taken within each round, because the machine is not equally fast in all rounds."""
    return Spread.of(figure / other for figure, other in zip(figures, to, strict=True))


def in_turn(things: Sequence[T], round_: int) -> list[T]:
    """Returns all things, beginning with another one in each round."""
    first = round_ % len(things)
    return [*things[first:], *things[:first]]
