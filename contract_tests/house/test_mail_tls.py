"""SMTP with TLS and with a login: neither mail nor password goes to a stranger."""

import ssl
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from aiosmtpd.smtp import AuthResult, LoginPassword
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from doors.vault import Vault
from support.database import stored
from support.mailbox import awaits_fate, fate
from support.post_office import post_office
from support.server import Serving


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
        assert house.at(Vault).register(email).is_success

        assert house.at(Vault).verify(office.letter_to(email).token).status_code == 200
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
        assert house.at(Vault).register(email).is_success
        awaits_fate(house, email, "queued")

        assert office.letters == []


@pytest.mark.filterwarnings("ignore:Requiring AUTH")
def test_a_wrong_login_parks_nothing(serving: Serving, email: str) -> None:
    """The operator will mend it, and then every mail goes out."""
    options = {"auth_required": True, "auth_require_tls": False, "authenticator": login_with(b"door", b"right")}
    with post_office(**options) as office:
        house = serving(PORTICO_LIMITS="off", PORTICO_MAIL_URL=f"smtp://door:wrong@127.0.0.1:{office.port}?tls=none")
        assert house.at(Vault).register(email).is_success
        awaits_fate(house, email, "queued")

        assert fate(house, email) == [("queued", 1, "SMTPAuthenticationError")]
        assert office.letters == []
