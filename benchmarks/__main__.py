"""`python -m benchmarks` does one run, and writes its figures to the terminal and to RESULTS.md."""

import argparse
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from rich.console import Console

from . import cores, load, machine, report
from .measures import contention, in_process, logins, memory, startup, throughput
from .results import Results
from .targets import opened
from .users import WrongAnswer
from .variants import CONTENDING, VARIANTS, WITH_LOGIN

PARTS = ("throughput", "logins", "contention", "in_process", "growth", "memory", "startup")
ROUNDS = 9
FILE = Path(__file__).with_name("RESULTS.md")


def main() -> None:
    options = _options()
    console = Console(stderr=True)
    try:
        load.require()
        with console.status("Starting every variant and looking at its answers") as status:
            results = measure(options.only, options.rounds, options.seconds, status.update)
    except (load.NoLoadGenerator, WrongAnswer) as error:
        sys.exit(f"benchmarks: {error}")
    text = report.markdown(results)
    print(text)
    if set(options.only) == set(PARTS) and options.rounds >= ROUNDS:
        FILE.write_text(text)
        console.print(f"written to {FILE}")


def measure(parts: list[str], rounds: int, seconds: int, say: Callable[[str], None]) -> Results:
    results = Results([*machine.described()], rounds, seconds)
    cores.take_load_core()
    with tempfile.TemporaryDirectory(prefix="benchmarks-") as name:
        folder = Path(name)
        if {"throughput", "logins", "contention"} & {*parts}:
            _over_http(results, parts, folder, say)
        if "in_process" in parts:
            results.in_process = in_process.measure(folder / "in process", say)
        if "growth" in parts:
            results.growth = in_process.measure_growth(folder / "growth", say)
        if "memory" in parts:
            results.memory = memory.measure(folder, say)
        if "startup" in parts:
            results.startup = startup.measure(folder, rounds, say)
    return results


def _over_http(results: Results, parts: list[str], folder: Path, say: Callable[[str], None]) -> None:
    with opened(VARIANTS, folder) as targets:
        with_login = [target for target in targets if target.variant in WITH_LOGIN]
        if "throughput" in parts:
            results.throughput = throughput.measure(targets, results.rounds, results.seconds, say)
        if "logins" in parts:
            results.logins = logins.measure(with_login, results.rounds, say)
        if "contention" in parts:
            contending = [target for target in targets if target.variant in CONTENDING]
            results.contention = contention.measure(contending, results.rounds, results.seconds, say)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Measures Portico beside its neighbours.")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help="how often everything is measured (%(default)s)")
    parser.add_argument("--seconds", type=int, default=2, help="length of a slice of load (%(default)s)")
    parser.add_argument(
        "--only",
        choices=PARTS,
        nargs="+",
        default=list(PARTS),
        help=f"some parts; RESULTS.md is written by a complete run of {ROUNDS} rounds or more",
    )
    return parser.parse_args()


if __name__ == "__main__":
    main()
