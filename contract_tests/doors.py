"""How to be a client of each door, wherever it is served: sign up, log in, use a session, end it.

Nothing here knows Portico. A door is spoken to by what its document says, so any server that keeps it will do.
"""

import re
import time
from email import message_from_bytes, policy
from functools import cached_property
from pathlib import Path
from typing import ClassVar
from uuid import uuid4

import httpx
from typed import Json

PASSWORD = "a good passphrase"
WRONG_TOKEN = "e30.e30.e30"
PATIENCE = 10  # seconds for a mail to come
NEEDS_MAIL = "needs mail: --outbox says where the server puts it"


class OutOfReach(Exception):
    """What cannot be tried at this server, and why."""


class CannotSpeak(Exception):
    """The server did not do what everything else needs, such as to sign somebody up."""


class Session:
    """A new account that is logged in, both not before they are needed."""

    def __init__(self, door: "Door") -> None:
        self._door = door

    @cached_property
    def known(self) -> dict[str, str]:
        """What the account may be asked for, by the name of the field."""
        return self._door.sign_up()

    @cached_property
    def token(self) -> str:
        return self._door.log_in(self.known)


class Door:
    """One door of one server. Its methods raise CannotSpeak or OutOfReach where they cannot do what they say."""

    ending: ClassVar[dict[str, str]] = {}  # what ends sessions: the name of an operation, and how, in words
    ending_one: tuple[str, ...] = ()  # those of them that leave the other sessions of the account alone
    refreshing: tuple[str, ...] = ()
    asking: tuple[str, ...] = ()  # operations that tell of a token that is sent as an argument
    mailed: tuple[str, ...] = ()  # operations that take a token that only a mail brings
    challenged: tuple[str, ...] = ()  # operations that take the solution of a challenge

    def __init__(self, client: httpx.Client, outbox: Path | None = None) -> None:
        self.client = client
        self.outbox = outbox

    # ------------------------------------------------------------ what a door adds
    def sign_up(self) -> dict[str, str]:
        raise NotImplementedError

    def log_in(self, account: dict[str, str]) -> str:
        raise NotImplementedError

    def use(self, token: str) -> httpx.Response:
        """A request that a live session is needed for, and that changes nothing."""
        raise NotImplementedError

    def is_live(self, token: str) -> bool:
        return not refuses(self.use(token))

    def end(self, operation: str, session: Session) -> httpx.Response:
        """Ends the session, by one of the operations in `ending`."""
        raise OutOfReach("nothing ends a session at this door")

    def refresh(self, operation: str, session: Session) -> str:
        """The new token."""
        raise OutOfReach("nothing refreshes at this door")

    def values(self, operation: str, session: Session) -> dict[str, str]:
        """What an example of the operation must say to succeed, by the name of the field."""
        return session.known

    def foreign(self, operation: str, mine: Session, other: Session) -> dict[str, str] | None:
        """A request of mine for what is another account's, where the operation allows to write one."""
        return None

    # ------------------------------------------------------------ what all doors share
    def ask(self, method: str, path: str, body: Json | None = None, token: str | None = None) -> httpx.Response:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        return self.client.request(method, path, headers=headers, json=body, extensions={"body": body})

    def succeed(self, method: str, path: str, body: Json | None = None, token: str | None = None) -> Json:
        """The answer to a request that everything else needs."""
        answer = self.ask(method, path, body, token)
        if not answer.is_success or not isinstance(found := body_of(answer), dict):
            raise CannotSpeak(f"{method} {path} was answered {answer.status_code}")
        return found

    def took(self, answer: Json, *names: str) -> str:
        """A text of an answer that everything else needs."""
        found: object = answer
        for name in names:
            found = found.get(name) if isinstance(found, dict) else None
        if not isinstance(found, str):
            raise CannotSpeak(f"an answer has no text {'.'.join(names)!r}: it has {', '.join(answer)}")
        return found

    def mailed_token(self, address: str, link: str) -> str:
        """The token behind `link` in the newest mail to an address."""
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
    """The text of a mail, empty when it is to somebody else."""
    raw = file.read_bytes()
    if address.encode() not in raw:
        return ""
    part = message_from_bytes(raw, policy=policy.default).get_body(("plain", "html"))
    return part.get_content() if part else ""


def body_of(answer: httpx.Response) -> object:
    try:
        return answer.json()
    except ValueError:
        return None


def refuses(answer: httpx.Response) -> bool:
    """Whether an answer says that there is no session: by its status, or in words where the document has it so."""
    said = body_of(answer) if answer.is_success else None
    in_words = isinstance(said, dict) and (said.get("success") is False or said.get("auth") is False)
    return in_words or answer.status_code in (400, 401, 403)


def new_address() -> str:
    return f"{uuid4().hex}@example.org"


