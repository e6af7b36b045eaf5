"""What the tests know and a type checker would not."""

import re
from typing import IO, Any

import httpx

Json = dict[str, Any]  # an object, as a document or a body has it
Headers = dict[str, str]


def piped(stream: IO[str] | None) -> IO[str]:
    """The output of a process that was started with a pipe for it."""
    assert stream
    return stream


def found(pattern: str | re.Pattern[str], text: str) -> re.Match[str]:
    """Where a pattern is found in a text that must have it."""
    match = re.search(pattern, text)
    assert match, f"there is no {pattern} in {text[:400]}"
    return match


def text_in(answer: httpx.Response, *names: str) -> str:
    """The text an answer has under these names, one inside the other."""
    text = _inside(answer, names)
    assert isinstance(text, str)
    return text


def object_in(answer: httpx.Response, *names: str) -> Json:
    """The object an answer has there, or is."""
    value = _inside(answer, names)
    assert isinstance(value, dict)
    return value


def _inside(answer: httpx.Response, names: tuple[str, ...]) -> object:
    value = answer.json()
    for name in names:
        value = value[name]
    return value
