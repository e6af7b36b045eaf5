"""Hostile requests at every door: answered, never with a 5xx, in the door's words, and nothing unvalidated in handlers.

A door is described once, by what it takes and how it refuses; the table goes through every door. A request that is fine
after all must reach the handler (`REACHED`). What is not HTTP is answered by the HTTP parser, which knows no path and
so no door (`NOT_HTTP`).
"""

import gzip
import json
import re
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from enum import Enum, auto
from http import HTTPStatus
from urllib.parse import quote, urlencode

import httpx
import pytest
from support.answers import Json, text_in
from support.raw import Answer, Connection, ask, chunk, chunked, head, post
from support.server import Server, Serving

LIMIT = 64 * 1024
LONGEST_STALL = 15  # seconds until a stalled client must be gone
JSON = "Content-Type: application/json"
URLENCODED = "Content-Type: application/x-www-form-urlencoded"
FORM = "Content-Type: multipart/form-data; boundary=portico"
LAST_CHUNK = b"0\r\n\r\n"


class Outcome(Enum):
    REACHED = auto()
    NO_SESSION = auto()
    NOT_HTTP = auto()


REACHED, NO_SESSION, NOT_HTTP = Outcome
Expected = Outcome | tuple[int, str]  # a status and the message of a refusal


@dataclass(frozen=True)
class Door:
    """`path` takes `fields` by POST, in `media_types`, and answers `reached`; `guarded` wants a session."""

    name: str
    path: str
    guarded: tuple[str, str]  # a method and a path
    fields: dict[str, str]
    media_types: str
    reached: tuple[int, Json]
    no_session: tuple[tuple[int, Json], ...]  # whatever was sent instead of a good token, one of these is answered
    refusal: Callable[[int, str], Json]
    content_type: str = "application/json"

    def json(self, more: bytes = b"") -> bytes:
        """A body that is fine but for `more`, further members that no operation knows."""
        members = json.dumps(self.fields).encode()[1:-1]
        return b"{%b}" % b", ".join(filter(None, (members, more)))

    def parts(self) -> list[bytes]:
        return [part(name, value.encode()) for name, value in self.fields.items()]

    def urlencoded(self, more: bytes = b"") -> bytes:
        return b"&".join(filter(None, (urlencode(self.fields).encode(), more)))

    def post(self, body: bytes, *headers: str) -> bytes:
        return post(self.path, body, *headers)

    def guard(self, *headers: str, body: bytes = b"{}") -> bytes:
        """A request to the operation that wants a session."""
        method, path = self.guarded
        return head(method, path, JSON, *headers, f"Content-Length: {len(body)}") + body

    def check(self, answer: Answer, expected: "Awaited") -> None:
        """That `answer` is `expected`, or what the door itself expects."""
        expected = expected(self) if callable(expected) else expected
        if expected is NOT_HTTP:
            assert (answer.status, answer.body) == (400, b"Invalid HTTP request received.")
            return
        said = (answer.status, json.loads(answer.body))
        if expected is NO_SESSION:
            assert said in self.no_session
        else:
            assert said == ((expected[0], self.refusal(*expected)) if isinstance(expected, tuple) else self.reached)
        assert answer.headers.items() >= self._headers(answer.status, said[1]).items()

    def _headers(self, status: int, body: Json) -> dict[str, str]:
        content_type = self.content_type if status >= 400 else "application/json"
        common = {"content-type": content_type, "cache-control": "no-store", "x-content-type-options": "nosniff"}
        return common | {405: {"allow": "POST"}, 408: {"connection": "close"}, 413: {"connection": "close"}}.get(
            status, {}
        )


Build = Callable[[Door], bytes]
Awaited = Expected | Callable[[Door], Expected]  # of every door, or of each another
Row = tuple[str, Build, Awaited]


def appseed_refusal(status: int, message: str) -> Json:
    return {"success": False, "msg": message}


CODES = {
    401: "bad_credentials",
    404: "not_found",
    405: "wrong_method",
    408: "too_slow",
    413: "too_large",
    415: "wrong_media_type",
}


def problem(status: int, detail: str, code: str = "") -> Json:
    code = code or CODES.get(status) or ("invalid" if detail.startswith("'") else "malformed")
    return {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status, "detail": detail, "code": code}


def with_status(status: int, message: str) -> Json:
    return {"status": status, "message": message}


def notes_refusal(status: int, message: str) -> Json:
    """What is wrong with a request that cannot be read is not told."""
    return {"error": "Bad request" if status == 400 else message}


def not_logged_in(message: str) -> tuple[int, Json]:
    return 401, {"auth": False, "message": message}


CREDENTIALS = {"email": "nobody@portico.test", "password": "of no account"}
DOORS = (
    Door(
        name="appseed",
        path="/api/users/login",
        guarded=("POST", "/api/users/edit"),
        fields=CREDENTIALS,
        media_types="application/json or multipart/form-data",
        reached=(400, appseed_refusal(400, "Wrong credentials.")),
        no_session=((401, appseed_refusal(401, "User is not logged on")),),
        refusal=appseed_refusal,
    ),
    Door(
        name="vault",
        path="/api/login",
        guarded=("POST", "/api/resend-email-verification"),
        fields=CREDENTIALS,
        media_types="application/json",
        reached=(401, problem(401, "Wrong credentials")),
        no_session=(
            (401, problem(401, "A token is required", "token_missing")),
            (401, problem(401, "The token is malformed", "token_malformed")),
            (401, problem(401, "The token is not valid here", "token_forged")),
        ),
        refusal=problem,
        content_type="application/problem+json",
    ),
    Door(
        name="mobile",
        path="/api/user/login",
        guarded=("PUT", "/api/user/update"),
        fields=CREDENTIALS,
        media_types="application/json",
        reached=(400, with_status(400, "Invalid email/password")),
        no_session=(
            (400, with_status(400, "Access denied. Token not provided")),
            (401, with_status(401, "Invalid token")),
        ),
        refusal=with_status,
    ),
    Door(
        name="owners",
        path="/users/signwithemail",
        guarded=("POST", "/users/userdata"),
        fields=CREDENTIALS | {"apikey": "2YP47A5-YEWM1FG-MET9XB1-N6DN56N"},
        media_types="application/json",
        reached=(404, {"error": "User not found"}),
        no_session=(
            not_logged_in("jwt must be provided"),
            not_logged_in("jwt malformed"),
            not_logged_in("invalid signature"),
        ),
        refusal=with_status,
    ),
    Door(
        name="notes",
        path="/auth/login",
        guarded=("POST", "/auth/current"),
        fields={"username": "nobody", "password": "of no account"},
        media_types="application/x-www-form-urlencoded or multipart/form-data or application/json",
        reached=(406, {"error": "Wrong username or password"}),
        no_session=((400, {"error": "Bad request"}), (403, {"error": "Expired token"})),
        refusal=notes_refusal,
    ),
)


