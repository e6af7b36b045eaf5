"""Hashing passwords, in a thread pool.

A stored password has the form `hmac-sha256:<pepper id>:<bcrypt string>`. bcrypt gets
base64(HMAC-SHA-256(pepper, NFKC(password))), which is shorter than the 72 bytes that bcrypt takes. The pepper is
derived from the secret key.
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
    """Runs bcrypt in threads of low priority, so that the event loop keeps answering. The queue is bounded."""

    def __init__(self, cost: int, secret: Secret) -> None:
        self.cost = cost
        self._secret = secret
        self._threads = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
        self._pool = ThreadPoolExecutor(self._threads, "password", initializer=_lower_priority)
        self._queued = 0

    @cached_property
    def _pepper(self) -> bytes:
        return self._secret.derive("password pepper")

    @cached_property
    def pepper_id(self) -> str:
        """Tells which pepper, and so which secret key, a stored password was hashed with."""
        return hashlib.sha256(self._pepper).hexdigest()[:8]

    @cached_property
    def _dummy_hash(self) -> str:
        """A bcrypt string that no password matches. Checking it takes as long as checking a real one."""
        return (bcrypt.gensalt(self.cost) + b"." * 31).decode()

    async def hash(self, password: str) -> str:
        """Returns the string to store. Raises Busy."""
        hashed = await self._run(bcrypt.hashpw, self._prehash(password), bcrypt.gensalt(self.cost))
        return f"{SCHEME}:{self.pepper_id}:{hashed.decode()}"

    async def matches(self, password: str, stored: str | None) -> bool:
        """Checks whether `password` is the stored one. Raises Busy.

        None (no such account) never matches and takes as long.
        """
        scheme, pepper_id, hashed = stored.split(":", 2) if stored else ("", "", "")
        known = scheme == SCHEME and pepper_id == self.pepper_id
        compared = hashed if known else self._dummy_hash
        same = await self._run(bcrypt.checkpw, self._prehash(password), compared.encode())
        return same and known

    def is_outdated(self, stored: str) -> bool:
        """Checks whether `stored` was hashed at a lower cost than the configured one."""
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
    """Returns the form that is hashed and measured, the same for every way to type or encode the password."""
    return unicodedata.normalize("NFKC", password)


def _lower_priority() -> None:
    if hasattr(os, "setpriority"):  # on Linux each thread has its own nice value
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), 19)
