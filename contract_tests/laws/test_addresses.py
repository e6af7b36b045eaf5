"""Which addresses are taken, and that they are kept as given and compared without regard to case."""

import pytest
from doors import Door
from support.answers import bearer, whole
from support.documents import taking

VALID_ADDRESSES = [
    "{}@appseed.us",
    "{}@localhost",
    "{}@b.c",
    "{}.dotted.name@example.org",
    "{}+tag@example.org",
    "!#$%&'*+/?=^_`{{|}}~-{}@example.org",
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
    '""@{}.example.org',
    "=?utf-8?q?{}?=@example.org",  # a header field would decode it
    "<{}@example.org>",
    "Test <{}@example.org>",
    "{}@example.org,b@example.org",
    "{}\x7f@example.org",
]


@pytest.mark.parametrize("address", VALID_ADDRESSES)
def test_addresses_that_are_taken_and_echoed_as_given(maker: Door, email: str, address: str) -> None:
    address = address.format(f"Z{email[:12]}")

    assert maker.register(address).is_success
    assert maker.email_of(address) == address


@pytest.mark.parametrize("address", INVALID_ADDRESSES)
def test_addresses_that_are_refused(maker: Door, email: str, address: str) -> None:
    answer = maker.register(address.format(email[:12]))

    assert answer.status_code == 400
    assert maker.is_refusal(answer)


def test_an_address_has_at_most_254_octets(maker: Door, email: str) -> None:
    local, host = email[:32].ljust(64, "x"), ".".join(["a" * 62, "b" * 62, "c" * 63])

    assert len(f"{local}@{host}") == 254
    assert maker.register(f"{local}@{host}").is_success
    assert maker.is_refusal(maker.register(f"{local}@a{host}"))


def test_addresses_are_compared_without_regard_to_case(maker: Door, email: str) -> None:
    as_given = email.replace("appseed", "AppSeed").title()
    assert maker.register(as_given).is_success

    for spelt in (email, email.upper(), as_given):
        assert maker.email_of(spelt) == as_given
        assert whole(maker.register(spelt, "another passphrase")) == maker.taken


@pytest.mark.parametrize("address", ["a", "a@b@c.de", "a b@example.org", "a@exa_mple.org", f"{'a' * 250}@b.cd"])
def test_every_operation_that_takes_an_address_looks_at_it(door: Door, token: str, address: str) -> None:
    """One that logs in by a name or an address, and one that looks for an owner by a path, may take any text."""
    for operation in taking(door.name):
        if operation.properties().get("email", {}).get("format") == "email":
            body = operation.example() | {"email": address}
            answer = door.ask(operation.method, operation.url(), body, headers=bearer(token))
            assert answer.status_code == 400, operation.id
            assert door.is_refusal(answer), operation.id