def part(name: str, value: bytes, *headers: str) -> bytes:
    lines = [f'Content-Disposition: form-data; name="{name}"', *headers]
    return b"--portico\r\n%b\r\n\r\n%b\r\n" % ("\r\n".join(lines).encode(), value)


def file(name: str, content: bytes) -> bytes:
    return part(name, content).replace(b"\r\n\r\n", b'; filename="a.txt"\r\n\r\n', 1)


def form(*parts: bytes) -> bytes:
    return b"".join(parts) + b"--portico--\r\n"


# ---------------------------------------------------------------------------------------------------- JSON

NOT_JSON = (400, "The body is not valid JSON")
NUL = (400, "The body holds a NUL character")
TWICE = (400, "The body names a property twice")
NO_OBJECT = (400, "'body' must be of type object")
TOO_LARGE = (413, "The body is too large")


def beside(more: bytes) -> Build:
    """A fine body with `more` members beside those the operation knows."""
    return lambda door: door.json(more)


def always(body: bytes) -> Build:
    return lambda door: body


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

# ------------------------------------------------------------------------------------------- content types

ONCE = (400, "The header Content-Type is sent more than once")


def unsupported(door: Door) -> tuple[int, str]:
    return 415, f"The body must be {door.media_types}"


def json_for_a_form(door: Door) -> tuple[int, str]:
    if "urlencoded" in door.media_types:
        return 400, f"'{next(iter(door.fields))}' is a required property"
    return unsupported(door)


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

# ----------------------------------------------------------------------------------------------- multipart

UNREADABLE = (400, "The multipart body cannot be read")
INCOMPLETE = (400, "The multipart body is incomplete")
NOT_UTF_8 = (400, "The body is not UTF-8 text")
NUL_IN_TEXT = (400, "The text holds a NUL character")
FIELD_TWICE = (400, "The body names a field twice")


def parts_and(*more: bytes) -> Build:
    return lambda door: form(*door.parts(), *more)


def without_end(*more: bytes) -> Build:
    return lambda door: b"".join((*door.parts(), *more))


def first_as_a_file(door: Door) -> bytes:
    (name, value), *_ = door.fields.items()
    return form(file(name, value.encode()), *door.parts()[1:])


def first_is_no_text(door: Door) -> tuple[int, str]:
    return 400, f"'{next(iter(door.fields))}' must be text, not a file"


def without_names(door: Door) -> bytes:
    return re.sub(rb'; name="[^"]*"', b"", form(*door.parts()))


MULTIPART_BODIES: list[tuple[str, str, Build, Awaited]] = [
    ("fine", FORM, parts_and(), REACHED),
    ("quoted-boundary", FORM.replace("portico", '"portico"'), parts_and(), REACHED),
    ("upper-case-type", FORM.replace("multipart/form-data", "MULTIPART/FORM-DATA"), parts_and(), REACHED),
    ("no-boundary", "Content-Type: multipart/form-data", parts_and(), UNREADABLE),
    ("empty-boundary", "Content-Type: multipart/form-data; boundary=", parts_and(), UNREADABLE),
    ("wrong-boundary", FORM.replace("portico", "other"), parts_and(), UNREADABLE),
    ("5000-letter-boundary", FORM.replace("portico", "b" * 5000), parts_and(), UNREADABLE),
    ("boundary-not-ascii", FORM.replace("portico", "p\xf6rtico"), parts_and(), UNREADABLE),
    ("empty", FORM, always(b""), INCOMPLETE),
    ("garbage", FORM, always(b"garbage"), UNREADABLE),
    ("json", FORM, lambda door: door.json(), UNREADABLE),
    ("no-final-boundary", FORM, without_end(), INCOMPLETE),
    ("final-boundary-without-its-end", FORM, without_end(b"--portico\r\n"), INCOMPLETE),
    ("cut-off-in-a-header", FORM, without_end(b"--portico\r\nContent-Dispo"), INCOMPLETE),
    ("cut-off-in-a-value", FORM, without_end(part("more", b"value")[:-4]), INCOMPLETE),
    ("cut-off-after-two-dashes", FORM, without_end(part("more", b"value--")[:-2]), INCOMPLETE),
    ("line-feeds-only", FORM, lambda door: form(*door.parts()).replace(b"\r\n", b"\n"), UNREADABLE),
    ("no-name", FORM, without_names, UNREADABLE),
    ("no-disposition", FORM, parts_and(b"--portico\r\nX-More: 1\r\n\r\nvalue\r\n"), UNREADABLE),
    ("no-headers", FORM, parts_and(b"--portico\r\n\r\nvalue\r\n"), UNREADABLE),
    ("header-without-colon", FORM, parts_and(b"--portico\r\nContent-Disposition\r\n\r\nvalue\r\n"), UNREADABLE),
    ("file-for-a-text", FORM, first_as_a_file, first_is_no_text),
    ("file-in-an-unknown-field", FORM, parts_and(file("more", b"text")), REACHED),
    ("file-in-a-field-of-2000-letters", FORM, parts_and(file("m" * 2000, b"text")), REACHED),
    ("field-twice", FORM, lambda door: form(*door.parts(), door.parts()[0]), FIELD_TWICE),
    ("unknown-field-twice", FORM, parts_and(part("more", b"1"), part("more", b"1")), REACHED),
    ("1000-fields", FORM, parts_and(*(part(str(number), b"") for number in range(1000))), UNREADABLE),
    ("5000-fields", FORM, parts_and(*(part(str(number), b"") for number in range(5000))), TOO_LARGE),
    ("value-not-utf-8", FORM, parts_and(part("more", b"caf\xe9")), NOT_UTF_8),
    ("name-not-utf-8", FORM, parts_and(part("more", b"").replace(b"more", b"\xe9")), NOT_UTF_8),
    ("nul-in-a-value", FORM, parts_and(part("more", b"a\0b")), NUL_IN_TEXT),
    ("nul-in-a-name", FORM, parts_and(part("mo\0re", b"")), NUL_IN_TEXT),
    ("30-kB-part-header", FORM, parts_and(part("more", b"", "X-More: " + "a" * 30_000)), UNREADABLE),
    ("2000-part-headers", FORM, parts_and(part("more", b"", *["X-More: a"] * 2000)), UNREADABLE),
    ("nested", FORM, parts_and(part("more", b"--inner--", "Content-Type: multipart/mixed; boundary=inner")), REACHED),
    ("charset-bogus", f"{FORM}; charset=bogus", parts_and(), REACHED),
    ("charset-that-makes-surrogates", f"{FORM}; charset=unicode_escape", parts_and(part("more", rb"\ud800")), REACHED),
    ("charset-utf-16", f"{FORM}; charset=utf-16", parts_and(), REACHED),
    ("charset-that-fails", f"{FORM}; charset=undefined", parts_and(), REACHED),
    ("form-as-json", JSON, parts_and(), NOT_JSON),
    ("64-KiB", FORM, lambda door: form(*door.parts(), part("more", b"a" * (LIMIT - 400))), REACHED),
    ("over-64-KiB", FORM, parts_and(part("more", b"a" * LIMIT)), TOO_LARGE),
]

