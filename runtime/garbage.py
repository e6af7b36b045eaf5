"""The garbage collector: keeps it away from what stays as long as the process runs.

It would look through modules and what is compiled again and again, and find nothing: at start for a sixth of the time,
in a running server for 40 ms at a time.
"""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def frozen_after_import() -> Iterator[None]:
    """Collects nothing while the body imports modules, then freezes them: no collection looks at them."""
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


def keep() -> None:
    """Collects what is garbage now, then freezes the rest: no later collection looks at it."""
    gc.collect()
    gc.freeze()