# ---------------------------------------------------------------- the five
class Appseed(Door):
    ending: ClassVar = {"appseed.logout": "logging out"}
    ending_one = ("appseed.logout",)

    def sign_up(self) -> dict[str, str]:
        account = {"username": "test", "email": new_address(), "password": PASSWORD}
        return account | {"userID": self.succeed("POST", "/api/users/register", account).get("userID", "")}

    def log_in(self, account: dict[str, str]) -> str:
        credentials = {name: account[name] for name in ("email", "password")}
        return self.took(self.succeed("POST", "/api/users/login", credentials), "token")

    def use(self, token: str) -> httpx.Response:
        return self.client.post("/api/users/checkSession", headers={"Authorization": token})

    def end(self, operation: str, session: Session) -> httpx.Response:
        return self.client.post("/api/users/logout", headers={"Authorization": session.token})

    def values(self, operation: str, session: Session) -> dict[str, str]:
        match operation:
            case "appseed.register" | "appseed.edit":
                return {"email": new_address(), "password": PASSWORD}
            case "appseed.logout":
                return {"token": session.token}
        return session.known

    def foreign(self, operation: str, mine: Session, other: Session) -> dict[str, str] | None:
        return {"userID": other.known["userID"], "username": "mallory"} if operation == "appseed.edit" else None


class Mobile(Door):
    ending: ClassVar = {"mobile.delete": "deleting the account"}
    person: ClassVar = {
        "firstName": "Chandler",
        "lastName": "Bing",
        "gender": "Male",
        "contactNo": "7047059630",
        "age": "25",
    }

    def sign_up(self) -> dict[str, str]:
        account = {"email": new_address(), "password": PASSWORD}
        self.succeed("POST", "/api/user/signUp", self.person | account)
        return account

    def log_in(self, account: dict[str, str]) -> str:
        return self.took(self.succeed("POST", "/api/user/login", account), "token")

    def use(self, token: str) -> httpx.Response:
        return self.client.get("/api/user/details", headers={"token": token})

    def end(self, operation: str, session: Session) -> httpx.Response:
        return self.client.delete("/api/user/delete", headers={"token": session.token})

    def values(self, operation: str, session: Session) -> dict[str, str]:
        return {"email": new_address(), "password": PASSWORD} if operation == "mobile.sign_up" else session.known


class Vault(Door):
    ending: ClassVar = {
        "vault.reset_password": "setting a new password",
        "vault.reset_password.misspelt": "setting a new password",
    }
    refreshing = ("vault.refresh", "vault.refresh.post")
    mailed = (
        *("vault.verify_email", "vault.verify_email.post"),
        *("vault.reset_password", "vault.reset_password.misspelt", "vault.reset_page"),
    )
    challenged = ("vault.resend_verification", "vault.resend_verification.post")

    def sign_up(self) -> dict[str, str]:
        account = {"email": new_address(), "password": PASSWORD}
        self.succeed("POST", "/api/register", account | {"name": "Ada Lovelace"})
        return account

    def log_in(self, account: dict[str, str]) -> str:
        return self.took(self.succeed("POST", "/api/login", account), "userToken")

    def use(self, token: str) -> httpx.Response:
        """Without the solution of a challenge this is refused, but not for want of a session."""
        return self.client.get("/api/resend-email-verification", headers={"Authorization": f"Bearer {token}"})

    def is_live(self, token: str) -> bool:
        return self.use(token).status_code not in (401, 403)

    def end(self, operation: str, session: Session) -> httpx.Response:
        path = "/api/reset-passsword" if operation.endswith("misspelt") else "/api/reset-password"
        return self.ask("POST", path, self.reset(session))

    def refresh(self, operation: str, session: Session) -> str:
        method = "POST" if operation.endswith("post") else "GET"
        return self.took(self.succeed(method, "/api/refresh", token=session.token), "userToken")

    def values(self, operation: str, session: Session) -> dict[str, str]:
        match operation:
            case "vault.register":
                return {"email": new_address(), "password": PASSWORD}
            case "vault.verify_email" | "vault.verify_email.post":
                return {"token": self.mailed_token(session.known["email"], "/verify-email/")}
            case "vault.reset_password" | "vault.reset_password.misspelt" | "vault.reset_page":
                return self.reset(session)
        return session.known

    def reset(self, session: Session) -> dict[str, str]:
        if self.outbox:
            self.succeed("POST", "/api/forgot-password", {"email": session.known["email"]})
        return {"token": self.mailed_token(session.known["email"], "?token="), "newPassword": f"another {PASSWORD}"}


