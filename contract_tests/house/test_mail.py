"""The outbox: a mail is a row, written with its cause, and goes out once, whatever the mail server does."""

import hashlib
import re
import ssl
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import partial
from ipaddress import ip_address
from pathlib import Path

import httpx
import pytest
import test_vault as vault
from aiosmtpd.smtp import AuthResult, LoginPassword
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from support.answers import Headers
from support.database import sql, stored
from support.mailbox import (
    PostOffice,
    awaited,
    awaits_fate,
    fate,
    files,
    hasten,
    letter_to,
    letters_to,
    moment,
    post_office,
    rows,
)
from support.server import Server, Serving
from test_vault import FORGOT, OK, resend, token_of, verify, whole

QUICK = 5  # seconds a client waits; the SMTP server takes longer


@pytest.fixture(scope="module")
def house(serving: Serving) -> Server:
    """Mails land in the folder."""
    public = {"PORTICO_PUBLIC_URL": "https://id.example.org/portico/", "PORTICO_MAIL_FROM": "door@example.org"}
    return serving(PORTICO_LIMITS="off", PORTICO_CAPTCHA="off", **public)


@pytest.fixture(scope="module")
def post() -> Iterator[PostOffice]:
    with post_office() as office:
        yield office


@pytest.fixture(scope="module")
def sending(serving: Serving, post: PostOffice) -> Server:
    """Mails go to the SMTP server."""
    return serving(PORTICO_LIMITS="off", PORTICO_MAIL_URL=f"smtp://127.0.0.1:{post.port}")


@pytest.fixture
def troubled(post: PostOffice) -> Iterator[PostOffice]:
    """The SMTP server, about to misbehave; afterwards it is well again."""
    post.reached.clear()
    post.released.clear()
    yield post
    post.release()


def register(server: Server, email: str) -> httpx.Response:
    answer = vault.register(server.client, email)
    assert answer.status_code == 200
    return answer


def forget(server: Server, email: str, headers: Headers | None = None) -> None:
    assert whole(server.client.post(FORGOT, json={"email": email}, headers=headers)) == (200, OK)


# ---------------------------------------------------------------- what a mail says
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


def test_a_verification_mail_whole(house: Server, email: str) -> None:
    register(house, email)

    letter = letter_to(house, email)

    link = f"https://id.example.org/portico/api/verify-email/{letter.token}"
    assert letter.text == VERIFICATION.format(address=email, link=link)
    assert letter.html == VERIFICATION_PAGE.format(address=email, link=link)
    message = letter.message
    assert message.get_content_type() == "multipart/alternative"
    assert [part.get_content_type() for part in message.iter_parts()] == ["text/plain", "text/html"]
    assert message.keys() == [
        "From",
        "To",
        "Subject",
        "Date",
        "Message-ID",
        "Auto-Submitted",
        "MIME-Version",
        "Content-Type",
    ]
    assert (message["From"], message["To"], message["Subject"]) == ("door@example.org", email, "Confirm your address")
    assert message["Auto-Submitted"] == "auto-generated"
    assert re.fullmatch(r"<[0-9a-f]{32}@example\.org>", message["Message-ID"])
    assert abs(parsedate_to_datetime(message["Date"]) - datetime.now(UTC)) < timedelta(minutes=1)


def test_a_reset_mail_whole(house: Server, email: str) -> None:
    register(house, email)
    forget(house, email)

    letter = letter_to(house, email, 2)

    link = f"https://id.example.org/portico/api/reset-password?token={letter.token}"
    assert letter.text == RESETTING.format(address=email, link=link)
    assert f'<a href="{link}">Choose a new password</a>' in letter.html
    assert letter.message["Subject"] == "Choose a new password"


def test_the_mail_of_the_door_notes(house: Server, email: str) -> None:
    body = {"username": email[:32], "password": "nine quiet harbours", "email": email}
    assert house.client.post("/auth/signup", json=body).status_code == 200

    letter = letter_to(house, email)

    link = f"https://id.example.org/portico/auth/verify?token={letter.token}"
    assert letter.text == VERIFICATION.format(address=email, link=link)


