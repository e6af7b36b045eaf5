"""The pages of the links in mails: for a person with a browser, on a phone too, without scripts."""

import re
from html import unescape
from urllib.parse import quote

import httpx
import pytest
from doors.vault import DEAD_LINK, OK, Vault
from support.answers import whole
from support.database import rows
from support.pages import BROWSER, CHANGED, CHOOSE, CONFIRMED, DEAD, RESETS, UNKNOWN, Page, signed_up
from support.server import Server, Serving

POLICY = "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
HEADERS = {
    "Content-Type": "text/html; charset=utf-8",
    "Content-Security-Policy": POLICY,
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
ELEMENTS = "html head meta title style body main h1 p strong form input label button"


def page(answer: httpx.Response, status: int = 200) -> Page:
    """A page of ours, and nothing in it or about it that should not be."""
    assert answer.status_code == status, answer.text
    assert {name: answer.headers.get_list(name) for name in HEADERS} == {name: [HEADERS[name]] for name in HEADERS}
    assert "Set-Cookie" not in answer.headers
    assert "eyJ" not in answer.text  # it needs no token, and what is not sent cannot be kept
    shown = Page(answer.text)
    names = {name for _, attributes in shown.elements for name in attributes}
    assert {tag for tag, _ in shown.elements} <= {*ELEMENTS.split()}
    assert not {"src", "href", "style", "background", "formaction"} & names
    assert not [name for name in names if name.startswith("on")]
    assert not re.search(r"url\(|@import", answer.text)
    assert {"name": "viewport", "content": "width=device-width, initial-scale=1"} in shown.all("meta")
    assert {"name": "referrer", "content": "no-referrer"} in shown.all("meta")
    assert shown.all("html") == [{"lang": "en"}]
    assert shown.text.startswith(shown.title)
    return shown


def opened(client: httpx.Client, link: str, status: int = 200) -> Page:
    """The page behind a link, as a browser asks for it."""
    return page(client.get(link, headers=BROWSER), status)


def submit(client: httpx.Client, shown: Page, password: str) -> httpx.Response:
    """Sends the form as a browser does."""
    [form], [button] = shown.all("form"), shown.all("button")
    assert form.keys() == {"method", "action"}
    assert button == {}  # of the type submit
    fields = {field["name"]: field.get("value", password) for field in shown.all("input")}
    return client.request(form["method"], form["action"], data=fields, headers=BROWSER)


@pytest.fixture(scope="module")
def server(serving: Serving) -> Server:
    return serving(PORTICO_LIMITS="off")


@pytest.fixture
def door(server: Server) -> Vault:
    return server.at(Vault)


@pytest.fixture
def reset_link(door: Vault, email: str) -> str:
    """The path in the mail to a new account that forgot its password."""
    return forgotten(door, email)


def forgotten(door: Vault, email: str) -> str:
    assert door.register(email).is_success
    assert door.forget(email).is_success
    place = "/api/reset-password?token="
    return place + door.mailed_token(email, place)


def token_in(reset_link: str) -> str:
    return reset_link.partition("=")[2]


# ---------------------------------------------------------------- verify
@pytest.mark.parametrize("door", ["vault", "notes"])
def test_m01_a_browser_sees_that_the_address_is_verified_and_head_verifies_nothing(
    server: Server, client: httpx.Client, email: str, door: str
) -> None:
    link = signed_up(server, door, email).link
    verified = f"SELECT verified_at FROM account WHERE email_key = '{email}'"

    head = client.head(link, headers=BROWSER)
    assert (head.status_code, head.content, head.headers["Content-Type"]) == (200, b"", HEADERS["Content-Type"])
    assert rows(server, verified) == [(None,)]

    for _ in range(2):  # a mail scanner came first
        shown = opened(client, link)
        assert (shown.title, shown.text) == ("Address confirmed", CONFIRMED.format(email))
    assert server.at(Vault).login(email).is_success
    assert rows(server, verified) != [(None,)]


@pytest.mark.parametrize("accept", ["*/*", "application/json", "", "text/plain", "application/xhtml+xml"])
def test_who_does_not_ask_for_a_page_gets_json(server: Server, client: httpx.Client, email: str, accept: str) -> None:
    vault_link, notes_link = signed_up(server, "vault", email).link, signed_up(server, "notes", f"n.{email}").link
    headers = {"Accept": accept}

    assert client.get(vault_link, headers=headers).json().keys() == {"userToken", "vaultToken"}
    assert whole(client.get(notes_link, headers=headers)) == (200, {"message": "Verified"})
    answer = client.get("/api/reset-password?token=x", headers=headers)
    assert whole(answer) == DEAD_LINK
    assert answer.headers.get_list("Content-Type") == ["application/problem+json"]


NEW_PASSWORD = "nine quiet harbours"
PLACES = ["/api/verify-email/", "/auth/verify?token=", "/api/auth/verify?token=", "/api/reset-password?token="]
HALF = ["/auth/verify", "/auth/verify?token=", "/api/reset-password", f"/api/verify-email/{'x' * 257}"]


@pytest.mark.parametrize("place", PLACES)
def test_a_browser_sees_that_a_link_is_dead(client: httpx.Client, place: str) -> None:
    assert opened(client, place + UNKNOWN, 400).text == DEAD


@pytest.mark.parametrize("link", HALF)
def test_a_browser_sees_that_half_a_link_does_not_work(client: httpx.Client, link: str) -> None:
    shown = opened(client, link, 400)

    assert shown.title == "That did not work"
    assert shown.text.endswith(". Go back and try again.")


HOSTILE_TOKENS = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' autofocus onfocus=alert(1) x='",
    "{{ 7 * 7 }}",
    "javascript:alert(1)",
]


