"""Lines for whoever started us."""

import os
import sys
from typing import TextIO


def open_missing_streams() -> None:
    """Opens standard streams that are closed onto nothing: else the next socket would take the place of one."""
    for descriptor in range(3):
        try:
            os.fstat(descriptor)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # takes the lowest number that is free, which is this


def tell(line: str, stream: TextIO | None = None) -> None:
    """Prints a line. If nobody reads, nobody is told: that is no reason to fail, now or at the end."""
    stream = stream or sys.stdout
    try:
        print(line, file=stream, flush=True)
    except (OSError, ValueError, AttributeError):  # the reader is gone, the stream is closed, there never was one
        silence(stream)


def silence(stream: TextIO | None) -> None:
    """What is written from now on, and what Python flushes at the end, goes into nothing."""
    if stream is not None and not stream.closed:
        with open(os.devnull, "w") as nothing:
            os.dup2(nothing.fileno(), stream.fileno())