def test_a_mail_is_a_file_of_its_own_that_nobody_else_reads(house: Server, email: str) -> None:
    register(house, email)
    letter_to(house, email)

    outbox = house.folder / "outbox"
    [file] = [file for file in files(house) if email.encode() in file.read_bytes()]
    assert file.stat().st_mode & 0o777 == 0o600
    assert {path.suffix for path in outbox.iterdir()} == {".eml"}
    assert b"\r" not in file.read_bytes()  # as every other file here


def test_a_fresh_install_puts_mails_into_the_folder_outbox(server: Server, email: str) -> None:
    register(server, email)

    letter = letter_to(server, email)

    assert letter.link == f"{server.url}/api/verify-email/{letter.token}"
    assert letter.message["From"] == "portico@localhost"
    assert httpx.get(letter.link, timeout=20).status_code == 200


HOSTS = {
    "Host": "evil.example",
    "X-Forwarded-Host": "evil.example",
    "X-Forwarded-Proto": "gopher",
    "Forwarded": "host=evil.example;proto=gopher",
    "X-Forwarded-Prefix": "/evil",
    "Origin": "https://evil.example",
    "Referer": "https://evil.example/",
}


@pytest.mark.parametrize("header", HOSTS)
def test_m04_no_header_moves_the_link(house: Server, email: str, header: str) -> None:
    forged = {header: HOSTS[header]}
    answer = house.client.post(
        "/api/register", json={"email": email, "password": vault.PASSWORD, "name": "A"}, headers=forged
    )
    assert answer.status_code == 200
    forget(house, email, headers=forged)

    for number in (1, 2):
        letter = letter_to(house, email, number)
        assert letter.link.startswith("https://id.example.org/portico/api/")
        assert b"evil" not in letter.raw


def test_m04_names_do_not_get_into_a_mail(house: Server, email: str) -> None:
    name = "Ada\r\nBcc: all@example.org\r\n\r\n<a href='https://evil.example'>click</a> {token} {{ link }}"
    body = {"email": email, "password": vault.PASSWORD, "name": name}
    assert house.client.post("/api/register", json=body).status_code == 200

    letter = letter_to(house, email)

    assert letter.html.count("<a ") == 1
    assert b"evil" not in letter.raw
    assert b"Bcc" not in letter.raw


HOSTILE = [
    "{}\r\nBcc: all@example.org",
    "{}@example.org\r\nBcc: all@example.org",
    "{}@example.org\n\n<b>text</b>",
    '"{}\r\nBcc: all"@example.org',
    "{}@example.org, all@example.org",
    "{}@example.org;all@example.org",
    "All <{}@example.org>",
    "{}@example.org%0d%0aBcc:all@example.org",
    "{}@example.org\u2028Bcc: all@example.org",
    "=?utf-8?q?all=40example.com=2C{}?=@example.org",
    '"=?utf-8?q?all=40example.com=2C{}?="@example.org',
    "a.=?utf-8?b?YWxsQGV4YW1wbGUuY29tLA==?=.{}@example.org",
]


@pytest.mark.parametrize("shape", HOSTILE)
def test_m04_no_address_smuggles_anything_in(house: Server, email: str, shape: str) -> None:
    """What a mail program would read as anything but this one address is refused at the door."""
    local = email[:20]
    body = {"email": shape.format(local), "password": vault.PASSWORD, "name": "A"}

    assert house.client.post("/api/register", json=body).status_code == 400
    assert house.client.post(FORGOT, json={"email": shape.format(local)}).status_code == 400
    notes = {"username": local, "email": shape.format(local), "password": vault.PASSWORD}
    assert house.client.post("/auth/signup", json=notes).status_code == 400
    assert local not in stored(house)


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


@pytest.mark.parametrize("shape", ODD)
@pytest.mark.parametrize("way", ["folder", "SMTP"])
def test_m04_an_odd_address_is_one_recipient(request: pytest.FixtureRequest, email: str, shape: str, way: str) -> None:
    address = shape.format(email[:20])
    if way == "folder":
        house = request.getfixturevalue("house")
        register(house, address)
        letter = letter_to(house, address)
    else:
        register(request.getfixturevalue("sending"), address)
        letter = request.getfixturevalue("post").letter_to(address)

    assert letter.recipients == (address,)
    assert [recipient.addr_spec for recipient in letter.message["To"].addresses] == [address]
    assert letter.text == VERIFICATION.format(address=address, link=letter.link)
    assert letter.html.count("<a ") == 1
    assert "<b>" not in letter.html


