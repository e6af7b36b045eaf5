"""Renders the figures as Markdown, for RESULTS.md and the terminal alike."""

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

from . import load
from .measures import contention, in_process, logins, memory, startup, throughput
from .results import Results
from .spread import Spread, ratios
from .targets import COST
from .users import OPERATIONS
from .variants import BARE, FASTAPI, FASTAPI_USERS, PORTICO, SIZES, STARLETTE, STOCK, VARIANTS

T = TypeVar("T")

COMPARED = [STOCK, STARLETTE, FASTAPI, FASTAPI_USERS]


def markdown(results: Results) -> str:
    sections = [
        _heading(results),
        *_section(results, _in_short),
        *_section(results.throughput, _throughput),
        *_section(results.in_process, _in_process),
        *_section(results.growth, _growth),
        *_section(results.logins, _logins),
        *_section(results.contention, _contention),
        *_section(results.startup, _startup),
        *_section(results.memory, _memory),
        "\n".join(_variants()),
    ]
    return "\n\n".join(sections) + "\n"


def _section(figures: T | None, lines: Callable[[T], Iterator[str]]) -> Iterator[str]:
    """Yields one section, or nothing for a part that was left out."""
    if figures is not None:
        yield "\n".join(lines(figures))


def _heading(results: Results) -> str:
    machine = "\n".join(f"- {name}: {value}" for name, value in results.machine)
    return (
        f"# Benchmarks\n\n{machine}\n"
        f"- this run: {results.rounds} rounds, slices of {results.seconds} s, every variant in every round; "
        "figures are medians with [lowest–highest]; ratios are taken within a round\n- again: `tox -e bench`"
    )


def _in_short(results: Results) -> Iterator[str]:
    yield "## Portico in short\n"
    yield from _table(["", "median [lowest–highest]"], _facts(results))


def _facts(results: Results) -> Iterator[list[str]]:
    if results.throughput:
        for operation in OPERATIONS:
            yield [
                f"`{operation}`, share of a bare ASGI application",
                f"{_times(results.throughput, operation, BARE.name):.2f}",
            ]
        for other in COMPARED:
            yield [
                f"`checkSession`, times {other.name}",
                f"{_times(results.throughput, 'checkSession', other.name):.1f}",
            ]
    if results.logins:
        alone, found = results.logins
        yield ["logins, share of bcrypt alone", f"{ratios([of.per_second for of in found[PORTICO.name]], alone):.2f}"]
    if results.contention:
        for connections, rounds in results.contention.items():
            ours = rounds[PORTICO.name]
            slower = ratios([of.busy.p99 for of in ours], [of.idle.p99 for of in ours])
            yield [f"p99 of `checkSession` while eight clients log in, times idle, {connections}", f"{slower:.1f}"]
    if results.growth:
        for operation, times in results.growth.items():
            growth = times[_grown(PORTICO.name, SIZES[-1])].median / times[_grown(PORTICO.name, 0)].median
            yield [f"time of a {operation} route with {SIZES[-1]} more operations, times without", f"{growth:.2f}"]
    if results.startup:
        yield ["seconds to the first answer, database made", f"{Spread.of(results.startup[PORTICO.name]):.2f}"]
    if results.memory:
        yield ["MiB resident at start, after 10,000 and 100,000 requests", _mebibytes(results.memory[PORTICO.name])]


def _throughput(figures: throughput.Figures) -> Iterator[str]:
    yield "## Requests per second\n"
    yield (
        f"Over HTTP, {load.CONNECTIONS} connections, one worker. Server µs: the processor time the server spent on a "
        "request, which a busy neighbour blurs least."
    )
    for operation, found in figures.items():
        yield f"\n### {operation}\n"
        rows = (_throughput_row(name, slices, found[BARE.name]) for name, slices in found.items())
        yield from _table(
            ["", "share of bare", "requests/s", "p50 ms", "p99 ms", "server µs/request", "share of bare by µs"], rows
        )


def _throughput_row(name: str, slices: list[throughput.Slice], bare: list[throughput.Slice]) -> list[str]:
    share = ratios([of.per_second for of in slices], [of.per_second for of in bare])
    by_time = ratios([of.processor for of in bare], [of.processor for of in slices])
    rate, processor = Spread.of(of.per_second for of in slices), Spread.of(of.processor for of in slices)
    p50, p99 = Spread.of(of.p50 for of in slices), Spread.of(of.p99 for of in slices)
    return [name, f"{share:.2f}", f"{rate:,.0f}", f"{p50:.2f}", f"{p99:.1f}", f"{processor:.1f}", f"{by_time:.2f}"]


def _in_process(figures: in_process.Figures) -> Iterator[str]:
    yield "## Without sockets\n"
    yield (
        f"Microseconds of a request in process: interleaved slices of {in_process.REQUESTS} requests, the 20th "
        f"percentile of {in_process.SLICES} slices, {in_process.BLOCKS} times. "
        "The ratios that depend least on the machine.\n"
    )
    rows = (
        [variant.name, *(_against(found[variant.name], found[PORTICO.name]) for found in figures.values())]
        for variant in VARIANTS
    )
    yield from _table(["", *(f"{operation} (times Portico)" for operation in figures)], rows)


