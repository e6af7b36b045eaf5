"""How to be a client of each door, wherever it is served, and what the door says: one module and one class per door.

Everything that is proved at every door reads these descriptions and nothing else of a door: the laws, the hostile
requests, the check of any server (`--target`), Schemathesis, the examples that are sent. A door that is added adds its
module here. Nothing here imports Portico: a door is spoken to by what its document says.
"""

import re
import time
from abc import ABC, abstractmethod
from email import message_from_bytes, policy
from functools import cached_property
from importlib import import_module
from pathlib import Path
from typing import ClassVar
from uuid import uuid4

import httpx
from support.answers import Headers, Json, Said, object_in, text_in

PASSWORD = "a good passphrase"
WRONG_TOKEN = "e30.e30.e30"
PATIENCE = 10  # seconds for a mail to come
VERIFIES, RESETS = "what verifies an address", "what sets a new password"  # kinds of keys that mails bring
NEEDS_MAIL = "needs mail: --outbox says where the server puts it"

Ended = tuple[bool | None, bool | None]  # whether the session of a request, and the others, are over; None: not told


class OutOfReach(Exception):
    """What cannot be tried at this server, and why."""


class CannotSpeak(Exception):
    """The server did not do what everything else needs, such as to sign somebody up."""


class Session:
    """An account, a new one where none is given, that is logged in; both not before they are needed."""

    def __init__(self, door: "Door", account: dict[str, str] | None = None) -> None:
        self._door = door
        self._account = account

    @cached_property
    def known(self) -> dict[str, str]:
        """What the account may be asked for, by the name of the field."""
        return self._account or self._door.sign_up()

    @cached_property
    def token(self) -> str:
        return self._door.log_in(self.known)


