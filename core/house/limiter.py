"""How often something may be done: counted in this process, or in Redis for all of them."""

import time
from typing import cast

from limits import parse
from limits.aio.storage import Storage
from limits.aio.strategies import FixedWindowRateLimiter
from limits.errors import ConfigurationError
from limits.storage import storage_from_string

from portico.core.refusals import Throttled
from portico.core.settings import PREFIX, Settings, WrongSetting, refuse_missing_extra


class Limiter:
    """Raises WrongSetting where the store cannot be had."""

    def __init__(self, settings: Settings) -> None:
        self._limiter = FixedWindowRateLimiter(_store(settings.limits_url)) if settings.limits == "on" else None

    async def count(self, limit: str, name: str, *keys: str) -> None:
        """Counts one use of `name` by `keys`; `limit` reads like `5/minute`. Raises Throttled for one too many."""
        if self._limiter is None:
            return
        item = parse(limit)
        if not await self._limiter.hit(item, name, *keys):
            window = await self._limiter.get_window_stats(item, name, *keys)
            raise Throttled(max(1, round(window.reset_time - time.time() + 0.5)))


def _store(url: str) -> Storage:
    options = {}
    if not url.startswith("memory:"):
        refuse_missing_extra("redis", "LIMITS_URL")
        options = {"implementation": "redispy"}
    try:
        store = storage_from_string(f"async+{url}", **options)
    except (ConfigurationError, ValueError) as error:
        raise WrongSetting(f"{PREFIX}LIMITS_URL: {error}") from None
    return cast(Storage, store)  # `async+` says which of the two kinds it is
