"""How often something may be asked for: by a client (B06, B07, E05), and for a recipient of mails (B08)."""

import os
import re
import secrets
import socket
from collections.abc import Callable
from contextlib import ExitStack

import httpx
import pytest
from doors.appseed import Appseed
from doors.mobile import Mobile
from doors.vault import FORGOT, MISSPELT, OFTEN, OK, Vault
from support.answers import Headers, whole
from support.database import rows
from support.raw import Connection, head
from support.server import Server, Serving
from vault.pairs import pair_of


@pytest.fixture(scope="module")
def server(serving: Serving) -> Server:
    """A server that believes what its proxies, this machine and 10.0.0.0/8, say of their clients."""
    return serving(PORTICO_TRUSTED_PROXIES="127.0.0.1, 10.0.0.0/8", PORTICO_CAPTCHA="off")


def client_behind_a_proxy() -> Headers:
    """The header by which a proxy tells of a client that nobody saw before."""
    return {"X-Forwarded-For": f"2001:db8:{secrets.token_hex(2)}:{secrets.token_hex(2)}::1"}


@pytest.fixture
def asker() -> Headers:
    return client_behind_a_proxy()


# ---------------------------------------------------------------- of a client
def test_e05_exist_email_is_answered_five_times_a_minute(vault: Vault, email: str, asker: Headers) -> None:
    for _ in range(6):  # what cannot be asked is not counted
        assert vault.exists("nope", asker).status_code == 400
    for there in (False, False, True, True, True):
        if there:
            vault.register(email)
        assert whole(vault.exists(email, asker)) == (200, there)

    often = vault.exists(email, asker)

    assert whole(often) == OFTEN
    assert often.headers.get_list("Content-Type") == ["application/problem+json"]
    assert re.fullmatch(r"[1-9]\d*", often.headers["Retry-After"])
    assert int(often.headers["Retry-After"]) <= 61


def asked_at_once(servers: list[Server], email: str, asker: Headers) -> list[int]:
    """The statuses of as many questions as there are servers, all of them sent before the first answer is read."""
    question = head("GET", f"/api/exist-email/{email}", *(f"{name}: {value}" for name, value in asker.items()))
    with ExitStack() as open_connections:
        connections = [open_connections.enter_context(Connection(server.url)) for server in servers]
        for connection in connections:
            connection.send(question)
        return sorted(connection.answer().status for connection in connections)


def test_e05_b07_of_fifty_questions_at_once_exactly_five_are_answered(
    server: Server, email: str, asker: Headers
) -> None:
    assert asked_at_once([server] * 50, email, asker) == [200] * 5 + [429] * 45


def exhaust(vault: Vault, email: str, asker: Headers | None = None) -> None:
    """Asks until nothing more is answered."""
    answers = [vault.exists(email, asker) for _ in range(6)]
    assert answers[-1].status_code == 429


def test_b06_a_stranger_does_not_choose_his_address(serving: Serving, email: str) -> None:
    vault = serving().at(Vault)
    exhaust(vault, email)

    for address in ("203.0.113.7", "127.0.0.1", "10.0.0.1, 203.0.113.9", "unknown", ""):
        assert whole(vault.exists(email, {"X-Forwarded-For": address})) == OFTEN
        assert whole(vault.exists(email, {"Forwarded": f"for={address}"})) == OFTEN


def test_b06_the_clients_of_a_listed_proxy_are_told_apart_by_the_right_most_foreign_hop(
    vault: Vault, email: str, asker: Headers
) -> None:
    client = asker["X-Forwarded-For"]
    exhaust(vault, email, asker)

    for same in (f"203.0.113.7, {client}", f"{client}, 10.1.2.3", f"203.0.113.8,{client} ,  10.1.2.3, 127.0.0.1"):
        assert whole(vault.exists(email, {"X-Forwarded-For": same})) == OFTEN, same
    for another in (f"{client}, 203.0.113.7", f"{client}, 203.0.113.8, 10.1.2.3"):
        assert whole(vault.exists(email, {"X-Forwarded-For": another})) == (200, False), another
    lines = [("X-Forwarded-For", hop) for hop in ("203.0.113.7", client, "10.0.0.1")]
    assert whole(vault.client.get(f"/api/exist-email/{email}", headers=lines)) == OFTEN


def test_b08_a_client_asks_for_twenty_mails_an_hour(vault: Vault, email: str, asker: Headers) -> None:
    answers = [vault.forget(f"{number}.{email}", asker) for number in range(22)]

    assert [whole(answer) for answer in answers] == [OK] * 20 + [OFTEN] * 2


