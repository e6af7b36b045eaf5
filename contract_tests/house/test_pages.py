"""The pages of the links in mails: for a person with a browser, on a phone too, without scripts."""

import json
import os
import re
import subprocess
from collections.abc import Iterator
from html import unescape
from html.parser import HTMLParser
from shutil import which
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import httpx
import pytest
import test_vault as vault
from support.answers import Json, piped
from support.mailbox import Letter, letter_to, rows
from support.server import Server, Serving
from test_vault import FORGOT, NEW_PASSWORD, OK, PASSWORD, RESETS, WRONG, claims, forget, login, tokens_of, whole
from websockets.sync.client import ClientConnection, connect

CHROMIUM = which("chromium") or which("chromium-browser") or which("google-chrome")
BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8"}
POLICY = "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
CONFIRMED = "Address confirmed {} is yours, thank you. You can close this page and log in."
DEAD = "This link is no longer good It is too old, was used already, or was not copied whole. Ask for another mail."
CHANGED = "The password is changed You are logged out everywhere. Log in again with the new password."
CHOOSE = "Choose a new password New password Set the password"
UNKNOWN = "6Yy0Pp2sQmXJ3mXG5rT8mZt1cVw9kLhN4bDfA7eUoRg"


class Page(HTMLParser):
    """What a person sees of a page, and what its elements say of themselves."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, Json]] = []
        self.words: dict[str, list[str]] = {"title": [], "main": []}
        self._open: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attributes)))
        self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        while self._open and self._open.pop() != tag:
            pass  # what needs no end, such as an input

    def handle_data(self, data: str) -> None:
        for place in self.words.keys() & set(self._open):
            self.words[place].append(data)

    def all(self, tag: str) -> list[Json]:
        return [attributes for name, attributes in self.elements if name == tag]

    @property
    def title(self) -> str:
        return "".join(self.words["title"])

    @property
    def text(self) -> str:
        return " ".join("".join(self.words["main"]).split())


def page(answer: httpx.Response, status: int = 200) -> Page:
    """A page of ours, and nothing in it or about it that should not be."""
    assert answer.status_code == status, answer.text
    assert answer.headers.get_list("Content-Type") == ["text/html; charset=utf-8"]
    assert answer.headers.get_list("Content-Security-Policy") == [POLICY]
    assert answer.headers.get_list("Cache-Control") == ["no-store"]
    assert answer.headers.get_list("Referrer-Policy") == ["no-referrer"]
    assert answer.headers.get_list("X-Content-Type-Options") == ["nosniff"]
    shown = Page(answer.text)
    tags = {tag for tag, _ in shown.elements}
    assert tags <= {
        "html",
        "head",
        "meta",
        "title",
        "style",
        "body",
        "main",
        "h1",
        "p",
        "strong",
        "form",
        "input",
        "label",
        "button",
    }
    names = {name for _, attributes in shown.elements for name in attributes}
    assert not {"src", "href", "style", "background", "formaction"} & names
    assert not [name for name in names if name.startswith("on")]
    assert not re.search(r"url\(|@import", answer.text)
    assert {"name": "viewport", "content": "width=device-width, initial-scale=1"} in shown.all("meta")
    assert {"name": "referrer", "content": "no-referrer"} in shown.all("meta")
    assert shown.all("html") == [{"lang": "en"}]
    assert shown.text.startswith(shown.title)
    return shown


@pytest.fixture(scope="module")
def server(serving: Serving) -> Server:
    return serving(PORTICO_LIMITS="off")


def path_of(letter: Letter) -> str:
    return httpx.URL(letter.link).raw_path.decode()


def sign_up(server: Server, door: str, email: str) -> Letter:
    """The mail to a new account."""
    fields = {"email": email, "password": PASSWORD, "name": "Ada", "username": uuid4().hex}
    path = {"vault": "/api/register", "notes": "/auth/signup"}[door]
    assert server.client.post(path, json=fields).status_code == 200
    return letter_to(server, email)


@pytest.fixture
def reset_link(server: Server, email: str) -> str:
    """The path in the mail to a new account that forgot its password."""
    vault.register(server.client, email)
    return f"/api/reset-password?token={forget(server, email)}"


def token_in(reset_link: str) -> str:
    return reset_link.partition("=")[2]


def submit(client: httpx.Client, shown: Page, password: str, **headers: str) -> httpx.Response:
    """Sends the form as a browser does."""
    [form], [button] = shown.all("form"), shown.all("button")
    assert form.keys() == {"method", "action"}
    assert button == {}  # of the type submit
    fields = {field["name"]: field.get("value", password) for field in shown.all("input")}
    return client.request(form["method"], form["action"], data=fields, headers=BROWSER | headers)


# ---------------------------------------------------------------- verify
@pytest.mark.parametrize("door", ["vault", "notes"])
def test_a_browser_sees_that_the_address_is_verified(
    server: Server, client: httpx.Client, email: str, door: str
) -> None:
    link = path_of(sign_up(server, door, email))

    for _ in range(2):  # a mail scanner came first
        shown = page(client.get(link, headers=BROWSER))
        assert shown.title == "Address confirmed"
        assert shown.text == CONFIRMED.format(email)

    assert tokens_of(login(client, email))
    assert rows(server, f"SELECT verified_at FROM account WHERE email_key = '{email}'") != [(None,)]


@pytest.mark.parametrize("door", ["vault", "notes"])
def test_m01_head_shows_and_does_nothing(server: Server, client: httpx.Client, email: str, door: str) -> None:
    link = path_of(sign_up(server, door, email))

    head = client.head(link, headers=BROWSER)

    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["Content-Type"] == "text/html; charset=utf-8"
    assert rows(server, f"SELECT verified_at FROM account WHERE email_key = '{email}'") == [(None,)]


def test_a_browser_gets_no_token(server: Server, client: httpx.Client, email: str) -> None:
    """A page needs none, and what is not sent cannot be kept."""
    link = path_of(sign_up(server, "vault", email))

    answer = client.get(link, headers=BROWSER)

    assert "eyJ" not in answer.text
    assert "Set-Cookie" not in answer.headers


@pytest.mark.parametrize("accept", ["*/*", "application/json", "", "text/plain", "application/xhtml+xml"])
def test_who_does_not_ask_for_a_page_gets_json(server: Server, client: httpx.Client, email: str, accept: str) -> None:
    vault_link, notes_link = path_of(sign_up(server, "vault", email)), path_of(sign_up(server, "notes", f"n.{email}"))
    headers = {"Accept": accept}

    assert claims(client.get(vault_link, headers=headers))
    assert whole(client.get(notes_link, headers=headers)) == (200, {"message": "Verified"})
    answer = client.get("/api/reset-password?token=x", headers=headers)
    assert whole(answer) == vault.DEAD_LINK
    assert answer.headers.get_list("Content-Type") == ["application/problem+json"]


PLACES = ["/api/verify-email/", "/auth/verify?token=", "/api/auth/verify?token=", "/api/reset-password?token="]
DEAD_LINKS = [f"{place}{UNKNOWN}" for place in PLACES]


@pytest.mark.parametrize("link", DEAD_LINKS)
def test_a_browser_sees_that_a_link_is_dead(client: httpx.Client, link: str) -> None:
    shown = page(client.get(link, headers=BROWSER), 400)

    assert shown.title == "This link is no longer good"
    assert shown.text == DEAD


@pytest.mark.parametrize(
    "link", ["/auth/verify", "/auth/verify?token=", "/api/reset-password", f"/api/verify-email/{'x' * 257}"]
)
def test_a_browser_sees_that_half_a_link_does_not_work(client: httpx.Client, link: str) -> None:
    shown = page(client.get(link, headers=BROWSER), 400)

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
    links = [("/auth/verify", {"token": token}), ("/api/reset-password", {"token": token})]
    answers = [client.get(path, params=parameters, headers=BROWSER) for path, parameters in links]
    answers.append(client.get(f"/api/verify-email/{quote(token, safe='')}", headers=BROWSER))
    answers += [
        client.post(path, data={"token": token, "newPassword": NEW_PASSWORD}, headers=BROWSER) for path in RESETS
    ]

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

    shown = page(client.get(path_of(sign_up(server, door, address)), headers=BROWSER))

    assert shown.text == CONFIRMED.format(address)
    assert not shown.all("b")


# ---------------------------------------------------------------- reset
def test_the_reset_page_is_a_form_that_needs_no_script(client: httpx.Client, reset_link: str) -> None:
    shown = page(client.get(reset_link, headers=BROWSER))

    assert shown.title == "Choose a new password"
    assert shown.text == CHOOSE
    assert [form["method"] for form in shown.all("form")] == ["post"]
    assert shown.all("form")[0]["action"] in RESETS
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


def test_a_page_is_all_there_is_to_see_of_a_reset(client: httpx.Client, reset_link: str) -> None:
    assert page(client.get(reset_link)).text == CHOOSE


def test_the_form_sets_the_password_once(client: httpx.Client, email: str, reset_link: str) -> None:
    form = page(client.get(reset_link, headers=BROWSER))

    done = page(submit(client, form, NEW_PASSWORD))

    assert done.title == "The password is changed"
    assert done.text == CHANGED
    assert whole(login(client, email)) == WRONG
    assert tokens_of(login(client, email, NEW_PASSWORD))
    assert page(submit(client, form, PASSWORD), 400).text == DEAD
    assert tokens_of(login(client, email, NEW_PASSWORD))


def test_m01_the_reset_page_changes_nothing(client: httpx.Client, email: str, reset_link: str) -> None:
    for method in ("HEAD", "GET", "HEAD", "GET"):
        assert client.request(method, reset_link, headers=BROWSER).status_code == 200

    assert tokens_of(login(client, email))
    assert whole(vault.reset(client, token_in(reset_link))) == (200, OK)


@pytest.mark.parametrize(
    ("password", "said"),
    [
        ("seven77", "'newPassword' is too short, at least 8 characters."),
        ("", "'newPassword' is too short, at least 8 characters."),
        ("p" * 1025, "'newPassword' is too long, at most 1024 characters."),
    ],
)
def test_a_password_that_is_refused_can_be_chosen_again(
    client: httpx.Client, email: str, reset_link: str, password: str, said: str
) -> None:
    form = page(client.get(reset_link, headers=BROWSER))

    refused = page(submit(client, form, password), 400)

    assert refused.title == "That did not work"
    assert refused.text == f"That did not work {said} Go back and try again."
    assert tokens_of(login(client, email))
    assert page(submit(client, form, NEW_PASSWORD)).text == CHANGED


@pytest.mark.parametrize("path", RESETS)
def test_the_form_is_json_to_whoever_does_not_ask_for_a_page(
    client: httpx.Client, email: str, reset_link: str, path: str
) -> None:
    fields = {"token": token_in(reset_link), "newPassword": NEW_PASSWORD}

    short = client.post(path, data=fields | {"newPassword": "short"})

    assert whole(short) == vault.refused("'newPassword' is too short, at least 8 characters")
    assert whole(client.post(path, data=fields)) == (200, OK)
    assert whole(client.post(path, data=fields)) == vault.DEAD_LINK
    assert tokens_of(login(client, email, NEW_PASSWORD))


def test_the_form_keeps_the_password_as_it_was_typed(client: httpx.Client, email: str, reset_link: str) -> None:
    password = " +%41 &=ünï 🔑 "

    submit(client, page(client.get(reset_link, headers=BROWSER)), password)

    assert tokens_of(login(client, email, password))


def test_the_form_names_each_field_once(client: httpx.Client, email: str, reset_link: str) -> None:
    body = f"token={token_in(reset_link)}&newPassword={'a' * 8}&newPassword={'b' * 8}"

    answer = client.post(RESETS[0], content=body, headers={"Content-Type": "application/x-www-form-urlencoded"})

    assert whole(answer) == vault.refused("The body names a field twice")
    assert tokens_of(login(client, email))


def test_the_form_asks_for_what_the_house_asks_for(serving: Serving, email: str) -> None:
    strict = serving(PORTICO_PASSWORD_MIN_LENGTH="12", PORTICO_LIMITS="off")
    vault.register(strict.client, email, "a password of many letters")
    link = f"/api/reset-password?token={forget(strict, email)}"

    form = page(strict.client.get(link, headers=BROWSER))

    assert form.all("input")[1]["minlength"] == "12"
    assert page(submit(strict.client, form, "eleven77777"), 400).text == (
        "That did not work 'newPassword' is too short, at least 12 characters. Go back and try again."
    )


# ---------------------------------------------------------------- a real browser
class Browser:
    """A page of headless Chromium, spoken to by the DevTools protocol: a phone that runs no scripts."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket
        self.events: list[Json] = []
        self._last = 0
        self._session: str | None = None
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Network", "Log", "Runtime"):
            self.call(f"{domain}.enable")
        self.call("Emulation.setScriptExecutionDisabled", value=True)
        self.call("Emulation.setDeviceMetricsOverride", width=320, height=640, deviceScaleFactor=1, mobile=True)

    def call(self, method: str, **parameters: object) -> Json:
        self._last += 1
        number = self._last
        message = {"id": number, "method": method, "params": parameters}
        self.socket.send(json.dumps(message | ({"sessionId": self._session} if self._session else {})))
        while (answer := self._receive()).get("id") != number:
            pass
        assert "error" not in answer, answer
        result: Json = answer["result"]
        return result

    def _receive(self) -> Json:
        message: Json = json.loads(self.socket.recv(timeout=20))
        if "method" in message:
            self.events.append(message)
        return message

    def until_loaded(self) -> None:
        loaded = len(self.seen("Page.loadEventFired"))
        while len(self.seen("Page.loadEventFired")) == loaded:
            self._receive()

    def seen(self, event: str) -> list[Json]:
        return [message["params"] for message in self.events if message["method"] == event]

    def open(self, url: str) -> None:
        self.call("Page.navigate", url=url)
        self.until_loaded()

    def type(self, text: str) -> None:
        """Into what has the focus, and Enter."""
        self.call("Input.insertText", text=text)
        for kind, more in (("rawKeyDown", {}), ("char", {"text": "\r"}), ("keyUp", {})):
            self.call("Input.dispatchKeyEvent", type=kind, key="Enter", code="Enter", windowsVirtualKeyCode=13, **more)

    def evaluate(self, expression: str) -> Any:
        return self.call("Runtime.evaluate", expression=expression, returnByValue=True)["result"]["value"]

    @property
    def text(self) -> str:
        return " ".join(self.evaluate("document.body.innerText").split())

    @property
    def is_readable(self) -> bool:
        """Whether nothing has to be scrolled sideways."""
        fits = "document.documentElement.scrollWidth <= window.innerWidth && window.innerWidth === 320"
        return bool(self.evaluate(fits))


