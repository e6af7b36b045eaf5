"""Credentials that must be shown again. They are derived from the secret key, so the database holds none of them."""

import secrets
from uuid import UUID

import jwt

from . import secret

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford base32


def new_seed() -> str:
    return secrets.token_hex(16)


def owner_uuid(seed: str) -> str:
    """A UUIDv4 that only the secret key makes of `seed`."""
    return str(UUID(bytes=secret.mac("owner uuid", seed)[:16], version=4))


def deletion_token(seed: str, made_at: int) -> str:
    """A token that deletes an owner: the same every time, signed with a key that opens nothing else."""
    return jwt.encode({"id": seed, "iat": made_at}, secret.derive("deletion token"), algorithm="HS256")


def account_api_key(uuid: str) -> str:
    return _api_key(secret.mac("account api key", uuid))


def new_api_key() -> str:
    """28 characters in four groups, 140 random bits."""
    return _api_key(secrets.token_bytes(28))


def _api_key(octets: bytes) -> str:
    characters = "".join(ALPHABET[octet & 31] for octet in octets[:28])
    return "-".join(characters[start : start + 7] for start in range(0, 28, 7))
