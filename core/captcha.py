"""The captcha: a challenge that costs the client computing time (ALTCHA), made and checked here. It counts once."""

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
ROUNDS = 1000  # of one key derivation
TRIES = 5000  # derivations at most; a client makes half as many on average
LIFE = timedelta(minutes=20)


def challenge() -> dict[str, Any]:
    """Returns a new challenge, in the form ALTCHA's widget takes."""
    made = altcha.create_challenge(
        ALGORITHM,
        ROUNDS,
        counter=secrets.randbelow(TRIES),
        expires_at=house().clock.now() + LIFE,
        hmac_secret=secret.derive("captcha"),
    )
    return made.to_dict()


async def check(solution: str) -> None:
    """Accepts a solution, once. Raises NotSolved."""
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
    """Identifies the challenge, however its solution is written."""
    return secret.digest(altcha.Payload.from_base64(solution).challenge.signature or "")