def _against(times: Spread, portico: Spread) -> str:
    return f"{times:.1f} (×{times.median / portico.median:.2g})"


def _growth(figures: in_process.Figures) -> Iterator[str]:
    yield "## Growth\n"
    yield (
        "Microseconds of a request in process, by how many other operations the document has; the measured ones "
        "stand last.\n"
    )
    rows = (
        [f"{name}, {operation} route", *(f"{found[_grown(name, size)]:.1f}" for size in SIZES)]
        for operation, found in figures.items()
        for name in (PORTICO.name, STOCK.name)
    )
    yield from _table(["", *(f"{size} more" for size in SIZES)], rows)


def _grown(name: str, size: int) -> str:
    return f"{name}, {size} more"


def _logins(figures: logins.Figures) -> Iterator[str]:
    alone, found = figures
    yield "## Logins\n"
    yield f"Eight clients log in {logins.EACH} times each, bcrypt cost {COST}, all on one core.\n"
    rows = [["bcrypt alone", "1", f"{Spread.of(alone):.2f}", "", ""]]
    for name, rounds in found.items():
        rate = [of.per_second for of in rounds]
        p50, slowest = Spread.of(of.p50 for of in rounds), Spread.of(of.slowest for of in rounds)
        rows.append([name, f"{ratios(rate, alone):.2f}", f"{Spread.of(rate):.2f}", f"{p50:.2f}", f"{slowest:.2f}"])
    yield from _table(["", "share of bcrypt alone", "logins/s", "p50 s", "slowest s"], rows)


def _contention(figures: contention.Figures) -> Iterator[str]:
    yield "## Session checks while eight clients log in\n"
    yield f"Latency of `checkSession` in ms, bcrypt cost {COST}, everything on the core of the server."
    for connections, found in figures.items():
        yield f"\n### {connections}\n"
        head = [
            "p99, times idle",
            "idle p50",
            "idle p99",
            "busy p50",
            "busy p99",
            "checks/s, share of idle",
            "logins/s meanwhile",
        ]
        yield from _table(["", *head], (_contention_row(name, rounds) for name, rounds in found.items()))


def _contention_row(name: str, rounds: list[contention.Contention]) -> list[str]:
    idle, busy = [of.idle for of in rounds], [of.busy for of in rounds]
    latencies = [
        Spread.of(figures) for loads in (idle, busy) for figures in ([of.p50 for of in loads], [of.p99 for of in loads])
    ]
    slower = ratios([of.p99 for of in busy], [of.p99 for of in idle])
    share = ratios([of.per_second for of in busy], [of.per_second for of in idle])
    logins_meanwhile = Spread.of(of.logins_per_second for of in rounds)
    return [
        name,
        f"{slower:.1f}",
        *(f"{latency:.2f}" for latency in latencies),
        f"{share:.2f}",
        f"{logins_meanwhile:.1f}",
    ]


def _startup(figures: startup.Figures) -> Iterator[str]:
    yield "## Start-up\n"
    yield "Seconds from the command to the first answer of `/health/live`, the database made on the way.\n"
    yield from _table(["", "seconds"], ([name, f"{Spread.of(seconds):.2f}"] for name, seconds in figures.items()))


def _memory(figures: memory.Figures) -> Iterator[str]:
    yield "## Memory\n"
    yield "MiB resident after start-up, and after so many session checks.\n"
    rows = ([name, *(f"{figure:.1f}" for figure in found)] for name, found in figures.items())
    yield from _table(["", "start-up", *(f"{milestone:,}" for milestone in memory.MILESTONES)], rows)


def _mebibytes(figures: list[float]) -> str:
    return ", ".join(f"{figure:.1f}" for figure in figures)


def _variants() -> Iterator[str]:
    yield "## What was compared\n"
    yield (
        "One worker each: uvicorn, uvloop, httptools, no access log, SQLite (WAL, synchronous=NORMAL). Eight users, "
        "whose requests are sent in turn. Every variant showed right answers before and after its load; a wrong one "
        "stops the run.\n"
    )
    yield from _table(["", "what it does"], ([variant.name, variant.does] for variant in VARIANTS))


def _times(figures: throughput.Figures, operation: str, other: str) -> Spread:
    """Returns Portico's rate as a multiple of another's."""
    ours, theirs = ([of.per_second for of in figures[operation][name]] for name in (PORTICO.name, other))
    return ratios(ours, theirs)


def _table(head: list[str], rows: Iterable[list[str]]) -> Iterator[str]:
    yield f"| {' | '.join(head)} |"
    yield "|---" * len(head) + "|"
    for row in rows:
        yield f"| {' | '.join([*row, *[''] * (len(head) - len(row))])} |"
