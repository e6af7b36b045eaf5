"""What is derived from the secret key, and digests."""

import hashlib

from .house import house


def derive(purpose: str) -> bytes:
    """32 bytes that belong to `purpose` alone."""
    return house().secret.derive(purpose)


def mac(purpose: str, text: str) -> bytes:
    """32 bytes that only the secret key makes of `text`, the same every time: for what must be shown again."""
    return house().secret.mac(purpose, text)


def digest(token: str) -> str:
    """What is stored of an opaque token."""
    return hashlib.sha256(token.encode()).hexdigest()
