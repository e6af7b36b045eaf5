"""Passwords: as long and as odd as anybody likes, counted in code points, compared as NFKC writes them."""

import unicodedata

import pytest
from doors import Door
from support.answers import whole
from support.documents import taking
from support.server import Server


def registers(door: Door, email: str, password: str) -> bool:
    """Tells whether the password makes an account and logs in; else it must be refused as a wrong input is."""
    answer = door.register(email, password)
    if answer.is_success:
        assert door.login(email, password).is_success
        return True
    assert answer.status_code == 400
    assert door.is_refusal(answer)
    return False


def test_p01_p03_long_and_simple_passwords_are_taken(maker: Door, email: str) -> None:
    passwords = [
        "correct horse ünïcödé 🐎🔋📎 " + "ab cd " * 8,
        "abcdefghijklmnopqrst",
        "🔑" * 64,
        " " * 20 + "x",
        "\U0010ffff\uffff\u202e\x01\x7f\u2028 a good passphrase",  # all text that can be stored is stored
    ]
    for number, password in enumerate(passwords):
        assert registers(maker, f"{number}.{email}", password), password


def test_p02_the_shortest_password_is_counted_in_code_points(maker: Door, email: str) -> None:
    shortest = maker.shortest_password

    assert not registers(maker, email, "🔑" * (shortest - 1))
    assert not registers(maker, email, "e\u0301" * (shortest - 1))  # one code point each after NFKC
    assert registers(maker, email, "🔑" * shortest)


def test_p04_nothing_is_truncated(door: Door, email: str) -> None:
    assert door.register(email, "A" * 72 + "x").is_success

    assert door.login(email, "A" * 72 + "x").is_success
    for other in ("A" * 72 + "y", "A" * 72, "A" * 72 + "x\u00a0", "A" * 73 + "x"):
        assert whole(door.login(email, other)) == door.wrong_credentials


def test_p04_the_longest_password_has_1024_code_points(maker: Door, email: str) -> None:
    assert registers(maker, email, "🔑" * 1024)
    assert not registers(maker, f"b.{email}", "🔑" * 1025)
    assert not registers(maker, f"c.{email}", "p" * 5000)
    assert not registers(maker, f"d.{email}", "\ufdfa" * 1000)  # eighteen code points each after NFKC


def test_p04_no_login_takes_a_longer_password(door: Door, email: str) -> None:
    assert door.is_refusal(door.login(email, "p" * 5000))


def test_p05_forms_that_nfkc_makes_equal_log_in_and_no_others(door: Door, email: str) -> None:
    composed, decomposed = "Pâsswörd № ﬁve", unicodedata.normalize("NFKD", "Pâsswörd № ﬁve")
    assert composed != decomposed
    assert door.register(email, composed).is_success

    assert door.login(email, decomposed).is_success
    assert door.login(email, "Pâsswörd No five").is_success
    for other in (composed.lower(), f"{composed} ", f" {composed}", "Password № ﬁve"):
        assert whole(door.login(email, other)) == door.wrong_credentials


def test_p02_a_setting_raises_the_shortest_password_of_every_door(maker: Door, customized: Server, email: str) -> None:
    there = customized.at(type(maker))

    assert not registers(there, email, "p" * 11)
    assert registers(there, email, "p" * 12)


def test_p02_p06_the_strict_profile(maker: Door, strict: Server, email: str) -> None:
    there = strict.at(type(maker))
    address = f"Strict.{email}"
    local = address.partition("@")[0]

    assert not registers(there, address, "fourteen chars")
    common = ["passwordpassword", "PASSWORDpassword", "qwertyqwertyqwerty", "12345678901234567890"]
    for easy in [*common, address, address.lower(), local * 2]:
        assert len(easy) >= 15
        answer = there.register(address, easy)
        assert whole(answer) == there.refused(400, "'password' is too easy to guess"), easy
    assert registers(there, address, "fifteen of them")


# ---------------------------------------------------------------- wherever a password is set
@pytest.fixture(params=[("server", 0), ("customized", 12), ("strict", 15)], ids=lambda param: param[0])
def at_least(request: pytest.FixtureRequest, door: Door) -> tuple[Door, int]:
    """The door at a server of each setting, and the shortest password there."""
    name, shortest = request.param
    server: Server = request.getfixturevalue(name)
    return server.at(type(door)), max(shortest, door.door_of_registration.shortest_password)


def test_p02_the_documents_tell_the_shortest_password_in_force(at_least: tuple[Door, int]) -> None:
    door, shortest = at_least

    for document in ("openapi.json", f"openapi/{door.name}.json"):
        schemas = door.client.get(f"/{document}").json()["components"]["schemas"]
        new_passwords = {
            field["minLength"]
            for component, schema in schemas.items()
            if component.startswith(door.name.capitalize())
            for field in schema.get("properties", {}).values()
            if field.get("x-portico-policy") == "new-password"
        }
        assert new_passwords == (set() if door.accounts_of else {shortest})


def test_p02_p06_every_operation_that_sets_a_password_looks_at_its_length(at_least: tuple[Door, int]) -> None:
    door, shortest = at_least
    asked = []
    for operation in taking(door.name):
        for field, rules in operation.properties().items():
            if rules.get("x-portico-policy") == "new-password":
                for password, words in (
                    ("🔑" * (shortest - 1), f"'{field}' is too short, at least {shortest} characters"),
                    ("p" * 1025, f"'{field}' is too long, at most 1024 characters"),
                ):
                    answer = door.ask(operation.method, operation.path, operation.example() | {field: password})
                    assert whole(answer) == door.refused(400, words), operation.id
                asked.append(operation)
    assert asked or door.accounts_of