class Door(ABC):
    """One door of one server. Whatever has no value here must have one in the class of a door.

    `sign_up`, `log_in` and what builds on them raise CannotSpeak where the server does not do what everything else
    needs, and OutOfReach where it takes a mail and there is no outbox.
    """

    # ------------------------------------------------------------ what it says
    name: ClassVar[str]
    base: ClassVar[str]  # the path below which what is not there is refused in this door's words
    shortest_password: ClassVar[int]  # in code points
    wrong_credentials: ClassVar[Said]  # of an account that is not there as well
    taken: ClassVar[Said]  # of an address that somebody has
    no_session: ClassVar[Said]
    why: ClassVar[dict[str, Said]] = {}  # where it tells why: "missing", "malformed", "forged", "expired", "revoked"
    refusal_type: ClassVar[str] = "application/json"
    envelopes: ClassVar[tuple[frozenset[str], ...]] = ()  # fields of refusals besides those of `refusal`
    has_own_accounts: ClassVar[bool] = False  # they belong to applications, and no other door knows them
    accounts_of: ClassVar[str] = ""  # the door at which its accounts are made, where it makes none itself
    awaiting: ClassVar[Said | None] = None  # after the right password of an account that awaits its activation

    # ------------------------------------------------------------ how it is asked
    login_path: ClassVar[str]
    lifetime: ClassVar[int | None] = None  # of a token, in seconds, where it tells when it ends
    token_at: ClassVar[tuple[str, ...]]  # where the answer to a login has the token
    guarded: ClassVar[tuple[str, str]]  # an operation that wants a session, with a body if any

    recovering: ClassVar[tuple[str, ...]] = ()  # where an address is sent by POST that a link to a new password goes to

    # ------------------------------------------------------------ names of operations with a meaning of their own
    ending: ClassVar[dict[str, str]] = {}  # what ends sessions, and how, in words
    ending_one: ClassVar[tuple[str, ...]] = ()  # those of them that leave the other sessions of the account alone
    refreshing: ClassVar[tuple[str, ...]] = ()
    checking_a_token: ClassVar[tuple[str, ...]] = ()  # operations that tell of a token that is sent as an argument
    token_arguments: ClassVar[dict[str, tuple[str, str]]] = {}  # field and kind of what takes one of its `keys`
    mailed: ClassVar[tuple[str, ...]] = ()  # operations that take a token that only a mail brings
    needing_captcha: ClassVar[tuple[str, ...]] = ()  # operations that take the solution of a challenge
    naming_others: ClassVar[tuple[str, ...]] = ()  # operations for whose body there is `body_naming_another`

    mailed_links: ClassVar[dict[str, str]] = {}  # what stands before the token in a mailed link, by the kind of token
    activation: ClassVar[str] = ""  # what stands before the token in the mail that activates an account

    # ------------------------------------------------------------ for requests that are generated
    live_values: ClassVar[dict[str, tuple[str, ...]]] = {}  # fields that only `values` can fill, by operation
    reading_the_body_first: ClassVar[tuple[str, ...]] = ()  # operations that look there for a token, then in headers

    # ------------------------------------------------------------ what of its document does not go well, and should not
    failing_alone: ClassVar[dict[str, dict[str, int]]] = {}  # status by operation and name of the example: samples of
    # tokens and keys that no server knows, and examples that repeat what another has taken
    dead_ends: ClassVar[dict[tuple[str, str], int]] = {}  # links, from and to, that show what is over or taken
    examples_never_answered: ClassVar[frozenset[tuple[str, str]]] = frozenset()  # no request brings them about alone

    def __init__(self, client: httpx.Client, outbox: Path | None = None) -> None:
        self.client = client
        self.outbox = outbox

    # ------------------------------------------------------------ what every door has
    @abstractmethod
    def refusal(self, status: int, message: str) -> Json:
        """Returns the body of a refusal in the words of this door."""

    @cached_property
    def door_of_registration(self) -> "Door":
        """The door at which accounts of this door are made."""
        return DOORS[self.accounts_of](self.client, self.outbox) if self.accounts_of else self

    def registration(self, email: str, password: str) -> tuple[str, Json]:
        """Returns the path at which an account is made, and a body that makes one."""
        return self.door_of_registration.registration(email, password)

    def register(self, email: str, password: str = PASSWORD, **more: object) -> httpx.Response:
        """Asks for an account that can log in."""
        if self.accounts_of:
            return self.door_of_registration.register(email, password, **more)
        path, body = self.registration(email, password)
        return self.ask("POST", path, body | more)

    def credentials(self, email: str, password: str) -> Json:
        """Returns the body of a login."""
        return {"email": email, "password": password}

    def login(self, email: str, password: str = PASSWORD, headers: Headers | None = None) -> httpx.Response:
        return self.ask("POST", self.login_path, self.credentials(email, password), headers=headers)

    @abstractmethod
    def protected(self, **headers: str) -> httpx.Response:
        """Sends a request that is refused without a session; with one it changes nothing that matters."""

    def use(self, token: str) -> httpx.Response:
        """Sends a request that tells whether a session lives, and changes nothing."""
        return self.protected(**self.carriages(token)[0])

    def carriages(self, token: str) -> list[Headers]:
        """Returns the headers that carry a token here, that of the document first."""
        return [{"Authorization": f"{scheme} {token}"} for scheme in ("Bearer", "bearer", "BEARER ")]

    # ------------------------------------------------------------ what some doors have
    def logout(self, **headers: str) -> httpx.Response:
        """Ends the session of a header, or more; only where `ending` has something that a header is enough for."""
        raise OutOfReach("nothing ends a session at this door")

    def end(self, operation: str, session: Session) -> httpx.Response:
        """Ends the session, by one of the operations in `ending`."""
        raise OutOfReach("nothing ends a session at this door")

    def refresh(self, operation: str, session: Session) -> str:
        """Refreshes the session, and returns the new token."""
        raise OutOfReach("nothing refreshes at this door")

    def keys(self, session: Session) -> dict[str, str]:
        """Returns all it hands out that opens something, by a name of its kind; what has one name opens the same."""
        return {f"a session of {self.name}": session.token}

    def knows(self, email: str) -> bool | None:
        """Tells whether an account has the address; None where nobody is told."""
        return None

    def values(self, operation: str, session: Session) -> dict[str, str]:
        """Returns what an example of the operation must say to succeed, by the name of the field."""
        return session.known

    def body_naming_another(self, operation: str, mine: Session, other: Session) -> dict[str, str] | None:
        """Returns a request of mine for what is another account's, where the operation allows to write one."""
        return None

    def sessions_ended_by(self, operation: str, body: Json, answer: Json) -> Ended:
        """Tells what a success says of the session of its token and of the others of its account."""
        return None, None

    def broken_by_refresh(self, token: str, answer: Json) -> str | None:
        """Tells what the refresh of a token broke that this door promises."""
        return None

    # ------------------------------------------------------------ what all doors share
    def token_of(self, answer: httpx.Response) -> str:
        return text_in(answer, *self.token_at)

    @abstractmethod
    def email_of(self, email: str, password: str = PASSWORD) -> str:
        """Returns the address as the account has it, from whatever shows it to somebody who logs in."""

    def logged_in(self, email: str, password: str = PASSWORD) -> str:
        """Makes an account, logs in, and returns the token."""
        assert self.register(email, password).is_success
        return self.token_of(self.login(email, password))

    def is_live(self, token: str) -> bool:
        """Tells whether a session lives; raises CannotSpeak where the answer does not tell."""
        answer = self.use(token)
        if not (answer.is_success or refuses(answer)):
            raise failed(answer)
        return not refuses(answer)

    def without_session(self, why: str) -> Said:
        """Returns what is said where there is no session: "missing", "malformed", "forged", "expired" or "revoked"."""
        return self.why.get(why, self.no_session)

    def refused(self, status: int, message: str) -> Said:
        return status, self.refusal(status, message)

    def wrong_field(self, operation: str, message: str) -> Said:
        """Returns what an operation answers when a field breaks a rule, or is missing."""
        return self.refused(400, message)

    def too_short(self, field: str, text: str, least: int) -> str:
        """Returns what is said of a text that has fewer characters than that."""
        return f"'{field}' is too short, at least {least} {'character' if least == 1 else 'characters'}"

    def is_refusal(self, answer: httpx.Response) -> bool:
        """Tells whether an answer has this door's envelope, whatever it says."""
        shape = self.refusal(answer.status_code, "words")
        return answer.is_client_error and {name: type(value) for name, value in object_in(answer).items()} == {
            name: type(value) for name, value in shape.items()
        }

    def sign_up(self) -> dict[str, str]:
        """Makes an account, and returns all it may be asked for, by the name of the field."""
        account = {"email": new_address(), "password": PASSWORD}
        self.required_success(self.register(**account))
        return account

    def log_in(self, account: dict[str, str]) -> str:
        return self.required_text(
            self.required_success(self.login(account["email"], account["password"])), *self.token_at
        )

    def ask(
        self, method: str, path: str, body: Json | None = None, token: str | None = None, headers: Headers | None = None
    ) -> httpx.Response:
        headers = ({"Authorization": f"Bearer {token}"} if token else {}) | (headers or {})
        return self.client.request(method, path, headers=headers, json=body, extensions={"body": body})

    def succeed(self, method: str, path: str, body: Json | None = None, token: str | None = None) -> Json:
        """Sends a request that everything else needs, and returns the answer."""
        return self.required_success(self.ask(method, path, body, token))

    def required_success(self, answer: httpx.Response) -> Json:
        """Returns the object of an answer that everything else needs."""
        if not answer.is_success or not isinstance(found := body_of(answer), dict):
            raise failed(answer)
        return found

    def required_text(self, answer: Json, *names: str) -> str:
        """Returns a text of an answer that everything else needs."""
        found: object = answer
        for name in names:
            found = found.get(name) if isinstance(found, dict) else None
        if not isinstance(found, str):
            raise CannotSpeak(f"an answer has no text {'.'.join(names)!r}: it has {', '.join(answer)}")
        return found

    def mailed_token(self, address: str, link: str) -> str:
        """Waits for a mail with `link` to an address, and returns the token behind it in the newest."""
        if self.outbox is None:
            raise OutOfReach(NEEDS_MAIL)
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            for file in sorted(self.outbox.glob("[!.]*.eml"), reverse=True):
                text = mail_to(file, address)
                if found := re.search(rf"{re.escape(link)}([\w.~-]+)", text):
                    return found[1]
            time.sleep(0.01)
        raise CannotSpeak(f"no mail with a link {link}… came to the new account")


