"""Passwords: the policy for new ones, hashing and checking. `house.hashing` tells how they are stored."""

from functools import cache

from portico.models import Account

from .house import house
from .house.hashing import normalise
from .refusals import Invalid
from .settings import PREFIX, Settings, WrongSetting

LONGEST = 1024  # code points
STRICT_MINIMUM = 15


def minimum(of_the_door: int, settings: Settings) -> int:
    """Returns how many code points a new password needs at a door whose document asks for `of_the_door`."""
    strict = STRICT_MINIMUM if settings.profile == "strict" else 0
    return max(of_the_door, settings.password_min_length or 0, strict)


def refuse_weak(password: str, *, at_least: int, email: str, field: str = "password") -> None:
    """Raises Invalid for a new password that the policy forbids; `at_least` is the minimum of the door."""
    settings = house().settings
    shortest = minimum(at_least, settings)
    normal = normalise(password)
    if len(normal) < shortest:
        raise Invalid(field, f"is shorter than {shortest} characters")
    if len(normal) > LONGEST:
        raise Invalid(field, f"is longer than {LONGEST} characters")
    if settings.profile == "strict" and _is_guessable(normal.casefold(), email.casefold()):
        raise Invalid(field, "is too easy to guess")


def _is_guessable(password: str, email: str) -> bool:
    """Checks whether a password is common, a common one repeated, or made of the e-mail address."""
    local = email.partition("@")[0]
    period = (password + password).find(password, 1)  # the length of the shortest part that, repeated, makes it up
    return password[:period] in _common() or password in _common() or email in password or password == local * 2


@cache
def _common() -> frozenset[str]:
    from zxcvbn.frequency_lists import FREQUENCY_LISTS  # several MB, which only the strict profile needs

    return frozenset(FREQUENCY_LISTS["passwords"])


async def hashed(password: str) -> str:
    """Returns the string to store. Raises Busy."""
    return await house().hashing.hash(password)


async def matches(password: str, stored: str | None) -> bool:
    """Checks whether `password` is the stored one. Raises Busy.

    None (no such account) never matches and takes as long.
    """
    return await house().hashing.matches(password, stored)


def is_outdated(stored: str) -> bool:
    """Checks whether `stored` was hashed at a lower cost than the configured one."""
    return house().hashing.is_outdated(stored)


async def refuse_other_key() -> None:
    """Raises WrongSetting if the newest password was hashed with another secret key, so that none would match."""
    newest = await Account.all().order_by("-id").first()
    if newest and newest.password.split(":")[1] != house().hashing.pepper_id:
        raise WrongSetting(f"{PREFIX}SECRET_KEY: is not the key this database was made with; no password would match")
