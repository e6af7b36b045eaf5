"""The sessions behind the tokens, and what is kept of a password."""

import sqlite3
from contextlib import closing

import pytest
from doors.appseed import WRONG, Appseed
from support.answers import whole
from support.database import stored
from support.mailbox import awaited
from support.server import POSTGRES, Server, Serving
from support.tokens import parts


def test_s05_session_names_are_unique_and_random(server: Server, email: str) -> None:
    door = server.at(Appseed)
    assert door.register(email).is_success

    names = [parts(door.token_of(door.login(email)))[1]["jti"].removesuffix(".0") for _ in range(100)]

    assert len(set(names)) == 100
    bits = "".join(f"{int(name, 16):0128b}" for name in names)
    assert 0.47 < bits.count("1") / len(bits) < 0.53  # six standard deviations of 12,800 fair coins


def test_p10_a_cheap_hash_is_renewed_at_login(serving: Serving, email: str) -> None:
    server = serving(PORTICO_BCRYPT_COST="4")
    assert server.at(Appseed).register(email).is_success
    assert "$2b$04$" in stored(server)

    server.stop()
    server.environment["PORTICO_BCRYPT_COST"] = "5"
    server.start()
    door = server.at(Appseed)
    assert whole(door.login(email, "wrong")) == (400, WRONG)
    assert "$2b$04$" in stored(server)  # only the right password can be hashed again
    assert door.login(email).status_code == 200

    assert "$2b$04$" not in stored(server)
    assert "$2b$05$" in stored(server)
    assert door.login(email).status_code == 200
    assert whole(door.login(email, "wrong")) == (400, WRONG)


@pytest.mark.skipif(bool(POSTGRES), reason="the read-only connection is SQLite's")
def test_the_reader_of_sessions_holds_no_lock_between_requests(server: Server, email: str) -> None:
    assert server.at(Appseed).is_live(server.at(Appseed).logged_in(email))

    with closing(sqlite3.connect(server.folder / "portico.db", isolation_level=None)) as database:

        def all_is_checkpointed() -> bool:
            busy, *_ = database.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            return not busy

        # a reader that stayed would let the write-ahead log grow for ever
        awaited(all_is_checkpointed, "a moment in which nobody reads")
