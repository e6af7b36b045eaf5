"""The thread pool that hashes passwords.

A stored password reads `hmac-sha256:<pepper id>:<bcrypt string>`: bcrypt over
base64(HMAC-SHA-256(pepper, NFKC(password))), so nothing is cut off at bcrypt's 72 bytes.
"""

import asyncio
import hashlib
import hmac
import os
import threading
import unicodedata
from base64 import b64encode
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from typing import TypeVar, TypeVarTuple

import bcrypt

from portico.core.refusals import Busy

from .secret import Secret

SCHEME = "hmac-sha256"
WAITING_PER_THREAD = 32

T = TypeVar("T")
Arguments = TypeVarTuple("Arguments")


class Hashing:
    """bcrypt in a bounded pool. Its threads yield to the event loop, which keeps answering while they work."""

    def __init__(self, cost: int, secret: Secret) -> None:
        self.cost = cost
        self._secret = secret
        self._threads = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
        self._pool = ThreadPoolExecutor(self._threads, "password", initializer=_yield_to_others)
        self._queued = 0

    @cached_property
    def _pepper(self) -> bytes:
        return self._secret.derive("password pepper")

    @cached_property
    def pepper_id(self) -> str:
        return hashlib.sha256(self._pepper).hexdigest()[:8]

    @cached_property
    def _hash_of_nobody(self) -> str:
        """Costs as much to check as anybody's, and is no password's."""
        return (bcrypt.gensalt(self.cost) + b"." * 31).decode()

    async def hash(self, password: str) -> str:
        """The string to store. Raises Busy."""
        hashed = await self._run(bcrypt.hashpw, self._prehash(password), bcrypt.gensalt(self.cost))
        return f"{SCHEME}:{self.pepper_id}:{hashed.decode()}"

    async def matches(self, password: str, stored: str | None) -> bool:
        """Whether `password` is behind `stored`; None (nobody) takes as long and never matches. Raises Busy."""
        scheme, pepper_id, hashed = stored.split(":", 2) if stored else ("", "", "")
        known = scheme == SCHEME and pepper_id == self.pepper_id
        compared = hashed if known else self._hash_of_nobody
        same = await self._run(bcrypt.checkpw, self._prehash(password), compared.encode())
        return same and known

    def is_outdated(self, stored: str) -> bool:
        """Whether `stored` is cheaper to attack than one made now would be."""
        return int(stored.rsplit("$", 2)[1]) < self.cost

    def close(self) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _prehash(self, password: str) -> bytes:
        return b64encode(hmac.digest(self._pepper, normalise(password).encode(), "sha256"))

    async def _run(self, work: Callable[[*Arguments], T], *arguments: *Arguments) -> T:
        if self._queued >= self._threads * WAITING_PER_THREAD:
            raise Busy()
        self._queued += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._pool, work, *arguments)
        finally:
            self._queued -= 1


def normalise(password: str) -> str:
    return unicodedata.normalize("NFKC", password)


def _yield_to_others() -> None:
    if hasattr(os, "setpriority"):  # on Linux the nice value belongs to the thread
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), 19)
