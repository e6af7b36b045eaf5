"""All that one run measured."""

from __future__ import annotations  # a field may have the name of its module

from dataclasses import dataclass

from .measures import contention, in_process, logins, memory, startup, throughput


@dataclass
class Results:
    """A part that was left out is None."""

    machine: list[tuple[str, str]]
    rounds: int
    seconds: int
    throughput: throughput.Figures | None = None
    logins: logins.Figures | None = None
    contention: contention.Figures | None = None
    in_process: in_process.Figures | None = None
    growth: in_process.Figures | None = None
    memory: memory.Figures | None = None
    startup: startup.Figures | None = None
