"""The laws of every door, each proved at every open door.

A door enters through its own test file, `test_<door>.py`, which says how to register, log in, call an operation that
needs a session and log out there, and what a refusal looks like. A new door adds that file and nothing here.
"""

import os
import re
import unicodedata
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from types import ModuleType

import httpx
import pytest
from conftest import POSTGRES, Server
from database import gone, locked, sql, stored
from forging import forged
from portico.core import settings
from portico.runtime.contract import METHODS, Contract

DOORS = {name: import_module(f"test_{name}") for name in settings.DOORS}
DOCUMENTS = Contract(settings.Settings(_env_file=None)).documents
OPERATIONS = [
    (door, method.upper(), path)
    for door, document in DOCUMENTS.items()
    for path, item in document["paths"].items()
    for method in METHODS
    if method in item
]
LIMIT = 64 * 1024
JSON = {"Content-Type": "application/json"}
NO_LIMITS = httpx.Limits(max_connections=None)

UNKNOWN = "There is nothing here"
WRONG_METHOD = "This method is not allowed here"
TOO_LARGE = "The body is too large"
NOT_JSON = "The body is not valid JSON"
BUSY = "The server is busy, try again in a moment"
UNAVAILABLE = "The server cannot reach its database, try again in a moment"


@pytest.fixture(params=DOORS)
def door(request: pytest.FixtureRequest) -> ModuleType:
    return DOORS[request.param]


@pytest.fixture
def token(door: ModuleType, client: httpx.Client, email: str) -> str:
    return logged_in(door, client, email)


@pytest.fixture(scope="module")
def strict(serving: Callable[..., Server]) -> Server:
    return serving(PORTICO_PROFILE="strict")


@pytest.fixture(scope="module")
def twelve(serving: Callable[..., Server]) -> Server:
    return serving(PORTICO_PASSWORD_MIN_LENGTH="12", PORTICO_CORS_ORIGINS="https://app.example.org")


@pytest.fixture
def fragile(serving: Callable[..., Server]) -> Iterator[Server]:
    """A server whose database is about to fail, and which does not wait long for it."""
    server = serving() if POSTGRES else serving(PORTICO_DATABASE_URL="sqlite://portico.db?busy_timeout=50")
    server.expects_failures = True
    yield server
    server.stop()


def logged_in(door: ModuleType, client: httpx.Client, email: str, password: str = "a good passphrase") -> str:
    """The token of a new account."""
    assert door.register(client, email, password).status_code in (200, 202)
    return door.token_of(door.login(client, email, password))


def bearer(token: str) -> dict[str, str]:
    """The carriage that works at every door."""
    return {"Authorization": f"Bearer {token}"}


def whole(answer: httpx.Response) -> tuple[int, object]:
    return answer.status_code, answer.json()


def refusal(door: ModuleType, status: int, message: str) -> tuple[int, dict]:
    return status, door.refusal(status, message)


def is_refusal(door: ModuleType, answer: httpx.Response) -> bool:
    """Whether the answer is this door's envelope, whatever it says."""
    shape = door.refusal(answer.status_code, "words")
    return answer.is_client_error and {name: type(value) for name, value in answer.json().items()} == {
        name: type(value) for name, value in shape.items()
    }


def registers(door: ModuleType, client: httpx.Client, email: str, password: str) -> bool:
    """Registers and logs in, or is refused as a wrong input is; nothing else may happen."""
    answer = door.register(client, email, password)
    if answer.is_success:
        assert door.login(client, email, password).is_success
        return True
    assert answer.status_code == 400
    assert is_refusal(door, answer)
    return False


# ---------------------------------------------------------------- law 2: a token opens only the door that issued it
def test_j02_a_token_of_this_door_is_good_when_signed_again(door, server, client, token):
    assert door.protected(client, **bearer(forged(server, token))).is_success


