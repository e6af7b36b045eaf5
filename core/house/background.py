"""Background tasks: work that a process repeats besides answering. A failure is reported and does not end the task."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from functools import partial

FIRST_PAUSE, LONGEST_PAUSE = 1, 10  # seconds between a failure and the next attempt
PATIENCE = 20  # seconds that closing waits for running work, so that a mail half sent still goes out

Work = Callable[[], Awaitable[object]]
Loop = Callable[[], Coroutine[object, object, None]]
Report = Callable[[str, BaseException], None]


class Background:
    """Runs each task in rounds. A round that fails is reported and tried again after a pause, longer each time."""

    def __init__(self, report: Report) -> None:
        self._report = report
        self._ending = asyncio.Event()
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._failing: set[str] = set()
        self._wakers: list[asyncio.Event] = []

    @property
    def down(self) -> list[str]:
        """The names of the tasks whose last round failed."""
        return sorted(self._failing)

    def run(self, name: str, work: Work, *, every: float, awake: asyncio.Event | None = None) -> None:
        """Runs `work` now, and again `every` seconds, or as soon as `awake` is set."""
        awake = awake or asyncio.Event()
        self._wakers.append(awake)
        self._start(name, partial(self._repeat, name, work, every, awake))

    async def close(self) -> None:
        """Ends all tasks; running work has PATIENCE seconds to finish."""
        self._ending.set()
        for awake in self._wakers:
            awake.set()
        try:
            if self._tasks:
                await asyncio.wait(self._tasks.values(), timeout=PATIENCE)
        finally:
            for task in self._tasks.values():
                task.cancel()
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)

    def _start(self, name: str, loop: Loop) -> None:
        if not self._ending.is_set():
            self._tasks[name] = asyncio.create_task(loop(), name=name)
            self._tasks[name].add_done_callback(partial(self._restart, name, loop))

    def _restart(self, name: str, loop: Loop, ended: asyncio.Task[None]) -> None:
        """Starts a task again that ended while the house is open, because something cancelled it, for instance."""
        if not self._ending.is_set():
            self._failing.add(name)
            ended.get_loop().call_later(FIRST_PAUSE, self._start, name, loop)
            error = asyncio.CancelledError() if ended.cancelled() else ended.exception()
            if error:
                self._report(name, error)

    async def _repeat(self, name: str, work: Work, every: float, awake: asyncio.Event) -> None:
        pause = FIRST_PAUSE
        while not self._ending.is_set():
            awake.clear()
            try:
                await work()
            except Exception as error:
                self._failing.add(name)
                self._report(name, error)
                await _wait(self._ending, pause)
                pause = min(2 * pause, LONGEST_PAUSE)
            else:
                self._failing.discard(name)
                pause = FIRST_PAUSE
                if not self._ending.is_set():
                    await _wait(awake, every)


async def _wait(event: asyncio.Event, seconds: float) -> None:
    with suppress(TimeoutError):
        await asyncio.wait_for(event.wait(), seconds)