def mail_to(file: Path, address: str) -> str:
    """Returns the text of a mail, empty when it is to somebody else."""
    raw = file.read_bytes()
    if address.encode() not in raw:
        return ""
    message = message_from_bytes(raw, policy=policy.default)
    if address not in [recipient.addr_spec for recipient in message["To"].addresses]:
        return ""  # that one only ends like it
    part = message.get_body(("plain", "html"))
    return part.get_content() if part else ""


def body_of(answer: httpx.Response) -> object:
    try:
        return answer.json()
    except ValueError:
        return None


def failed(answer: httpx.Response) -> CannotSpeak:
    """Returns what to raise after an answer that leaves nothing to go on with."""
    return CannotSpeak(f"{answer.request.method} {answer.url.path} was answered {answer.status_code}")


def refuses(answer: httpx.Response) -> bool:
    """Tells whether an answer says that there is no session: by its status, or in words where that is documented."""
    said = body_of(answer) if answer.is_success else None
    in_words = isinstance(said, dict) and (said.get("success") is False or said.get("auth") is False)
    return in_words or answer.status_code in (400, 401, 403)


def new_address() -> str:
    return f"{uuid4().hex}@example.org"


def _described() -> dict[str, type[Door]]:
    """Returns the class of each door, from the module of its name."""
    names = sorted(file.stem for file in Path(__file__).parent.glob("[!_]*.py"))
    return {name: getattr(import_module(f"{__name__}.{name}"), name.title()) for name in names}


DOORS = _described()
