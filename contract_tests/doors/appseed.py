"""How to be a client of the door `appseed`."""

from typing import ClassVar

import httpx
from support.answers import Headers, Json, Said, object_in, text_in

from doors import PASSWORD, Door, Ended, Session, new_address

WRONG = {"success": False, "msg": "Wrong credentials."}
TAKEN = {"success": False, "msg": "Email already taken"}
NOT_LOGGED_ON = {"success": False, "msg": "User is not logged on"}
DONE: Said = (200, {"success": True})
ENDED: Said = (200, {"success": True, "msg": "Token revoked"})
NOBODY: Said = (200, NOT_LOGGED_ON)
NOT_YOURS: Said = (400, {"success": False, "msg": "Error updating user"})


class Appseed(Door):
    name = "appseed"
    base = "/api/users"
    shortest_password = 4
    wrong_credentials = (400, WRONG)
    taken = (400, TAKEN)
    no_session = (401, NOT_LOGGED_ON)
    login_path = "/api/users/login"
    lifetime = 24 * 60 * 60
    token_at = ("token",)
    guarded = ("POST", "/api/users/edit")
    ending: ClassVar = {"appseed.logout": "logging out"}
    ending_one = ("appseed.logout",)
    naming_others = ("appseed.edit",)
    token_arguments: ClassVar = {"appseed.logout": ("token", "a session of appseed")}

    def refusal(self, status: int, message: str) -> Json:
        return {"success": False, "msg": message}

    def registration(self, email: str, password: str) -> tuple[str, Json]:
        return "/api/users/register", {"username": "test", "email": email, "password": password}

    def too_short(self, field: str, text: str, least: int) -> str:
        return super().too_short(field, text, least) if text else f"{field}: '' is too short"

    def protected(self, **headers: str) -> httpx.Response:
        return self.client.post("/api/users/edit", json={}, headers=headers)

    def use(self, token: str) -> httpx.Response:
        return self.client.post("/api/users/checkSession", headers={"Authorization": token})

    def carriages(self, token: str) -> list[Headers]:
        return [
            {"Authorization": carriage.format(token)} for carriage in ("{}", "Bearer {}", "bearer {}", "BEARER  {}")
        ]

    def email_of(self, email: str, password: str = PASSWORD) -> str:
        return text_in(self.login(email, password), "user", "email")

    def logout(self, **headers: str) -> httpx.Response:
        return self.client.post("/api/users/logout", headers=headers)

    def end(self, operation: str, session: Session) -> httpx.Response:
        return self.logout(Authorization=session.token)

    def sign_up(self) -> dict[str, str]:
        account = {"username": "test", "email": new_address(), "password": PASSWORD}
        return account | {"userID": self.required_success(self.register(**account)).get("userID", "")}

    def sessions_ended_by(self, operation: str, body: Json, answer: Json) -> Ended:
        return (True, None) if operation == "appseed.logout" and answer["success"] else (None, None)

    def values(self, operation: str, session: Session) -> dict[str, str]:
        match operation:
            case "appseed.register" | "appseed.edit":
                return {"email": new_address(), "password": PASSWORD}
            case "appseed.logout":
                return {"token": session.token}
        return session.known

    def body_naming_another(self, operation: str, mine: Session, other: Session) -> dict[str, str] | None:
        return {"userID": other.known["userID"], "username": "mallory"} if operation == "appseed.edit" else None

    def move(self, email: str, new: str) -> None:
        """Gives an account another address."""
        self.succeed("POST", "/api/users/edit", {"email": new}, self.token_of(self.login(email)))

    # ------------------------------------------------------------ what only the tests of this door ask
    def edit(self, token: str, **changes: object) -> httpx.Response:
        return self.ask("POST", "/api/users/edit", changes, headers={"Authorization": token})

    def profile(self, email: str, password: str = PASSWORD) -> tuple[str, str]:
        """Returns the name and the address that a login shows."""
        user = object_in(self.login(email, password), "user")
        return user["username"], user["email"]
