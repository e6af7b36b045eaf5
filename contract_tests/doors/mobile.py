"""How to be a client of the door `mobile`."""

from typing import ClassVar

import httpx
from support.answers import Headers, Json, text_in

from doors import PASSWORD, Door, Fate, Session, new_address

WRONG: Json = {"status": 400, "message": "Invalid email/password"}
NO_TOKEN: Json = {"status": 400, "message": "Access denied. Token not provided"}
INVALID: Json = {"status": 401, "message": "Invalid token"}
CHANDLER = {"firstName": "Chandler", "lastName": "Bing", "gender": "Male", "contactNo": "7047059630", "age": "25"}


class Mobile(Door):
    name = "mobile"
    base = "/api/user"
    shortest_password = 6
    wrong_credentials = (400, WRONG)
    no_session = (401, INVALID)
    why: ClassVar = {"missing": (400, NO_TOKEN)}
    login_path = "/api/user/login"
    token_at = ("token",)
    guarded = ("PUT", "/api/user/update")
    ending: ClassVar = {"mobile.delete": "deleting the account"}
    failing_alone: ClassVar = {"mobile.sign_up": {"number": 400}}
    dead_ends: ClassVar = {("mobile.delete", "mobile.details"): 401}
    unheard = frozenset({("NotUpdated", "not_found"), ("NotDeleted", "not_found")})  # it goes while it is asked for

    def refusal(self, status: int, message: str) -> Json:
        return {"status": status, "message": message}

    def registration(self, email: str, password: str) -> tuple[str, Json]:
        return "/api/user/signUp", CHANDLER | {"email": email, "password": password}

    def protected(self, **headers: str) -> httpx.Response:
        return self.client.get("/api/user/details", headers=headers)

    def carriages(self, token: str) -> list[Headers]:
        return [{"token": token}, {"Token": token}, {"token": f"Bearer {token}"}, {"Authorization": f"bearer {token}"}]

    def email_of(self, email: str, password: str = PASSWORD) -> str:
        return text_in(self.login(email, password), "email")

    def logout(self, **headers: str) -> httpx.Response:
        """The one way to end a session here ends the account."""
        return self.client.delete("/api/user/delete", headers=headers)

    def end(self, operation: str, session: Session) -> httpx.Response:
        return self.logout(token=session.token)

    def fate(self, operation: str, body: Json, answer: Json) -> Fate:
        return (True, True) if operation == "mobile.delete" else (None, None)

    def values(self, operation: str, session: Session) -> dict[str, str]:
        return {"email": new_address(), "password": PASSWORD} if operation == "mobile.sign_up" else session.known
