"""Nothing dies in silence: tasks in the background go on after a failure, and logging never stops a server."""

import asyncio
import json
import os
import signal
import socket
import sqlite3
import subprocess
from collections.abc import Callable, Coroutine, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import httpx
import pytest
from support.answers import found, piped
from support.database import sql
from support.mailbox import awaited, letter_to
from support.server import COMMAND, READY, SETTINGS, Server, Serving, environment

from portico.core.house.background import FIRST_PAUSE, LONGEST_PAUSE, PATIENCE, Background

PASSWORD = "a good passphrase"
OFTEN = 0.01  # seconds


def sign_up(client: httpx.Client, email: str) -> httpx.Response:
    return client.post("/api/register", json={"email": email, "password": PASSWORD, "name": "test"})


def readiness(client: httpx.Client) -> tuple[int, dict[str, object]]:
    answer = client.get("/health/ready")
    return answer.status_code, answer.json()


# ---------------------------------------------------------------- in process
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


def in_background(test: Callable[[Background, Reported], Coroutine[object, object, None]]) -> Reported:
    """Runs a test with tasks in the background; what was reported."""
    reported: Reported = []

    async def run() -> None:
        background = Background(lambda name, error: reported.append((name, str(error))))
        try:
            await test(background, reported)
        finally:
            await background.close()

    asyncio.run(run())
    return reported


def test_o01_a_task_that_fails_is_reported_shown_and_tried_again_after_a_longer_pause_each_time() -> None:
    async def fails_twice(background: Background, reported: Reported) -> None:
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


def test_o01_one_task_that_fails_holds_up_no_other() -> None:
    async def one_fails(background: Background, reported: Reported) -> None:
        bad, good = Work(*range(1000)), Work()
        background.run("bad", bad, every=OFTEN)
        background.run("good", good, every=OFTEN)
        await good.reaches(10)
        assert background.down == ["bad"]

    assert in_background(one_fails) == [("bad", "round 1")]


def test_o01_a_task_somebody_cancels_begins_again() -> None:
    async def cancelled(background: Background, reported: Reported) -> None:
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


def test_a_task_does_not_wait_for_its_turn_when_it_is_woken() -> None:
    async def woken(background: Background, reported: Reported) -> None:
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

    async def closing(background: Background, reported: Reported) -> None:
        background.run("slow", slow, every=3600)
        await asyncio.sleep(0)
        await background.close()

    assert in_background(closing) == []
    assert finished == [True]


def test_the_pauses_are_those_that_are_told() -> None:
    assert (FIRST_PAUSE, LONGEST_PAUSE, PATIENCE) == (1, 10, 20)


# ---------------------------------------------------------------- a live server
@pytest.fixture
def broken(serving: Callable[..., Server]) -> Server:
    server = serving()
    server.expects_failures = True
    return server


def test_o01_m01_the_mail_worker_outlives_an_outage_and_readiness_tells_of_it(broken: Server, email: str) -> None:
    assert readiness(broken.client) == (200, {"status": "ok"})
    sql(broken, "ALTER TABLE mail RENAME TO mislaid")
    try:
        awaited(lambda: readiness(broken.client)[0] == 503, "readiness to tell")
        status, problem = readiness(broken.client)
        assert (status, problem["code"]) == (503, "unavailable")
        assert problem["detail"] == "A background task failed and is tried again: mail"
        assert broken.client.get("/health/live").status_code == 200
    finally:
        sql(broken, "ALTER TABLE mislaid RENAME TO mail")
    awaited(lambda: readiness(broken.client) == (200, {"status": "ok"}), "readiness to recover")
    assert sign_up(broken.client, email).status_code == 200
    assert letter_to(broken, email).recipients == (email,)
    failures = [json.loads(line) for line in broken.log.splitlines() if '"failure"' in line]
    assert {(failure["where"], failure["error"]) for failure in failures} == {("mail", "OperationalError")}


class Unheard:
    """A server whose standard error is a pipe; `reader` is the end of it that nobody reads."""

    def __init__(self, folder: Path, *options: str) -> None:
        self.folder = folder
        self.reader, writer = os.pipe()
        self.process = subprocess.Popen(
            [COMMAND, "serve", "--port", "0", *options],
            cwd=folder,
            env=environment(SETTINGS),
            stdout=subprocess.PIPE,
            stderr=writer,
            text=True,
        )
        os.close(writer)
        self.client = httpx.Client(base_url=found(READY, piped(self.process.stdout).readline())[1], timeout=20)

    def stop(self) -> int:
        self.client.close()
        self.process.terminate()
        status = self.process.wait(timeout=40)
        piped(self.process.stdout).close()
        return status


