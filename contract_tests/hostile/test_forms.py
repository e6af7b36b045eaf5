"""Forms, multipart and urlencoded, at the doors that take them."""

import re

import pytest
from doors import DOORS
from hostile.entrance import Awaited, Build, Entrance, Row, always, at_every_door, first_is_missing, form, part, posting
from hostile.words import FORM, JSON, NOT_JSON, REACHED, TOO_LARGE, URLENCODED, Refusal
from support.answers import LARGEST_BODY, whole
from support.documents import OPERATIONS, door_of, taking
from support.raw import ask, post
from support.server import Server

UNREADABLE = (400, "The multipart body cannot be read")
INCOMPLETE = (400, "The multipart body is incomplete")
NOT_UTF_8 = (400, "The body is not UTF-8 text")
NUL_IN_TEXT = (400, "The text holds a NUL character")
FIELD_TWICE = (400, "The body names a field twice")


def sent(rows: list[tuple[str, str, Build, Awaited]]) -> list[Row]:
    return [(name, posting(body, header), expected) for name, header, body, expected in rows]


def file(name: str, content: bytes) -> bytes:
    return part(name, content).replace(b"\r\n\r\n", b'; filename="a.txt"\r\n\r\n', 1)


def parts_and(*more: bytes) -> Build:
    return lambda door: form(*door.parts(), *more)


def without_end(*more: bytes) -> Build:
    return lambda door: b"".join((*door.parts(), *more))


def first_as_a_file(door: Entrance) -> bytes:
    (name, value), *_ = door.fields.items()
    return form(file(name, value.encode()), *door.parts()[1:])


def first_is_no_text(door: Entrance) -> Refusal:
    return 400, f"'{next(iter(door.fields))}' must be text, not a file"


def last_is_surrogates(door: Entrance) -> bytes:
    return form(*door.parts()[:-1], part(list(door.fields)[-1], rb"\ud800\udc00"))


def without_names(door: Entrance) -> bytes:
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
    ("password-of-surrogates", f"{FORM}; charset=unicode_escape", last_is_surrogates, REACHED),
    ("form-as-json", JSON, parts_and(), NOT_JSON),
    ("64-KiB", FORM, lambda door: form(*door.parts(), part("more", b"a" * (LARGEST_BODY - 400))), REACHED),
    ("over-64-KiB", FORM, parts_and(part("more", b"a" * LARGEST_BODY)), TOO_LARGE),
]


@at_every_door(sent(MULTIPART_BODIES), "multipart/form-data")
def test_H03_hostile_multipart(entrance: Entrance, build: Build, expected: Awaited) -> None:
    entrance.answers(build, expected)


CHARSETS = [("utf-7", "+AOk-"), ("utf-7", "+AAA-"), ("unicode_escape", r"\ud800"), ("unicode_escape", r"\x00")]
REGISTERING = [
    operation.id
    for name in DOORS
    for operation in taking(name, "multipart/form-data")
    if any("x-portico-policy" in rules for rules in operation.properties().values())
]


@pytest.mark.parametrize(("charset", "text"), [*CHARSETS, ("latin-1", "é")])
@pytest.mark.parametrize("operation", REGISTERING)
def test_H03_multipart_text_is_utf_8_whatever_charset_is_named(
    attacked: Server, email: str, operation: str, charset: str, text: str
) -> None:
    """A form has no charset parameter (RFC 7578); obeyed, it would smuggle NULs and surrogates past the checks."""
    door = attacked.at(DOORS[door_of(operation)])
    password = f"{text} a good passphrase"
    body = form(*(part(name, value.encode()) for name, value in door.registration(email, password)[1].items()))

    answer = ask(attacked.url, post(OPERATIONS[operation].path, body, f"{FORM}; charset={charset}"))

    assert answer.status == 200
    login = door.login(email, password)
    assert login.is_success or whole(login) == door.awaiting


# ---------------------------------------------------------------- urlencoded
MANY = (400, "There are more than 200 fields")


def many(number: int) -> bytes:
    return b"&".join(b"%d=" % each for each in range(number))


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
    ("semicolons", URLENCODED, lambda door: door.urlencoded().replace(b"&", b";"), first_is_missing),
    ("broken-escape", URLENCODED, pairs_and(b"more=%zz%"), REACHED),
    ("nul", URLENCODED, pairs_and(b"more=a%00b"), NUL_IN_TEXT),
    ("nul-in-a-name", URLENCODED, pairs_and(b"mo%00re=a"), NUL_IN_TEXT),
    ("raw-nul", URLENCODED, pairs_and(b"more=a\0b"), NUL_IN_TEXT),
    ("not-utf-8", URLENCODED, pairs_and(b"more=%ff"), NOT_UTF_8),
    ("not-utf-8-raw", URLENCODED, pairs_and(b"more=\xff"), NOT_UTF_8),
    ("surrogate-in-utf-8", URLENCODED, pairs_and(b"more=%ed%a0%80"), NOT_UTF_8),
    ("200-fields", URLENCODED, pairs_and(many(198)), REACHED),
    ("201-fields", URLENCODED, pairs_and(many(201)), MANY),
    ("10000-fields", URLENCODED, pairs_and(many(10_000)), MANY),
    ("empty", URLENCODED, always(b""), first_is_missing),
    ("garbage", URLENCODED, always(b"\x01\x02"), first_is_missing),
    ("multipart", URLENCODED, parts_and(), first_is_missing),
    ("bom", URLENCODED, lambda door: b"\xef\xbb\xbf" + door.urlencoded(), first_is_missing),
    ("64-KiB", URLENCODED, lambda door: door.urlencoded(b"more=").ljust(LARGEST_BODY, b"a"), REACHED),
    ("over-64-KiB", URLENCODED, lambda door: door.urlencoded(b"more=").ljust(LARGEST_BODY + 1, b"a"), TOO_LARGE),
    ("form-as-json", JSON, pairs_and(), NOT_JSON),
]


@at_every_door(sent(URLENCODED_BODIES), "application/x-www-form-urlencoded")
def test_H03_hostile_urlencoded(entrance: Entrance, build: Build, expected: Awaited) -> None:
    entrance.answers(build, expected)