# ---------------------------------------------------------------------------------------------- urlencoded

MANY = (400, "There are more than 200 fields")
MISSING = (400, "'username' is a required property")


def pairs_and(more: bytes = b"") -> Build:
    return lambda door: door.urlencoded(more)


URLENCODED_BODIES: list[tuple[str, str, Build, Awaited]] = [
    ("fine", URLENCODED, pairs_and(), REACHED),
    ("upper-case-type", URLENCODED.replace("application", "APPLICATION"), pairs_and(), REACHED),
    ("charset-bogus", f"{URLENCODED}; charset=bogus", pairs_and(), REACHED),
    ("charset-utf-16", f"{URLENCODED}; charset=utf-16", pairs_and(), REACHED),
    ("unknown-field", URLENCODED, pairs_and(b"more=1"), REACHED),
    ("unknown-field-twice", URLENCODED, pairs_and(b"more=1&more=2"), REACHED),
    ("field-twice", URLENCODED, lambda door: door.urlencoded(door.urlencoded()), FIELD_TWICE),
    ("no-value", URLENCODED, pairs_and(b"more"), REACHED),
    ("nothing-between", URLENCODED, pairs_and(b"&&&=&"), REACHED),
    ("semicolons", URLENCODED, lambda door: door.urlencoded().replace(b"&", b";"), MISSING),
    ("broken-escape", URLENCODED, pairs_and(b"more=%zz%"), REACHED),
    ("nul", URLENCODED, pairs_and(b"more=a%00b"), NUL_IN_TEXT),
    ("nul-in-a-name", URLENCODED, pairs_and(b"mo%00re=a"), NUL_IN_TEXT),
    ("raw-nul", URLENCODED, pairs_and(b"more=a\0b"), NUL_IN_TEXT),
    ("not-utf-8", URLENCODED, pairs_and(b"more=%ff"), NOT_UTF_8),
    ("not-utf-8-raw", URLENCODED, pairs_and(b"more=\xff"), NOT_UTF_8),
    ("surrogate-in-utf-8", URLENCODED, pairs_and(b"more=%ed%a0%80"), NOT_UTF_8),
    (
        "200-fields",
        URLENCODED,
        lambda door: door.urlencoded(b"&".join(b"%d=" % number for number in range(198))),
        REACHED,
    ),
    ("201-fields", URLENCODED, pairs_and(b"&".join(b"%d=" % number for number in range(201))), MANY),
    ("10000-fields", URLENCODED, pairs_and(b"&".join(b"%d=" % number for number in range(10_000))), MANY),
    ("empty", URLENCODED, always(b""), MISSING),
    ("garbage", URLENCODED, always(b"\x01\x02"), MISSING),
    ("multipart", URLENCODED, parts_and(), MISSING),
    ("bom", URLENCODED, lambda door: b"\xef\xbb\xbf" + door.urlencoded(), MISSING),
    ("64-KiB", URLENCODED, lambda door: door.urlencoded(b"more=").ljust(LIMIT, b"a"), REACHED),
    ("over-64-KiB", URLENCODED, lambda door: door.urlencoded(b"more=").ljust(LIMIT + 1, b"a"), TOO_LARGE),
    ("form-as-json", JSON, pairs_and(), NOT_JSON),
]

# ------------------------------------------------------------------------------------------------- framing


def framed(*headers: str, body: bytes = b"{}") -> Build:
    return lambda door: head("POST", door.path, JSON, *headers) + body


def in_chunks(cut: Callable[[bytes], bytes]) -> Build:
    return lambda door: chunked(door.path, cut(door.json()), JSON)


