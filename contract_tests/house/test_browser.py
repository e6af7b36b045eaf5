"""The pages of the links in mails in a real browser: Chromium as a phone that runs no scripts."""

import json
import os
import subprocess
from collections.abc import Iterator
from shutil import which
from typing import Any

import pytest
from doors.vault import Vault
from support.answers import Json, piped, whole
from support.mailbox import letter_to
from support.pages import CHANGED, CHOOSE, CONFIRMED, DEAD, RESETS, UNKNOWN, signed_up
from support.server import Server
from websockets.sync.client import ClientConnection, connect

CHROMIUM = which("chromium") or which("chromium-browser") or which("google-chrome")
OPTIONS = "--headless --no-sandbox --disable-gpu --disable-dev-shm-usage --no-first-run --remote-debugging-port=0"


class Browser:
    """A page of headless Chromium, spoken to by the DevTools protocol."""

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

    def seen(self, event: str) -> list[Json]:
        return [message["params"] for message in self.events if message["method"] == event]

    def until_loaded(self) -> None:
        loaded = len(self.seen("Page.loadEventFired"))
        while len(self.seen("Page.loadEventFired")) == loaded:
            self._receive()

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

    def reads(self, text: str) -> bool:
        """Whether the page says this, and nothing has to be scrolled sideways."""
        fits = "document.documentElement.scrollWidth <= window.innerWidth && window.innerWidth === 320"
        return " ".join(self.evaluate("document.body.innerText").split()) == text and bool(self.evaluate(fits))

    @property
    def asked(self) -> list[tuple[str, str]]:
        """The requests of the page, but for the icon that browsers look for by themselves."""
        requests = [event["request"] for event in self.seen("Network.requestWillBeSent")]
        return [(each["method"], each["url"]) for each in requests if not each["url"].endswith("/favicon.ico")]

    @property
    def complaints(self) -> list[str]:
        """What the browser warns of, of a broken policy above all."""
        entries = [event["entry"] for event in self.seen("Log.entryAdded")]
        serious = [entry for entry in entries if entry["level"] in ("warning", "error")]
        return [entry["text"] for entry in serious if "/favicon.ico" not in entry.get("url", "")]


@pytest.fixture(scope="module")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    if CHROMIUM is None:
        (pytest.fail if os.environ.get("CI") else pytest.skip)("no Chromium is installed")
    profile = f"--user-data-dir={tmp_path_factory.mktemp('chromium')}"
    command = [CHROMIUM, *OPTIONS.split(), profile, "about:blank"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as process:
        address = next(line for line in piped(process.stderr) if "DevTools listening on" in line).split()[-1]
        with connect(address, max_size=None) as socket:
            yield Browser(socket)
        process.terminate()


@pytest.fixture
def browser(chromium: Browser) -> Browser:
    chromium.events.clear()
    return chromium


def test_a_person_follows_the_link_types_a_password_and_logs_in(server: Server, email: str, browser: Browser) -> None:
    door = server.at(Vault)
    assert door.register(email).is_success
    assert door.forget(email).is_success
    link = letter_to(server, email, 2).link
    browser.open(link)
    assert browser.reads(CHOOSE)

    browser.type("seven77")  # is kept from being sent
    assert browser.evaluate("document.querySelector(':invalid') !== null")
    assert browser.reads(CHOOSE)
    assert browser.asked == [("GET", link)]
    assert door.login(email).is_success

    browser.type(" and a passphrase typed by hand")
    browser.until_loaded()
    assert browser.reads(CHANGED)
    posted = browser.evaluate("location.href")
    assert posted in [f"{server.url}{path}" for path in RESETS]
    assert browser.asked == [("GET", link), ("POST", posted)]
    assert browser.complaints == []
    assert browser.evaluate("document.referrer") == ""
    assert whole(door.login(email)) == door.wrong_credentials
    assert door.login(email, "seven77 and a passphrase typed by hand").is_success


@pytest.mark.parametrize("door", ["vault", "notes"])
def test_a_person_follows_the_link_and_is_verified(server: Server, email: str, browser: Browser, door: str) -> None:
    address = f'"<b>{"x" * 40}&lt;{email[:12]}"@{"a" * 60}.example.org'
    link = signed_up(server, door, address).link

    browser.open(link)

    assert browser.reads(CONFIRMED.format(address))
    assert browser.evaluate("document.title") == "Address confirmed"
    assert browser.asked == [("GET", link)]
    assert browser.complaints == []
    assert server.at(Vault).login(address).is_success


def test_a_person_is_told_that_the_link_is_dead(server: Server, browser: Browser) -> None:
    for place in ("/api/verify-email/", "/auth/verify?token=", "/api/auth/verify?token=", "/api/reset-password?token="):
        browser.open(f"{server.url}{place}{UNKNOWN}")

        assert browser.reads(DEAD)
