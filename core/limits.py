"""Limits on how often something may be done."""

from .house import house


async def count(limit: str, name: str, *keys: str) -> None:
    """Counts one use of `name` by `keys`. Raises Throttled when it exceeds `limit`, which reads like `5/minute`."""
    await house().limits.count(limit, name, *keys)
