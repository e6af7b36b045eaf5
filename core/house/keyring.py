"""The keys that may sign or verify, cached in this process, and the claims of tokens already verified with them.

Another process may have made, rotated or removed a key: the ring is reloaded when it is older than RELOAD_EVERY, and
sooner for a `kid` it does not know. If the set of keys has changed, all cached claims are dropped.
"""

import secrets
from collections import OrderedDict
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key
from jwt.algorithms import OKPAlgorithm, RSAAlgorithm

from portico.core.database import in_transaction
from portico.models import SigningKey

from .clock import Clock
from .secret import Secret

OVERLAP = timedelta(days=45)  # longer than any signed token lives
RELOAD_EVERY = 15  # seconds
RELOAD_FOR_UNKNOWN_AFTER = 1  # seconds; so an invented `kid` cannot cause a query per request
CACHE_SIZE = 4096  # verified tokens

Claims = Mapping[str, Any]


class Key(NamedTuple):
    """A key, decrypted or derived. The two halves of a symmetric key are the same bytes."""

    kid: str
    algorithm: str
    signs_from: datetime
    verifies_until: datetime | None
    private: Ed25519PrivateKey | RSAPrivateKey | bytes
    public: Ed25519PublicKey | RSAPublicKey | bytes

    @property
    def jwk(self) -> dict[str, Any] | None:
        """The public half for JWKS (RFC 7517); a symmetric key has none."""
        match self.public:
            case Ed25519PublicKey():
                jwk = OKPAlgorithm.to_jwk(self.public, as_dict=True)
            case RSAPublicKey():
                jwk = RSAAlgorithm.to_jwk(self.public, as_dict=True)
            case _:
                return None
        return jwk | {"kid": self.kid, "alg": self.algorithm, "use": "sig"}


class KeyRing:
    """HS256 and EdDSA keys are derived from the secret key and their name; an RSA key is stored encrypted."""

    def __init__(self, algorithm: str, secret: Secret, clock: Clock) -> None:
        self._algorithm = algorithm
        self._secret = secret
        self._clock = clock
        self._keys: dict[str, Key] = {}
        self._loaded_at = float("-inf")
        self._verified: OrderedDict[str, Claims] = OrderedDict()

    def is_stale(self) -> bool:
        """Checks whether the keys were read more than RELOAD_EVERY ago."""
        return self._clock.monotonic() - self._loaded_at > RELOAD_EVERY

    async def start(self) -> None:
        """Loads the keys, and makes one if none of the configured algorithm is in use."""
        await self.reload()
        if not any(key.algorithm == self._algorithm and not key.verifies_until for key in self._keys.values()):
            await self.rotate(publish=timedelta(0))
            await self.reload()

    async def rotate(self, publish: timedelta) -> str:
        """Makes a key that takes over after `publish`, lets the others expire OVERLAP later, and returns its name."""
        signs_from = self._clock.now() + publish
        async with in_transaction():
            key = await SigningKey.create(
                kid=secrets.token_hex(8),
                algorithm=self._algorithm,
                sealed=self._sealed_rsa_key(),
                signs_from=signs_from,
            )
            older = SigningKey.filter(signs_from__lt=signs_from, verifies_until=None)
            await older.update(verifies_until=signs_from + OVERLAP)
        return key.kid

    async def signer(self) -> Key:
        """Returns the key that signs now."""
        if self.is_stale():
            await self.reload()
        key = self._current_signer()
        if key is None:  # an operator removed the key in use, and the next does not sign yet
            await self.rotate(publish=timedelta(0))
            await self.reload()
            key = self._current_signer()
        if key is None:
            raise LookupError("no key signs")
        return key

    async def all(self) -> list[Key]:
        """Returns every key that has not expired, those that do not sign yet included."""
        if self.is_stale():
            await self.reload()
        return list(self._keys.values())

    async def find(self, kid: object) -> Key | None:
        """Returns the key with this name; reloads the keys if it is unknown, as another process may have made it."""
        if not isinstance(kid, str):
            return None
        if kid not in self._keys and self._clock.monotonic() - self._loaded_at > RELOAD_FOR_UNKNOWN_AFTER:
            await self.reload()
        return self._keys.get(kid)

    def cached_claims(self, token: str) -> Claims | None:
        """Returns the claims of a token that was verified before with a key that is still valid."""
        claims = self._verified.get(token)
        if claims is not None:
            self._verified.move_to_end(token)
        return claims

    def cache_claims(self, token: str, claims: Claims) -> None:
        self._verified[token] = claims
        if len(self._verified) > CACHE_SIZE:
            self._verified.popitem(last=False)

    async def reload(self) -> None:
        """Reads the keys from the database. Drops all cached claims if a key was added, removed or has expired."""
        now = self._clock.now()
        rows = await SigningKey.all()
        keys = {row.kid: self._key(row) for row in rows if not row.verifies_until or row.verifies_until > now}
        if keys.keys() != self._keys.keys():
            self._verified.clear()
        self._keys = keys
        self._loaded_at = self._clock.monotonic()

    def _current_signer(self) -> Key | None:
        """Returns the newest key of the configured algorithm that may sign already."""
        now = self._clock.now()
        candidates = [key for key in self._keys.values() if key.signs_from <= now and key.algorithm == self._algorithm]
        return max(candidates, key=lambda key: key.signs_from, default=None)

    def _key(self, row: SigningKey) -> Key:
        known = self._keys.get(row.kid)
        if known:
            return known._replace(signs_from=row.signs_from, verifies_until=row.verifies_until)
        if row.algorithm == "HS256":
            derived = self._secret.derive(f"signing key {row.kid}")
            return Key(row.kid, row.algorithm, row.signs_from, row.verifies_until, derived, derived)
        private = self._private(row)
        return Key(row.kid, row.algorithm, row.signs_from, row.verifies_until, private, private.public_key())

    def _private(self, row: SigningKey) -> Ed25519PrivateKey | RSAPrivateKey:
        if row.sealed is None:
            return Ed25519PrivateKey.from_private_bytes(self._secret.derive(f"signing key {row.kid}"))
        private = load_pem_private_key(self._secret.unseal(row.sealed), None)
        if not isinstance(private, RSAPrivateKey):
            raise TypeError(f"key {row.kid} is no RSA key")
        return private

    def _sealed_rsa_key(self) -> str | None:
        """Makes an RSA key and returns it encrypted; None for the algorithms whose keys are derived."""
        if self._algorithm != "RS256":
            return None
        key = generate_private_key(public_exponent=65537, key_size=3072)
        return self._secret.seal(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
