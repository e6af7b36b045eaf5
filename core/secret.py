"""Derives bytes from the secret key of the house, and digests tokens."""

import hashlib

from .house import house


def derive(purpose: str) -> bytes:
    """Returns the 32-byte key for `purpose`, which serves nothing else."""
    return house().secret.derive(purpose)


def mac(purpose: str, text: str) -> bytes:
    """Returns the HMAC of `text`, for values that must be shown again: the same every time, 32 bytes."""
    return house().secret.mac(purpose, text)


def digest(token: str) -> str:
    """Returns what is stored of an opaque token: its SHA-256."""
    return hashlib.sha256(token.encode()).hexdigest()
