"""Pins the servers to one core and the load to another."""

import os
import shutil

_MINE = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []
SEPARATE = len(_MINE) > 1 and shutil.which("taskset") is not None
SERVER, LOAD = _MINE[:2] if SEPARATE else (None, None)


def for_server(command: list[str]) -> list[str]:
    """Returns the command that runs `command` on the core of the servers."""
    return ["taskset", "--cpu-list", str(SERVER), *command] if SEPARATE else command


def take_load_core() -> None:
    """Pins this process, and the load generators it starts, to the other core."""
    if LOAD is not None:
        os.sched_setaffinity(0, {LOAD})


def described() -> str:
    if SEPARATE:
        return f"server on core {SERVER}, load on core {LOAD}"
    return "NOT PINNED: server and load share what there is, take these figures as rough"
