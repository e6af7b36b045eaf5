"""Latency of `checkSession`, idle and while others log in."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass

from .. import load
from ..load import Load
from ..logins import logging_in
from ..spread import in_turn
from ..targets import Target

CONNECTIONS = {"one connection": 1, "16 connections": 16}
SHORTEST = 5  # seconds while others log in: a variant that hashes on its event loop hardly answers in less


@dataclass(frozen=True)
class Contention:
    idle: Load
    busy: Load
    logins_per_second: float  # while busy


Figures = dict[str, dict[str, list[Contention]]]  # connections, variant


def measure(targets: list[Target], rounds: int, seconds: int, say: Callable[[str], None]) -> Figures:
    figures: Figures = {label: {target.variant.name: [] for target in targets} for label in CONNECTIONS}
    for round_ in range(rounds):
        for label, connections in CONNECTIONS.items():
            for target in in_turn(targets, round_):
                say(f"checkSession while others log in, {label}: {target.variant.name}, round {round_ + 1} of {rounds}")
                figures[label][target.variant.name].append(asyncio.run(_contention(target, seconds, connections)))
    return figures


async def _contention(target: Target, seconds: int, connections: int) -> Contention:
    async def check_sessions(seconds: int) -> Load:
        requests = target.users.operations["checkSession"]
        return await asyncio.to_thread(load.run, target.url, requests, seconds, connections)

    idle = await check_sessions(seconds)
    async with logging_in(target) as logins:
        began = time.perf_counter()
        busy = await check_sessions(max(seconds, SHORTEST))
        ended = time.perf_counter()
    during = [moment for moment in logins if began <= moment <= ended]
    return Contention(idle, busy, len(during) / (ended - began))