@pytest.mark.parametrize("audience", ["vault", "mobile", "owners", "notes", "service", "", "Appseed", ["appseed"], None, 5])
def test_s02_j02_a_token_of_another_door_is_refused(door, server, client, token, audience):
    foreign = forged(server, token, aud=audience)

    assert whole(door.protected(client, **bearer(foreign))) == door.NO_SESSION


# ---------------------------------------------------------------- law 3: revocation is immediate
def test_s01_logout_ends_the_session_on_the_next_request(door, client, token):
    assert door.protected(client, **bearer(token)).is_success

    door.logout(client, **bearer(token))

    assert whole(door.protected(client, **bearer(token))) == door.NO_SESSION


def test_s01_logout_ends_no_other_session(door, client, email, token):
    other = door.token_of(door.login(client, email, "a good passphrase"))

    door.logout(client, **bearer(token))

    assert door.protected(client, **bearer(other)).is_success


def test_s04_deleting_the_account_ends_its_sessions(door, server, client, email, token):
    sql(server, f"DELETE FROM account WHERE email_key = '{email}'")

    assert whole(door.protected(client, **bearer(token))) == door.NO_SESSION


# ---------------------------------------------------------------- law 4: carriages
def test_every_carriage_opens_the_door(door, client, token):
    for headers in [*door.carriages(token), bearer(token)]:
        assert door.protected(client, **headers).is_success, headers


@pytest.mark.parametrize("stale", ["JWT_TOKEN", "Bearer JWT_TOKEN", "Basic dGVzdDpwYXNz", "Bearer", "Digest a=b", "revoked"])
def test_a_stale_header_breaks_nothing_that_needs_no_session(door, client, email, token, stale):
    door.logout(client, **bearer(token))
    client.headers["Authorization"] = token if stale == "revoked" else stale
    try:
        assert door.register(client, f"new.{email}", "a good passphrase").is_success
        assert door.login(client, f"new.{email}", "a good passphrase").is_success
    finally:
        del client.headers["Authorization"]


# ---------------------------------------------------------------- law 5: addresses
VALID_ADDRESSES = [
    "{}@appseed.us",
    "{}@localhost",
    "{}@b.c",
    "{}.dotted.name@example.org",
    "{}+tag@example.org",
    "!#$%&'*+/=?^_`{{|}}~-{}@example.org",
    '"{} quoted"@example.org',
    '"{}@quoted"@example.org',
    '"{}\\"quoted"@example.org',
    "{}@xn--bcher-kva.example",
    "{}@1.2.3.example",
    "{}@" + "a" * 63 + ".example",
]
INVALID_ADDRESSES = [
    "{}",
    "{}@",
    "@{}",
    "@",
    "{}@@example.org",
    "{}@a@example.org",
    ".{}@example.org",
    "{}.@example.org",
    "{}..a@example.org",
    "{} a@example.org",
    " {}@example.org",
    "{}@example.org ",
    "{}@example.org\n",
    "{}@exa\tmple.org",
    "{}\r\nBcc: all@example.org",
    "{}@-example.org",
    "{}@example-.org",
    "{}@.example.org",
    "{}@example..org",
    "{}@exa_mple.org",
    "{}@exämple.org",
    "{}ä@example.org",
    "{}@" + "a" * 64 + ".example",
    "{}@[127.0.0.1]",
    "{}(comment)@example.org",
    '"{}@example.org',
    "<{}@example.org>",
    "Test <{}@example.org>",
    "{}@example.org,b@example.org",
    "{}\x7f@example.org",
]


@pytest.mark.parametrize("address", VALID_ADDRESSES)
def test_addresses_that_are_taken_and_echoed_as_given(door, client, email, address):
    address = address.format(f"Z{email[:12]}")

    assert door.register(client, address, "a good passphrase").is_success
    assert door.email_of(door.login(client, address, "a good passphrase")) == address


@pytest.mark.parametrize("address", INVALID_ADDRESSES)
def test_addresses_that_are_refused(door, client, email, address):
    answer = door.register(client, address.format(email[:12]), "a good passphrase")

    assert answer.status_code == 400
    assert is_refusal(door, answer)


