"""J03: keys come and go while the server runs, and no token ends that should not."""

import secrets

import pytest
from doors.appseed import Appseed
from support.database import sql
from support.mailbox import awaited
from support.server import Server, Serving
from support.tokens import base64url, parts, published, segment

PATIENCE = 30  # seconds; a running server looks for other keys every 15
OKP = {"kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "use": "sig", "x": "", "kid": ""}


@pytest.fixture
def server(serving: Serving) -> Server:
    return serving(PORTICO_JWT_ALGORITHM="EdDSA")


@pytest.fixture
def door(server: Server, email: str) -> Appseed:
    """Where `email` has an account."""
    door = server.at(Appseed)
    assert door.register(email).is_success
    return door


def log_in(door: Appseed, email: str) -> str:
    return door.token_of(door.login(email))


def kid_of(token: str) -> str:
    return str(parts(token)[0]["kid"])


def kids(server: Server, token: str) -> set[str]:
    """The names of the published keys. A token of one that is unknown made the server look for new ones."""
    header, claims, signature = parts(token)
    unknown = f"{segment(header | {'kid': secrets.token_hex(8)})}.{segment(claims)}.{base64url(signature)}"
    assert not server.at(Appseed).is_live(unknown)
    return {key["kid"] for key in published(server)}


def test_j03_rotation_without_a_restart(server: Server, door: Appseed, email: str) -> None:
    before = log_in(door, email)
    old = kid_of(before)

    new = server.run("keys", "rotate").strip()
    awaited(lambda: kids(server, before) == {old, new}, "the new key to be published", PATIENCE)
    assert all({**key, "x": "", "kid": ""} == OKP for key in published(server))
    meanwhile = log_in(door, email)
    assert kid_of(meanwhile) == old  # the new one is not in use yet
    sql(server, f"UPDATE signing_key SET signs_from = created_at WHERE kid = '{new}'")  # its minute is over
    awaited(lambda: kids(server, before) and kid_of(log_in(door, email)) == new, "the new key to sign", PATIENCE)
    after = log_in(door, email)

    assert [door.is_live(token) for token in (before, meanwhile, after)] == [True, True, True]
    listed = server.run("keys", "list")
    assert [line.split()[:2] for line in listed.splitlines()[1:]] == [[old, "EdDSA"], [new, "EdDSA"]]

    assert server.run("keys", "remove", old) == f"removed {old}\n"
    awaited(lambda: kids(server, after) == {new}, "the old key to go", PATIENCE)
    assert [door.is_live(token) for token in (before, meanwhile, after)] == [False, False, True]


@pytest.mark.parametrize("rotated", [False, True])
def test_j03_the_only_key_in_use_can_be_removed(server: Server, door: Appseed, email: str, rotated: bool) -> None:
    """What an operator does whose key leaked: it must end the tokens and not the service."""
    leaked = log_in(door, email)
    if rotated:
        server.run("keys", "rotate")

    server.run("keys", "remove", kid_of(leaked))
    awaited(lambda: kid_of(leaked) not in kids(server, leaked), "the key to go", PATIENCE)

    assert not door.is_live(leaked)
    assert door.is_live(log_in(door, email))


def test_j03_another_algorithm_after_a_restart_keeps_every_session_but_those_that_ended(
    serving: Serving, email: str
) -> None:
    server = serving(PORTICO_JWT_ALGORITHM="HS256", PORTICO_PUBLIC_URL="https://id.example.org/")
    before, ended = server.at(Appseed).logged_in(email), log_in(server.at(Appseed), email)
    server.at(Appseed).logout(Authorization=ended)

    assert server.stop() == 0
    server.environment["PORTICO_JWT_ALGORITHM"] = "EdDSA"
    server.start()
    door = server.at(Appseed)
    after = log_in(door, email)

    assert [parts(token)[0]["alg"] for token in (before, after)] == ["HS256", "EdDSA"]
    assert [parts(token)[1]["iss"] for token in (before, after)] == ["https://id.example.org"] * 2
    assert [door.is_live(token) for token in (before, ended, after)] == [True, False, True]