def test_the_list_of_mails_shows_any_address(house: Server, email: str) -> None:
    addresses = [shape.format(email[:20]) for shape in [*ODD, '"{} [/bold]"@example.org', '"{}[red]"@example.org']]
    for address in addresses:
        register(house, address)
        letter_to(house, address)

    listed = house.run("mail", "list")

    for address in addresses:
        assert address[:40] in listed


# ---------------------------------------------------------------- the row and its token
def test_a_mail_without_its_cause_is_not_written(house: Server, email: str) -> None:
    register(house, email)
    letter_to(house, email)

    assert whole(vault.register(house.client, email.upper())) == vault.TAKEN

    assert rows(house, f"SELECT count(*) FROM mail WHERE lower(recipient) = '{email}'") == [(1,)]


def test_a_cause_without_its_mail_is_not_written(serving: Serving, email: str) -> None:
    house = serving(PORTICO_LIMITS="off")
    house.expects_failures = True
    sql(house, "ALTER TABLE mail RENAME TO mislaid_mail")

    refused = vault.register(house.client, email)

    sql(house, "ALTER TABLE mislaid_mail RENAME TO mail")
    assert refused.status_code in (500, 503)
    assert rows(house, "SELECT count(*) FROM account") == [(0,)]
    register(house, email)
    assert verify(house.client, letter_to(house, email).token).status_code == 200


def test_e03_forgetting_an_unknown_address_leaves_no_trace(house: Server, email: str) -> None:
    forget(house, f"nobody.{email}")
    register(house, email)
    letter_to(house, email)  # the worker has passed the one that was queued before

    assert letters_to(house, f"nobody.{email}") == []
    assert f"nobody.{email}" not in stored(house)


def test_s05_the_database_holds_no_one_time_token(house: Server, email: str) -> None:
    register(house, email)
    forget(house, email)
    for number in (1, 2):
        token = letter_to(house, email, number).token
        assert token not in stored(house)
        assert hashlib.sha256(token.encode()).hexdigest() in stored(house)


def test_m02_every_mail_has_a_token_of_its_own(house: Server, email: str) -> None:
    session = token_of(register(house, email))
    for _ in range(3):
        assert resend(house.client, session).status_code == 200

    letter_to(house, email, 4)
    letters = letters_to(house, email)

    assert len({letter.token for letter in letters}) == 4
    assert len({letter.message["Message-ID"] for letter in letters}) == 4


def test_a_mail_of_a_new_address_goes_there(house: Server, email: str) -> None:
    session = token_of(register(house, email))
    vault.move(house.client, email, f"new.{email}")

    assert resend(house.client, session).status_code == 200

    assert verify(house.client, letter_to(house, f"new.{email}").token).status_code == 200


# ---------------------------------------------------------------- SMTP
def test_a_mail_goes_out_by_smtp(sending: Server, post: PostOffice, email: str) -> None:
    register(sending, email)

    letter = post.letter_to(email)

    assert letter.text == VERIFICATION.format(address=email, link=f"{sending.url}/api/verify-email/{letter.token}")
    assert verify(sending.client, letter.token).status_code == 200
    awaits_fate(sending, email, "sent")
    assert not (sending.folder / "outbox").exists()


def all_sent(server: Server, address: str) -> bool:
    return {status for status, _, _ in fate(server, address)} == {"sent"}