FRAMING: list[Row] = [
    ("one-chunk", in_chunks(lambda body: chunk(body) + LAST_CHUNK), REACHED),
    (
        "a-chunk-per-octet",
        in_chunks(lambda body: b"".join(chunk(bytes([octet])) for octet in body) + LAST_CHUNK),
        REACHED,
    ),
    (
        "chunk-with-extension",
        in_chunks(lambda body: chunk(body).replace(b"\r\n", b";a=b\r\n", 1) + LAST_CHUNK),
        REACHED,
    ),
    ("chunks-with-trailer", in_chunks(lambda body: chunk(body) + b"0\r\nX-More: a\r\n\r\n"), REACHED),
    ("no-chunk", in_chunks(lambda body: LAST_CHUNK), NOT_JSON),
    ("chunks-of-64-KiB", in_chunks(lambda body: chunk(body) + chunk(b" " * (LIMIT - len(body))) + LAST_CHUNK), REACHED),
    (
        "chunks-over-64-KiB",
        in_chunks(lambda body: chunk(body) + chunk(b" " * (LIMIT - len(body) + 1)) + LAST_CHUNK),
        TOO_LARGE,
    ),
    ("chunks-without-end", in_chunks(lambda body: chunk(b" " * 1024) * 65), TOO_LARGE),
    ("chunk-size-no-number", in_chunks(lambda body: b"zz\r\n" + body), NOT_HTTP),
    ("chunk-size-negative", in_chunks(lambda body: b"-1\r\n" + body), NOT_HTTP),
    ("chunk-size-huge", in_chunks(lambda body: b"f" * 17 + b"\r\n" + body), NOT_HTTP),
    ("chunk-longer-than-its-size", in_chunks(lambda body: b"1\r\n" + body), NOT_HTTP),
    ("length-over-64-KiB", framed(f"Content-Length: {LIMIT + 1}"), TOO_LARGE),
    ("length-of-a-terabyte", framed("Content-Length: 1099511627776"), TOO_LARGE),
    ("length-over-64-KiB-and-asks-first", framed("Content-Length: 70000", "Expect: 100-continue", body=b""), TOO_LARGE),
    ("length-over-64-bits", framed("Content-Length: " + "9" * 30), NOT_HTTP),
    ("length-negative", framed("Content-Length: -1"), NOT_HTTP),
    ("length-signed", framed("Content-Length: +2"), NOT_HTTP),
    ("length-no-number", framed("Content-Length: two"), NOT_HTTP),
    ("length-hexadecimal", framed("Content-Length: 0x2"), NOT_HTTP),
    ("length-empty", framed("Content-Length:"), NOT_HTTP),
    ("length-shorter-than-the-body", framed("Content-Length: 2", body=b"{}}"), NOT_HTTP),
    ("length-list", framed("Content-Length: 2, 2"), NOT_HTTP),
    ("two-lengths", framed("Content-Length: 2", "Content-Length: 3"), NOT_HTTP),
    (
        "length-and-chunks",
        framed("Content-Length: 2", "Transfer-Encoding: chunked", body=chunk(b"{}") + LAST_CHUNK),
        NOT_HTTP,
    ),
    ("coding-identity", framed("Transfer-Encoding: identity"), NOT_HTTP),
    ("coding-unknown", framed("Transfer-Encoding: xchunked", body=LAST_CHUNK), NOT_HTTP),
    ("coding-after-chunked", framed("Transfer-Encoding: chunked, identity", body=LAST_CHUNK), NOT_HTTP),
    (
        "gzip-then-chunked",
        framed("Transfer-Encoding: gzip, chunked", body=chunk(gzip.compress(b"{}")) + LAST_CHUNK),
        NOT_JSON,
    ),
]

# ------------------------------------------------------------------------------------- paths and methods

NOTHING = (404, "There is nothing here")
PATH_NUL = (400, "The path holds a NUL character")
PATH_NOT_UTF_8 = (400, "The path is not UTF-8 text")
WRONG_METHOD = (405, "This method is not allowed here")


def at(change: Callable[[str], str]) -> Build:
    """A fine request at a changed path."""
    return lambda door: post(change(door.path), door.json(), JSON)


def by(method: str) -> Build:
    return lambda door: head(method, door.path)


def in_http_1_0(door: Door) -> bytes:
    return door.post(door.json(), JSON).replace(b"HTTP/1.1\r\nHost: portico.test", b"HTTP/1.0", 1)


PATHS: list[Row] = [
    ("trailing-slash", at(lambda path: path + "/"), NOTHING),
    ("doubled-slash", at(lambda path: "//".join(path.rsplit("/", 1))), NOTHING),
    ("encoded-slash", at(lambda path: "%2f".join(path.rsplit("/", 1))), NOTHING),
    ("encoded-slash-behind", at(lambda path: path + "%2f"), NOTHING),
    ("dots", at(lambda path: path + "/../" + path.rpartition("/")[2]), NOTHING),
    ("encoded-dots", at(lambda path: path + "/%2e%2e"), NOTHING),
    ("newline", at(lambda path: path + "%0a"), NOTHING),
    ("nul", at(lambda path: path + "%00"), PATH_NUL),
    ("nul-below", at(lambda path: path + "/%00"), PATH_NUL),
    ("not-utf-8", at(lambda path: path + "%ff"), PATH_NOT_UTF_8),
    ("broken-escape", at(lambda path: path + "%zz"), NOTHING),
    ("matrix-parameter", at(lambda path: path + ";a=b"), NOTHING),
    ("unknown", at(lambda path: path + "-unknown"), NOTHING),
    ("8-kB", at(lambda path: path + "a" * 8192), NOTHING),
    ("8-kB-of-segments", at(lambda path: path + "/a" * 4096), NOTHING),
    ("70-kB", at(lambda path: path + "a" * 70_000), NOT_HTTP),
    ("raw-octet", at(lambda path: path + "\xff"), NOT_HTTP),
    ("escaped-letter", at(lambda path: f"{path[:-1]}%{ord(path[-1]):02x}"), REACHED),
    ("absolute-form", at(lambda path: "http://portico.test" + path), REACHED),
    ("garbage-in-the-query", at(lambda path: path + "?%ff=%00&&=;[]"), REACHED),
    ("http-1.0-without-host", in_http_1_0, REACHED),
]
METHODS: list[Row] = [
    (name, by(name), WRONG_METHOD) for name in ("GET", "PUT", "PATCH", "DELETE", "TRACE", "OPTIONS", "PROPFIND")
] + [(name, by(name), NOT_HTTP) for name in ("BREW", "post", "P@ST")]