class Notes(Door):
    refreshing = ("notes.refresh", "notes.refresh.api")
    mailed = ("notes.verify", "notes.verify.api")

    def sign_up(self) -> dict[str, str]:
        account = {"username": f"n{uuid4().hex}", "email": new_address(), "password": PASSWORD}
        self.succeed("POST", "/auth/signup", account)
        if self.outbox:
            self.succeed("GET", f"/auth/verify?token={self.mailed_token(account['email'], '/auth/verify?token=')}")
        return account

    def log_in(self, account: dict[str, str]) -> str:
        """Adds the refresh token to what is known."""
        credentials = {name: account[name] for name in ("username", "password")}
        if self.outbox is None and self.ask("POST", "/auth/login", credentials).status_code == 406:
            raise OutOfReach(NEEDS_MAIL)
        answer = self.succeed("POST", "/auth/login", credentials)
        account["refresh_token"] = self.took(answer, "tokens", "refresh_token")
        return self.took(answer, "tokens", "access_token")

    def use(self, token: str) -> httpx.Response:
        return self.ask("GET", "/auth/current", token=token)

    def refresh(self, operation: str, session: Session) -> str:
        path = "/api/auth/refresh" if operation.endswith("api") else "/auth/refresh"
        answer = self.succeed("POST", path, self.values(operation, session))
        return self.took(answer, "tokens", "access_token")

    def values(self, operation: str, session: Session) -> dict[str, str]:
        match operation.removesuffix(".api"):
            case "notes.sign_up":
                return {"username": f"n{uuid4().hex}", "email": new_address(), "password": PASSWORD}
            case "notes.verify":
                return {"token": self.mailed_token(session.known["email"], "/auth/verify?token=")}
            case "notes.login":
                return self.logged_in(session)  # which a mail may be needed for
            case "notes.refresh":
                return {"refresh_token": self.logged_in(session)["refresh_token"]}
        return session.known

    def logged_in(self, session: Session) -> dict[str, str]:
        """What is known once the session has its tokens."""
        if not session.token:
            raise CannotSpeak("the token is empty")
        return session.known


class Owners(Door):
    ending: ClassVar = {
        "owners.update_user": "deactivating the user",
        "owners.update_user.post": "deactivating the user",
        "owners.delete_application": "deleting the application",
        "owners.delete_owner": "deleting the owner",
    }
    asking = ("owners.is_logged", "owners.is_logged.post")

    def sign_up(self) -> dict[str, str]:
        """An owner, its application and a user; what is the owner's has `owner_` before its name."""
        mine = {"email": new_address(), "password": PASSWORD}
        owner = self.succeed("POST", "/appowner/create", mine | {"firstname": "Jason", "lastname": "Bourne"})
        uuid = self.took(owner, "uuid")
        application = self.succeed("POST", "/applications/create", {"owneruuid": uuid, "appname": "test"})
        account = {"apikey": self.took(application, "apiKey"), "email": new_address(), "password": PASSWORD}
        user = self.succeed("POST", "/users/signup", account | {"username": "JBond"})
        owned = {"owner_uuid": uuid, "owneruuid": uuid, "deletion_token": self.took(owner, "deletion_token")}
        return account | owned | {"owner_email": mine["email"], "uuid": self.took(user, "uuid")}

    def log_in(self, account: dict[str, str]) -> str:
        credentials = {name: account[name] for name in ("apikey", "email", "password")}
        return self.took(self.succeed("POST", "/users/signwithemail", credentials), "token")

    def use(self, token: str) -> httpx.Response:
        return self.ask("POST", "/users/userdata", {"token": token})

    def end(self, operation: str, session: Session) -> httpx.Response:
        known = session.known
        match operation:
            case "owners.delete_application":
                return self.ask("DELETE", "/applications/delete", {"apikey": known["apikey"]})
            case "owners.delete_owner":
                both = {"deletion_token": known["deletion_token"], "uuid": known["owner_uuid"]}
                return self.ask("DELETE", "/appowner/delete", both)
        return self.ask(
            "POST" if operation.endswith("post") else "PUT", "/users/update", {"active": False}, session.token
        )

    def values(self, operation: str, session: Session) -> dict[str, str]:
        if operation == "owners.create_owner":
            return {"email": new_address(), "password": PASSWORD}
        known = session.known
        match operation.removesuffix(".post").removesuffix(".put"):
            case "owners.sign_up":
                return known | {"email": new_address()}
            case "owners.update_user":
                return known | {"email": new_address(), "token": session.token}
            case "owners.user_data" | "owners.is_logged":
                return {"token": session.token}
            case "owners.update_owner":
                return known | {"uuid": known["owner_uuid"], "email": new_address()}
            case "owners.owner_by_uuid" | "owners.owner_by_password" | "owners.delete_owner":
                return known | {"uuid": known["owner_uuid"], "email": known["owner_email"]}
        return known

    def foreign(self, operation: str, mine: Session, other: Session) -> dict[str, str] | None:
        match operation:
            case "owners.delete_owner":
                return {"deletion_token": mine.known["deletion_token"], "uuid": other.known["owner_uuid"]}
            case "owners.sign_in":
                return {"uuid": other.known["uuid"], "apikey": mine.known["apikey"]}
            case "owners.sign_in_with_email":
                return {name: other.known[name] for name in ("email", "password")} | {"apikey": mine.known["apikey"]}
        return None


SPEAKERS = {"appseed": Appseed, "vault": Vault, "mobile": Mobile, "owners": Owners, "notes": Notes}