def test_m03_smtp_down_holds_nothing_up_and_mails_go_out_once_when_it_is_back(
    sending: Server, troubled: PostOffice, email: str
) -> None:
    addresses = [f"{number}.{email}" for number in range(4)]
    troubled.close()
    for address in addresses:
        register(sending, address)
    forget(sending, addresses[0])
    for address in addresses[1:]:
        awaits_fate(sending, address, "queued")

    assert fate(sending, addresses[1]) == [("queued", 1, "SMTPConnectError")]
    assert verify(sending.client, "x").status_code == 400  # it serves
    troubled.open()
    hasten(sending)

    for address in addresses:
        assert verify(sending.client, token_for_verifying(troubled, address)).status_code == 200
        awaited(partial(all_sent, sending, address), f"the end of {address}")
    hasten(sending)
    assert [len(troubled.to(address)) for address in addresses] == [2, 1, 1, 1]


def token_for_verifying(post: PostOffice, address: str) -> str:
    def verifying() -> list[str]:
        return [letter.token for letter in post.to(address) if "/verify-email/" in letter.link]

    return awaited(verifying, f"a verification mail to {address}")[0]


def test_m03_a_stalled_smtp_server_holds_nothing_up(sending: Server, troubled: PostOffice, email: str) -> None:
    troubled.behaviour = "stall"
    with httpx.Client(base_url=sending.url, timeout=QUICK) as quick:
        assert vault.register(quick, email).status_code == 200
        assert troubled.reached.wait(QUICK)

        answers = [vault.register(quick, f"{number}.{email}") for number in range(3)]
        answers.append(quick.post(FORGOT, json={"email": email}))
        answers.append(vault.login(quick, email))
        body = {"username": email[:32], "password": "nine quiet harbours", "email": f"notes.{email}"}
        answers.append(quick.post("/auth/signup", json=body))

    assert [answer.status_code for answer in answers] == [200] * 6
    assert troubled.to(email) == []  # it stalled all the while
    troubled.release()
    for address in (email, f"0.{email}", f"1.{email}", f"2.{email}", f"notes.{email}"):
        troubled.letter_to(address)
    awaited(lambda: len(troubled.to(email)) == 2, "the mail of the forgotten password")
    assert [len(troubled.to(f"{number}.{email}")) for number in range(3)] == [1, 1, 1]


def test_m03_not_now_is_tried_again(sending: Server, troubled: PostOffice, email: str) -> None:
    troubled.behaviour = "451 4.3.0 not now"
    register(sending, email)
    awaits_fate(sending, email, "queued", 1)
    hasten(sending)
    awaits_fate(sending, email, "queued", 2)
    assert fate(sending, email) == [("queued", 2, "SMTPDataError 451")]

    troubled.release()
    hasten(sending)

    assert verify(sending.client, troubled.letter_to(email).token).status_code == 200
    awaits_fate(sending, email, "sent", 3)
    assert fate(sending, email) == [("sent", 3, None)]
    assert len(troubled.to(email)) == 1


def test_a_pause_before_the_next_attempt_grows(sending: Server, troubled: PostOffice, email: str) -> None:
    troubled.behaviour = "451 4.3.0 not now"
    register(sending, email)
    pauses = []
    for attempt in range(1, 5):
        awaits_fate(sending, email, "queued", attempt)
        [(due, looked)] = rows(sending, f"SELECT due_at, claimed_until FROM mail WHERE recipient = '{email}'")
        pauses.append(moment(due) - moment(looked))
        hasten(sending)

    assert pauses == sorted(pauses)
    assert pauses[3] - pauses[0] > timedelta(seconds=20)


def test_never_is_parked_until_an_operator_asks_again(sending: Server, troubled: PostOffice, email: str) -> None:
    troubled.behaviour = "550 5.1.1 no such mailbox"
    register(sending, email)
    awaits_fate(sending, email, "parked")
    [(number,)] = rows(sending, f"SELECT id FROM mail WHERE recipient = '{email}'")

    [line] = [line for line in sending.run("mail", "list").splitlines() if email in line]
    assert line.split()[:5] == [str(number), "parked", "verify", email, "1"]
    assert line.endswith("SMTPDataError 550")
    assert email in sending.run("mail", "list", "--status", "parked")
    assert email not in sending.run("mail", "list", "--status", "sent")
    shown = dict(
        line.split(maxsplit=1) for line in sending.run("mail", "show", str(number)).splitlines() if " " in line.strip()
    )
    expected = {
        "id": str(number),
        "purpose": "verify",
        "recipient": email,
        "status": "parked",
        "error": "SMTPDataError 550",
    }
    assert expected.items() <= shown.items()
    troubled.release()
    hasten(sending)  # wakes the worker, which leaves it alone
    assert fate(sending, email) == [("parked", 1, "SMTPDataError 550")]

    assert sending.run("mail", "retry", str(number)) == "1 queued again\n"

    assert verify(sending.client, troubled.letter_to(email).token).status_code == 200
    awaits_fate(sending, email, "sent")
    assert sending.run("mail", "retry", str(number)) == "0 queued again\n"
    assert len(troubled.to(email)) == 1