# ------------------------------------------------------------------------------------------------- headers

AUTHORIZATION_ONCE = (400, "The header Authorization is sent more than once")
TOKEN = "Authorization: e30.e30.e30"


def open_with(*headers: str) -> Build:
    return lambda door: door.post(door.json(), JSON, *headers)


def guarded_with(*headers: str) -> Build:
    return lambda door: door.guard(*headers)


HEADERS: list[Row] = [
    ("open-stale-token", open_with(TOKEN), REACHED),
    ("open-two-tokens", open_with(TOKEN, "Authorization: other"), REACHED),
    ("open-10-kB-token", open_with("Authorization: " + "a" * 10_000), REACHED),
    ("open-malformed-cookie", open_with('Cookie: ;;=a; "=\xff;,'), REACHED),
    ("open-two-hosts", open_with("Host: other.test"), REACHED),
    ("open-method-override", open_with("X-HTTP-Method-Override: DELETE"), REACHED),
    ("open-forged-path", open_with("X-Original-URL: /", "X-Forwarded-Prefix: /x", "Forwarded: host=x"), REACHED),
    ("guarded-none", guarded_with(), NO_SESSION),
    ("guarded-empty", guarded_with("Authorization:"), NO_SESSION),
    ("guarded-two-equal", guarded_with(TOKEN, TOKEN), AUTHORIZATION_ONCE),
    ("guarded-two-different", guarded_with(TOKEN, "Authorization: other"), AUTHORIZATION_ONCE),
    ("guarded-two-empty", guarded_with("Authorization:", "Authorization:"), AUTHORIZATION_ONCE),
    ("guarded-10-kB", guarded_with("Authorization: " + "a" * 10_000), NO_SESSION),
    ("guarded-10-kB-bearer", guarded_with("Authorization: Bearer " + "a." * 5000), NO_SESSION),
    ("guarded-not-ascii", guarded_with("Authorization: Bearer \xff\xfe.\xe9.\x80"), NO_SESSION),
    ("guarded-basic", guarded_with("Authorization: Basic dXNlcjpwYXNz"), NO_SESSION),
    ("guarded-bearer-alone", guarded_with("Authorization: Bearer"), NO_SESSION),
    ("guarded-bearer-twice", guarded_with("Authorization: Bearer Bearer e30.e30.e30"), NO_SESSION),
    ("guarded-dots", guarded_with("Authorization: .."), NO_SESSION),
    ("guarded-no-algorithm", guarded_with("Authorization: eyJhbGciOiJub25lIn0.e30."), NO_SESSION),
    ("guarded-header-is-a-list", guarded_with("Authorization: W10.e30.e30"), NO_SESSION),
    ("guarded-kid-is-an-object", guarded_with("Authorization: eyJhbGciOiJIUzI1NiIsImtpZCI6e319.e30.e30"), NO_SESSION),
    ("guarded-nul", guarded_with("Authorization: a\0b"), NOT_HTTP),
    ("name-with-a-space", open_with("Bad Name: a"), NOT_HTTP),
    ("space-before-the-colon", open_with("X-More : a"), NOT_HTTP),
    ("no-colon", open_with("X-More"), NOT_HTTP),
]

# ---------------------------------------------------------------------------------------------- the table


def posting(body: Build, *headers: str) -> Build:
    return lambda door: door.post(body(door), *headers)


REQUESTS: dict[str, list[Row]] = {
    "json": [(name, posting(body, JSON), expected) for name, body, expected in JSON_BODIES],
    "type": [(name, posting(Door.json, *headers), expected) for name, headers, expected in CONTENT_TYPES],
    "multipart": [(name, posting(body, header), expected) for name, header, body, expected in MULTIPART_BODIES],
    "urlencoded": [(name, posting(body, header), expected) for name, header, body, expected in URLENCODED_BODIES],
    "framing": FRAMING,
    "path": PATHS,
    "method": METHODS,
    "header": HEADERS,
}


def rows(door: Door, group: str) -> list[Row]:
    """The rows of a group for a door; of a kind of body that it does not take, the fine one, which is refused."""
    if group in ("multipart", "urlencoded") and group not in door.media_types:
        return [(name, build, unsupported) for name, build, _ in REQUESTS[group] if name == "fine"]
    return REQUESTS[group]


@pytest.fixture(scope="module")
def hostile(serving: Serving) -> Server:
    """A server for hostile clients only."""
    return serving(PORTICO_LIMITS="off")


@pytest.mark.parametrize(
    ("door", "build", "expected"),
    [
        pytest.param(door, build, expected, id=f"{door.name}-{group}-{name}")
        for door in DOORS
        for group in REQUESTS
        for name, build, expected in rows(door, group)
    ],
)
def test_H03_hostile_request(hostile: Server, door: Door, build: Build, expected: Awaited) -> None:
    door.check(ask(hostile.url, build(door)), expected)


# ------------------------------------------------------------------- paths and methods beyond the doors


SPELT = "%C4%B0"  # a letter that is two when it is lower-case
NO_OWNER = (404, with_status(404, "owner not found"))
DEAD_LINK = (400, problem(400, "The token is not known or no longer good", "unproven"))
NO_ADDRESS = (400, problem(400, "'email' is not a valid e-mail address"))
MALFORMED = (200, {"auth": False, "message": "jwt malformed"})


def too_long(refusal: Callable[[int, str], Json], field: str, most: int) -> tuple[int, Json]:
    return 400, refusal(400, f"'{field}' is too long, at most {most} characters")


