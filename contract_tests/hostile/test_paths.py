"""Paths and methods that are none, and hostile texts in the parameters of a path."""

import json
import re
from collections.abc import Callable, Iterator

import pytest
from doors import DOORS, Door
from doors.vault import problem
from hostile.entrance import Awaited, Build, Entrance, Row, at_every_door
from hostile.words import JSON, NOT_HTTP, REACHED, Refusal
from support.answers import NOTHING_HERE, Said
from support.documents import Operation, operations_of
from support.raw import Answer, Connection, ask, head, post
from support.server import Server

NOTHING = (404, NOTHING_HERE)
PATH_NUL = (400, "The path holds a NUL character")
PATH_NOT_UTF_8 = (400, "The path is not UTF-8 text")


def at(change: Callable[[str], str]) -> Build:
    """Builds a fine request at a changed path."""
    return lambda door: post(change(door.path), door.json(), JSON)


def behind(more: str) -> Build:
    return at(lambda path: path + more)


def by(method: str) -> Build:
    return lambda door: head(method, door.path)


def in_http_1_0(door: Entrance) -> bytes:
    return door.post(door.json(), JSON).replace(b"HTTP/1.1\r\nHost: portico.test", b"HTTP/1.0", 1)


PATHS: list[Row] = [
    ("doubled-slash", at(lambda path: "//".join(path.rsplit("/", 1))), NOTHING),
    ("encoded-slash", at(lambda path: "%2f".join(path.rsplit("/", 1))), NOTHING),
    ("dots", at(lambda path: path + "/../" + path.rpartition("/")[2]), NOTHING),
    ("encoded-dots", at(lambda path: path + "/%2e%2e/" + path.rpartition("/")[2]), NOTHING),
    *[(f"then-{more:.9}", behind(more), NOTHING) for more in ("/", "%2f", "%0a", "%zz", ";a=b")],
    *[(f"many-{more:.9}", behind(more), NOTHING) for more in ("a" * 8192, "/a" * 4096)],
    *[(f"then-{more}", behind(more), PATH_NUL) for more in ("%00", "/%00")],
    ("not-utf-8", behind("%ff"), PATH_NOT_UTF_8),
    ("70-kB", behind("a" * 70_000), NOT_HTTP),
    ("raw-octet", behind("\xff"), NOT_HTTP),
    ("escaped-letter", at(lambda path: f"{path[:-1]}%{ord(path[-1]):02x}"), REACHED),
    ("absolute-form", at(lambda path: "http://portico.test" + path), REACHED),
    ("garbage-in-the-query", behind("?%ff=%00&&=;[]"), REACHED),
    ("http-1.0-without-host", in_http_1_0, REACHED),
    *[(method, by(method), NOT_HTTP) for method in ("BREW", "post", "P@ST")],
]


@at_every_door(PATHS)
def test_H03_hostile_path_or_method(entrance: Entrance, build: Build, expected: Awaited) -> None:
    entrance.answers(build, expected)


# ---------------------------------------------------------------- parameters of paths
SPELT = "%C4%B0"  # a letter that is two when it is lower-case
TEXTS = ["%0a", "a%0a", "%2f", "..%2f..", "%2e%2e", "%", "%zz", "%09", "%7f", "a%20b", "%22", "%27%20OR%201=1--"]
TEXTS += ["%3Cb%3E", SPELT]


def parameters() -> Iterator[tuple[str, str, str, int]]:
    """Yields what anybody may write into a path: door, path with a place for it, name and greatest length."""
    for door in DOORS:
        for operation in operations_of(door):
            for each in operation.parameters:
                if each["in"] == "path" and not operation.is_guarded and "pattern" not in each["schema"]:
                    path = operation.url(**{each["name"]: "~"}).replace("~", "{}")
                    yield door, path, each["name"], each["schema"]["maxLength"]


@pytest.mark.parametrize(("name", "path", "field", "most"), list(parameters()))
def test_H03_hostile_path_parameter(attacked: Server, name: str, path: str, field: str, most: int) -> None:
    """Any text is answered as any other that nobody has, as long as it is text and not too long."""
    door = attacked.at(DOORS[name])

    def got(text: str) -> Said:
        answer = ask(attacked.url, head("GET", path.format(text)))
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["referrer-policy"] == "no-referrer"
        return answer.status, json.loads(answer.body)

    unknown, too_long = got("abc"), door.refused(400, f"'{field}' is too long, at most {most} characters")
    texts = {f"abc{text}": unknown for text in TEXTS}
    texts |= {text: door.refused(*PATH_NUL) for text in ("%00", "a%00", "%00%00")}
    texts |= {text: door.refused(*PATH_NOT_UTF_8) for text in ("%ff", "a%c0%af", "%ed%a0%80")}
    texts |= {"a" * most: unknown, SPELT * most: unknown, "%F0%9F%94%91" * most: unknown}
    texts |= {"a" * (most + 1): too_long, "a" * 8192: too_long}
    assert {text: got(text) for text in texts} == texts


