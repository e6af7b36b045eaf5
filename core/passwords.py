"""Passwords: policy, hashing, checking.

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
from functools import cache
from typing import TypeVar

import bcrypt

from portico.models import Account

from . import secret
from .refusals import Busy, Invalid
from .settings import PREFIX, Settings, WrongSetting, current

SCHEME = "hmac-sha256"
LONGEST = 1024  # code points
STRICT_MINIMUM = 15
WAITING_PER_THREAD = 32

T = TypeVar("T")


class _Hashing:
    """bcrypt in a bounded pool. Its threads yield to the event loop, which keeps answering while they work."""

    def __init__(self, settings: Settings) -> None:
        self.cost = settings.bcrypt_cost
        self.pepper = secret.derive("password pepper")
        self.pepper_id = hashlib.sha256(self.pepper).hexdigest()[:8]
        self.nobody = self.label(bcrypt.gensalt(self.cost) + b"." * 31)  # costs as much to check as anybody's
        self.threads = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
        self.pool = ThreadPoolExecutor(self.threads, "password", initializer=_step_back)
        self.queued = 0

    def label(self, hashed: bytes) -> str:
        return f"{SCHEME}:{self.pepper_id}:{hashed.decode()}"

    def prehash(self, password: str) -> bytes:
        return b64encode(hmac.digest(self.pepper, normalise(password).encode(), "sha256"))

    async def run(self, work: Callable[..., T], *arguments: object) -> T:
        if self.queued >= self.threads * WAITING_PER_THREAD:
            raise Busy()
        self.queued += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self.pool, work, *arguments)
        finally:
            self.queued -= 1


def _step_back() -> None:
    if hasattr(os, "setpriority"):  # on Linux the nice value belongs to the thread
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), 19)


_hashing: _Hashing | None = None


def start(settings: Settings) -> None:
    global _hashing
    _hashing = _Hashing(settings)


async def refuse_other_key() -> None:
    """Raises WrongSetting when the newest password was made with another secret key: none would match any more."""
    newest = await Account.all().order_by("-id").first()
    if newest and newest.password.split(":")[1] != _hashing.pepper_id:
        raise WrongSetting(f"{PREFIX}SECRET_KEY: is not the key this database was made with; no password would match")


def stop() -> None:
    _hashing.pool.shutdown(wait=False, cancel_futures=True)


def normalise(password: str) -> str:
    return unicodedata.normalize("NFKC", password)


def minimum(of_the_door: int, settings: Settings) -> int:
    """How many code points a new password needs at a door whose documents ask for `of_the_door`."""
    strict = STRICT_MINIMUM if settings.profile == "strict" else 0
    return max(of_the_door, settings.password_min_length or 0, strict)


def refuse_weak(password: str, *, at_least: int, email: str, field: str = "password") -> None:
    """Raises Invalid for a new password the policy does not allow; `at_least`: the shortest of the door."""
    settings = current()
    shortest = minimum(at_least, settings)
    normal = normalise(password)
    if len(normal) < shortest:
        raise Invalid(field, f"is shorter than {shortest} characters")
    if len(normal) > LONGEST:
        raise Invalid(field, f"is longer than {LONGEST} characters")
    if settings.profile == "strict" and _is_guessable(normal.casefold(), email.casefold()):
        raise Invalid(field, "is too easy to guess")


def _is_guessable(password: str, email: str) -> bool:
    """Common or breached, one such repeated, or made of the own address."""
    local = email.partition("@")[0]
    period = (password + password).find(password, 1)
    return password[:period] in _common() or password in _common() or email in password or password == local * 2


@cache
def _common() -> frozenset[str]:
    from zxcvbn.frequency_lists import FREQUENCY_LISTS  # several MB, for the strict profile only

    return frozenset(FREQUENCY_LISTS["passwords"])


async def hashed(password: str) -> str:
    """The string to store. Raises Busy."""
    work = _hashing
    return work.label(await work.run(bcrypt.hashpw, work.prehash(password), bcrypt.gensalt(work.cost)))


async def matches(password: str, stored: str | None) -> bool:
    """Whether `password` is the one behind `stored`; None (nobody) takes as long and never matches. Raises Busy."""
    work = _hashing
    scheme, pepper_id, bcrypted = (stored or work.nobody).split(":", 2)
    known = scheme == SCHEME and pepper_id == work.pepper_id
    if not known:
        bcrypted = work.nobody.split(":", 2)[2]
    same = await work.run(bcrypt.checkpw, work.prehash(password), bcrypted.encode())
    return same and known and stored is not None


def is_outdated(stored: str) -> bool:
    """Whether `stored` is cheaper to attack than one made now would be."""
    return int(stored.rsplit("$", 2)[1]) < _hashing.cost