@contextmanager
def without_accounts(folder: Path) -> Iterator[None]:
    with closing(sqlite3.connect(folder / "portico.db", isolation_level=None)) as database:
        database.execute("ALTER TABLE account RENAME TO mislaid")
        yield
        database.execute("ALTER TABLE mislaid RENAME TO account")


LOGGING = {"quiet": (), "access-log": ("--access-log",), "workers": ("--access-log", "--workers", "2")}


@pytest.fixture(params=LOGGING.values(), ids=[*LOGGING])
def deaf(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Unheard]:
    """Whoever read its log is gone."""
    server = Unheard(tmp_path, *request.param)
    os.close(server.reader)
    yield server
    assert server.stop() == 0


@pytest.fixture(params=[(), ("--workers", "2")], ids=["one", "workers"])
def unread(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Unheard]:
    """Somebody holds its log open and does not read."""
    server = Unheard(tmp_path, "--access-log", *request.param)
    yield server
    assert server.stop() == 0
    with open(server.reader, "rb") as log:
        lines = log.read()
    assert len(lines) > 32_000  # it was full
    assert all(json.loads(line) for line in lines.splitlines() if line.startswith(b"{"))


def test_o03_a_log_that_is_full_stops_nothing(unread: Unheard) -> None:
    answers = [unread.client.get("/api/captcha") for _ in range(1500)]  # three times what a pipe holds

    assert {answer.status_code for answer in answers} == {200}


@pytest.mark.parametrize("sent", [signal.SIGKILL, signal.SIGSTOP], ids=["killed", "hung"])
def test_o03_the_death_of_a_worker_is_told(serving: Serving, sent: signal.Signals) -> None:
    server = serving("--workers", "2")
    server.expects_failures = True
    (worker, *_) = children(server.pid)

    os.kill(worker, sent)

    told = awaited(lambda: [json.loads(line) for line in server.log.splitlines() if '"worker died"' in line], "a line")
    assert [(line["event"], line["pid"], line["status"]) for line in told] == [("worker died", worker, -signal.SIGKILL)]
    assert readiness(server.client) == (200, {"status": "ok"})


def children(pid: int) -> list[int]:
    """The workers of a server: the children of its process that serve."""
    listed = subprocess.run(
        ["ps", "-ww", "-o", "pid=,args=", "--ppid", str(pid)], capture_output=True, text=True, check=True
    )
    return [int(line.split()[0]) for line in listed.stdout.splitlines() if "spawn_main" in line]


@pytest.mark.parametrize("closed", ["2>&-", "1>&- 2>&-", "0<&- 1>&- 2>&-"])
def test_o02_a_server_without_standard_streams_stops_in_good_order(tmp_path: Path, closed: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    command = ["bash", "-c", f"exec {COMMAND} serve --access-log --port {port} {closed}"]
    process = subprocess.Popen(command, cwd=tmp_path, env=environment(SETTINGS))
    try:
        awaited(lambda: is_live(port), "an answer")
    finally:
        process.terminate()
    assert process.wait(timeout=40) == 0


def is_live(port: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/health/live", timeout=20).is_success
    except httpx.ConnectError:
        return False


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


def test_o02_a_house_whose_closing_is_cancelled_leaves_no_task_behind() -> None:
    async def run() -> list[str]:
        background = Background(lambda name, error: None)
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
        return [task.get_name() for task in asyncio.all_tasks() if task.get_name() == "stuck"]

    assert asyncio.run(run()) == []


def test_o03_a_log_nobody_reads_stops_nothing(deaf: Unheard, email: str) -> None:
    answers = [deaf.client.get("/health/live") for _ in range(200)]
    assert {(answer.status_code, answer.text) for answer in answers} == {(200, '{"status":"ok"}')}
    with without_accounts(deaf.folder):
        awaited(lambda: readiness(deaf.client)[0] == 503, "readiness to tell")
        assert sign_up(deaf.client, email).status_code == 503
    awaited(lambda: readiness(deaf.client) == (200, {"status": "ok"}), "readiness to recover")
    assert sign_up(deaf.client, email).status_code == 200
    awaited(lambda: sorted((deaf.folder / "outbox").glob("*.eml")), "the mail")