def test_an_address_has_at_most_254_octets(door, client, email):
    local, host = email[:32].ljust(64, "x"), ".".join(["a" * 62, "b" * 62, "c" * 63])

    assert len(f"{local}@{host}") == 254
    assert door.register(client, f"{local}@{host}", "a good passphrase").is_success
    assert is_refusal(door, door.register(client, f"{local}@a{host}", "a good passphrase"))


def test_addresses_are_compared_without_regard_to_case(door, client, email):
    as_given = email.replace("appseed", "AppSeed").title()
    assert door.register(client, as_given, "a good passphrase").is_success

    for spelt in (email, email.upper(), as_given):
        assert door.email_of(door.login(client, spelt, "a good passphrase")) == as_given
        assert is_refusal(door, door.register(client, spelt, "another passphrase"))


# ---------------------------------------------------------------- law 6: passwords
def test_p01_p03_long_and_simple_passwords_are_taken(door, client, email):
    passwords = ["correct horse ünïcödé 🐎🔋📎 " + "ab cd " * 8, "abcdefghijklmnopqrst", "🔑" * 64, " " * 20 + "x"]
    for number, password in enumerate(passwords):
        assert registers(door, client, f"{number}.{email}", password), password


def test_p02_the_shortest_password_is_counted_in_code_points(door, client, email):
    shortest = door.SHORTEST_PASSWORD

    assert not registers(door, client, email, "🔑" * (shortest - 1))
    assert not registers(door, client, email, "e\u0301" * (shortest - 1))  # one code point each after NFKC
    assert registers(door, client, email, "🔑" * shortest)


def test_p04_nothing_is_truncated(door, client, email):
    assert door.register(client, email, "A" * 72 + "x").is_success

    assert door.login(client, email, "A" * 72 + "x").is_success
    for other in ("A" * 72 + "y", "A" * 72, "A" * 72 + "x\u00a0", "A" * 73 + "x"):
        assert whole(door.login(client, email, other)) == door.UNKNOWN_CREDENTIALS


def test_p04_the_longest_password_has_1024_code_points(door, client, email):
    assert registers(door, client, email, "🔑" * 1024)
    assert not registers(door, client, f"b.{email}", "🔑" * 1025)
    assert not registers(door, client, f"c.{email}", "p" * 5000)
    assert not registers(door, client, f"d.{email}", "\ufdfa" * 1000)  # eighteen code points each after NFKC
    assert is_refusal(door, door.login(client, email, "p" * 5000))


def test_p05_forms_that_nfkc_makes_equal_log_in_and_no_others(door, client, email):
    composed, decomposed = "Pâsswörd № ﬁve", unicodedata.normalize("NFKD", "Pâsswörd № ﬁve")
    assert composed != decomposed
    assert door.register(client, email, composed).is_success

    assert door.login(client, email, decomposed).is_success
    assert door.login(client, email, "Pâsswörd No five").is_success
    for other in (composed.lower(), f"{composed} ", f" {composed}", "Password № ﬁve"):
        assert whole(door.login(client, email, other)) == door.UNKNOWN_CREDENTIALS


def test_p02_a_setting_raises_the_shortest_password_of_every_door(door, twelve, email):
    assert not registers(door, twelve.client, email, "p" * 11)
    assert registers(door, twelve.client, email, "p" * 12)


def test_p02_p06_the_strict_profile(door, strict, email):
    address = f"Strict.{email}"
    local = address.partition("@")[0]

    assert not registers(door, strict.client, address, "fourteen chars")
    common = ["passwordpassword", "PASSWORDpassword", "qwertyqwertyqwerty", "12345678901234567890"]
    for easy in [*common, address, address.lower(), local * 2]:
        assert len(easy) >= 15
        answer = door.register(strict.client, address, easy)
        assert whole(answer) == refusal(door, 400, "'password' is too easy to guess"), easy
    assert registers(door, strict.client, address, "fifteen of them")


