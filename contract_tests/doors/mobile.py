"""How to be a client of the door `mobile`."""

from typing import ClassVar

import httpx
from support.answers import Headers, Json, Said, object_in, text_in

from doors import PASSWORD, Door, Ended, Session, new_address

WRONG: Json = {"status": 400, "message": "Invalid email/password"}
TAKEN: Json = {"status": 400, "message": "Email already exist.Try to Login.."}
NO_TOKEN: Json = {"status": 400, "message": "Access denied. Token not provided"}
INVALID: Json = {"status": 401, "message": "Invalid token"}
NO_USER: Said = (400, {"status": 400, "message": "User not found in the database"})
UPDATED: Said = (200, {"status": 200, "message": "User details updated successfully"})
DELETED: Said = (200, {"status": 200, "message": "User details deleted successfully"})

CHANDLER = {"firstName": "Chandler", "lastName": "Bing", "gender": "Male", "contactNo": "7047059630", "age": "25"}
JOEY = {"firstName": "Joey", "lastName": "Tribbiani", "gender": "Male", "contactNo": "7048763263", "age": "20"}
NOTHING = dict.fromkeys(CHANDLER, "")  # what an account of another door shows of these


class Mobile(Door):
    name = "mobile"
    base = "/api/user"
    shortest_password = 6
    wrong_credentials = (400, WRONG)
    taken = (400, TAKEN)
    no_session = (401, INVALID)
    why: ClassVar = {"missing": (400, NO_TOKEN)}
    login_path = "/api/user/login"
    lifetime = 30 * 24 * 60 * 60
    token_at = ("token",)
    guarded = ("PUT", "/api/user/update")
    ending: ClassVar = {"mobile.delete": "deleting the account"}
    failing_alone: ClassVar = {"mobile.sign_up": {"number": 400}}
    dead_ends: ClassVar = {("mobile.delete", "mobile.details"): 401}
    # The account goes while it is asked for.
    examples_never_answered = frozenset({("NotUpdated", "not_found"), ("NotDeleted", "not_found")})

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
        """Ends the account: nothing else ends a session here."""
        return self.client.delete("/api/user/delete", headers=headers)

    def end(self, operation: str, session: Session) -> httpx.Response:
        return self.logout(token=session.token)

    def sessions_ended_by(self, operation: str, body: Json, answer: Json) -> Ended:
        return (True, True) if operation == "mobile.delete" else (None, None)

    def values(self, operation: str, session: Session) -> dict[str, str]:
        return {"email": new_address(), "password": PASSWORD} if operation == "mobile.sign_up" else session.known

    def delete(self, email: str) -> None:
        """Deletes an account."""
        self.required_success(self.logout(token=self.token_of(self.login(email))))

    # ------------------------------------------------------------ what only the tests of this door ask
    def update(self, token: str, **changes: object) -> httpx.Response:
        return self.ask("PUT", "/api/user/update", changes, headers={"token": token})

    def details(self, token: str) -> Json:
        """Returns what the account shows of itself, without what it cannot choose."""
        shown = object_in(self.protected(token=token))
        return {name: value for name, value in shown.items() if name not in ("status", "userId", "createdAt")}

    def user_id(self, token: str) -> str:
        return text_in(self.protected(token=token), "userId")
