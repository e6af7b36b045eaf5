"""How often something may be done."""

from .house import house


async def count(limit: str, name: str, *keys: str) -> None:
    """Counts one use of `name` by `keys`; `limit` reads like `5/minute`. Raises Throttled when that is one too many."""
    await house().limits.count(limit, name, *keys)