@pytest.mark.parametrize(("name", "shortest"), [("server", 0), ("twelve", 12), ("strict", 15)])
def test_p02_the_documents_tell_the_shortest_password_in_force(door, request, name, shortest):
    client = request.getfixturevalue(name).client
    expected = max(shortest, door.SHORTEST_PASSWORD)

    for document in ("openapi.json", f"openapi/{door.__name__.removeprefix('test_')}.json"):
        schemas = client.get(f"/{document}").json()["components"]["schemas"]
        new_passwords = [
            field["minLength"]
            for schema in schemas.values()
            for field in schema.get("properties", {}).values()
            if field.get("x-portico-policy") == "new-password"
        ]
        assert new_passwords
        assert set(new_passwords) == {expected}


# ---------------------------------------------------------------- law 7: unknown properties
def test_a02_unknown_properties_are_ignored_and_never_stored(door, server, client, email):
    marker = f"marker-{email[:12]}"
    unknown = {name: marker for name in ("note", "hash", "gender", "contact_no", "first_name", "created_at", "__proto__")}
    privileged = {"id": 1, "is_admin": True, "active": False, "awaits_activation": True, "application_id": 99, "": marker}

    answer = door.register(client, email, "a good passphrase", **unknown, **privileged)
    token = door.token_of(door.login(client, email, "a good passphrase", headers={"X-Note": marker}))

    assert answer.is_success
    assert door.protected(client, **bearer(token)).is_success
    assert email in stored(server)
    assert marker not in stored(server)


# ---------------------------------------------------------------- law 8: nobody and a wrong password look the same
def test_e01_unknown_account_wrong_password_and_inactive_account_are_one(door, server, client, email):
    for name in ("wrong", "inactive"):
        door.register(client, f"{name}.{email}", "a good passphrase")
    sql(server, f"UPDATE account SET active = false WHERE email_key = 'inactive.{email}'")

    answers = [
        door.login(client, f"nobody.{email}", "a good passphrase"),
        door.login(client, f"wrong.{email}", "a bad passphrase"),
        door.login(client, f"inactive.{email}", "a good passphrase"),
    ]

    assert [whole(answer) for answer in answers] == [door.UNKNOWN_CREDENTIALS] * 3
    assert len({answer.content for answer in answers}) == 1
    assert len({tuple(name for name, _ in answer.headers.multi_items()) for answer in answers}) == 1


# ---------------------------------------------------------------- law 9: what goes wrong, in the door's own words
def at_this_door(door: ModuleType) -> list[tuple[str, str]]:
    name = door.__name__.removeprefix("test_")
    return [(method, path) for owner, method, path in OPERATIONS if owner == name]


def test_h03_404(door, client):
    for path in ("/nothing", "/", "/nothing/at/all", "/nothing?a=b", "/%E2%82%AC", "/.", "//"):
        for method in ("GET", "POST", "DELETE"):
            assert whole(client.request(method, door.BASE + path)) == refusal(door, 404, UNKNOWN), path