# Texts that are longer where they are compared than where they are counted, or longer than what is stored.
@pytest.mark.parametrize("letter", ["\u0130", "\u1e9e", "\ufb03"], ids=ascii)
def test_H03_a_text_that_grows_is_as_unknown_as_any(attacked: Server, entrance: Entrance, letter: str) -> None:
    door = entrance.door
    for length in (1, 36, 37, 45, 46, 64, 65, 127, 128, 253, 254):
        for operation in operations_of(door.name):
            if is_harmless(operation):
                grown, plain = (with_text(door, operation, each * length) for each in (letter, "a"))
                assert grown == plain, (operation.id, length)
                assert grown[0] < 500


def is_harmless(operation: Operation) -> bool:
    """Tells whether it takes texts of anybody and makes no account."""
    makes = any("x-portico-policy" in rules for rules in operation.properties().values())
    return not operation.is_guarded and not makes and bool(operation.properties() or operation.parameters)


def with_text(door: Door, operation: Operation, text: str) -> Said:
    """Returns the answer to a request all whose texts are this one, cut where they may be no longer."""
    cut = {name: text[: rules.get("maxLength")] for name, rules in operation.properties().items()}
    body = {name: value for name, value in cut.items() if operation.properties()[name].get("type") == "string"}
    url = operation.url(**{each["name"]: text[: each["schema"].get("maxLength")] for each in operation.parameters})
    answer = door.ask(operation.method, url, body or None)
    return answer.status_code, answer.text


# ---------------------------------------------------------------- what is no door's
NO_ASSET = (400, "'asset' does not match ^[a-z][a-z.-]*$")
TOO_LONG = (400, "'asset' is too long, at most 64 characters")
NO_DOCUMENT = (400, r"'document' does not match ^[a-z]+\.json$")
LONG = "a" * 8192
WRONG_PATHS = [
    (NOTHING, "* // //docs /%2f /%2e%2e/%2e%2e/etc/passwd /unknown /health/live/ /health%2flive /HEALTH/live"),
    (NOTHING, f"/docs/unknown.css /docs/ /docs// /docs/../docs /docs/{'a' * 64} /openapi/unknown.json /{LONG}"),
    (PATH_NUL, "/docs/%00 /docs/docs.css%00 /openapi/%00"),
    (PATH_NOT_UTF_8, "/docs/%ff /docs/%c0%af /docs/%ed%a0%80 /openapi/%ff"),
    (NO_ASSET, "/docs/%0a /docs/docs.css%0a /docs/%2f /docs/..%2fspec%2fservice.yaml /docs/%2e%2e /docs/.. /docs/%"),
    (TOO_LONG, f"/docs/{'a' * 65} /docs/{LONG}"),
    (NO_DOCUMENT, "/openapi/service.json%0a /openapi/%2fservice.json /openapi/%2e%2e"),
]


@pytest.mark.parametrize(("refusal", "paths"), WRONG_PATHS)
def test_H03_hostile_path(attacked: Server, refusal: Refusal, paths: str) -> None:
    for path in paths.split():
        answer = ask(attacked.url, head("GET", path))
        assert (answer.status, json.loads(answer.body)) == (refusal[0], problem(*refusal)), path
        assert answer.headers["content-type"] == "application/problem+json"


def test_H03_allow_is_complete_where_no_door_is(attacked: Server) -> None:
    for operation in operations_of("service"):
        for method in ("PUT", "POST", "DELETE", "OPTIONS", "PATCH", "TRACE"):
            answer = ask(attacked.url, head(method, re.sub(r"\{.*?\}", "a", operation.path)))
            assert (answer.status, answer.headers.get("allow")) == (405, "GET, HEAD"), operation.path


@pytest.mark.parametrize("path", ["/", "/docs", "/docs/docs.css", "/openapi.yaml", "/health/live", "/%00", "/unknown"])
def test_H03_head_answers_like_get_without_a_body(attacked: Server, path: str) -> None:
    get = ask(attacked.url, head("GET", path))
    with Connection(attacked.url) as connection:
        connection.send(head("HEAD", path) + head("GET", "/health/live"))
        answer, after = connection.answer(to="HEAD"), connection.answer()
    del get.headers["date"], answer.headers["date"]
    assert answer == Answer(get.status, get.headers, b"")
    assert (after.status, after.body) == (200, b'{"status":"ok"}')
