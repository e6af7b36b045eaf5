"""The figures of one run."""

from dataclasses import dataclass

from .measures.contention import Figures as Contention
from .measures.in_process import Figures as InProcess
from .measures.logins import Figures as Logins
from .measures.memory import Figures as Memory
from .measures.startup import Figures as Startup
from .measures.throughput import Figures as Throughput


@dataclass
class Results:
    """The figures by part; a part that was left out is None."""

    machine: list[tuple[str, str]]
    rounds: int
    seconds: int
    throughput: Throughput | None = None
    logins: Logins | None = None
    contention: Contention | None = None
    in_process: InProcess | None = None
    growth: InProcess | None = None
    memory: Memory | None = None
    startup: Startup | None = None
