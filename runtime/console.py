"""The console: prints lines without failing where standard streams are closed or nobody reads them."""

import os
import sys
from typing import TextIO


def open_missing_streams() -> None:
    """Opens closed standard streams onto `/dev/null`, else the next socket would take the number of one."""
    for descriptor in range(3):
        try:
            os.fstat(descriptor)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # gets the lowest number that is free, which is this one


def tell(line: str, stream: TextIO | None = None) -> None:
    """Prints a line. That nobody reads it is no reason to fail, now or when Python flushes at its end."""
    stream = stream or sys.stdout
    try:
        print(line, file=stream, flush=True)
    except (OSError, ValueError, AttributeError):  # the reader is gone, the stream is closed or missing
        silence(stream)


def silence(stream: TextIO | None) -> None:
    """Sends to `/dev/null` what is written from now on, and what Python flushes at its end."""
    if stream is not None and not stream.closed:
        with open(os.devnull, "w") as nothing:
            os.dup2(nothing.fileno(), stream.fileno())
