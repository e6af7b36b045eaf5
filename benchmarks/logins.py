"""People who log in, several at a time."""

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
    """Everyone logs in `each` times, one login after the other: the seconds it took in all, and each login."""
    async with client_of(target.server) as client:

        async def repeat(person: Person) -> list[float]:
            return [await _login(client, target, person) for _ in range(each)]

        began = time.perf_counter()
        times = await asyncio.gather(*map(repeat, target.users.people[:CLIENTS]))
        return time.perf_counter() - began, [seconds for some in times for seconds in some]


@asynccontextmanager
async def logging_in(target: Target) -> AsyncIterator[list[float]]:
    """All the while everyone logs in again and again; the list tells when each was in."""
    done, leaving = [], asyncio.Event()
    async with client_of(target.server) as client:

        async def repeat(person: Person) -> None:
            while not leaving.is_set():
                await _login(client, target, person)
                done.append(time.perf_counter())

        people = target.users.people[:CLIENTS]
        tasks = [asyncio.create_task(repeat(person)) for person in people]
        try:
            await _login(client, target, people[0])  # after one more login all of them are waiting for theirs
            yield done
        finally:
            leaving.set()
            await asyncio.gather(*tasks)


async def _login(client: httpx.AsyncClient, target: Target, person: Person) -> float:
    began = time.perf_counter()
    await ask(client, target.variant.api.login(person))
    return time.perf_counter() - began