@pytest.mark.parametrize("token", HOSTILE_TOKENS)
def test_no_page_shows_the_token_it_was_sent(client: httpx.Client, token: str) -> None:
    fields = {"token": token, "newPassword": NEW_PASSWORD}
    answers = [client.get(place + quote(token, safe=""), headers=BROWSER) for place in PLACES]
    answers += [client.post(path, data=fields, headers=BROWSER) for path in RESETS]

    for answer in answers:
        assert answer.status_code == 400
        assert token not in unescape(answer.text)


HOSTILE_ADDRESSES = [
    '"{}<script>alert(1)</script>"@example.org',
    '"{}<img/src=x/onerror=alert(1)>"@example.org',
    "\"{}' onmouseover='alert(1)\"@example.org",
    '"{}&lt;b&gt;&amp;"@example.org',
    '"{}{{{{7*7}}}}{{% raw %}}"@example.org',
    "{}&copy=1@example.org",
]


@pytest.mark.parametrize("door", ["vault", "notes"])
@pytest.mark.parametrize("shape", HOSTILE_ADDRESSES)
def test_m04_an_address_is_text_and_nothing_else(
    server: Server, client: httpx.Client, email: str, door: str, shape: str
) -> None:
    address = shape.format(email[:20])

    shown = opened(client, signed_up(server, door, address).link)

    assert shown.text == CONFIRMED.format(address)
    assert not shown.all("b")


# ---------------------------------------------------------------- reset
def test_the_reset_page_is_a_form_that_needs_no_script(client: httpx.Client, reset_link: str) -> None:
    shown = opened(client, reset_link)

    assert (shown.title, shown.text) == ("Choose a new password", CHOOSE)
    [form] = shown.all("form")
    assert form["method"] == "post"
    assert form["action"] in RESETS
    hidden, password = shown.all("input")
    assert hidden == {"type": "hidden", "name": "token", "value": token_in(reset_link)}
    assert password == {
        "id": "password",
        "name": "newPassword",
        "type": "password",
        "autocomplete": "new-password",
        "minlength": "8",
        "maxlength": "1024",
        "required": None,
        "autofocus": None,
    }
    assert shown.all("label") == [{"for": "password"}]
    assert page(client.get(reset_link)).text == CHOOSE  # it is all there is to see, whatever is asked for


def test_m01_the_reset_page_changes_nothing_and_its_form_sets_the_password_once(
    client: httpx.Client, door: Vault, email: str, reset_link: str
) -> None:
    for method in ("HEAD", "GET", "HEAD", "GET"):
        assert client.request(method, reset_link, headers=BROWSER).status_code == 200
    assert door.login(email).is_success
    form = opened(client, reset_link)

    done = page(submit(client, form, NEW_PASSWORD))

    assert (done.title, done.text) == ("The password is changed", CHANGED)
    assert whole(door.login(email)) == door.wrong_credentials
    assert door.login(email, NEW_PASSWORD).is_success
    assert page(submit(client, form, "another passphrase"), 400).text == DEAD
    assert door.login(email, NEW_PASSWORD).is_success


SHORT, LONG = "too short, at least 8 characters", "too long, at most 1024 characters"


@pytest.mark.parametrize(("password", "why"), [("seven77", SHORT), ("", SHORT), ("p" * 1025, LONG)])
def test_a_password_that_is_refused_can_be_chosen_again(
    client: httpx.Client, door: Vault, email: str, reset_link: str, password: str, why: str
) -> None:
    form = opened(client, reset_link)

    refused = page(submit(client, form, password), 400)

    assert refused.text == f"That did not work 'newPassword' is {why}. Go back and try again."
    assert door.login(email).is_success
    assert page(submit(client, form, NEW_PASSWORD)).text == CHANGED


@pytest.mark.parametrize("path", RESETS)
def test_the_form_is_json_to_whoever_does_not_ask_for_a_page(
    client: httpx.Client, door: Vault, email: str, reset_link: str, path: str
) -> None:
    fields = {"token": token_in(reset_link), "newPassword": NEW_PASSWORD}
    twice = f"token={token_in(reset_link)}&newPassword={'a' * 8}&newPassword={'b' * 8}"

    short = client.post(path, data=fields | {"newPassword": "short"})
    two = client.post(path, content=twice, headers={"Content-Type": "application/x-www-form-urlencoded"})

    assert whole(short) == door.refused(400, f"'newPassword' is {SHORT}")
    assert whole(two) == door.refused(400, "The body names a field twice")
    assert door.login(email).is_success
    assert whole(client.post(path, data=fields)) == OK
    assert whole(client.post(path, data=fields)) == DEAD_LINK
    assert door.login(email, NEW_PASSWORD).is_success


def test_the_form_keeps_the_password_as_it_was_typed(
    client: httpx.Client, door: Vault, email: str, reset_link: str
) -> None:
    password = " +%41 &=ünï 🔑 "

    submit(client, opened(client, reset_link), password)

    assert door.login(email, password).is_success


def test_the_form_asks_for_what_the_house_asks_for(serving: Serving, email: str) -> None:
    twelve = serving(PORTICO_PASSWORD_MIN_LENGTH="12", PORTICO_LIMITS="off")

    form = opened(twelve.client, forgotten(twelve.at(Vault), email))

    assert form.all("input")[1]["minlength"] == "12"
    assert page(submit(twelve.client, form, "eleven77777"), 400).text == (
        "That did not work 'newPassword' is too short, at least 12 characters. Go back and try again."
    )
