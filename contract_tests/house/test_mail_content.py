"""What a mail says, to whom it goes, and that nobody who writes an address or a name writes it along."""

import re
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

import httpx
import pytest
from doors import PASSWORD
from doors.appseed import Appseed
from doors.vault import OK, Vault
from support.answers import whole
from support.database import sql, stored
from support.mailbox import Letter, files, letter_to, letters_to
from support.pages import signed_up
from support.post_office import PostOffice
from support.server import Server, Serving

PUBLIC = "https://id.example.org/portico"
VERIFICATION = """\
Somebody, most likely you, signed up with {address}.

Confirm that this address is yours:

{link}

The link is good for two days. If it was not you, do nothing.
"""
VERIFICATION_PAGE = """\
<!doctype html>
<html lang="en">
<body style="font: 16px/1.5 system-ui, sans-serif; color: #2b2a27">
<p>Somebody, most likely you, signed up with {address}.</p>
<p><a href="{link}">Confirm that this address is yours</a></p>
<p>The link is good for two days. If it was not you, do nothing.</p>
</body>
</html>
"""
RESETTING = """\
Somebody, most likely you, asked for a new password for {address}.

Choose one here:

{link}

The link is good for one hour and works once. If it was not you, do nothing: your password stays as it is.
"""


@pytest.fixture(scope="module")
def house(serving: Serving) -> Server:
    """Its mails land in the folder, under a public address."""
    public = {"PORTICO_PUBLIC_URL": f"{PUBLIC}/", "PORTICO_MAIL_FROM": "door@example.org"}
    return serving(PORTICO_LIMITS="off", PORTICO_CAPTCHA="off", **public)


@pytest.fixture
def door(house: Server) -> Vault:
    return house.at(Vault)


# ---------------------------------------------------------------- what it says
@pytest.mark.parametrize(("door", "place"), [("vault", "/api/verify-email/"), ("notes", "/auth/verify?token=")])
def test_a_verification_mail_whole(house: Server, email: str, door: str, place: str) -> None:
    letter = signed_up(house, door, email)

    link = f"{PUBLIC}{place}{letter.token}"
    assert letter.text == VERIFICATION.format(address=email, link=link)
    assert letter.html == VERIFICATION_PAGE.format(address=email, link=link)
    message = letter.message
    assert message.get_content_type() == "multipart/alternative"
    assert [part.get_content_type() for part in message.iter_parts()] == ["text/plain", "text/html"]
    headers = "From To Subject Date Message-ID Auto-Submitted MIME-Version Content-Type"
    assert message.keys() == headers.split()
    assert (message["From"], message["To"], message["Subject"]) == ("door@example.org", email, "Confirm your address")
    assert message["Auto-Submitted"] == "auto-generated"
    assert re.fullmatch(r"<[0-9a-f]{32}@example\.org>", message["Message-ID"])
    assert abs(parsedate_to_datetime(message["Date"]) - datetime.now(UTC)) < timedelta(minutes=1)


def test_a_reset_mail_whole(house: Server, door: Vault, email: str) -> None:
    assert door.register(email).is_success
    assert whole(door.forget(email)) == OK

    letter = letter_to(house, email, 2)

    link = f"{PUBLIC}/api/reset-password?token={letter.token}"
    assert letter.text == RESETTING.format(address=email, link=link)
    assert f'<a href="{link}">Choose a new password</a>' in letter.html
    assert letter.message["Subject"] == "Choose a new password"
    assert letter.message["Message-ID"] != letter_to(house, email).message["Message-ID"]


def test_a_fresh_install_puts_each_mail_into_a_file_of_the_folder_outbox_that_nobody_else_reads(
    server: Server, email: str
) -> None:
    assert server.at(Vault).register(email).is_success

    letter = letter_to(server, email)

    assert letter.link == f"{server.url}/api/verify-email/{letter.token}"
    assert letter.message["From"] == "portico@localhost"
    assert httpx.get(letter.link, timeout=20).status_code == 200
    [file] = [file for file in files(server) if email.encode() in file.read_bytes()]
    assert file.stat().st_mode & 0o777 == 0o600
    assert {path.suffix for path in file.parent.iterdir()} == {".eml"}
    assert b"\r" not in file.read_bytes()  # as every other file here


# ---------------------------------------------------------------- M04: nobody writes it along
FORGED_HEADERS = {
    "Host": "evil.example",
    "X-Forwarded-Host": "evil.example",
    "X-Forwarded-Proto": "gopher",
    "Forwarded": "host=evil.example;proto=gopher",
    "X-Forwarded-Prefix": "/evil",
    "Origin": "https://evil.example",
    "Referer": "https://evil.example/",
}


