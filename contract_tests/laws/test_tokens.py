"""What a door hands out opens what it was made for and nothing else, whoever signed or stole it."""

import secrets
import time
from typing import NamedTuple

import pytest
from doors import DOORS, PASSWORD, WRONG_TOKEN, Door, Session, body_of, refuses
from support.answers import Headers, Said, bearer, whole
from support.database import sql, stored
from support.documents import DOCUMENTS, OPERATIONS, Operation, door_of, operations_of
from support.server import Server
from support.tokens import forged, parts, segment, signed

SIGNED = [name for name in DOORS if "bearerFormat': 'JWT" in str(DOCUMENTS[name]["components"]["securitySchemes"])]


@pytest.fixture(params=SIGNED)
def signing(request: pytest.FixtureRequest, server: Server) -> Door:
    """A door whose tokens are signed."""
    return server.at(DOORS[request.param])


# ---------------------------------------------------------------- signed tokens
def test_j02_a_token_of_this_door_is_good_when_signed_again(signing: Door, server: Server, email: str) -> None:
    token = signing.logged_in(email)

    assert signing.protected(**bearer(forged(server, token))).is_success


def test_s02_j02_a_token_of_another_audience_is_refused(signing: Door, server: Server, email: str) -> None:
    token, mine = signing.logged_in(email), signing.name
    others: list[object] = [*(name for name in DOORS if name != mine), f"{mine}:team", "service", "", mine.title()]

    for audience in [*others, [mine], [*DOORS][:2], None, 5]:
        answer = signing.protected(**bearer(forged(server, token, aud=audience)))
        assert whole(answer) == signing.without_session("forged"), audience


def test_j01_a_token_somebody_else_made_is_refused(signing: Door, server: Server, email: str) -> None:
    token, another = signing.logged_in(email), signing.logged_in(f"b.{email}")
    header, claims, _ = parts(token)
    left, _, signature = token.rpartition(".")
    forgeries = [
        f"{segment(header | {'alg': 'none'})}.{segment(claims)}.",
        f"{segment(header | {'alg': 'none'})}.{segment(claims)}.{signature}",
        signed(header, claims, b"another key"),
        signed(header | {"kid": "another"}, claims, b""),
        tampered(token),
        f"{left}.{another.rpartition('.')[2]}",
        f"{left}.",
        left,
    ]

    for forgery in forgeries:
        answer = whole(signing.protected(**bearer(forgery)))
        assert answer in [signing.without_session(why) for why in ("malformed", "forged")], forgery
    assert signing.protected(**bearer(token)).is_success


def test_s06_a_token_that_has_expired_opens_nothing(signing: Door, server: Server, email: str) -> None:
    now = int(time.time())
    expired = forged(server, signing.logged_in(email), iat=now - 100, exp=now - 1)

    assert whole(signing.ask(*signing.guarded, {}, expired)) == signing.without_session("expired")


def test_s06_a_token_says_how_long_it_lives_and_nothing_personal(signing: Door, email: str) -> None:
    header, claims, _ = parts(signing.logged_in(email))

    assert header.keys() == {"alg", "kid", "typ"}
    assert claims.keys() == {"iss", "aud", "sub", "jti", "iat", "exp"}
    assert claims["aud"] == signing.name
    assert signing.lifetime in (None, claims["exp"] - claims["iat"])


# ---------------------------------------------------------------- the matrix: every key at every lock
class Keys(NamedTuple):
    """All that the doors hand out to one account of each, by kind, and tokens that nobody has."""

    known: list[tuple[str, str]]
    unknown: list[str]


@pytest.fixture(scope="module")
def keys(server: Server) -> Keys:
    doors = [server.at(kind) for kind in DOORS.values()]
    known = [key for door in doors for key in door.keys(Session(door)).items()]
    token = next(token for _, token in known if token.count(".") == 2)
    return Keys(known, [WRONG_TOKEN, secrets.token_urlsafe(32), tampered(token)])


