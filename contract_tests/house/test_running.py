"""What is running is one object: two applications in a process, one event loop after another, verbs in process."""

import ast
import asyncio
import functools
import secrets
import socket
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import ParamSpec

import httpx
import pytest
import uvicorn
from connexion import AsyncApp
from doors import PASSWORD
from pydantic import SecretStr
from support.mailbox import awaited, letter_in
from support.places import PACKAGES, sources
from support.server import POSTGRES, drop_postgres, fresh_postgres

from portico.core import accounts, database, keys, mail, sessions
from portico.core.house import Clock, house, opened
from portico.core.refusals import BadCredentials, Taken, TokenExpired, TokenForged
from portico.core.settings import Settings, WrongSetting
from portico.models import Account
from portico.runtime.app import create_app

DAY = timedelta(days=1)
ADA = "ada@vault.test"

Settled = Callable[..., Settings]
P = ParamSpec("P")


@pytest.fixture
def settled(tmp_path: Path) -> Iterator[Settled]:
    """Settings of as many applications as wanted, each with a database of its own."""
    databases = []

    def settings(name: str, **more: object) -> Settings:
        folder = tmp_path / name
        folder.mkdir()
        url = f"sqlite://{folder / 'portico.db'}"
        if POSTGRES:
            with ThreadPoolExecutor(1) as elsewhere:  # a loop may be running here, and it runs one of its own
                url = elsewhere.submit(fresh_postgres).result()
            databases.append(url)
        secret = SecretStr(secrets.token_hex(32))
        given = {"database_url": url, "secret_key": secret, "bcrypt_cost": 4, "mail_url": f"file://{folder / 'outbox'}"}
        return Settings.model_validate(given | more)

    yield settings
    for url in databases:
        drop_postgres(url)


@pytest.fixture
def ours(settled: Settled) -> Settings:
    return settled("ours")


@pytest.fixture
def theirs(settled: Settled) -> Settings:
    return settled("theirs")


def in_a_loop(test: Callable[P, Coroutine[object, object, None]]) -> Callable[P, None]:
    """Runs a test that is a coroutine in an event loop of its own."""

    @functools.wraps(test)
    def run(*arguments: P.args, **named: P.kwargs) -> None:
        asyncio.run(test(*arguments, **named))

    return run


async def prepare(*all_settings: Settings) -> None:
    """Makes the tables."""
    for settings in all_settings:
        async with opened(settings, create=True):
            await database.migrate(settings)


@asynccontextmanager
async def at_home(settings: Settings, clock: Clock | None = None) -> AsyncIterator[None]:
    async with opened(settings, create=True, clock=clock):
        await database.migrate(settings)
        await keys.start()
        yield


