"""The clock of the house."""

import time
from datetime import UTC, datetime


class Clock:
    """Tells the time of the machine. A test that needs another time opens the house with another clock."""

    def now(self) -> datetime:
        return datetime.fromtimestamp(self.time(), UTC)

    def time(self) -> float:
        """Returns the seconds since 1970."""
        return time.time()

    def monotonic(self) -> float:
        """Returns seconds for measuring intervals; setting the machine's clock does not change them."""
        return time.monotonic()