def test_h03_405_and_a_complete_allow(door, client):
    at = at_this_door(door)
    for path in {path for _, path in at}:
        allowed = {method for method, other in at if other == path}
        allowed |= {"HEAD"} if "GET" in allowed else set()
        for method in {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND"} - allowed:
            answer = client.request(method, path)
            assert answer.status_code == 405
            assert set(answer.headers["Allow"].split(", ")) == allowed
            if method == "HEAD":
                assert answer.content == b""
            else:
                assert whole(answer) == refusal(door, 405, WRONG_METHOD)


def with_bodies(door: ModuleType) -> Iterator[tuple[str, str, dict]]:
    """Each operation with a body: method, path, and the schema of its JSON."""
    document = DOCUMENTS[door.__name__.removeprefix("test_")]
    for method, path in at_this_door(door):
        operation = document["paths"][path][method.lower()]
        if "requestBody" in operation:
            reference = operation["requestBody"]["content"]["application/json"]["schema"]["$ref"]
            yield method, path, document["components"]["schemas"][reference.rpartition("/")[2]]


def test_h03_413(door, client, token):
    for method, path, _ in with_bodies(door):
        headers = JSON | bearer(token)
        announced = client.request(method, path, content=b" " * (LIMIT + 1), headers=headers)
        chunked = client.request(method, path, content=iter([b" " * LIMIT, b" "]), headers=headers)

        assert whole(announced) == refusal(door, 413, TOO_LARGE), path
        assert whole(chunked) == refusal(door, 413, TOO_LARGE), path


def test_a_body_of_the_limit_fits(door, client):
    for method, path, _ in with_bodies(door):
        empty = client.request(method, path, content=b"{}", headers=JSON)
        padded = client.request(method, path, content=b"{}".ljust(LIMIT), headers=JSON)
        assert whole(padded) == whole(empty)


def test_h03_415(door, client, token):
    for method, path, _ in with_bodies(door):
        for media_type in ("text/plain", "application/xml", "application/jsonp", "nonsense", None):
            headers = bearer(token) | ({"Content-Type": media_type} if media_type else {})
            answer = client.request(method, path, content=b"{}", headers=headers)
            assert answer.status_code == 415
            assert is_refusal(door, answer)


NO_JSON = [b"{", b"not json", b'{"a":1,}', b"{'a':1}", b'{"a":NaN}', b'{"a":1}{"a":1}', b"\xff\xfe{}", b'{"\xe4":1}']


@pytest.mark.parametrize("body", NO_JSON)
def test_h03_malformed_json(door, client, token, body):
    for method, path, _ in with_bodies(door):
        answer = client.request(method, path, content=body, headers=JSON | bearer(token))
        assert whole(answer) == refusal(door, 400, NOT_JSON), path


def test_h03_a_property_named_twice(door, client, token):
    for method, path, _ in with_bodies(door):
        answer = client.request(method, path, content=b'{"a":1,"a":1}', headers=JSON | bearer(token))
        assert whole(answer) == refusal(door, 400, "The body names a property twice")


@pytest.mark.skipif(bool(POSTGRES), reason="PostgreSQL locks rows, not the database")
def test_o02_503_while_the_database_is_locked(door, fragile, email):
    client = fragile.client
    token = logged_in(door, client, email)

    with locked(fragile):
        answers = [door.register(client, f"b.{email}", "a good passphrase"), door.login(client, email, "a good passphrase")]
        answers.append(door.logout(client, **bearer(token)))
        wrong = door.login(client, email, "a bad passphrase")

    for answer in answers:
        assert whole(answer) == refusal(door, 503, UNAVAILABLE)
        assert int(answer.headers["Retry-After"]) >= 1
    assert whole(wrong) == door.UNKNOWN_CREDENTIALS  # nothing had to be written
    assert door.protected(client, **bearer(token)).is_success
    assert door.register(client, f"b.{email}", "a good passphrase").is_success


def test_o02_503_while_the_database_is_gone(door, fragile, email):
    client = fragile.client
    token = logged_in(door, client, email)

    with gone(fragile):
        answers = [
            door.register(client, f"b.{email}", "a good passphrase"),
            door.login(client, email, "a good passphrase"),
            door.login(client, email, "a bad passphrase"),
            door.login(client, f"nobody.{email}", "a good passphrase"),
        ]

    for answer in answers:
        assert whole(answer) == refusal(door, 503, UNAVAILABLE)
        assert int(answer.headers["Retry-After"]) >= 1
    assert door.protected(client, **bearer(token)).is_success
    assert door.login(client, email, "a good passphrase").is_success


@pytest.fixture
def narrow(serving: Callable[..., Server]) -> Server:
    """A server on one processor: it checks one password at a time and lets 32 wait."""
    processors = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(processors)})
    try:
        return serving(PORTICO_BCRYPT_COST="10")
    finally:
        os.sched_setaffinity(0, processors)


