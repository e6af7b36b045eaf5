"""The garbage collector, kept from what stays for as long as the process runs.

It would look through all of it again and again, in vain: while modules are imported, for a sixth of the time from the
command to the first answer; in a running server, for 40 ms at a time.
"""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def permanent() -> Iterator[None]:
    """Collects nothing while the body imports what stays, and never looks at that afterwards."""
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


def keep() -> None:
    """Never looks again at what is there now, once what is garbage by now has gone."""
    gc.collect()
    gc.freeze()
