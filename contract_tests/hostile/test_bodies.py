"""JSON that is not what it says, and bodies that do not say what they are."""

import gzip
import json

from hostile.entrance import (
    Awaited,
    Build,
    Entrance,
    Row,
    always,
    first_is_missing,
    posting,
    tried,
    unsupported,
)
from hostile.words import JSON, LIMIT, NOT_JSON, REACHED, TOO_LARGE, URLENCODED, Refusal

NUL = (400, "The body holds a NUL character")
TWICE = (400, "The body names a property twice")
NO_OBJECT = (400, "'body' must be of type object")


def beside(more: bytes) -> Build:
    """A fine body with `more` members beside those the operation knows."""
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
    ("nan", beside(b'"more": NaN'), NOT_JSON),
    ("infinity", beside(b'"more": Infinity'), NOT_JSON),
    ("minus-infinity", beside(b'"more": -Infinity'), NOT_JSON),
    ("1e400", beside(b'"more": 1e400'), NOT_JSON),
    ("high-surrogate", beside(rb'"more": "\ud800"'), NOT_JSON),
    ("low-surrogate", beside(rb'"more": "\udfff"'), NOT_JSON),
    ("surrogates-reversed", beside(rb'"more": "\udc00\ud800"'), NOT_JSON),
    ("surrogate-pair", beside(rb'"more": "\ud83d\ude00"'), REACHED),
    ("nul", beside(rb'"more": "a\u0000b"'), NUL),
    ("nul-in-a-key", beside(rb'"mo\u0000re": 1'), NUL),
    ("nul-in-a-known-field", lambda door: json.dumps(dict.fromkeys(door.fields, "a\x00")).encode(), NUL),
    ("no-nul-but-its-name", beside(rb'"more": "\\u0000"'), REACHED),
    ("raw-nul", beside(b'"more": "a\0b"'), NOT_JSON),
    ("raw-newline", beside(b'"more": "a\nb"'), NOT_JSON),
    ("key-twice", beside(b'"more": 1, "more": 2'), TWICE),
    ("key-twice-equal", beside(b'"more": 1, "more": 1'), TWICE),
    ("key-twice-escaped", beside(rb'"more": 1, "mor\u0065": 2'), TWICE),
    ("key-twice-inside", beside(b'"more": [{"a": 1, "a": 2}]'), TWICE),
    ("trailing-garbage", lambda door: door.json() + b"x", NOT_JSON),
    ("two-documents", lambda door: door.json() * 2, NOT_JSON),
    ("trailing-comma", lambda door: door.json()[:-1] + b",}", NOT_JSON),
    ("comment", lambda door: door.json() + b"// fine?", NOT_JSON),
    ("single-quotes", lambda door: door.json().replace(b'"', b"'"), NOT_JSON),
    ("cut-off", lambda door: door.json()[:-1], NOT_JSON),
    ("gzip", lambda door: gzip.compress(door.json()), NOT_JSON),
    ("empty", always(b""), NOT_JSON),
    ("blank", always(b" \r\n\t"), NOT_JSON),
    ("null", always(b"null"), NO_OBJECT),
    ("array", always(b"[]"), NO_OBJECT),
    ("array-of-the-body", lambda door: b"[%b]" % door.json(), NO_OBJECT),
    ("string", always(b'"text"'), NO_OBJECT),
    ("number", always(b"1"), NO_OBJECT),
    ("true", always(b"true"), NO_OBJECT),
    ("exactly-64-KiB", lambda door: door.json().ljust(LIMIT), REACHED),
    ("one-octet-over-64-KiB", lambda door: door.json().ljust(LIMIT + 1), TOO_LARGE),
]


test_H03_hostile_json = tried([(name, posting(body, JSON), expected) for name, body, expected in JSON_BODIES])


# ---------------------------------------------------------------- content types
ONCE = (400, "The header Content-Type is sent more than once")


def json_for_a_form(door: Entrance) -> Refusal:
    return (first_is_missing if URLENCODED.partition(": ")[2] in door.media_types else unsupported)(door)


CONTENT_TYPES: list[tuple[str, list[str], Awaited]] = [
    ("upper-case", ["CONTENT-TYPE: APPLICATION/JSON"], REACHED),
    ("with-charset", [f"{JSON}; charset=utf-8"], REACHED),
    ("with-a-charset-that-json-does-not-have", [f"{JSON}; charset=bogus"], REACHED),
    ("odd-spaces", ["Content-Type:   application/json  ;;  charset = utf-8  "], REACHED),
    ("missing", [], unsupported),
    ("empty", ["Content-Type:"], unsupported),
    ("two-equal", [JSON, JSON], ONCE),
    ("two-different", [JSON, "Content-Type: text/plain"], ONCE),
    ("list", [f"{JSON}, text/plain"], unsupported),
    ("list-of-one-twice", [f"{JSON}, application/json"], unsupported),
    ("garbage", ["Content-Type: \xff;=;/"], unsupported),
    ("slash", ["Content-Type: /"], unsupported),
    ("wildcard", ["Content-Type: */*"], unsupported),
    ("plus-json", ["Content-Type: application/problem+json"], unsupported),
    ("longer", [f"{JSON}p"], unsupported),
    ("text", ["Content-Type: text/plain"], unsupported),
    ("urlencoded", [URLENCODED], json_for_a_form),
    ("other-multipart", ["Content-Type: multipart/mixed; boundary=portico"], unsupported),
    ("10-kB", [f"{JSON}; x={'a' * 10_000}"], REACHED),
]


test_H03_hostile_content_type = tried(
    [(name, posting(Entrance.json, *headers), expected) for name, headers, expected in CONTENT_TYPES]
)