# path, the words of its door, the longest text and what it is called, and what any text that nobody has is answered
PARAMETERS = [
    ("/api/exist-email/{}", problem, "email", 254, NO_ADDRESS),
    ("/api/verify-email/{}", problem, "token", 256, DEAD_LINK),
    ("/appowner/uuid/{}", with_status, "uuid", 64, NO_OWNER),
    ("/appowner/emailpassword/{}/secret", with_status, "email", 254, NO_OWNER),
    ("/appowner/emailpassword/a@b.test/{}", with_status, "password", 1024, NO_OWNER),
    ("/users/islogged/{}", with_status, "token", 4096, MALFORMED),
]
TEXTS = [
    "%0a",
    "a%0a",
    "%2f",
    "..%2f..",
    "%2e%2e",
    "%",
    "%zz",
    "%09",
    "%7f",
    "a%20b",
    "%22",
    "%27%20OR%201=1--",
    "%3Cb%3E",
    SPELT,
]


@pytest.mark.parametrize(
    ("path", "refusal", "field", "most", "unknown"), PARAMETERS, ids=[row[0] for row in PARAMETERS]
)
def test_H03_hostile_path_parameter(
    hostile: Server, path: str, refusal: Callable[[int, str], Json], field: str, most: int, unknown: tuple[int, Json]
) -> None:
    texts = {f"abc{text}": unknown for text in TEXTS}
    texts |= {text: (400, refusal(400, PATH_NUL[1])) for text in ("%00", "a%00", "%00%00")}
    texts |= {text: (400, refusal(400, PATH_NOT_UTF_8[1])) for text in ("%ff", "a%c0%af", "%ed%a0%80")}
    texts |= {"a" * most: unknown, SPELT * most: unknown, "%F0%9F%94%91" * most: unknown}
    texts |= {"a" * (most + 1): too_long(refusal, field, most), "a" * 8192: too_long(refusal, field, most)}
    got = {text: ask(hostile.url, head("GET", path.format(text))) for text in texts}

    assert {text: (answer.status, json.loads(answer.body)) for text, answer in got.items()} == texts
    for answer in got.values():
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["referrer-policy"] == "no-referrer"


# Texts that are longer where they are compared than where they are counted, or longer than what is stored.
@pytest.mark.parametrize("letter", ["a", "\u0130", "\u1e9e", "\ufb03"], ids=ascii)
def test_H03_a_text_that_grows_is_as_unknown_as_any(hostile: Server, letter: str) -> None:
    lengths = (1, 36, 37, 45, 46, 64, 65, 127, 128, 253, 254)
    got = {length: what_is_unknown(hostile.client, letter * length) for length in lengths}

    assert got == {
        length: {
            "login": (406, {"error": "Wrong username or password"}),
            "owner": NO_OWNER,
            "user": (404, {"error": "User not found"}),
            "application": NO_OWNER,
        }
        for length in lengths
    }


def what_is_unknown(client: httpx.Client, text: str) -> dict[str, tuple[int, Json]]:
    asked = {
        "login": client.post("/auth/login", json={"username": text, "password": text}),
        "owner": client.get(f"/appowner/emailpassword/{quote(text)}/{quote(text)}"),
        "user": client.post("/users/signin", json={"uuid": text[:64], "apikey": text[:64]}),
        "application": client.post("/applications/create", json={"owneruuid": text[:64], "appname": text}),
    }
    return {name: (answer.status_code, answer.json()) for name, answer in asked.items()}


NO_ASSET = (400, "'asset' does not match ^[a-z][a-z.-]*$")
NO_DOCUMENT = (400, r"'document' does not match ^[a-z]+\.json$")


@pytest.mark.parametrize(
    ("path", "status", "detail"),
    [
        ("/docs/unknown.css", *NOTHING),
        ("/docs/%00", *PATH_NUL),
        ("/docs/docs.css%00", *PATH_NUL),
        ("/docs/%0a", *NO_ASSET),
        ("/docs/docs.css%0a", *NO_ASSET),
        ("/docs/%ff", *PATH_NOT_UTF_8),
        ("/docs/%c0%af", *PATH_NOT_UTF_8),
        ("/docs/%ed%a0%80", *PATH_NOT_UTF_8),
        ("/docs/%2f", *NO_ASSET),
        ("/docs/..%2fspec%2fservice.yaml", *NO_ASSET),
        ("/docs/%2e%2e", *NO_ASSET),
        ("/docs/..", *NO_ASSET),
        ("/docs/%", *NO_ASSET),
        ("/docs/" + "a" * 64, *NOTHING),
        ("/docs/" + "a" * 65, 400, "'asset' is too long, at most 64 characters"),
        ("/docs/" + "a" * 8192, 400, "'asset' is too long, at most 64 characters"),
        ("/docs/", *NOTHING),
        ("/docs//", *NOTHING),
        ("/docs/../docs", *NOTHING),
        ("/openapi/unknown.json", *NOTHING),
        ("/openapi/%00", *PATH_NUL),
        ("/openapi/appseed.json%0a", *NO_DOCUMENT),
        ("/openapi/%ff", *PATH_NOT_UTF_8),
        ("/openapi/%2fappseed.json", *NO_DOCUMENT),
        ("/openapi/%2e%2e", *NO_DOCUMENT),
        ("//", *NOTHING),
        ("//docs", *NOTHING),
        ("/%2f", *NOTHING),
        ("/%2e%2e/%2e%2e/etc/passwd", *NOTHING),
        ("/health/live/", *NOTHING),
        ("/health%2flive", *NOTHING),
        ("/HEALTH/live", *NOTHING),
        ("/unknown", *NOTHING),
        ("/" + "a" * 8192, *NOTHING),
        ("*", *NOTHING),
    ],
    ids=lambda value: value[:40] if isinstance(value, str) else None,
)
def test_H03_hostile_path(hostile: Server, path: str, status: int, detail: str) -> None:
    answer = ask(hostile.url, head("GET", path))
    assert (answer.status, json.loads(answer.body)) == (status, problem(status, detail))
    assert answer.headers["content-type"] == "application/problem+json"


