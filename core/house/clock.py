"""What time it is."""

import time
from datetime import UTC, datetime


class Clock:
    """The time of the machine. Whoever needs another one, a test above all, hands the house another clock."""

    def now(self) -> datetime:
        return datetime.fromtimestamp(self.time(), UTC)

    def time(self) -> float:
        """Seconds since 1970."""
        return time.time()

    def monotonic(self) -> float:
        """Seconds since some moment, which no correction of the clock moves."""
        return time.monotonic()