@asynccontextmanager
async def served(app: AsyncApp) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the application, which listens on a port and lives in this process."""
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, lifespan="on", log_config=None))
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    await asyncio.to_thread(awaited, lambda: server.started, "the application to listen")
    host, port = listener.getsockname()
    async with httpx.AsyncClient(base_url=f"http://{host}:{port}", timeout=20) as client:
        yield client
    server.should_exit = True
    await serving


async def sign_up(client: httpx.AsyncClient, email: str) -> httpx.Response:
    return await client.post("/api/register", json={"email": email, "password": PASSWORD, "name": "test"})


async def log_in(client: httpx.AsyncClient, email: str) -> int:
    return (await client.post("/api/login", json={"email": email, "password": PASSWORD})).status_code


async def is_mailed(settings: Settings, email: str) -> None:
    def arrived() -> bool:
        return any(letter_in(file).message["To"] == email for file in outbox(settings).glob("*.eml"))

    await asyncio.to_thread(awaited, arrived, f"a mail to {email}")


def outbox(settings: Settings) -> Path:
    return Path(settings.mail_url.removeprefix("file://"))


# ---------------------------------------------------------------- two applications in one process
async def shortest_password(client: httpx.AsyncClient) -> int:
    document = (await client.get("/openapi/vault.json")).json()
    return int(document["components"]["schemas"]["VaultRegistration"]["properties"]["password"]["minLength"])


@in_a_loop
async def test_two_applications_in_one_process_share_nothing(settled: Settled, ours: Settings, email: str) -> None:
    theirs = settled("theirs", profile="strict", doors="vault,owners")
    await prepare(ours, theirs)
    async with served(create_app(ours)) as here, served(create_app(theirs)) as there:
        token = (await sign_up(here, email)).json()["userToken"]
        assert [await log_in(client, email) for client in (here, there)] == [200, 401]
        assert (await there.get("/api/refresh", headers={"Authorization": f"Bearer {token}"})).status_code == 401
        assert [await shortest_password(client) for client in (here, there)] == [8, 15]
        for path in ("/openapi/appseed.json", "/users/islogged/x"):
            assert [(await client.get(path)).status_code for client in (here, there)] == [200, 404]
        await is_mailed(ours, email)
    assert not outbox(theirs).exists()


@in_a_loop
async def test_requests_of_two_applications_at_once_reach_their_own_database(settled: Settled) -> None:
    ours, theirs = settled("ours", limits="off"), settled("theirs", limits="off")

    async def addresses(settings: Settings) -> set[str]:
        async with opened(settings):
            return {account.email for account in await Account.all()}

    await prepare(ours, theirs)
    async with served(create_app(ours)) as here, served(create_app(theirs)) as there:
        asked = [
            sign_up(client, f"{name}{n}@vault.test") for n in range(20) for name, client in (("a", here), ("b", there))
        ]
        assert {answer.status_code for answer in await asyncio.gather(*asked)} == {200}
    assert await addresses(ours) == {f"a{n}@vault.test" for n in range(20)}
    assert await addresses(theirs) == {f"b{n}@vault.test" for n in range(20)}


@in_a_loop
async def test_a_house_within_a_house_gives_way_to_the_one_around_it(ours: Settings, theirs: Settings) -> None:
    await prepare(ours, theirs)
    with pytest.raises(LookupError):
        house()
    async with opened(ours):
        await accounts.register(ADA, PASSWORD, "test", at_least=8)
        async with opened(theirs):
            assert house().settings is theirs
            assert not await accounts.exists(ADA)
        assert house().settings is ours
        assert await accounts.exists(ADA)
    with pytest.raises(LookupError):
        house()


@in_a_loop
async def test_two_kinds_of_database_in_one_process_are_refused(ours: Settings, tmp_path: Path) -> None:
    other = f"sqlite://{tmp_path / 'other.db'}" if POSTGRES else "postgres://postgres@127.0.0.1:1/none"

    async with opened(ours, create=True):
        with pytest.raises(RuntimeError, match="one kind of database at a time"):
            async with opened(ours.model_copy(update={"database_url": other}), create=True):
                pass
        assert await database.pending() == ["0001_initial"]


# ---------------------------------------------------------------- one event loop after another
def test_m01_mails_go_out_in_one_loop_after_another(ours: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    app = create_app(ours)

    @in_a_loop
    async def run(email: str) -> None:
        async with served(app) as client:
            assert (await sign_up(client, email)).status_code == 200
            assert await log_in(client, email) == 200
            await is_mailed(ours, email)

    asyncio.run(prepare(ours))

    for turn in ("first", "second"):
        run(f"{turn}@vault.test")
    assert "failure" not in capsys.readouterr().out


# ---------------------------------------------------------------- verbs without a server
class Moved(Clock):
    """A clock to be set forward."""

    by = timedelta(0)

    def time(self) -> float:
        return super().time() + self.by.total_seconds()

    def monotonic(self) -> float:
        return super().monotonic() + self.by.total_seconds()


async def begin(account: Account) -> str:
    """The token of a new session of a day."""
    return await sessions.token(await sessions.begin("vault", account, DAY))


@in_a_loop
async def test_s06_a_token_seen_before_is_good_until_the_clock_of_the_house_says_otherwise(ours: Settings) -> None:
    clock = Moved()
    async with at_home(ours, clock):
        made = await accounts.register(ADA, PASSWORD, "test", at_least=8)
        known = await accounts.authenticate(ADA.upper(), PASSWORD)
        with pytest.raises(BadCredentials):
            await accounts.authenticate(ADA, "another passphrase")
        token = await begin(known)
        clock.by = DAY - timedelta(seconds=5)
        caller = await sessions.live("vault", token)
        assert (known.id, caller.account, caller.uuid) == (made.id, made.id, made.uuid)
        clock.by = DAY + timedelta(seconds=5)
        with pytest.raises(TokenExpired):
            await sessions.live("vault", token)


@in_a_loop
async def test_j03_a_token_from_a_clock_more_than_a_minute_ahead_is_not_taken(ours: Settings) -> None:
    clock = Moved()
    async with at_home(ours, clock):
        account = await accounts.register(ADA, PASSWORD, "test", at_least=8)
        clock.by = timedelta(seconds=50)
        near = await begin(account)
        clock.by = timedelta(seconds=70)
        far = await begin(account)
        clock.by = timedelta(0)
        assert (await sessions.live("vault", near)).account == account.id
        with pytest.raises(TokenForged):
            await sessions.live("vault", far)


@pytest.mark.parametrize(("email", "name", "what"), [("A@notes.test", "b", "email"), ("b@notes.test", "A", "name")])
@in_a_loop
async def test_a_refusal_names_what_is_taken(ours: Settings, email: str, name: str, what: str) -> None:
    async with at_home(ours):
        await accounts.register("a@notes.test", PASSWORD, "a", at_least=9, login_name="a")
        with pytest.raises(Taken) as refused:
            await accounts.register(email, PASSWORD, name, at_least=9, login_name=name)
    assert refused.value.what == what


@in_a_loop
async def test_a_verb_that_needs_the_secret_key_says_that_there_is_none(ours: Settings) -> None:
    await prepare(ours)
    async with opened(ours.model_copy(update={"secret_key": None})):
        assert await mail.listed() == []
        with pytest.raises(WrongSetting, match="PORTICO_SECRET_KEY"):
            await keys.start()


# ---------------------------------------------------------------- nothing is global
@pytest.mark.parametrize("package", PACKAGES)
def test_no_state_is_global(package: str) -> None:
    for file in sources(package):
        told = [node for node in ast.walk(ast.parse(file.read_text())) if isinstance(node, ast.Global)]
        assert not told, f"{file}:{[node.lineno for node in told]}"