METHOD_NAMES = ("GET", "PUT", "POST", "DELETE", "OPTIONS", "HEAD", "PATCH", "TRACE")


def test_H03_allow_is_complete_for_every_path(hostile: Server) -> None:
    paths = hostile.client.get("/openapi.json").json()["paths"]
    got, expected = {}, {}
    for path, item in paths.items():
        allowed = {method.upper() for method in item if method.upper() in METHOD_NAMES}
        allowed |= {"HEAD"} if "GET" in allowed else set()
        for method in set(METHOD_NAMES) - allowed:
            answer = ask(hostile.url, head(method, re.sub(r"\{.*?\}", "a", path)))
            expected[method, path] = (405, ", ".join(sorted(allowed)))
            got[method, path] = (answer.status, answer.headers.get("allow"))
    assert got == expected


@pytest.mark.parametrize(
    "path",
    [
        *("/", "/docs", "/docs/docs.css", "/openapi.json", "/openapi.yaml", "/openapi/appseed.json", "/health/live"),
        *("/docs/unknown", "/%00", "/unknown"),
    ],
)
def test_H03_head_answers_like_get_without_a_body(hostile: Server, path: str) -> None:
    get = ask(hostile.url, head("GET", path))
    with Connection(hostile.url) as connection:
        connection.send(head("HEAD", path) + head("GET", "/health/live"))
        answer, after = connection.answer(to="HEAD"), connection.answer()
    del get.headers["date"], answer.headers["date"]
    assert answer == Answer(get.status, get.headers, b"")
    assert (after.status, after.body) == (200, b'{"status":"ok"}')


# --------------------------------------------------------------------------------------- one connection


@pytest.mark.parametrize("door", DOORS, ids=lambda door: door.name)
def test_H03_pipelined_requests_are_answered_in_order(hostile: Server, door: Door) -> None:
    fine = door.post(door.json(), JSON)
    with Connection(hostile.url) as connection:
        connection.send(fine + door.post(b"{", JSON) + door.guard() + head("GET", door.path) + fine)
        for expected in (REACHED, NOT_JSON, NO_SESSION, WRONG_METHOD, REACHED):
            door.check(connection.answer(), expected)


@pytest.mark.parametrize(
    "build",
    [
        pytest.param(lambda door: head("POST", door.path, JSON, "Content-Length: 70000") + b"{", id="length"),
        pytest.param(lambda door: chunked(door.path, chunk(b" " * 1024) * 65, JSON), id="chunks"),
    ],
)
@pytest.mark.parametrize("door", DOORS, ids=lambda door: door.name)
def test_H03_a_body_too_large_ends_the_connection(hostile: Server, door: Door, build: Build) -> None:
    with Connection(hostile.url) as connection:
        connection.send(build(door))
        door.check(connection.answer(), TOO_LARGE)
        assert connection.closed()


@pytest.mark.parametrize("door", DOORS, ids=lambda door: door.name)
def test_H03_a_client_that_asks_first_is_told_to_go_on(hostile: Server, door: Door) -> None:
    body = door.json()
    with Connection(hostile.url) as connection:
        connection.send(head("POST", door.path, JSON, f"Content-Length: {len(body)}", "Expect: 100-continue"))
        assert connection.answer().status == 100
        connection.send(body)
        door.check(connection.answer(), REACHED)


# ------------------------------------------------------------------------- what only one door can show


@pytest.fixture
def token(hostile: Server, email: str) -> str:
    """A live session at appseed."""
    hostile.client.post("/api/users/register", json={"username": "test", "email": email, "password": "pass"})
    return text_in(hostile.client.post("/api/users/login", json={"email": email, "password": "pass"}), "token")


@pytest.mark.parametrize(
    ("framing", "body"),
    [
        pytest.param("Content-Length: 10", b"", id="length-and-nothing"),
        pytest.param("Content-Length: 10", b"{", id="length-and-a-part"),
        pytest.param("Transfer-Encoding: chunked", b"", id="chunks-and-nothing"),
        pytest.param("Transfer-Encoding: chunked", b"2\r\n{}\r\n", id="chunks-without-the-last"),
    ],
)
def test_H03_a_request_cut_off_in_its_body_changes_nothing(
    hostile: Server, token: str, email: str, framing: str, body: bytes
) -> None:
    with Connection(hostile.url) as connection:
        connection.send(head("POST", "/api/users/logout", f"Authorization: {token}", JSON, framing) + body)
        connection.finish()
        answer = connection.answer_or_silence()
        assert answer is None or answer.status == 400
        assert connection.closed()
    hostile.client.post("/api/users/login", json={"email": email, "password": "pass"})  # a write behind the logout's
    assert hostile.client.post("/api/users/checkSession", headers={"Authorization": token}).json() == {"success": True}


def test_H03_a_field_cut_off_after_two_dashes_is_not_dropped_in_silence(hostile: Server, token: str) -> None:
    body = part("username", b"tested") + part("email", b"a@b.test--")[:-2]
    answer = ask(hostile.url, post("/api/users/edit", body, FORM, f"Authorization: {token}"))
    assert (answer.status, json.loads(answer.body)) == (400, appseed_refusal(400, "The multipart body is incomplete"))


@pytest.mark.parametrize(
    ("charset", "name"),
    [
        ("utf-7", "+AOk-"),
        ("utf-7", "+AAA-"),
        ("unicode_escape", r"\ud800"),
        ("unicode_escape", r"\x00"),
        ("latin-1", "é"),
    ],
)
def test_H03_multipart_text_is_utf_8_whatever_charset_is_named(
    hostile: Server, email: str, charset: str, name: str
) -> None:
    """A form has no charset parameter (RFC 7578); obeyed, it would smuggle NULs and surrogates past the checks."""
    fields = {"username": name, "email": email, "password": "pass"}
    body = form(*(part(field, value.encode()) for field, value in fields.items()))
    assert ask(hostile.url, post("/api/users/register", body, f"{FORM}; charset={charset}")).status == 200
    account = hostile.client.post("/api/users/login", json={"email": email, "password": "pass"}).json()["user"]
    assert account == {"_id": account["id"], "id": account["id"], "username": name, "email": email}


