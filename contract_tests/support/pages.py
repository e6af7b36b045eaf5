"""Pages, taken apart; and those behind the links in mails: how a browser asks for them, and what a person reads."""

from html.parser import HTMLParser

from doors import DOORS, PASSWORD
from support.answers import Json
from support.mailbox import Letter, letter_to
from support.server import Server

BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8"}
CONFIRMED = "Address confirmed {} is yours, thank you. You can close this page and log in."
DEAD = "This link is no longer good It is too old, was used already, or was not copied whole. Ask for another mail."
CHANGED = "The password is changed You are logged out everywhere. Log in again with the new password."
CHOOSE = "Choose a new password New password Set the password"

RESETS = ["/api/reset-passsword", "/api/reset-password"]
UNKNOWN = "6Yy0Pp2sQmXJ3mXG5rT8mZt1cVw9kLhN4bDfA7eUoRg"  # looks like a token, and nobody was sent it


class Page(HTMLParser):
    """What a person sees of a page, and what its elements say of themselves."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, Json]] = []
        self._words: dict[str, list[str]] = {"title": [], "main": []}
        self._open: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attributes)))
        self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        while self._open and self._open.pop() != tag:
            pass  # what needs no end, such as an input

    def handle_data(self, data: str) -> None:
        for place in self._words.keys() & set(self._open):
            self._words[place].append(data)

    def all(self, tag: str) -> list[Json]:
        """Returns what each element of this name says of itself."""
        return [attributes for name, attributes in self.elements if name == tag]

    @property
    def title(self) -> str:
        return "".join(self._words["title"])

    @property
    def text(self) -> str:
        return " ".join("".join(self._words["main"]).split())

    @property
    def links(self) -> list[str]:
        """Where it leads, and what it is made of."""
        leading = ("href", "src", "action", "srcset", "data", "poster")
        return [attributes[name] or "" for _, attributes in self.elements for name in leading if name in attributes]


def signed_up(server: Server, door: str, email: str) -> Letter:
    """Makes an account at a door that sends a mail, and returns the mail, whose link nobody followed."""
    path, body = server.at(DOORS[door]).registration(email, PASSWORD)
    assert server.client.post(path, json=body).status_code == 200
    return letter_to(server, email)
