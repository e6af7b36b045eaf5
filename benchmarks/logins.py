"""Lets several people log in at the same time."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx

from .api import Person
from .targets import Target, client_of
from .users import ask

CLIENTS = 8


async def log_in(target: Target, each: int) -> tuple[float, list[float]]:
    """Lets everyone log in `each` times in a row. Returns the seconds of all this, and of each login."""
    async with client_of(target.server) as client:

        async def repeat(person: Person) -> list[float]:
            return [await _login(client, target, person) for _ in range(each)]

        began = time.perf_counter()
        times = await asyncio.gather(*map(repeat, target.users.people[:CLIENTS]))
        return time.perf_counter() - began, [seconds for some in times for seconds in some]


@asynccontextmanager
async def logging_in(target: Target) -> AsyncIterator[list[float]]:
    """Lets everyone log in again and again until the block ends. The list gets the time of each success."""
    done, leaving = [], asyncio.Event()
    async with client_of(target.server) as client:

        async def repeat(person: Person) -> None:
            while not leaving.is_set():
                await _login(client, target, person)
                done.append(time.perf_counter())

        people = target.users.people[:CLIENTS]
        tasks = [asyncio.create_task(repeat(person)) for person in people]
        try:
            await _login(client, target, people[0])  # by the time it is answered, everyone's login is under way
            yield done
        finally:
            leaving.set()
            await asyncio.gather(*tasks)


async def _login(client: httpx.AsyncClient, target: Target, person: Person) -> float:
    began = time.perf_counter()
    await ask(client, target.variant.api.login(person))
    return time.perf_counter() - began
