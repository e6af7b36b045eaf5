"""What is measured over HTTP: the servers of all variants, running at the same time, and the users of each."""

import asyncio
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from .server import Server
from .users import Users
from .variants import Variant

COST = 12  # of bcrypt, everywhere


@dataclass(frozen=True)
class Target:
    server: Server
    users: Users

    @property
    def variant(self) -> Variant:
        return self.server.variant

    @property
    def url(self) -> str:
        return self.server.url

    def verify(self) -> None:
        """Raises WrongAnswer unless the server still answers correctly."""
        asyncio.run(self._verify())

    async def _verify(self) -> None:
        async with client_of(self.server) as client:
            await self.users.verify(client)


def client_of(server: Server) -> httpx.AsyncClient:
    return httpx.AsyncClient(base_url=server.url, timeout=120, trust_env=False)


@contextmanager
def opened(variants: list[Variant], folder: Path) -> Iterator[list[Target]]:
    """Starts the servers of all variants and checks their answers; stops them at the end. Raises WrongAnswer."""
    with ExitStack() as stack:
        yield [target_of(stack.enter_context(Server(variant, folder / variant.name, COST))) for variant in variants]


def target_of(server: Server) -> Target:
    """Registers the users with the server and checks its answers. Raises WrongAnswer."""

    async def register() -> Users:
        async with client_of(server) as client:
            return await Users.of(client, server.variant.api)

    return Target(server, asyncio.run(register()))