def test_b09_503_when_more_passwords_wait_than_can_be_checked(door, narrow, email):
    many = 100
    with ThreadPoolExecutor(many) as threads, httpx.Client(base_url=narrow.url, timeout=60, limits=NO_LIMITS) as client:
        logins = [threads.submit(door.login, client, email, "a good passphrase") for _ in range(many)]
        live = narrow.client.get("/health/live")
        answers = [login.result() for login in logins]

    assert whole(live) == (200, {"status": "ok"})
    busy = [answer for answer in answers if answer.status_code == 503]
    assert busy
    for answer in busy:
        assert whole(answer) == refusal(door, 503, BUSY)
        assert int(answer.headers["Retry-After"]) >= 1
    served = [answer for answer in answers if answer.status_code != 503]
    assert served
    for answer in served:
        assert whole(answer) == door.UNKNOWN_CREDENTIALS


# ---------------------------------------------------------------- law 10: headers
def one_of_each(door: ModuleType, client: httpx.Client, email: str) -> list[httpx.Response]:
    """Answers of every kind."""
    registered = door.register(client, email, "a good passphrase")
    logged_in = door.login(client, email, "a good passphrase")
    token = door.token_of(logged_in)
    method, path = at_this_door(door)[0]
    return [
        registered,
        logged_in,
        door.login(client, email, "a bad passphrase"),
        door.register(client, email, "a good passphrase"),
        door.protected(client, **bearer(token)),
        door.protected(client),
        door.logout(client, **bearer(token)),
        client.get(f"{door.BASE}/nothing"),
        client.request("PATCH", path),
        client.request(method, path, content=b"{", headers=JSON),
        client.request(method, path, content=b"{}", headers={"Content-Type": "text/plain"}),
        client.request(method, path, content=b" " * (LIMIT + 1), headers=JSON),
    ]


def test_h05_no_answer_is_kept_or_guessed_at(door, client, email):
    for answer in one_of_each(door, client, email):
        assert answer.headers.get_list("Cache-Control") == ["no-store"]
        assert answer.headers.get_list("X-Content-Type-Options") == ["nosniff"]
        assert answer.headers.get_list("Content-Type") in (["application/json"], ["application/problem+json"])
        assert "Server" not in answer.headers


NEAR = ["http://localhost:3000", "http://localhost", "https://localhost:8443", "http://127.0.0.1:5173", "http://[::1]:3000"]
FOREIGN = [
    "https://evil.example",
    "https://app.example.org.evil.example",
    "http://app.example.org",
    "https://app.example.org:444",
    "http://localhost.evil.example",
    "http://evil.example/localhost",
    "http://127.0.0.1.evil.example:3000",
    "http://localhost:3000.evil.example",
    "http://192.168.0.1",
    "null",
    "*",
    "",
]


def cors(answer: httpx.Response) -> dict[str, str]:
    return {name: value for name, value in answer.headers.items() if name.startswith("access-control-allow")}


def preflight(door: ModuleType, client: httpx.Client, origin: str) -> httpx.Response:
    asked = {
        "Origin": origin,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization, content-type, token",
    }
    return client.options(at_this_door(door)[0][1], headers=asked)


@pytest.mark.parametrize("origin", NEAR)
def test_h05_a_loopback_server_lets_loopback_origins_in(door, client, email, origin):
    client.headers["Origin"] = origin
    try:
        answers = one_of_each(door, client, email)
    finally:
        del client.headers["Origin"]

    for answer in answers:
        assert cors(answer) == {"access-control-allow-origin": origin}
        assert "origin" in answer.headers["Vary"].lower()
    before = preflight(door, client, origin)
    assert before.is_success
    assert set(cors(before)) == {f"access-control-allow-{name}" for name in ("origin", "methods", "headers")}
    assert before.headers["Access-Control-Allow-Origin"] == origin
    assert {"authorization", "content-type", "token"} <= words(before.headers["Access-Control-Allow-Headers"])
    assert {"get", "post", "put", "delete"} <= words(before.headers["Access-Control-Allow-Methods"])


