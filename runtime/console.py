"""Lines for whoever started us."""

import os
import sys
from typing import TextIO


def tell(line: str, stream: TextIO | None = None) -> None:
    """Prints a line. If nobody reads, nobody is told: that is no reason to fail, now or at the end."""
    stream = stream or sys.stdout
    try:
        print(line, file=stream, flush=True)
    except (OSError, ValueError, AttributeError):  # the reader is gone, the stream is closed, there never was one
        _silence(stream)


def _silence(stream: TextIO | None) -> None:
    """Python flushes its streams once more at the end: into nothing."""
    if stream is not None and not stream.closed:
        with open(os.devnull, "w") as nothing:
            os.dup2(nothing.fileno(), stream.fileno())
