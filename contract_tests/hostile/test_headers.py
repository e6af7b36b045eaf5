"""Headers that are sent twice, are too long, or are none."""

from hostile.entrance import Build, Row, tried
from hostile.words import JSON, NO_SESSION, NOT_HTTP, REACHED

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


test_H03_hostile_header = tried(HEADERS)