def test_H03_a_password_of_surrogates_by_charset_breaks_nothing(hostile: Server) -> None:
    body = form(part("email", b"nobody@portico.test"), part("password", rb"\ud800\udc00"))
    answer = ask(hostile.url, post("/api/users/login", body, f"{FORM}; charset=unicode_escape"))
    assert (answer.status, json.loads(answer.body)) == (400, appseed_refusal(400, "Wrong credentials."))


# ------------------------------------------------------------------------------------------ slow clients


SLOW_BODIES: dict[str, tuple[Build, bytes]] = {
    "none": (framed("Content-Length: 10", body=b""), b""),
    "half": (framed("Content-Length: 10", body=b'{"a":'), b""),
    "dripping": (framed("Content-Length: 1000", body=b""), b" "),
    "no-chunk": (framed("Transfer-Encoding: chunked", body=b""), b""),
    "one-chunk": (framed("Transfer-Encoding: chunked", body=chunk(b"{}")), b""),
    "dripping-chunks": (framed("Transfer-Encoding: chunked", body=b""), chunk(b" ")),
    "none-though-told-to-go-on": (framed("Content-Length: 10", "Expect: 100-continue", body=b""), b""),
}
SLOW_HEADERS: dict[str, tuple[Build, bytes]] = {
    "nothing": (lambda door: b"", b""),
    "half-a-line": (lambda door: f"POST {door.path}".encode(), b""),
    "half-the-headers": (lambda door: head("POST", door.path, JSON)[:-2], b""),
    "dripping": (lambda door: head("POST", door.path, JSON)[:-2] + b"X-More: ", b"a"),
    "dripping-headers": (lambda door: head("POST", door.path, JSON)[:-2], b"X-More: a\r\n"),
    "of-the-second-request": (lambda door: head("GET", "/health/live") + head("POST", door.path, JSON)[:-2], b""),
}
SLOW_RESTS: dict[str, tuple[Build, bytes, int | None]] = {  # of bodies nobody reads, behind an answer
    "not-found": (lambda door: head("POST", door.path + "/", JSON, "Content-Length: 60000"), b" ", 404),
    "wrong-method": (lambda door: head("PUT", door.path, JSON, "Transfer-Encoding: chunked"), chunk(b" "), 405),
    "no-session": (lambda door: head(*door.guarded, JSON, "Content-Length: 60000"), b" ", None),
}
SLOW_CLIENTS: dict[str, Mapping[str, tuple[Build, bytes, *tuple[int | None, ...]]]] = {
    "body": SLOW_BODIES,
    "headers": SLOW_HEADERS,
    "rest": SLOW_RESTS,
}


def stall(url: str, octets: bytes, drip: bytes) -> list[Answer] | None:
    """Sends `octets`, then `drip` twice a second. What is answered until the connection closes; None if it does not."""
    answers = []
    with Connection(url) as connection:
        connection.send(octets)
        for _ in range(2 * LONGEST_STALL):
            if not connection.heard(0.5):
                connection.send(drip)
            elif answer := connection.answer_or_silence():
                answers.append(answer)
            else:
                return answers
    return None


Stalled = dict[tuple[str, str, str], Future[list[Answer] | None]]  # by door, kind and name


@pytest.fixture(scope="module", autouse=True)
def stalled(hostile: Server) -> Iterator[Stalled]:
    """All slow clients at once, from the first test on: the others are served meanwhile."""
    clients = [
        ((door.name, kind, name), build(door), drip)
        for door in DOORS
        for kind, named in SLOW_CLIENTS.items()
        for name, (build, drip, *_) in named.items()
    ]
    with ThreadPoolExecutor(len(clients)) as pool:
        yield {key: pool.submit(stall, hostile.url, octets, drip) for key, octets, drip in clients}


@pytest.mark.parametrize("name", SLOW_BODIES)
@pytest.mark.parametrize("door", DOORS, ids=lambda door: door.name)
def test_H03_a_body_that_does_not_come_is_not_waited_for(stalled: Stalled, door: Door, name: str) -> None:
    answers = stalled[door.name, "body", name].result()
    assert answers is not None, "the connection stays open"
    *before, answer = answers
    assert [answer.status for answer in before] in ([], [100])
    door.check(answer, (408, "The request did not arrive in time"))


@pytest.mark.parametrize("name", SLOW_HEADERS)
@pytest.mark.parametrize("door", DOORS, ids=lambda door: door.name)
def test_H03_headers_that_do_not_come_are_not_waited_for(stalled: Stalled, door: Door, name: str) -> None:
    answers = stalled[door.name, "headers", name].result()
    assert answers is not None, "the connection stays open"
    fine = [200] if name == "of-the-second-request" else []
    assert [answer.status for answer in answers] in (fine, [*fine, 408])


@pytest.mark.parametrize("name", SLOW_RESTS)
@pytest.mark.parametrize("door", DOORS, ids=lambda door: door.name)
def test_H03_the_rest_of_a_body_nobody_reads_is_not_waited_for(stalled: Stalled, door: Door, name: str) -> None:
    answers = stalled[door.name, "rest", name].result()
    assert answers is not None, "the connection stays open"
    (answer,) = answers
    expected = SLOW_RESTS[name][2]
    # Where a session is optional, a token might yet come in the body.
    assert answer.status in ([expected] if expected else [408, *(status for status, _ in door.no_session)])


# ---------------------------------------------------------------------------------------------- after all


def test_H03_after_all_that_the_server_is_well(hostile: Server) -> None:
    answer = ask(hostile.url, head("GET", "/health/live"))
    assert (answer.status, answer.body) == (200, b'{"status":"ok"}')
    assert re.findall(".*(?:Traceback|failure|contract violation).*", hostile.log) == []
