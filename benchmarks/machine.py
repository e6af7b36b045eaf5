"""Describes the machine and the libraries of a run."""

import os
import platform
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from . import cores

LIBRARIES = (
    "portico-server", "connexion", "uvicorn", "uvloop", "httptools", "starlette", "fastapi", "fastapi-users",
    "pydantic", "sqlalchemy", "aiosqlite", "tortoise-orm", "pyjwt", "bcrypt", "jsonschema-rs", "orjson",
)  # fmt: skip


def described() -> Iterator[tuple[str, str]]:
    yield "date", f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC"
    yield "processor", f"{_processor()}, {os.cpu_count()} cores; {cores.described()}"
    yield (
        "system",
        f"{platform.system()} {platform.release()}, {platform.python_implementation()} {platform.python_version()}",
    )
    yield "load average", f"{os.getloadavg()[0]:.2f} when the run began"
    yield "libraries", ", ".join(f"{library} {version(library)}" for library in LIBRARIES)


def _processor() -> str:
    file = Path("/proc/cpuinfo")
    lines = file.read_text().splitlines() if file.exists() else []
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.machine())
