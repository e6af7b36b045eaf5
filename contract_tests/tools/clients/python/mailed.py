"""What a person does in a journey: be somebody new, and read the mail."""

import re
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar
from uuid import uuid4

PASSWORD = "a good passphrase"
PATIENCE = 10  # seconds

Mailed = Callable[[str, str], str]
Journey = Callable[[str, Mailed], None]
Answer = TypeVar("Answer")


def new_email() -> str:
    return f"{uuid4().hex}@example.com"


def answered(kind: type[Answer], answer: object) -> Answer:
    """The answer, which the client has read as the schema of this name."""
    assert isinstance(answer, kind), answer
    return answer


def go(journeys: dict[str, Journey]) -> None:
    """`python JOURNEYS DOOR URL OUTBOX`"""
    door, url, outbox = sys.argv[1:]
    journeys[door](url, lambda email, path: token(Path(outbox), email, path))


def token(outbox: Path, email: str, path: str) -> str:
    """The token of the link to `path` that was mailed to `email`."""
    link = re.compile(rf"{re.escape(path)}([\w-]+)")
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        for mail in outbox.glob("[!.]*.eml"):
            text = mail.read_text()
            if email in text and (found := link.search(text)):
                return found[1]
        time.sleep(0.01)
    raise TimeoutError(f"no mail to {email} with {path}")
