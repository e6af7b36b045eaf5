"""How to be a client of the door `owners`."""

from functools import cached_property
from typing import ClassVar

import httpx
from support.answers import Json, text_in

from doors import PASSWORD, Door, Fate, Session, new_address

NOT_IN = {"auth": False}


def not_in(message: str) -> tuple[int, Json]:
    return 401, {"auth": False, "message": message}


class Owners(Door):
    name = "owners"
    base = "/users"
    shortest_password = 7
    wrong_credentials = (200, NOT_IN)
    no_session = not_in("jwt revoked")
    why: ClassVar = {
        "missing": not_in("jwt must be provided"),
        "malformed": not_in("jwt malformed"),
        "forged": not_in("invalid signature"),
    }
    envelopes = (frozenset({"auth", "message"}), frozenset({"status", "affectedRows"}), frozenset({"error"}))
    apart = True
    login_path = "/users/signwithemail"
    token_at = ("token",)
    guarded = ("POST", "/users/userdata")
    ending: ClassVar = {
        "owners.update_user": "deactivating the user",
        "owners.update_user.post": "deactivating the user",
        "owners.delete_application": "deleting the application",
        "owners.delete_owner": "deleting the owner",
    }
    body_first = ("owners.update_user", "owners.update_user.post")
    live_values: ClassVar = {
        "owners.delete_application": ("apikey",),
        "owners.delete_owner": ("deletion_token", "uuid"),
    }
    asking = ("owners.is_logged", "owners.is_logged.post")
    naming_others = ("owners.delete_owner", "owners.sign_in", "owners.sign_in_with_email")
    failing_alone: ClassVar = {
        "owners.owner_by_uuid": {"path": 404},
        "owners.update_owner": {"documented": 404},
        "owners.update_owner.put": {"documented": 404},
        "owners.create_application": {"documented": 404},
        "owners.sign_up": {"documented": 404},
        "owners.sign_in": {"documented": 404},
        "owners.sign_in_with_email": {"documented": 404},
        "owners.user_data": {"documented": 401},
        "owners.update_user": {"documented": 401, "deactivate": 401},
        "owners.update_user.post": {"documented": 401, "deactivate": 401},
    }
    dead_ends: ClassVar = {
        ("owners.delete_application", "owners.sign_up"): 404,
        ("owners.delete_owner", "owners.owner_by_uuid"): 404,
        ("owners.update_user.post", "owners.user_data"): 401,  # the way there deactivates the user
    }

    @cached_property
    def application(self) -> dict[str, str]:
        """The application in which accounts are made here; what is its owner's has `owner_` before its name."""
        return self.new_application()

    def new_application(self) -> dict[str, str]:
        mine = {"email": new_address(), "password": PASSWORD}
        owner = self.succeed("POST", "/appowner/create", mine | {"firstname": "Jason", "lastname": "Bourne"})
        uuid = self.took(owner, "uuid")
        application = self.succeed("POST", "/applications/create", {"owneruuid": uuid, "appname": "test"})
        owned = {"owner_uuid": uuid, "owneruuid": uuid, "deletion_token": self.took(owner, "deletion_token")}
        return {"apikey": self.took(application, "apiKey"), "owner_email": mine["email"]} | owned

    def refusal(self, status: int, message: str) -> Json:
        return {"status": status, "message": message}

    def registration(self, email: str, password: str) -> tuple[str, Json]:
        body = {"apikey": self.application["apikey"], "username": "JBond", "email": email, "password": password}
        return "/users/signup", body

    def credentials(self, email: str, password: str) -> Json:
        return {"apikey": self.application["apikey"], "email": email, "password": password}

    def protected(self, **headers: str) -> httpx.Response:
        """The documented carriage is the body; headers do as well."""
        return self.client.post("/users/userdata", headers=headers)

    def use(self, token: str) -> httpx.Response:
        return self.ask("POST", "/users/userdata", {"token": token})

    def email_of(self, email: str, password: str = PASSWORD) -> str:
        """A sign-in does not show the address; its token does."""
        return text_in(self.use(self.token_of(self.login(email, password))), "email")

    def logout(self, **headers: str) -> httpx.Response:
        """The one way to end a session here ends all of the user."""
        return self.client.put("/users/update", json={"active": False}, headers=headers)

    def sign_up(self) -> dict[str, str]:
        """A user of an application of its own."""
        account = {"email": new_address(), "password": PASSWORD}
        owned = self.new_application()
        user = self.done(self.register(**account, apikey=owned["apikey"]))
        return account | owned | {"uuid": self.took(user, "uuid")}

    def log_in(self, account: dict[str, str]) -> str:
        credentials = {name: account[name] for name in ("apikey", "email", "password")}
        return self.took(self.succeed("POST", self.login_path, credentials), *self.token_at)

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

    def fate(self, operation: str, body: Json, answer: Json) -> Fate:
        match operation.removesuffix(".post"):
            case "owners.update_user" if body.get("active") is False:
                return True, True
            case "owners.update_user":
                return False, "password" in body
            case "owners.delete_application" | "owners.delete_owner":
                return None, bool(answer["affectedRows"])
        return None, None

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
