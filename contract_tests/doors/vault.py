"""How to be a client of the door `vault`."""

from http import HTTPStatus
from typing import ClassVar
from urllib.parse import quote

import httpx
from support.answers import Headers, Json, Said

from doors import PASSWORD, RESETS, VERIFIES, Door, Ended, Session, body_of, failed, new_address
from doors.appseed import Appseed

CODES = {
    "There is nothing here": "not_found",
    "This method is not allowed here": "wrong_method",
    "The body is too large": "too_large",
    "The request did not arrive in time": "too_slow",
    "The body must be application/json": "wrong_media_type",
    "The server is busy, try again in a moment": "busy",
    "The server cannot reach its database, try again in a moment": "unavailable",
    "Too many requests, try again later": "throttled",
    "Wrong credentials": "bad_credentials",
    "That email is taken": "taken",
    "That is done already": "done",
    "The captcha is not solved": "not_solved",
    "A token is required": "token_missing",
    "The token is malformed": "token_malformed",
    "The token is not valid here": "token_forged",
    "The token has expired": "token_expired",
    "The session has ended": "token_revoked",
    "The token is not known or no longer good": "unproven",
}


TITLES = {413: "Request Entity Too Large"}  # which newer Pythons call otherwise


def problem(status: int, detail: str) -> Json:
    """Returns the body of a refusal (RFC 9457); what starts with the name of a field is about that field."""
    code = CODES.get(detail, "invalid" if detail.startswith("'") else "malformed")
    title = TITLES.get(status) or HTTPStatus(status).phrase
    return {"type": "about:blank", "title": title, "status": status, "detail": detail, "code": code}


OK: Said = (200, {"status": "ok"})
DONE_ALREADY: Said = (409, problem(409, "That is done already"))
DEAD_LINK: Said = (400, problem(400, "The token is not known or no longer good"))
OFTEN: Said = (429, problem(429, "Too many requests, try again later"))

NEW_PASSWORD = "nine quiet harbours"
FORGOT, RESET = "/api/forgot-password", "/api/reset-password"
MISSPELT = {FORGOT: "/api/forgot-passsword", RESET: "/api/reset-passsword"}
RESEND = "/api/resend-email-verification"


