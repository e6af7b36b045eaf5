"""API keys, and the credentials of owners.

A credential that must be shown again is derived from the secret key, so the database does not hold it.
"""

import secrets
from uuid import UUID

import jwt

from . import secret

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford base32


def new_seed() -> str:
    """Returns the random value from which an owner's credentials are derived."""
    return secrets.token_hex(16)


def owner_uuid(seed: str) -> str:
    """Returns the UUIDv4 of the owner with this seed, which only the secret key can derive."""
    return str(UUID(bytes=secret.mac("owner uuid", seed)[:16], version=4))


def deletion_token(seed: str, made_at: int) -> str:
    """Returns the token that deletes an owner, the same every time. Its key signs nothing else."""
    return jwt.encode({"id": seed, "iat": made_at}, secret.derive("deletion token"), algorithm="HS256")


def account_api_key(uuid: str) -> str:
    """Returns the API key of the account with this uuid, the same every time."""
    return _api_key(secret.mac("account api key", uuid))


def new_api_key() -> str:
    """Returns a random API key: 28 characters in four groups, 140 bits."""
    return _api_key(secrets.token_bytes(28))


def _api_key(octets: bytes) -> str:
    characters = "".join(ALPHABET[octet & 31] for octet in octets[:28])
    return "-".join(characters[start : start + 7] for start in range(0, 28, 7))
