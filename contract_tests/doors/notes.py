"""How to be a client of the door `notes`."""

from typing import ClassVar
from uuid import uuid4

import httpx
from support.answers import Json, text_in

from doors import NEEDS_MAIL, PASSWORD, CannotSpeak, Door, Fate, OutOfReach, Session, new_address

BAD_REQUEST = {"error": "Bad request"}
WRONG = {"error": "Wrong username or password"}
EXPIRED = {"error": "Expired token"}
ACTIVATION = "/auth/verify?token="
REFRESH_TOKENS = ("refresh_token", "reference_token")  # the names of it in an answer


class Notes(Door):
    name = "notes"
    base = "/auth"
    shortest_password = 9
    wrong_credentials = (406, WRONG)
    no_session = (403, EXPIRED)
    why: ClassVar = {"missing": (400, BAD_REQUEST)}
    login_path = "/auth/login"
    token_at = ("tokens", "access_token")
    guarded = ("POST", "/auth/current")
    refreshing = ("notes.refresh", "notes.refresh.api")
    live_values: ClassVar = {"notes.refresh": ("refresh_token",), "notes.refresh.api": ("refresh_token",)}
    activation = ACTIVATION
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

    def refusal(self, status: int, message: str) -> Json:
        """What names no field is a bad request and no more."""
        return BAD_REQUEST if status == 400 and not message.startswith("'") else {"error": message}

    def registration(self, email: str, password: str) -> tuple[str, Json]:
        """Under a name nobody has."""
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
        """This door shows no address; another one does, for the same credentials."""
        shown = self.client.post("/api/users/login", json={"email": email, "password": password})
        return text_in(shown, "user", "email")

    def sign_up(self) -> dict[str, str]:
        account = {"username": f"n{uuid4().hex}", "email": new_address(), "password": PASSWORD}
        self.done(self.register(**account))
        return account

    def log_in(self, account: dict[str, str]) -> str:
        """Adds the refresh token to what is known."""
        answer = self.login(account["username"], account["password"])
        if self.outbox is None and answer.status_code == 406:
            raise OutOfReach(NEEDS_MAIL)
        said = self.done(answer)
        account["refresh_token"] = self.took(said, "tokens", "refresh_token")
        return self.took(said, *self.token_at)

    def refresh(self, operation: str, session: Session) -> str:
        path = "/api/auth/refresh" if operation.endswith("api") else "/auth/refresh"
        return self.took(self.succeed("POST", path, self.values(operation, session)), *self.token_at)

    def fate(self, operation: str, body: Json, answer: Json) -> Fate:
        return (None, False) if operation in self.refreshing else (None, None)

    def broken_by_refresh(self, token: str, answer: Json) -> str | None:
        tokens = answer["tokens"]
        if not self.is_live(tokens["access_token"]):
            return "the new token is refused"
        renewed = [self.ask("POST", "/auth/refresh", {"refresh_token": tokens[name]}) for name in REFRESH_TOKENS]
        return None if all(answer.is_success for answer in renewed) else "it refreshes no more"

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
