"""What is derived from the secret key. Whoever has the database alone has none of it."""

import hashlib
import hmac
from base64 import urlsafe_b64encode
from functools import lru_cache

from cryptography.fernet import Fernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from pydantic import SecretStr

from .settings import current


def derive(purpose: str) -> bytes:
    """32 bytes that belong to `purpose` alone (HKDF-SHA-256, RFC 5869)."""
    key = current().secret_key.get_secret_value().encode()
    return HKDF(SHA256(), length=32, salt=None, info=f"portico {purpose}".encode()).derive(key)


def mac(purpose: str, text: str) -> bytes:
    """32 bytes that only the secret key makes of `text`, the same every time: for what must be shown again."""
    return hmac.digest(_key_of(purpose, current().secret_key), text.encode(), "sha256")


@lru_cache(maxsize=64)
def _key_of(purpose: str, key: SecretStr) -> bytes:
    return derive(purpose)


def seal(clear: bytes) -> str:
    return _sealer().encrypt(clear).decode()


def unseal(sealed: str) -> bytes:
    return _sealer().decrypt(sealed.encode())


def _sealer() -> Fernet:
    return Fernet(urlsafe_b64encode(derive("seal")))


def digest(token: str) -> str:
    """What is stored of an opaque token."""
    return hashlib.sha256(token.encode()).hexdigest()