def test_all_that_is_parked_is_queued_again(sending: Server, troubled: PostOffice, email: str) -> None:
    addresses = [f"{number}.{email}" for number in range(3)]
    troubled.behaviour = "554 5.7.1 no"
    for address in addresses:
        register(sending, address)
    for address in addresses:
        awaits_fate(sending, address, "parked")
    troubled.release()
    [(parked,)] = rows(sending, "SELECT count(*) FROM mail WHERE status = 'parked'")

    assert sending.run("mail", "retry") == f"{parked} queued again\n"

    for address in addresses:
        troubled.letter_to(address)


def test_m03_a_mail_that_may_have_gone_out_does_not_go_out_twice(
    sending: Server, troubled: PostOffice, email: str
) -> None:
    """The server takes the mail and is gone before it can say so."""
    troubled.behaviour = "hang up"
    register(sending, email)
    troubled.letter_to(email)
    awaited(lambda: fate(sending, email)[0][0] != "sending", "an end of the attempt")

    troubled.behaviour = "accept"
    hasten(sending)
    register(sending, f"next.{email}")
    troubled.letter_to(f"next.{email}")

    assert len(troubled.to(email)) == 1


def test_a_mail_whose_address_changed_meanwhile_is_not_sent(sending: Server, troubled: PostOffice, email: str) -> None:
    troubled.behaviour = "451 4.3.0 not now"
    register(sending, email)
    awaits_fate(sending, email, "queued")
    vault.move(sending.client, email, f"new.{email}")

    troubled.release()
    hasten(sending)
    register(sending, f"next.{email}")
    troubled.letter_to(f"next.{email}")

    assert fate(sending, email) == []
    assert troubled.to(email) == troubled.to(f"new.{email}") == []


def test_a_mail_whose_address_changed_its_case_is_sent(sending: Server, troubled: PostOffice, email: str) -> None:
    troubled.behaviour = "451 4.3.0 not now"
    register(sending, email)
    awaits_fate(sending, email, "queued")
    vault.move(sending.client, email, email.upper())

    troubled.release()
    hasten(sending)
    register(sending, f"next.{email}")
    troubled.letter_to(f"next.{email}")

    assert len(troubled.to(email)) + len(troubled.to(email.upper())) == 1


def test_a_mail_of_an_account_that_is_gone_is_not_sent(sending: Server, troubled: PostOffice, email: str) -> None:
    troubled.behaviour = "451 4.3.0 not now"
    register(sending, email)
    awaits_fate(sending, email, "queued")
    mobile = vault.mobile_token(sending.client, email)
    assert sending.client.delete("/api/user/delete", headers={"token": mobile}).status_code == 200

    troubled.release()
    hasten(sending)
    register(sending, f"next.{email}")
    troubled.letter_to(f"next.{email}")

    assert email not in {row[0] for row in rows(sending, "SELECT recipient FROM mail")}
    assert troubled.to(email) == []


def test_m03_one_mail_that_fails_holds_up_no_other(sending: Server, troubled: PostOffice, email: str) -> None:
    troubled.behaviour = "451 4.3.0 not now"
    register(sending, email)
    awaits_fate(sending, email, "queued")
    troubled.release()

    register(sending, f"next.{email}")  # the first waits for its next attempt

    assert troubled.letter_to(f"next.{email}")
    assert troubled.to(email) == []


