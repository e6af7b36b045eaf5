"""What cannot be read, found or stored is refused in the door's own words, at every operation; HEAD does nothing."""

import re
from collections.abc import Callable

import httpx
import pytest
from doors import DOORS, Door, Session
from support.answers import JSON, LARGEST_BODY, NOTHING_HERE, Json, bearer, whole
from support.database import rows, stored
from support.documents import DOCUMENTS, operations_of, taking
from support.mailbox import awaited
from support.server import Server

WRONG_METHOD = "This method is not allowed here"
NUL_IN_TEXT, NUL_IN_A_PATH = "The text holds a NUL character", "The path holds a NUL character"


# ---------------------------------------------------------------- paths and methods
def test_h03_404(door: Door) -> None:
    for path in ("/nothing", "/", "/nothing/at/all", "/nothing?a=b", "/%E2%82%AC", "/.", "//"):
        for method in ("GET", "POST", "DELETE"):
            assert whole(door.ask(method, door.base + path)) == door.refused(404, NOTHING_HERE), path


def test_h03_405_and_a_complete_allow(door: Door) -> None:
    operations = operations_of(door.name)
    for path in {operation.path for operation in operations}:
        allowed = {operation.method for operation in operations if operation.path == path}
        allowed |= {"HEAD"} if "GET" in allowed else set()
        for method in {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND"} - allowed:
            answer = door.ask(method, re.sub(r"\{.*?\}", "a", path))
            assert answer.status_code == 405
            assert set(answer.headers["Allow"].split(", ")) == allowed
            if method == "HEAD":
                assert answer.content == b""
            else:
                assert whole(answer) == door.refused(405, WRONG_METHOD)


# ---------------------------------------------------------------- bodies
NO_JSON = (b"{", b"not json", b'{"a":1,}', b"{'a':1}", b'{"a":NaN}', b"{}{}", b"\xff\xfe{}", b'{"\xe4":1}')
UNREADABLE: dict[str, tuple[tuple[bytes, ...], int, str]] = {
    "too large as announced": ((b" " * (LARGEST_BODY + 1),), 413, "The body is too large"),
    "too large in chunks": ((b" " * LARGEST_BODY, b" "), 413, "The body is too large"),
    "property twice": ((b'{"a":1,"a":1}',), 400, "The body names a property twice"),
    **{ascii(body): ((body,), 400, "The body is not valid JSON") for body in NO_JSON},
}


@pytest.mark.parametrize("body", UNREADABLE)
def test_h03_a_body_that_cannot_be_read(door: Door, token: str, body: str) -> None:
    parts, status, words = UNREADABLE[body]
    for operation in taking(door.name):
        content = parts[0] if len(parts) == 1 else iter(parts)
        headers = JSON | bearer(token)
        answer = door.client.request(operation.method, operation.url(), content=content, headers=headers)
        assert whole(answer) == door.refused(status, words), operation.id


def test_a_body_of_the_limit_fits(door: Door) -> None:
    for operation in taking(door.name):
        empty, padded = (
            door.client.request(operation.method, operation.url(), content=b"{}".ljust(size), headers=JSON)
            for size in (2, LARGEST_BODY)
        )
        assert whole(padded) == whole(empty)


@pytest.mark.parametrize("media_type", ["text/plain", "application/xml", "application/jsonp", "nonsense", None])
def test_h03_415(door: Door, token: str, media_type: str | None) -> None:
    headers = bearer(token) | ({"Content-Type": media_type} if media_type else {})
    for operation in taking(door.name):
        answer = door.client.request(operation.method, operation.url(), content=b"{}", headers=headers)
        assert answer.status_code == 415
        assert door.is_refusal(answer)


def test_a02_unknown_properties_are_ignored_and_never_stored(maker: Door, server: Server, email: str) -> None:
    marker = f"marker-{email[:12]}"
    path, _ = maker.registration(email, "")
    (registering,) = (operation for operation in taking(maker.name) if operation.path == path)
    columns = {"note", "hash", "gender", "contact_no", "first_name", "created_at", "verified_at", "starts_on"}
    schemas = registering.document["components"]["schemas"].values()
    shown = {name for schema in schemas for name in schema.get("properties", {})}
    unknown = dict.fromkeys(sorted((columns | shown | {"__proto__", ""}) - set(registering.properties())), marker)
    privileged: Json = {"id": 1, "is_admin": True, "active": False, "awaits_activation": True, "application_id": 99}

    assert maker.register(email, **unknown | privileged).is_success
    answer = maker.login(email, headers={"X-Note": marker})

    assert maker.protected(**bearer(maker.token_of(answer))).is_success
    assert email in stored(server)
    assert marker not in stored(server)


# ---------------------------------------------------------------- text that cannot be stored
@pytest.mark.parametrize("text", [r"a\u0000b", r"\ud800", r"a\udfffb", r"\udc00\ud800"])
def test_h03_nul_and_lone_surrogates_are_400(door: Door, token: str, text: str) -> None:
    for operation in taking(door.name):
        for name in [*operation.properties(), "unknown", text]:
            body, headers = f'{{"{name}": "{text}"}}', JSON | bearer(token)
            answer = door.client.request(operation.method, operation.url(), content=body, headers=headers)
            assert answer.status_code == 400, (operation.id, name)
            assert door.is_refusal(answer)


FORMS: dict[str, Callable[[str, str], Json]] = {
    "multipart/form-data": lambda name, text: {"files": {name: (None, text)}},
    "application/x-www-form-urlencoded": lambda name, text: {"data": {name: text}},
}


TAKING_A_FORM = [(name, media_type) for name in DOORS for media_type in FORMS if any(taking(name, media_type))]
TAKING_PARAMETERS = [name for name in DOORS if any(operation.parameters for operation in operations_of(name))]


@pytest.mark.parametrize(("door", "media_type"), TAKING_A_FORM, indirect=["door"])
def test_h03_nul_in_a_form_is_400(door: Door, token: str, media_type: str) -> None:
    for operation in taking(door.name, media_type):
        for field in [*operation.properties(media_type), "unknown"]:
            form = FORMS[media_type](field, "a\0b")
            answer = door.client.request(operation.method, operation.url(), headers=bearer(token), **form)
            assert whole(answer) == door.refused(400, NUL_IN_TEXT), (operation.id, field)


@pytest.mark.parametrize("door", TAKING_PARAMETERS, indirect=True)
def test_h03_nul_in_a_path_or_a_query_is_400(door: Door, token: str) -> None:
    for operation in operations_of(door.name):
        for parameter in operation.parameters:
            url = operation.url(**{parameter["name"]: "a\0b"})
            words = NUL_IN_A_PATH if parameter["in"] == "path" else NUL_IN_TEXT
            assert whole(door.ask(operation.method, url, token=token)) == door.refused(400, words), url


# ---------------------------------------------------------------- HEAD
def lasting(answer: httpx.Response) -> dict[str, str]:
    return {name: value for name, value in answer.headers.items() if name != "date"}


@pytest.mark.parametrize("document", DOCUMENTS)
def test_head_is_get_without_a_body(server: Server, document: str) -> None:
    for operation in operations_of(document):
        if operation.method == "GET":
            get, head = server.client.get(operation.url()), server.client.head(operation.url())
            assert (head.status_code, head.content) == (get.status_code, b""), operation.id
            assert lasting(head) == lasting(get), operation.id


GETS = [operation for name in DOORS for operation in operations_of(name) if operation.method == "GET"]


@pytest.mark.parametrize("operation_id", [operation.id for operation in GETS])
def test_m01_head_changes_nothing_and_sends_no_mail(server: Server, operation_id: str) -> None:
    operation = next(each for each in GETS if each.id == operation_id)
    door = server.at(DOORS[operation_id.partition(".")[0]])
    session = Session(door)
    headers = bearer(session.token) if operation.is_guarded else {}
    url = operation.url(**door.values(operation_id, session))
    awaited(lambda: not rows(server, "SELECT id FROM mail WHERE status IN ('queued', 'sending')"), "mails to be gone")
    before = stored(server)

    for _ in range(3):
        head = door.ask("HEAD", url, headers=headers)
        assert (head.status_code, head.content) == (200, b"")

    assert stored(server) == before
    get = door.ask("GET", url, headers=headers)
    assert get.is_success
    if operation_id in (*door.refreshing, *door.needing_captcha):
        assert stored(server) != before
