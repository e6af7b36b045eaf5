"""JSON that is not what it says, and bodies that do not say what they are."""

import gzip

from hostile.entrance import (
    Awaited,
    Build,
    Entrance,
    Row,
    always,
    at_every_door,
    first_is_missing,
    posting,
    unsupported,
)
from hostile.words import JSON, NOT_JSON, REACHED, TOO_LARGE, URLENCODED, Refusal

NUL = (400, "The body holds a NUL character")
TWICE = (400, "The body names a property twice")
NO_OBJECT = (400, "'body' must be of type object")


def beside(more: bytes) -> Build:
    """Builds a fine body with `more` members beside those the operation knows."""
    return lambda door: door.json(more)


def nested(depth: int, innermost: bytes = b"") -> Build:
    return beside(b'"more": ' + b"[" * depth + innermost + b"]" * depth)


JSON_BODIES: list[Row] = [
    ("fine", beside(b""), REACHED),
    ("not-utf-8", beside(b'"more": "caf\xe9"'), NOT_JSON),
    ("overlong-utf-8", beside(b'"more": "\xc0\xaf"'), NOT_JSON),
    ("surrogate-in-utf-8", beside(b'"more": "\xed\xa0\x80"'), NOT_JSON),
    ("utf-16", lambda door: door.json().decode().encode("utf-16"), NOT_JSON),
    ("utf-16-without-bom", lambda door: door.json().decode().encode("utf-16-le"), NOT_JSON),
    ("utf-32", lambda door: door.json().decode().encode("utf-32"), NOT_JSON),
    ("bom", lambda door: b"\xef\xbb\xbf" + door.json(), NOT_JSON),
    ("100000-deep", always(b"[" * 100_000), TOO_LARGE),
    ("60000-deep", always(b"[" * 60_000), NOT_JSON),
    ("30000-deep-balanced", nested(30_000), NOT_JSON),
    ("1020-deep-balanced", nested(1020), NOT_JSON),
    ("1000-deep-objects", beside(b'"more": ' + b'{"a":' * 1000 + b"1" + b"}" * 1000), NOT_JSON),
    ("100-deep-balanced", nested(100), REACHED),
    ("100-deep-nul", nested(100, rb'"\u0000"'), NUL),
    ("20-digit-integer", beside(b'"more": ' + b"9" * 20), REACHED),
    ("300-digit-integer", beside(b'"more": ' + b"9" * 300), REACHED),
    ("5000-digit-integer", beside(b'"more": ' + b"9" * 5000), NOT_JSON),
    ("infinity", beside(b'"more": Infinity'), NOT_JSON),
    ("minus-infinity", beside(b'"more": -Infinity'), NOT_JSON),
    ("1e400", beside(b'"more": 1e400'), NOT_JSON),
    ("surrogate-pair", beside(rb'"more": "\ud83d\ude00"'), REACHED),
    ("no-nul-but-its-name", beside(rb'"more": "\\u0000"'), REACHED),
    ("raw-nul", beside(b'"more": "a\0b"'), NOT_JSON),
    ("raw-newline", beside(b'"more": "a\nb"'), NOT_JSON),
    ("key-twice", beside(b'"more": 1, "more": 2'), TWICE),
    ("key-twice-escaped", beside(rb'"more": 1, "mor\u0065": 2'), TWICE),
    ("key-twice-inside", beside(b'"more": [{"a": 1, "a": 2}]'), TWICE),
    ("trailing-garbage", lambda door: door.json() + b"x", NOT_JSON),
    ("comment", lambda door: door.json() + b"// fine?", NOT_JSON),
    ("gzip", lambda door: gzip.compress(door.json()), NOT_JSON),
    ("empty", always(b""), NOT_JSON),
    ("blank", always(b" \r\n\t"), NOT_JSON),
]


@at_every_door([(name, posting(body, JSON), expected) for name, body, expected in JSON_BODIES])
def test_H03_hostile_json(entrance: Entrance, build: Build, expected: Awaited) -> None:
    entrance.answers(build, expected)


# ---------------------------------------------------------------- content types
ONCE = (400, "The header Content-Type is sent more than once")


def json_for_a_form(door: Entrance) -> Refusal:
    return (first_is_missing if URLENCODED.partition(": ")[2] in door.login.media_types else unsupported)(door)


def typed(*headers: str) -> Build:
    return posting(Entrance.json, *headers)


CONTENT_TYPES: list[Row] = [
    ("upper-case", typed("CONTENT-TYPE: APPLICATION/JSON"), REACHED),
    ("with-charset", typed(f"{JSON}; charset=utf-8"), REACHED),
    ("with-a-charset-that-json-does-not-have", typed(f"{JSON}; charset=bogus"), REACHED),
    ("odd-spaces", typed("Content-Type:   application/json  ;;  charset = utf-8  "), REACHED),
    ("empty", typed("Content-Type:"), unsupported),
    ("two-equal", typed(JSON, JSON), ONCE),
    ("two-different", typed(JSON, "Content-Type: text/plain"), ONCE),
    ("list", typed(f"{JSON}, text/plain"), unsupported),
    ("list-of-one-twice", typed(f"{JSON}, application/json"), unsupported),
    ("garbage", typed("Content-Type: \xff;=;/"), unsupported),
    ("slash", typed("Content-Type: /"), unsupported),
    ("wildcard", typed("Content-Type: */*"), unsupported),
    ("plus-json", typed("Content-Type: application/problem+json"), unsupported),
    ("urlencoded", typed(URLENCODED), json_for_a_form),
    ("other-multipart", typed("Content-Type: multipart/mixed; boundary=portico"), unsupported),
    ("10-kB", typed(f"{JSON}; x={'a' * 10_000}"), REACHED),
]


@at_every_door(CONTENT_TYPES)
def test_H03_hostile_content_type(entrance: Entrance, build: Build, expected: Awaited) -> None:
    entrance.answers(build, expected)