def test_m03_a_mail_outlives_its_server(sending: Server, troubled: PostOffice, email: str) -> None:
    troubled.close()
    register(sending, email)
    awaits_fate(sending, email, "queued")
    sending.stop()
    sql(sending, "UPDATE mail SET due_at = '2020-01-01 00:00:00+00:00' WHERE status = 'queued'")
    troubled.open()

    sending.start()

    assert verify(sending.client, troubled.letter_to(email).token).status_code == 200


def test_two_processes_send_each_mail_once(serving: Serving, email: str) -> None:
    with post_office() as office:
        office.close()
        house = serving("--workers", "2", PORTICO_LIMITS="off", PORTICO_MAIL_URL=f"smtp://127.0.0.1:{office.port}")
        addresses = [f"{number}.{email}" for number in range(20)]
        with ThreadPoolExecutor(10) as threads:
            list(threads.map(lambda address: register(house, address), addresses))
        for address in addresses:
            awaits_fate(house, address, "queued")
        office.released.clear()
        office.open()

        sql(house, "UPDATE mail SET due_at = '2020-01-01 00:00:00+00:00'")  # for both of them at once

        for address in addresses:
            office.letter_to(address)
        awaited(lambda: {row[0] for row in rows(house, "SELECT status FROM mail")} == {"sent"}, "the end of all")
        house.stop()  # what was half sent is finished
        assert sorted(letter.recipients for letter in office.letters) == sorted((address,) for address in addresses)


# ---------------------------------------------------------------- SMTP with a login and with TLS
@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, ssl.SSLContext]:
    """A certificate for 127.0.0.1 that signs itself, and how a server shows it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    made = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(1)
    made = made.not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
    made = made.add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
    made = made.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    signed = made.sign(key, SHA256())
    folder = tmp_path_factory.mktemp("tls")
    public, private = folder / "certificate.pem", folder / "key.pem"
    public.write_bytes(signed.public_bytes(Encoding.PEM))
    private.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(public, private)
    return public, context


def login_with(name: bytes, password: bytes) -> Callable[..., AuthResult]:
    return lambda server, session, envelope, mechanism, sent: AuthResult(
        success=sent == LoginPassword(name, password), handled=False
    )


def test_smtp_with_starttls_and_a_login(serving: Serving, certificate: tuple[Path, ssl.SSLContext], email: str) -> None:
    public, context = certificate
    options = {"require_starttls": True, "auth_required": True, "authenticator": login_with(b"door@a", b"p@ss:/")}
    with post_office(tls_context=context, **options) as office:
        url = f"smtp://door%40a:p%40ss%3A%2F@127.0.0.1:{office.port}?tls=starttls"
        house = serving(PORTICO_MAIL_URL=url, SSL_CERT_FILE=str(public))
        register(house, email)

        assert verify(house.client, office.letter_to(email).token).status_code == 200
        assert office.sessions[0].ssl is not None
        assert office.sessions[0].authenticated
    assert "p@ss" not in house.run("settings")
    assert "p%40ss" not in house.run("settings")
    assert "p@ss" not in house.log + stored(house)


def test_smtp_does_not_speak_to_a_stranger(
    serving: Serving, certificate: tuple[Path, ssl.SSLContext], email: str
) -> None:
    """Its certificate is not known here, so it gets neither the login nor the mail."""
    _, context = certificate
    with post_office(tls_context=context, auth_required=False) as office:
        house = serving(PORTICO_LIMITS="off", PORTICO_MAIL_URL=f"smtp://a:b@127.0.0.1:{office.port}?tls=starttls")
        register(house, email)
        awaits_fate(house, email, "queued")

        assert office.letters == []


@pytest.mark.filterwarnings("ignore:Requiring AUTH")
def test_a_wrong_login_parks_nothing(serving: Serving, email: str) -> None:
    """The operator will mend it, and then every mail goes out."""
    options = {"auth_required": True, "auth_require_tls": False, "authenticator": login_with(b"door", b"right")}
    with post_office(**options) as office:
        house = serving(PORTICO_LIMITS="off", PORTICO_MAIL_URL=f"smtp://door:wrong@127.0.0.1:{office.port}?tls=none")
        register(house, email)
        awaits_fate(house, email, "queued")

        assert fate(house, email) == [("queued", 1, "SMTPAuthenticationError")]
        assert office.letters == []
