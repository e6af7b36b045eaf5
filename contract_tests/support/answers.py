"""Answers, taken apart; and what the tests know of them and a type checker would not."""

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import IO, Any

import httpx

Json = dict[str, Any]  # an object, as a document or a body has it
Headers = dict[str, str]
Said = tuple[int, Any]  # status and body of an answer

JSON: Headers = {"Content-Type": "application/json"}
LARGEST_BODY = 64 * 1024  # octets
NOTHING_HERE = "There is nothing here"


def whole(answer: httpx.Response) -> Said:
    return answer.status_code, answer.json()


def bearer(token: str) -> Headers:
    """Returns the headers that carry a token at every door."""
    return {"Authorization": f"Bearer {token}"}


def at_once(work: Callable[[int], httpx.Response], times: int) -> list[httpx.Response]:
    """Returns the answers to so many requests, all sent at the same time; `work` is told the number of its request."""
    with ThreadPoolExecutor(times) as threads:
        return list(threads.map(work, range(times)))


def piped(stream: IO[str] | None) -> IO[str]:
    """Returns the output of a process that was started with a pipe for it."""
    assert stream
    return stream


def found(pattern: str | re.Pattern[str], text: str) -> re.Match[str]:
    """Finds a pattern in a text that must have it."""
    match = re.search(pattern, text)
    assert match, f"there is no {pattern} in {text[:400]}"
    return match


def text_in(answer: httpx.Response, *names: str) -> str:
    """Returns the text an answer has under these names, one inside the other."""
    text = _inside(answer, names)
    assert isinstance(text, str)
    return text


def object_in(answer: httpx.Response, *names: str) -> Json:
    """Returns the object an answer has there, or is."""
    value = _inside(answer, names)
    assert isinstance(value, dict)
    return value


def _inside(answer: httpx.Response, names: tuple[str, ...]) -> object:
    value = answer.json()
    for name in names:
        value = value[name]
    return value
