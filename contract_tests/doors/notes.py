"""How to be a client of the door `notes`."""

from collections.abc import Callable
from typing import ClassVar
from uuid import uuid4

import httpx
from support.answers import Json, Said, object_in, whole

from doors import NEEDS_MAIL, PASSWORD, VERIFIES, CannotSpeak, Door, Ended, OutOfReach, Session, new_address
from doors.appseed import Appseed

BAD_REQUEST = {"error": "Bad request"}
WRONG = {"error": "Wrong username or password"}
TAKEN = {"error": "Unable to signup."}
EXPIRED = {"error": "Expired token"}
AWAITED: Json = {"error": "Please check your email and activate your account."}
REFRESHES = "what refreshes at notes"
ACTIVATION = "/auth/verify?token="
REFRESH_TOKENS = ("refresh_token", "reference_token")  # the names of it in an answer

UNREADABLE: Said = (400, BAD_REQUEST)
NO_REFRESH: Said = (406, EXPIRED)
VERIFIED: Said = (200, {"message": "Verified"})
DEAD_LINK: Said = (400, {"error": "The token is not known or no longer good"})

BASES = ["", "/api"]  # before every path
BODIES: dict[str, Callable[[Json], Json]] = {  # fields in each type of body, as httpx takes them
    "form": lambda fields: {"data": fields},
    "multipart": lambda fields: {"files": {name: (None, value) for name, value in fields.items()}},
    "JSON": lambda fields: {"json": fields},
}