@pytest.mark.parametrize("header", FORGED_HEADERS)
def test_m04_no_header_moves_the_link(house: Server, door: Vault, email: str, header: str) -> None:
    forged = {header: FORGED_HEADERS[header]}
    path, body = door.registration(email, PASSWORD)
    assert house.client.post(path, json=body, headers=forged).status_code == 200
    assert whole(door.forget(email, headers=forged)) == OK

    for number in (1, 2):
        letter = letter_to(house, email, number)
        assert letter.link.startswith(f"{PUBLIC}/api/")
        assert b"evil" not in letter.raw


def test_m04_names_do_not_get_into_a_mail(house: Server, door: Vault, email: str) -> None:
    name = "Ada\r\nBcc: all@example.org\r\n\r\n<a href='https://evil.example'>click</a> {token} {{ link }}"
    assert door.register(email, name=name).is_success

    letter = letter_to(house, email)

    assert letter.html.count("<a ") == 1
    assert b"evil" not in letter.raw
    assert b"Bcc" not in letter.raw


# Besides those that every door refuses.
SMUGGLING = [
    "{}@example.org\r\nBcc: all@example.org",
    "{}@example.org\n\n<b>text</b>",
    '"{}\r\nBcc: all"@example.org',
    "{}@example.org;all@example.org",
    "{}@example.org%0d%0aBcc:all@example.org",
    "{}@example.org\u2028Bcc: all@example.org",
    '"=?utf-8?q?all=40example.com=2C{}?="@example.org',
    "a.=?utf-8?b?YWxsQGV4YW1wbGUuY29tLA==?=.{}@example.org",
]


@pytest.mark.parametrize("shape", SMUGGLING)
def test_m04_no_address_smuggles_anything_in(house: Server, door: Vault, email: str, shape: str) -> None:
    """What a mail program would read as anything but this one address is refused at the door."""
    address = shape.format(email[:20])

    assert door.register(address).status_code == 400
    assert door.forget(address).status_code == 400
    assert email[:20] not in stored(house)


ODD = [
    '"{} two  spaces"@example.org',
    '"{}, all@example.org"@example.org',
    '"{}<all@example.org>"@example.org',
    '"{}\\"quoted\\\\"@example.org',
    '"{}<b>&amp;\'"@example.org',
    '"http://evil.example/{}"@example.org',
    "{}.#!$%&'*+/=?^_`{{|}}~-@example.org",
    "{}@" + ".".join(["a" * 60] * 3),
    "{}@xn--bcher-kva.example",
    "{}@localhost",
]


def is_for_one(letter: Letter, address: str) -> None:
    assert letter.recipients == (address,)
    assert [recipient.addr_spec for recipient in letter.message["To"].addresses] == [address]
    assert letter.text == VERIFICATION.format(address=address, link=letter.link)
    assert letter.html.count("<a ") == 1
    assert "<b>" not in letter.html


@pytest.mark.parametrize("shape", ODD)
def test_m04_an_odd_address_is_one_recipient(
    house: Server, sending: Server, post: PostOffice, email: str, shape: str
) -> None:
    address = shape.format(email[:20])
    for server in (house, sending):
        assert server.at(Vault).register(address).is_success

    is_for_one(letter_to(house, address), address)
    is_for_one(post.letter_to(address), address)


def test_the_list_of_mails_shows_any_address(house: Server, door: Vault, email: str) -> None:
    addresses = [shape.format(email[:20]) for shape in [*ODD, '"{} [/bold]"@example.org', '"{}[red]"@example.org']]
    for address in addresses:
        assert door.register(address).is_success

    listed = house.run("mail", "list")

    for address in addresses:
        assert address[:40] in listed


# ---------------------------------------------------------------- which mails there are
def test_a_cause_without_its_mail_is_not_written(serving: Serving, email: str) -> None:
    house = serving(PORTICO_LIMITS="off")
    house.expects_failures = True
    sql(house, "ALTER TABLE mail RENAME TO mislaid_mail")

    refused = house.at(Vault).register(email)

    sql(house, "ALTER TABLE mislaid_mail RENAME TO mail")
    assert refused.status_code in (500, 503)
    assert house.at(Vault).register(email).is_success  # for there is no such account
    assert house.at(Vault).verify(letter_to(house, email).token).status_code == 200


def test_e03_forgetting_an_unknown_address_leaves_no_trace(house: Server, door: Vault, email: str) -> None:
    assert whole(door.forget(f"nobody.{email}")) == OK
    assert door.register(email).is_success
    letter_to(house, email)  # the worker has passed the one that was queued before

    assert letters_to(house, f"nobody.{email}") == []
    assert f"nobody.{email}" not in stored(house)


def test_a_mail_of_a_new_address_goes_there(house: Server, door: Vault, email: str) -> None:
    session = door.logged_in(email)
    house.at(Appseed).move(email, f"new.{email}")

    assert door.resend(session).status_code == 200

    assert door.verify(letter_to(house, f"new.{email}").token).status_code == 200