def test_h05_a_preflight_answer_is_not_guessed_at_either(door, client):
    for origin in ("http://localhost:3000", "https://evil.example"):
        assert preflight(door, client, origin).headers.get_list("X-Content-Type-Options") == ["nosniff"]


def words(header: str) -> set[str]:
    return set(re.split(r",\s*", header.lower()))


@pytest.mark.parametrize("origin", [*FOREIGN, "https://app.example.org"])
def test_h05_foreign_origins_stay_out(door, client, email, origin):
    stays_out(door, client, email, origin)


def stays_out(door: ModuleType, client: httpx.Client, email: str, origin: str) -> None:
    answer = door.login(client, email, "a good passphrase", headers={"Origin": origin})
    assert whole(answer) == door.UNKNOWN_CREDENTIALS  # it is served; the browser keeps it from the page
    assert "access-control-allow-origin" not in answer.headers
    assert "access-control-allow-credentials" not in answer.headers
    before = preflight(door, client, origin)
    assert "access-control-allow-origin" not in before.headers
    assert "access-control-allow-credentials" not in before.headers


def test_h05_a_list_of_origins_is_exact(door, twelve, email):
    origin = "https://app.example.org"

    answer = door.login(twelve.client, email, "a good passphrase", headers={"Origin": origin})
    before = preflight(door, twelve.client, origin)

    assert cors(answer) == {"access-control-allow-origin": origin}
    assert before.is_success
    assert before.headers["Access-Control-Allow-Origin"] == origin
    assert "access-control-allow-credentials" not in before.headers
    for other in [*FOREIGN, *NEAR]:
        stays_out(door, twelve.client, email, other)


def test_h05_a_server_for_everybody_lets_no_origin_in(door, serving, email):
    server = serving("--host", "0.0.0.0")
    server.client = httpx.Client(base_url=server.url.replace("0.0.0.0", "127.0.0.1"))

    for origin in [*NEAR, *FOREIGN]:
        stays_out(door, server.client, email, origin)


# ---------------------------------------------------------------- law 11: text that cannot be stored
@pytest.mark.parametrize("text", [r"a\u0000b", r"\ud800", r"a\udfffb", r"\udc00\ud800"])
def test_h03_nul_and_lone_surrogates_are_400(door, client, token, text):
    for method, path, schema in with_bodies(door):
        for name in [*schema.get("properties", {}), "unknown", text]:
            body = f'{{"{name}": "{text}"}}'
            answer = client.request(method, path, content=body, headers=JSON | bearer(token))
            assert answer.status_code == 400, (path, name)
            assert is_refusal(door, answer)


def test_h03_nul_in_a_form_is_400(door, client, token):
    for method, path, schema in with_bodies(door):
        for name in schema.get("properties", {}):
            answer = client.request(method, path, files={name: (None, "a\0b")}, headers=bearer(token))
            assert whole(answer) == refusal(door, 400, "The text holds a NUL character"), (path, name)


def test_text_that_can_be_stored_is_stored(door, client, email):
    """Surrogates in pairs, controls other than NUL, non-characters, right-to-left marks."""
    password = "\U0010ffff\uffff\u202e\x01\x7f\u2028 a good passphrase"
    assert registers(door, client, email, password)


# ---------------------------------------------------------------- law 12: HEAD
GETS = [(door, path) for door, method, path in OPERATIONS if method == "GET" and "{" not in path]


@pytest.mark.parametrize(("door_of_path", "path"), GETS)
def test_head_is_get_without_a_body(client, door_of_path, path):
    get, head = client.get(path), client.head(path)

    assert head.status_code == get.status_code
    assert head.content == b""
    assert _lasting(head) == _lasting(get)


def _lasting(answer: httpx.Response) -> dict[str, str]:
    return {name: value for name, value in answer.headers.items() if name != "date"}
