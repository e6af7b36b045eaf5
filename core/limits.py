"""How often something may be done: counted per name and key, in this process or in Redis for all of them."""

import time

from limits import RateLimitItem, parse
from limits.aio.strategies import FixedWindowRateLimiter
from limits.errors import ConfigurationError
from limits.storage import storage_from_string

from .refusals import Throttled
from .settings import PREFIX, Settings, WrongSetting

_limiter: FixedWindowRateLimiter | None = None


def start(settings: Settings) -> None:
    global _limiter
    _limiter = None
    if settings.limits == "on":
        try:
            options = {} if settings.limits_url.startswith("memory:") else {"implementation": "redispy"}
            _limiter = FixedWindowRateLimiter(storage_from_string(f"async+{settings.limits_url}", **options))
        except (ConfigurationError, ImportError, ValueError) as error:
            raise WrongSetting(f"{PREFIX}LIMITS_URL: {error}") from None


async def count(limit: str, name: str, *keys: str) -> None:
    """Counts one use of `name` by `keys`; `limit` reads like `5/minute`. Raises Throttled when that is one too many."""
    if _limiter is None:
        return
    item: RateLimitItem = parse(limit)
    if not await _limiter.hit(item, name, *keys):
        window = await _limiter.get_window_stats(item, name, *keys)
        raise Throttled(max(1, round(window.reset_time - time.time() + 0.5)))