class Vault(Door):
    name = "vault"
    base = "/api"
    shortest_password = 8
    wrong_credentials = (401, problem(401, "Wrong credentials"))
    taken = (409, problem(409, "That email is taken"))
    no_session = (401, problem(401, "The session has ended"))
    why: ClassVar = {
        "missing": (401, problem(401, "A token is required")),
        "malformed": (401, problem(401, "The token is malformed")),
        "forged": (401, problem(401, "The token is not valid here")),
        "expired": (401, problem(401, "The token has expired")),
    }
    refusal_type = "application/problem+json"
    login_path = "/api/login"
    lifetime = 24 * 60 * 60
    token_at = ("userToken",)
    guarded = ("POST", "/api/resend-email-verification")
    recovering = ("/api/forgot-password", "/api/forgot-passsword")
    ending: ClassVar = {
        "vault.reset_password": "setting a new password",
        "vault.reset_password.misspelt": "setting a new password",
    }
    refreshing = ("vault.refresh", "vault.refresh.post")
    mailed = (
        *("vault.verify_email", "vault.verify_email.post"),
        *("vault.reset_password", "vault.reset_password.misspelt", "vault.reset_page"),
    )
    mailed_links: ClassVar = {VERIFIES: "/api/verify-email/", RESETS: "/api/reset-password?token="}
    live_values: ClassVar = {"vault.reset_password": ("token",), "vault.reset_password.misspelt": ("token",)}
    token_arguments: ClassVar = dict.fromkeys(mailed[:2], ("token", VERIFIES)) | dict.fromkeys(
        mailed[2:], ("token", RESETS)
    )
    needing_captcha = ("vault.resend_verification", "vault.resend_verification.post")
    failing_alone: ClassVar = {
        "vault.verify_email": {"path": 400},
        "vault.verify_email.post": {"mailed": 400},
        "vault.reset_password.misspelt": {"mailed": 400},
        "vault.reset_password": {"mailed": 400},
        "vault.reset_page": {"path": 400},
    }

    def refusal(self, status: int, message: str) -> Json:
        return problem(status, message)

    def registration(self, email: str, password: str) -> tuple[str, Json]:
        return "/api/register", {"email": email, "password": password, "name": "Ada Lovelace"}

    def protected(self, **headers: str) -> httpx.Response:
        """Refreshes the session: sent again at once, this answers the same."""
        return self.client.get("/api/refresh", headers=headers)

    def use(self, token: str) -> httpx.Response:
        """Asks for the mail without the solution of a challenge: refused, but not for want of a session."""
        return self.client.get("/api/resend-email-verification", headers={"Authorization": f"Bearer {token}"})

    def is_live(self, token: str) -> bool:
        answer = self.use(token)
        if answer.status_code not in (200, 400, 401, 409, 429):
            raise failed(answer)
        return answer.status_code != 401

    def email_of(self, email: str, password: str = PASSWORD) -> str:
        """Asks another door, for the same credentials: this one shows no address."""
        return Appseed(self.client).email_of(email, password)

    def end(self, operation: str, session: Session) -> httpx.Response:
        path = "/api/reset-passsword" if operation.endswith("misspelt") else "/api/reset-password"
        return self.ask("POST", path, self.reset(session))

    def refresh(self, operation: str, session: Session) -> str:
        method = "POST" if operation.endswith("post") else "GET"
        return self.required_text(self.succeed(method, "/api/refresh", token=session.token), "userToken")

    def sessions_ended_by(self, operation: str, body: Json, answer: Json) -> Ended:
        return (None, True) if operation in self.ending else (None, None)

    def broken_by_refresh(self, token: str, answer: Json) -> str | None:
        if not self.is_live(answer["userToken"]):
            return "the new token is refused"
        again = body_of(self.ask("POST", "/api/refresh", token=token))
        return None if again == answer else "the old token gets another pair"

    def keys(self, session: Session) -> dict[str, str]:
        pair = self.required_success(self.login(session.known["email"], session.known["password"]))
        return {
            "a session of vault": self.required_text(pair, *self.token_at),
            "a team of vault": self.required_text(pair, "vaultToken"),
            VERIFIES: self.mailed_token(session.known["email"], self.mailed_links[VERIFIES]),
            RESETS: self.reset(session)["token"],
        }

    def knows(self, email: str) -> bool:
        return self.client.get(f"/api/exist-email/{quote(email)}").json() is True

    def values(self, operation: str, session: Session) -> dict[str, str]:
        match operation:
            case "vault.register":
                return {"email": new_address(), "password": PASSWORD}
            case "vault.verify_email" | "vault.verify_email.post":
                return {"token": self.mailed_token(session.known["email"], self.mailed_links[VERIFIES])}
            case "vault.reset_password" | "vault.reset_password.misspelt" | "vault.reset_page":
                return self.reset(session)
        return session.known

    def reset(self, session: Session) -> dict[str, str]:
        """Returns what sets a new password, once the mail about it has come."""
        if self.outbox:
            self.succeed("POST", "/api/forgot-password", {"email": session.known["email"]})
        return {
            "token": self.mailed_token(session.known["email"], self.mailed_links[RESETS]),
            "newPassword": f"another {PASSWORD}",
        }

    # ------------------------------------------------------------ what only the tests of this door ask for
    def renew(self, token: str, method: str = "GET") -> httpx.Response:
        """Refreshes a session."""
        return self.ask(method, "/api/refresh", token=token)

    def verify(self, token: str, method: str = "GET") -> httpx.Response:
        """Verifies an address, by the link of the mail or by a POST."""
        if method == "POST":
            return self.ask("POST", "/api/verify-email", {"token": token})
        return self.ask(method, f"/api/verify-email/{token}")

    def resend(
        self, token: str, method: str = "GET", name: str = "capcha", headers: Headers | None = None
    ) -> httpx.Response:
        """Asks for the mail once more, with the solution of a challenge under one of its two names."""
        if method == "POST":
            return self.ask("POST", RESEND, {name: "solved"}, token, headers)
        return self.ask(method, f"{RESEND}?{name}=solved", token=token, headers=headers)

    def forget(self, email: str, headers: Headers | None = None, path: str = FORGOT) -> httpx.Response:
        """Asks for the mail that lets somebody choose a new password."""
        return self.ask("POST", path, {"email": email}, headers=headers)

    def choose(self, token: str, password: str = NEW_PASSWORD, path: str = RESET) -> httpx.Response:
        """Sets a new password with the token of that mail."""
        return self.ask("POST", path, {"token": token, "newPassword": password})

    def exists(self, email: str, headers: Headers | None = None) -> httpx.Response:
        """Asks whether an address has an account."""
        return self.ask("GET", f"/api/exist-email/{quote(email, safe='@')}", headers=headers)