class Notes(Door):
    name = "notes"
    base = "/auth"
    shortest_password = 9
    wrong_credentials = (406, WRONG)
    taken = (409, TAKEN)
    no_session = (403, EXPIRED)
    why: ClassVar = {"missing": (400, BAD_REQUEST)}
    awaiting = (406, AWAITED)
    login_path = "/auth/login"
    token_at = ("tokens", "access_token")
    guarded = ("POST", "/auth/current")
    refreshing = ("notes.refresh", "notes.refresh.api")
    live_values: ClassVar = {"notes.refresh": ("refresh_token",), "notes.refresh.api": ("refresh_token",)}
    activation = ACTIVATION
    mailed_links: ClassVar = {VERIFIES: ACTIVATION}
    mailed = ("notes.verify", "notes.verify.api")
    failing_alone: ClassVar = {
        "notes.refresh": {"refresh_token": 406},
        "notes.refresh.api": {"refresh_token": 406},
        "notes.sign_up.api": {"new": 409},
        "notes.verify": {"path": 400},
        "notes.verify.api": {"path": 400},
    }
    dead_ends: ClassVar = {
        ("notes.sign_up", "notes.sign_up.api"): 409,
        ("notes.sign_up.api", "notes.sign_up.api"): 409,
    }
    token_arguments: ClassVar = dict.fromkeys(refreshing, ("refresh_token", REFRESHES)) | dict.fromkeys(
        mailed, ("token", VERIFIES)
    )

    def refusal(self, status: int, message: str) -> Json:
        """Says of what names no field that it is a bad request, and no more."""
        return BAD_REQUEST if status == 400 and not message.startswith("'") else {"error": message}

    def wrong_field(self, operation: str, message: str) -> Said:
        """Names the field at a sign-up only, and not when it is missing."""
        names_it = operation.startswith("notes.sign_up") and not message.endswith("is a required property")
        return self.refused(400, message) if names_it else (400, BAD_REQUEST)

    def registration(self, email: str, password: str) -> tuple[str, Json]:
        """Signs up under a name nobody has."""
        return "/auth/signup", {"username": f"n{uuid4().hex}", "email": email, "password": password}

    def register(self, email: str, password: str = PASSWORD, **more: object) -> httpx.Response:
        """Signs up and, where mails can be read, activates the account."""
        answer = super().register(email, password, **more)
        if answer.is_success and self.outbox:
            self.succeed("GET", ACTIVATION + self.mailed_token(email, ACTIVATION))
        return answer

    def credentials(self, email: str, password: str) -> Json:
        return {"username": email, "password": password}

    def protected(self, **headers: str) -> httpx.Response:
        return self.client.get("/auth/current", headers=headers)

    def email_of(self, email: str, password: str = PASSWORD) -> str:
        """Asks another door, for the same credentials: this one shows no address."""
        return Appseed(self.client).email_of(email, password)

    def sign_up(self) -> dict[str, str]:
        account = {"username": f"n{uuid4().hex}", "email": new_address(), "password": PASSWORD}
        self.required_success(self.register(**account))
        return account

    def log_in(self, account: dict[str, str]) -> str:
        """Logs in, and adds the refresh token to what is known."""
        answer = self.login(account.get("username", account["email"]), account["password"])
        if self.outbox is None and answer.status_code == 406:
            raise OutOfReach(NEEDS_MAIL)
        said = self.required_success(answer)
        account["refresh_token"] = self.required_text(said, "tokens", "refresh_token")
        return self.required_text(said, *self.token_at)

    def refresh(self, operation: str, session: Session) -> str:
        path = "/api/auth/refresh" if operation.endswith("api") else "/auth/refresh"
        return self.required_text(self.succeed("POST", path, self.values(operation, session)), *self.token_at)

    def sessions_ended_by(self, operation: str, body: Json, answer: Json) -> Ended:
        return (None, False) if operation in self.refreshing else (None, None)

    def broken_by_refresh(self, token: str, answer: Json) -> str | None:
        tokens = answer["tokens"]
        if not self.is_live(tokens["access_token"]):
            return "the new token is refused"
        renewed = [self.ask("POST", "/auth/refresh", {"refresh_token": tokens[name]}) for name in REFRESH_TOKENS]
        return None if all(answer.is_success for answer in renewed) else "it refreshes no more"

    def keys(self, session: Session) -> dict[str, str]:
        return {
            "a session of notes": session.token,
            REFRESHES: self.known_after_login(session)["refresh_token"],
            VERIFIES: self.mailed_token(session.known["email"], ACTIVATION),
        }

    def values(self, operation: str, session: Session) -> dict[str, str]:
        match operation.removesuffix(".api"):
            case "notes.sign_up":
                return {"username": f"n{uuid4().hex}", "email": new_address(), "password": PASSWORD}
            case "notes.verify":
                return {"token": self.mailed_token(session.known["email"], ACTIVATION)}
            case "notes.login":
                return self.known_after_login(session)  # which a mail may be needed for
            case "notes.refresh":
                return {"refresh_token": self.known_after_login(session)["refresh_token"]}
        return session.known

    def known_after_login(self, session: Session) -> dict[str, str]:
        if not session.token:
            raise CannotSpeak("the token is empty")
        return session.known

    # ------------------------------------------------------------ what only the tests of this door ask for
    def join(self, name: str, email: str, password: str = PASSWORD) -> httpx.Response:
        """Signs up, and leaves the mail unanswered."""
        return self.ask("POST", "/auth/signup", {"username": name, "password": password, "email": email})

    def link_to(self, email: str) -> str:
        """Returns the link in the mail to an account that awaits its activation."""
        return ACTIVATION + self.mailed_token(email, ACTIVATION)

    def tokens_of(self, answer: httpx.Response) -> Json:
        assert answer.status_code == 200, answer.text
        return object_in(answer, "tokens")

    def renew(self, refresh_token: str) -> httpx.Response:
        """Asks for the next access token."""
        return self.ask("POST", "/auth/refresh", {"refresh_token": refresh_token})

    def current(self, token: str) -> Said:
        """Returns whose an access token is, which both ways to ask answer the same."""
        get, post = (self.ask(method, "/auth/current", token=token) for method in ("GET", "POST"))
        assert whole(get) == whole(post)
        return whole(get)
