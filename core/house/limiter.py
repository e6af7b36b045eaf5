"""Counts how often something is done: in this process, or in Redis for all processes."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, cast

from limits import parse
from limits.aio.storage import Storage
from limits.aio.strategies import FixedWindowRateLimiter
from limits.errors import ConfigurationError
from limits.storage import storage_from_string

from portico.core.refusals import Throttled
from portico.core.settings import PREFIX, Settings, WrongSetting, refuse_missing_extra

if TYPE_CHECKING:  # redis may not be installed
    import redis.asyncio


class Limiter:
    """Counts uses in fixed windows, unless limits are off. Raises WrongSetting if the store cannot be used."""

    def __init__(self, settings: Settings) -> None:
        self._limiter: FixedWindowRateLimiter | None = None
        self._pool: redis.asyncio.ConnectionPool | None = None
        if settings.limits == "on":
            self._limiter = FixedWindowRateLimiter(self._store(settings.limits_url))

    async def count(self, limit: str, name: str, *keys: str) -> None:
        """Counts one use of `name` by `keys`. Raises Throttled when it exceeds `limit`, which reads like `5/minute`."""
        if self._limiter is None:
            return
        item = parse(limit)
        if not await self._limiter.hit(item, name, *keys):
            window = await self._limiter.get_window_stats(item, name, *keys)
            raise Throttled(max(1, round(window.reset_time - time.time() + 0.5)))

    async def close(self) -> None:
        if self._pool:
            await self._pool.aclose()

    def _store(self, url: str) -> Storage:
        options: dict[str, Any] = {}
        try:
            if not url.startswith("memory:"):
                self._pool = _redis_pool(url)
                options = {"implementation": "redispy", "connection_pool": self._pool}
            store = storage_from_string(f"async+{url}", **options)
        except (ConfigurationError, ValueError) as error:
            raise WrongSetting(f"{PREFIX}LIMITS_URL: {error}") from None
        return cast(Storage, store)  # `async+` selects the asynchronous kind


def _redis_pool(url: str) -> redis.asyncio.ConnectionPool:
    refuse_missing_extra("redis", "LIMITS_URL")
    from redis.asyncio import ConnectionPool

    return ConnectionPool.from_url(url)