def tampered(token: str) -> str:
    """Returns the token with another signature."""
    return f"{token[:-4]}{'AAAA' if token[-4:] != 'AAAA' else 'BBBB'}"


def test_s02_no_two_keys_are_one(keys: Keys) -> None:
    assert len({token for _, token in keys.known}) == len(keys.known)


def turned_away(door: Door, operation: Operation, headers: Headers) -> Said:
    """Returns the answer to a request whose headers hold no session."""
    answer = door.ask(operation.method, operation.url(), operation.empty, headers=headers)
    assert refuses(answer), (operation.id, headers, answer.text)
    return whole(answer)


def test_s02_a_token_in_a_header_opens_its_own_door_and_no_other(door: Door, keys: Keys) -> None:
    mine = f"a session of {door.name}"
    for operation in filter(lambda each: each.is_guarded, operations_of(door.name)):
        nobody = [turned_away(door, operation, bearer(token)) for token in keys.unknown]
        nobody.append(turned_away(door, operation, {}))
        for kind, token in keys.known:
            if kind != mine:
                for headers in (bearer(token), {"Authorization": token}, {"token": token}):
                    assert turned_away(door, operation, headers) in nobody, (operation.id, kind, headers)
    assert door.is_live(dict(keys.known)[mine])  # and none of that did any harm


TOKEN_ARGUMENTS = [(name, *each) for name, kind in DOORS.items() for each in kind.token_arguments.items()]


def said_to(door: Door, operation: Operation, values: dict[str, str], field: str, token: str) -> Said:
    """Returns the answer to a request that is fine but for the token in `field`."""
    values = values | {field: token}
    body = operation.example() | {name: values[name] for name in operation.properties() if name in values}
    answer = door.ask(operation.method, operation.url(**values), body or None)
    return answer.status_code, body_of(answer)


@pytest.mark.parametrize(("name", "operation_id", "lock"), TOKEN_ARGUMENTS, ids=[each[1] for each in TOKEN_ARGUMENTS])
def test_s02_m02_a_token_that_is_an_argument_does_its_own_work_and_no_other(
    server: Server, keys: Keys, name: str, operation_id: str, lock: tuple[str, str]
) -> None:
    door, operation, (field, right) = server.at(DOORS[name]), OPERATIONS[operation_id], lock
    session = Session(door)
    values = door.values(operation_id, session)
    nobody = [said_to(door, operation, values, field, token) for token in [*keys.unknown, "too long" * 600]]

    for kind, token in keys.known:
        if kind != right:
            assert said_to(door, operation, values, field, token) in nobody, kind
    assert said_to(door, operation, values, field, values[field]) not in nobody  # the right one is as good as ever


MAILED = [operation for kind in DOORS.values() for operation in kind.mailed]


@pytest.mark.parametrize("operation_id", MAILED)
def test_s04_m02_a_mailed_link_outlives_no_account(server: Server, keys: Keys, operation_id: str) -> None:
    door, operation = server.at(DOORS[door_of(operation_id)]), OPERATIONS[operation_id]
    field, _ = door.token_arguments[operation_id]
    session = Session(door)
    values = door.values(operation_id, session)

    sql(server, f"DELETE FROM account WHERE email_key = '{session.known['email']}'")

    nobody = said_to(door, operation, values, field, keys.unknown[1])
    assert said_to(door, operation, values, field, values[field]) == nobody


# ---------------------------------------------------------------- what a thief of the database gets
def test_s05_no_token_and_no_password_stands_in_the_database(server: Server, keys: Keys) -> None:
    kept = stored(server)
    told = str([parts(token)[1] for _, token in keys.known if token.count(".") == 2])  # names, no secrets

    assert PASSWORD not in kept
    for kind, token in keys.known:
        assert token in told or token.rpartition(".")[2] not in kept, kind
