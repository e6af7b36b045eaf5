"""How long a session lives, and that what ends it ends it at once; how its token is carried."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from doors import DOORS, WRONG_TOKEN, CannotSpeak, Door, Session, refuses
from support.answers import bearer, whole
from support.database import sql
from support.documents import door_of, operations_of
from support.server import Server, Serving
from support.tokens import forged

ENDING = [operation for kind in DOORS.values() for operation in kind.ending]
ENDING_ONE = [operation for kind in DOORS.values() for operation in kind.ending_one]
ENDING_ALL = [operation for operation in ENDING if operation not in ENDING_ONE]
REFRESHING = [operation for kind in DOORS.values() for operation in kind.refreshing]


def at(server: Server, operation: str) -> Door:
    return server.at(DOORS[door_of(operation)])


def everywhere(door: Door, session: Session, sharing: list[Door]) -> list[tuple[Door, Session]]:
    """Begins further sessions of the account, one at every door it opens."""
    known = {name: session.known[name] for name in ("email", "password")}
    others = [
        (other, Session(other, dict(known))) for other in sharing if other is not door and not door.has_own_accounts
    ]
    sessions = [(door, Session(door, dict(session.known))), *others]
    for there, each in sessions:
        assert there.is_live(each.token), there.name
    return sessions


def has_ended(door: Door, session: Session) -> bool:
    """Tells whether the session opens nothing any more and cannot be refreshed."""
    for operation in door.refreshing:
        with pytest.raises(CannotSpeak):
            door.refresh(operation, session)
    return whole(door.protected(**bearer(session.token))) == door.without_session("revoked")


# ---------------------------------------------------------------- revocation is immediate
@pytest.mark.parametrize("operation", ENDING)
def test_s01_what_ends_a_session_ends_it_with_the_next_request(server: Server, operation: str) -> None:
    door = at(server, operation)
    session = Session(door)
    assert door.protected(**bearer(session.token)).is_success

    assert door.end(operation, session).is_success

    assert has_ended(door, session)


@pytest.mark.parametrize("operation", ENDING_ONE)
def test_s01_logging_out_ends_no_other_session(server: Server, sharing: list[Door], operation: str) -> None:
    door = at(server, operation)
    session = Session(door)
    others = everywhere(door, session, sharing)

    assert door.end(operation, session).is_success

    for other, each in others:
        assert other.protected(**bearer(each.token)).is_success, other.name


@pytest.mark.parametrize("operation", ENDING_ALL)
def test_s03_s04_what_ends_an_account_or_its_password_ends_all_sessions_at_every_door_and_no_others(
    server: Server, sharing: list[Door], operation: str
) -> None:
    door = at(server, operation)
    session, bystander = Session(door), Session(door)
    assert session.token
    others, bystanders = (everywhere(door, each, sharing) for each in (session, bystander))

    assert door.end(operation, session).is_success

    for other, each in others:
        assert has_ended(other, each), other.name
        with pytest.raises(CannotSpeak):
            other.log_in(each.known)
    for other, each in bystanders:
        assert other.is_live(each.token), other.name


def test_s04_an_account_that_is_gone_has_no_session(door: Door, server: Server, email: str, token: str) -> None:
    sql(server, f"DELETE FROM account WHERE email_key = '{email}'")

    assert whole(door.protected(**bearer(token))) == door.without_session("revoked")
    assert whole(door.login(email)) == door.wrong_credentials


def test_s01_every_worker_knows_at_once(serving: Serving, sharing: list[Door]) -> None:
    """At every door the sessions of one account, ended at one of them."""
    server = serving("--workers", "2")
    operation = next(each for each in ENDING_ALL if not DOORS[door_of(each)].has_own_accounts)
    door, doors = at(server, operation), [server.at(type(door)) for door in sharing]
    session = Session(door)
    tokens = [(type(other), each.token) for other, each in everywhere(door, session, doors)]

    fresh = httpx.Limits(max_keepalive_connections=0)  # whichever worker takes the connection
    client = httpx.Client(base_url=server.url, limits=fresh, timeout=20)

    def is_live(kind: type[Door], token: str) -> bool:
        return kind(client).is_live(token)

    with client, ThreadPoolExecutor(10) as threads:
        assert set(threads.map(is_live, *zip(*tokens * 10, strict=True))) == {True}
        assert door.end(operation, session).is_success
        assert set(threads.map(is_live, *zip(*tokens * 10, strict=True))) == {False}


# ---------------------------------------------------------------- refreshing
@pytest.mark.parametrize("operation", REFRESHING)
def test_r03_many_refreshes_at_once_all_get_through(server: Server, operation: str) -> None:
    door = at(server, operation)
    session = Session(door)
    assert session.token

    with ThreadPoolExecutor(20) as threads:
        tokens = list(threads.map(lambda _: door.refresh(operation, session), range(20)))

    assert all(map(door.is_live, {session.token, *tokens}))


# ---------------------------------------------------------------- how a token is carried
def test_h04_a_401_names_the_scheme(door: Door) -> None:
    """RFC 9110, section 15.5.2, of every 401; RFC 6750 of one for a token that is no good."""
    for operation in operations_of(door.name):
        if operation.is_guarded:
            for headers, challenge in ((None, "Bearer"), (bearer(WRONG_TOKEN), 'Bearer error="invalid_token"')):
                answer = door.ask(operation.method, operation.url(), operation.empty, headers=headers)
                assert refuses(answer), (operation.id, answer.text)
                expected = [challenge] if answer.status_code == 401 else []
                assert answer.headers.get_list("WWW-Authenticate") == expected, operation.id


def test_every_carriage_opens_the_door(door: Door, token: str) -> None:
    for headers in [*door.carriages(token), bearer(token)]:
        assert door.protected(**headers).is_success, headers


STALE = ["JWT_TOKEN", "Bearer JWT_TOKEN", "Basic dGVzdDpwYXNz", "Bearer", "Digest a=b", "of another door", "expired"]


@pytest.fixture(params=STALE)
def stale(
    request: pytest.FixtureRequest, door: Door, server: Server, sharing: list[Door], email: str
) -> Iterator[Door]:
    """The door to a client that sends headers with every request which open nothing."""
    other = next(other for other in sharing if other is not door)
    of_another_door = other.logged_in(f"stale.{email}")
    token = {
        "of another door": f"Bearer {of_another_door}",
        "expired": f"Bearer {forged(server, of_another_door, exp=1)}",
    }
    header = token.get(request.param, request.param)
    with httpx.Client(base_url=server.url, headers={"Authorization": header, "token": header}, timeout=20) as client:
        yield type(door)(client, door.outbox)


def test_a_stale_header_breaks_nothing_that_needs_no_session(stale: Door) -> None:
    session = Session(stale)
    assert session.token

    unguarded = [each for each in operations_of(stale.name) if not each.is_guarded]
    for operation in unguarded:
        if operation.id in stale.refreshing:
            assert stale.refresh(operation.id, session)
    for operation in unguarded:
        if operation.id in stale.mailed:
            values = stale.values(operation.id, Session(stale))
            body = {name: values.get(name, value) for name, value in operation.example().items()}
            assert stale.ask(operation.method, operation.url(**values), body or None).is_success, operation.id


def test_a_stale_header_changes_no_answer_of_an_operation_that_needs_no_session(door: Door, stale: Door) -> None:
    for operation in operations_of(door.name):
        if not operation.is_guarded:
            answers = [each.ask(operation.method, operation.url(), operation.empty) for each in (door, stale)]
            assert whole(answers[0]) == whole(answers[1]), operation.id
