"""Whether an address has an account."""

import pytest
from doors.vault import OK, Vault
from support.answers import whole
from vault.pairs import Pair


def test_exist_email_answers_true_or_false(vault: Vault, email: str, pair: Pair) -> None:
    for address, there in ((email, True), (email.upper(), True), (f"b.{email}", False), ("a@b", False)):
        answer = vault.exists(address)
        assert whole(answer) == (200, there)
        assert answer.content == (b"true" if there else b"false")
        assert answer.headers.get_list("Content-Type") == ["application/json"]


@pytest.mark.parametrize(
    "shape", ["{}+tag@example.org", "a/{}@example.org", '"{} ?#"@example.org', "{}%41@example.org"]
)
def test_exist_email_takes_any_address_a_path_can_hold(vault: Vault, email: str, shape: str) -> None:
    address = shape.format(email[:32])
    assert whole(vault.exists(address)) == (200, False)
    vault.register(address)

    assert whole(vault.exists(address)) == (200, True)


@pytest.mark.parametrize("wrong", ["nope", "a@b@c", "ä@b.c", "a b@c.d", "%%%"])
def test_exist_email_wants_an_address(vault: Vault, wrong: str) -> None:
    assert whole(vault.exists(wrong)) == vault.refused(400, "'email' is not a valid e-mail address")


def test_no_limits_when_they_are_off(vault: Vault, email: str) -> None:
    for _ in range(8):
        assert whole(vault.exists(email)) == (200, False)
        assert whole(vault.forget(email)) == OK