@pytest.fixture(scope="module")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    if CHROMIUM is None:
        (pytest.fail if os.environ.get("CI") else pytest.skip)("no Chromium is installed")
    options = [
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-dev-shm-usage",
        "--no-first-run",
        "--remote-debugging-port=0",
    ]
    profile = f"--user-data-dir={tmp_path_factory.mktemp('chromium')}"
    command = [CHROMIUM, *options, profile, "about:blank"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as process:
        address = next(line for line in piped(process.stderr) if "DevTools listening on" in line).split()[-1]
        with connect(address, max_size=None) as socket:
            yield Browser(socket)
        process.terminate()


@pytest.fixture
def browser(chromium: Browser) -> Browser:
    chromium.events.clear()
    return chromium


def asked(browser: Browser) -> list[tuple[str, str]]:
    """The requests of the page, but for the icon that browsers look for by themselves."""
    requests = [event["request"] for event in browser.seen("Network.requestWillBeSent")]
    return [(request["method"], request["url"]) for request in requests if not request["url"].endswith("/favicon.ico")]


def complaints(browser: Browser) -> list[str]:
    """What the browser warns of, of a broken policy above all."""
    entries = [event["entry"] for event in browser.seen("Log.entryAdded")]
    return [
        entry["text"]
        for entry in entries
        if entry["level"] in ("warning", "error") and "/favicon.ico" not in entry.get("url", "")
    ]


def test_a_person_follows_the_link_types_a_password_and_logs_in(
    server: Server, client: httpx.Client, email: str, browser: Browser
) -> None:
    vault.register(client, email)
    assert whole(client.post(FORGOT, json={"email": email})) == (200, OK)
    link = letter_to(server, email, 2).link

    browser.open(link)
    assert browser.text == CHOOSE
    assert browser.is_readable
    browser.type("a passphrase typed by hand")
    browser.until_loaded()

    assert browser.text == CHANGED
    assert browser.is_readable
    posted = browser.evaluate("location.href")
    assert posted in [f"{server.url}{path}" for path in RESETS]
    assert asked(browser) == [("GET", link), ("POST", posted)]
    assert complaints(browser) == []
    assert browser.evaluate("document.referrer") == ""
    assert whole(login(client, email)) == WRONG
    assert tokens_of(login(client, email, "a passphrase typed by hand"))


@pytest.mark.parametrize("path", DEAD_LINKS)
def test_a_person_is_told_that_the_link_is_dead(server: Server, browser: Browser, path: str) -> None:
    browser.open(f"{server.url}{path}")

    assert browser.text == DEAD
    assert browser.is_readable


@pytest.mark.parametrize("door", ["vault", "notes"])
def test_a_person_follows_the_link_and_is_verified(
    server: Server, client: httpx.Client, email: str, browser: Browser, door: str
) -> None:
    address = f'"<b>{"x" * 40}&lt;{email[:12]}"@{"a" * 60}.example.org'
    letter = sign_up(server, door, address)

    browser.open(letter.link)

    assert browser.text == CONFIRMED.format(address)
    assert browser.is_readable
    assert browser.evaluate("document.title") == "Address confirmed"
    assert asked(browser) == [("GET", letter.link)]
    assert complaints(browser) == []
    assert tokens_of(login(client, address))


def test_a_person_is_kept_from_a_short_password_before_it_is_sent(
    server: Server, client: httpx.Client, email: str, browser: Browser, reset_link: str
) -> None:
    browser.open(f"{server.url}{reset_link}")

    browser.type("seven77")

    assert browser.evaluate("document.querySelector(':invalid') !== null")
    assert browser.text == CHOOSE
    assert [method for method, _ in asked(browser)] == ["GET"]
    assert tokens_of(login(client, email))
