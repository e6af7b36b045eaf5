"""The secret key, and the keys derived from it. None of them is in the database."""

import hmac
from base64 import urlsafe_b64encode
from functools import cached_property

from cryptography.fernet import Fernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from pydantic import SecretStr

from portico.core.settings import KEY_FILE, PREFIX, WrongSetting


class Secret:
    """The secret key. It may be missing, for commands that do not need it; any use of it then raises WrongSetting."""

    def __init__(self, key: SecretStr | None) -> None:
        self._key = key
        self._derived: dict[str, bytes] = {}

    def derive(self, purpose: str) -> bytes:
        """Returns the 32-byte key for `purpose`, which serves nothing else (HKDF-SHA-256, RFC 5869)."""
        if self._key is None:
            raise WrongSetting(f"{PREFIX}SECRET_KEY: is not given, and there is no {KEY_FILE} beside the database")
        hkdf = HKDF(SHA256(), length=32, salt=None, info=f"portico {purpose}".encode())
        return hkdf.derive(self._key.get_secret_value().encode())

    def mac(self, purpose: str, text: str) -> bytes:
        """Returns the HMAC-SHA-256 of `text` with the key for `purpose`. These keys are cached: use few purposes."""
        if purpose not in self._derived:
            self._derived[purpose] = self.derive(purpose)
        return hmac.digest(self._derived[purpose], text.encode(), "sha256")

    def seal(self, clear: bytes) -> str:
        """Encrypts `clear` for storing; only `unseal` with the same secret key can read it."""
        return self._sealer.encrypt(clear).decode()

    def unseal(self, sealed: str) -> bytes:
        return self._sealer.decrypt(sealed.encode())

    @cached_property
    def _sealer(self) -> Fernet:
        return Fernet(urlsafe_b64encode(self.derive("seal")))
