"""What is derived from the secret key. Whoever has the database alone has none of it."""

import hashlib
from base64 import urlsafe_b64encode

from cryptography.fernet import Fernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from .settings import current


def derive(purpose: str) -> bytes:
    """32 bytes that belong to `purpose` alone (HKDF-SHA-256, RFC 5869)."""
    key = current().secret_key.get_secret_value().encode()
    return HKDF(SHA256(), length=32, salt=None, info=f"portico {purpose}".encode()).derive(key)


def seal(clear: bytes) -> str:
    return _sealer().encrypt(clear).decode()


def unseal(sealed: str) -> bytes:
    return _sealer().decrypt(sealed.encode())


def _sealer() -> Fernet:
    return Fernet(urlsafe_b64encode(derive("seal")))


def digest(token: str) -> str:
    """What is stored of an opaque token."""
    return hashlib.sha256(token.encode()).hexdigest()
