"""Challenges that cost a client some work: ALTCHA, self-hosted."""

import secrets
from datetime import timedelta
from typing import Any

import altcha

from portico.models import SpentChallenge

from . import secret
from .database import IntegrityError
from .house import house
from .refusals import NotSolved

ALGORITHM = "PBKDF2/SHA-256"
ROUNDS = 1000  # of the key derivation a client repeats
TRIES = 5000  # a client makes half as many on average
LIFE = timedelta(minutes=20)


def challenge() -> dict[str, Any]:
    """A new challenge, as ALTCHA's widget takes it."""
    made = altcha.create_challenge(
        ALGORITHM,
        ROUNDS,
        counter=secrets.randbelow(TRIES),
        expires_at=house().clock.now() + LIFE,
        hmac_secret=secret.derive("captcha"),
    )
    return made.to_dict()


async def check(solution: str) -> None:
    """Takes a solution once. Raises NotSolved."""
    if house().settings.captcha == "off":
        if not solution:
            raise NotSolved()
        return
    if not altcha.verify_solution(solution, secret.derive("captcha")).verified:
        raise NotSolved()
    try:
        await SpentChallenge.create(digest=_digest(solution), expires_at=house().clock.now() + LIFE)
    except IntegrityError:
        raise NotSolved() from None


def _digest(solution: str) -> str:
    """Of the challenge, however its solution is written."""
    return secret.digest(altcha.Payload.from_base64(solution).challenge.signature or "")
