"""Tasks in the background go on after a failure, and say that they failed; closing waits for what is under way."""

import asyncio
import json
from collections.abc import Callable, Coroutine

from doors.vault import Vault
from support.answers import whole
from support.database import sql
from support.mailbox import awaited, letter_to
from support.server import Serving

from portico.core.house.background import FIRST_PAUSE, LONGEST_PAUSE, PATIENCE, Background

OFTEN = 0.01  # seconds


class Work:
    """A task that fails in the rounds it was told to, and says which round it is in."""

    def __init__(self, *fails_in: int) -> None:
        self.fails_in = fails_in
        self.round = 0
        self.began = asyncio.Event()

    async def __call__(self) -> None:
        self.round += 1
        self.began.set()
        if self.round in self.fails_in:
            raise ValueError(f"round {self.round}")

    async def reaches(self, number: int) -> None:
        async with asyncio.timeout(20):
            while self.round < number:
                self.began.clear()
                await self.began.wait()


Reported = list[tuple[str, str]]


def in_background(test: Callable[[Background], Coroutine[object, object, None]]) -> Reported:
    """Runs a test with tasks in the background; what was reported."""
    reported: Reported = []

    async def run() -> None:
        background = Background(lambda name, error: reported.append((name, str(error))))
        try:
            await test(background)
        finally:
            await background.close()

    asyncio.run(run())
    return reported


def test_o01_a_task_that_fails_is_reported_shown_and_tried_again_after_a_longer_pause_each_time() -> None:
    async def fails_twice(background: Background) -> None:
        work, clock = Work(2, 3), asyncio.get_running_loop()
        background.run("work", work, every=OFTEN)
        await work.reaches(2)
        first = clock.time()
        await asyncio.sleep(0)
        assert background.down == ["work"]
        await work.reaches(3)
        second = clock.time()
        await work.reaches(4)
        third = clock.time()
        assert FIRST_PAUSE <= second - first < third - second
        await work.reaches(5)
        assert background.down == []

    assert in_background(fails_twice) == [("work", "round 2"), ("work", "round 3")]
    assert (FIRST_PAUSE, LONGEST_PAUSE, PATIENCE) == (1, 10, 20)  # as documented


def test_o01_one_task_that_fails_holds_up_no_other() -> None:
    async def one_fails(background: Background) -> None:
        bad, good = Work(*range(1000)), Work()
        background.run("bad", bad, every=OFTEN)
        background.run("good", good, every=OFTEN)
        await good.reaches(10)
        assert background.down == ["bad"]

    assert in_background(one_fails) == [("bad", "round 1")]


def test_o01_a_task_somebody_cancels_begins_again() -> None:
    async def cancelled(background: Background) -> None:
        work = Work()
        background.run("work", work, every=60)
        await work.reaches(1)
        (task,) = (task for task in asyncio.all_tasks() if task.get_name() == "work")
        task.cancel()
        await asyncio.wait([task])
        assert background.down == ["work"]
        await work.reaches(2)
        await asyncio.sleep(0)
        assert background.down == []

    assert in_background(cancelled) == [("work", "")]


def test_o01_a_report_that_fails_ends_no_task() -> None:
    def report(name: str, error: BaseException) -> None:
        raise RuntimeError("nobody listens")

    async def run() -> None:
        background, work = Background(report), Work(1)
        asyncio.get_running_loop().set_exception_handler(lambda loop, context: None)
        background.run("work", work, every=OFTEN)
        await work.reaches(3)
        await background.close()

    asyncio.run(run())


def test_a_task_does_not_wait_for_its_turn_when_it_is_woken() -> None:
    async def woken(background: Background) -> None:
        work, awake = Work(), asyncio.Event()
        background.run("work", work, every=3600, awake=awake)
        await work.reaches(1)
        awake.set()
        await work.reaches(2)

    assert in_background(woken) == []


def test_o02_what_is_under_way_is_finished_before_the_house_closes() -> None:
    finished = []

    async def slow() -> None:
        await asyncio.sleep(0.2)
        finished.append(True)

    async def closing(background: Background) -> None:
        background.run("slow", slow, every=3600)
        await asyncio.sleep(0)
        await background.close()

    assert in_background(closing) == []
    assert finished == [True]


def test_o02_a_house_whose_closing_is_cancelled_leaves_no_task_behind() -> None:
    async def cancelled(background: Background) -> None:
        begun, never = asyncio.Event(), asyncio.Event()

        async def stuck() -> None:
            begun.set()
            await never.wait()

        background.run("stuck", stuck, every=1)
        await begun.wait()
        closing = asyncio.create_task(background.close())
        await asyncio.sleep(0)
        closing.cancel()
        await asyncio.wait([closing])
        await asyncio.sleep(0)
        assert "stuck" not in [task.get_name() for task in asyncio.all_tasks()]

    assert in_background(cancelled) == []


def test_o01_m01_the_mail_worker_outlives_an_outage_and_readiness_tells_of_it(serving: Serving, email: str) -> None:
    server = serving()
    server.expects_failures = True
    client = server.client

    sql(server, "ALTER TABLE mail RENAME TO mislaid")
    try:
        awaited(lambda: client.get("/health/ready").status_code == 503, "readiness to tell")
        problem = client.get("/health/ready").json()
        told = (problem["status"], problem["code"], problem["detail"])
        assert told == (503, "unavailable", "A background task failed and is tried again: mail")
        assert client.get("/health/live").status_code == 200
    finally:
        sql(server, "ALTER TABLE mislaid RENAME TO mail")
    awaited(lambda: whole(client.get("/health/ready")) == (200, {"status": "ok"}), "readiness to recover")
    assert server.at(Vault).register(email).status_code == 200
    assert letter_to(server, email).recipients == (email,)
    failures = [json.loads(line) for line in server.log.splitlines() if '"failure"' in line]
    assert {(failure["where"], failure["error"]) for failure in failures} == {("mail", "OperationalError")}