def test_login_and_refresh_are_not_held_up_by_the_limits_of_others(
    vault: Vault, email: str, token: str, asker: Headers
) -> None:
    exhaust(vault, email, asker)

    for _ in range(30):
        assert vault.ask("GET", "/api/refresh", token=token, headers=asker).status_code == 200
    assert pair_of(vault.login(email, headers=asker))


# ---------------------------------------------------------------- of a recipient
WAYS: dict[str, Callable[[Vault, str, str], httpx.Response]] = {
    "forgot": lambda vault, email, _: vault.forget(email.upper(), client_behind_a_proxy()),
    "forgot, misspelt": lambda vault, email, _: vault.forget(email, client_behind_a_proxy(), MISSPELT[FORGOT]),
    "resend": lambda vault, _, token: vault.resend(token, headers=client_behind_a_proxy()),
    "resend by POST": lambda vault, _, token: vault.resend(token, "POST", headers=client_behind_a_proxy()),
}


@pytest.mark.parametrize("ways", [*([way] for way in WAYS), [*WAYS]], ids=lambda ways: " and ".join(ways))
def test_b08_a_recipient_gets_five_mails_an_hour_whoever_asks_whatever_way(
    server: Server, vault: Vault, email: str, token: str, ways: list[str]
) -> None:
    """The first is that of the registration."""
    answers = [WAYS[way](vault, email, token) for way in ways * (20 // len(ways))]

    assert [answer.status_code for answer in answers[:4]] == [200] * 4
    assert [whole(answer) for answer in answers[4:]] == [OFTEN] * 16
    assert 1 <= int(answers[-1].headers["Retry-After"]) <= 3601
    assert rows(server, f"SELECT count(*) FROM mail WHERE lower(recipient) = '{email}'") == [(5,)]


def test_b08_nobody_fills_a_mailbox_by_registering_and_deleting(server: Server, vault: Vault, email: str) -> None:
    for _ in range(5):
        assert pair_of(vault.register(email))
        server.at(Mobile).delete(email)

    assert whole(vault.register(email)) == OFTEN


def test_b08_the_limit_of_a_recipient_tells_nobody_who_has_an_account(server: Server, vault: Vault, email: str) -> None:
    server.at(Appseed).register(email)  # which mails nothing

    for address in (email, f"nobody.{email}"):
        answers = [vault.forget(address, client_behind_a_proxy()) for _ in range(6)]
        assert [whole(answer) for answer in answers] == [OK] * 5 + [OFTEN]


# ---------------------------------------------------------------- of several servers
REDIS = ("127.0.0.1", 6379)


@pytest.fixture(scope="module")
def redis_url() -> str:
    try:
        with socket.create_connection(REDIS, timeout=5) as redis:
            redis.sendall(b"PING\r\n")
            assert redis.recv(5) == b"+PONG"
    except OSError:
        reason = f"no Redis answers at {REDIS[0]}:{REDIS[1]}"
        pytest.fail(reason) if os.environ.get("CI") else pytest.skip(reason)
    return "redis://{}:{}/9".format(*REDIS)


def test_b07_servers_share_their_limits_over_redis(
    serving: Serving, redis_url: str, email: str, asker: Headers
) -> None:
    shared = {"PORTICO_LIMITS_URL": redis_url, "PORTICO_TRUSTED_PROXIES": "127.0.0.1"}
    servers = [serving(**shared), serving(**shared)]

    assert asked_at_once(servers * 25, email, asker) == [200] * 5 + [429] * 45
    often = servers[0].at(Vault).exists(email, asker)
    assert whole(often) == OFTEN
    assert 1 <= int(often.headers["Retry-After"]) <= 61


def test_o02_503_without_redis_and_only_where_it_is_needed(serving: Serving, email: str) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        server = serving(PORTICO_LIMITS_URL=f"redis://127.0.0.1:{nobody.getsockname()[1]}/0")
        server.expects_failures = True
        vault = server.at(Vault)

        server.at(Appseed).register(email)
        answers = [vault.exists(email), vault.forget(email), vault.register(f"b.{email}")]

    for answer in answers:
        assert whole(answer) == vault.refused(503, "The server cannot reach its database, try again in a moment")
        assert int(answer.headers["Retry-After"]) >= 1
    assert pair_of(vault.renew(vault.token_of(vault.login(email))))
