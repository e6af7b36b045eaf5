"""How to be a client of the door `owners`."""

from functools import cached_property
from typing import ClassVar
from urllib.parse import quote

import httpx
from support.answers import Json, Said, object_in, text_in, whole

from doors import PASSWORD, Door, Ended, Session, new_address

JASON = {"firstname": "Jason", "lastname": "Bourne", "password": "theverymuchsecretpasswordofjasonbourne"}

TAKEN: Json = {"status": 409, "message": "That email is taken"}
NOT_IN = {"auth": False}
WRONG: Said = (200, NOT_IN)
NO_USER: Said = (404, {"error": "User not found"})
NO_OWNER: Said = (404, {"status": 404, "message": "owner not found"})
NO_APPLICATION: Said = (404, {"status": 404, "message": "application not found"})
UPDATED: Said = (202, {"status": 202, "affectedRows": 1})
NOT_UPDATED: Said = (404, {"status": 404, "affectedRows": 0})
APPLICATION_GONE: Said = (202, {"affectedRows": 1, "message": "All auth users of this application are deleted too"})
NOTHING_GONE: Said = (202, {"affectedRows": 0, "message": "nothing to delete"})


def not_in(message: str) -> tuple[int, Json]:
    return 401, {"auth": False, "message": message}


MALFORMED, FORGED = not_in("jwt malformed"), not_in("invalid signature")
EXPIRED, REVOKED = not_in("jwt expired"), not_in("jwt revoked")


def live(token: str) -> Said:
    """Returns what is told of a token that opens the door."""
    return 200, {"auth": True, "token": token}


def deleted(number: int) -> Said:
    return 200, {"affectedRows": number, "insertId": 0, "warningStatus": 0}


def user_updated(username: str, email: str) -> Said:
    return 202, {"done": True, "username": username, "email": email}


class Owners(Door):
    name = "owners"
    base = "/users"
    shortest_password = 7
    wrong_credentials = (200, NOT_IN)
    taken = (409, TAKEN)
    no_session = not_in("jwt revoked")
    why: ClassVar = {
        "missing": not_in("jwt must be provided"),
        "malformed": not_in("jwt malformed"),
        "forged": not_in("invalid signature"),
        "expired": not_in("jwt expired"),
    }
    envelopes = (frozenset({"auth", "message"}), frozenset({"status", "affectedRows"}), frozenset({"error"}))
    has_own_accounts = True
    login_path = "/users/signwithemail"
    lifetime = 24 * 60 * 60
    token_at = ("token",)
    guarded = ("POST", "/users/userdata")
    ending: ClassVar = {
        "owners.update_user": "deactivating the user",
        "owners.update_user.post": "deactivating the user",
        "owners.delete_application": "deleting the application",
        "owners.delete_owner": "deleting the owner",
    }
    reading_the_body_first = ("owners.update_user", "owners.update_user.post")
    live_values: ClassVar = {
        "owners.delete_application": ("apikey",),
        "owners.delete_owner": ("deletion_token", "uuid"),
    }
    checking_a_token = ("owners.is_logged", "owners.is_logged.post")
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
    token_arguments: ClassVar = {
        **dict.fromkeys((*checking_a_token, "owners.user_data"), ("token", "a session of owners")),
        **dict.fromkeys(("owners.update_user", "owners.update_user.post"), ("token", "a session of owners")),
        "owners.create_application": ("owneruuid", "the owner at owners"),
        "owners.delete_owner": ("deletion_token", "the deletion of an owner at owners"),
        "owners.delete_application": ("apikey", "the application at owners"),
        "owners.sign_in": ("apikey", "the application at owners"),
    }

    @cached_property
    def application(self) -> dict[str, str]:
        """The application in which accounts are made here; what is its owner's has `owner_` before its name."""
        return self.new_application()

    def new_application(self) -> dict[str, str]:
        mine = {"email": new_address(), "password": PASSWORD}
        owner = self.succeed("POST", "/appowner/create", mine | {"firstname": "Jason", "lastname": "Bourne"})
        uuid = self.required_text(owner, "uuid")
        application = self.succeed("POST", "/applications/create", {"owneruuid": uuid, "appname": "test"})
        owned = {"owner_uuid": uuid, "owneruuid": uuid, "deletion_token": self.required_text(owner, "deletion_token")}
        return {"apikey": self.required_text(application, "apiKey"), "owner_email": mine["email"]} | owned

    def refusal(self, status: int, message: str) -> Json:
        return {"status": status, "message": message}

    def registration(self, email: str, password: str) -> tuple[str, Json]:
        body = {"apikey": self.application["apikey"], "username": "JBond", "email": email, "password": password}
        return "/users/signup", body

    def credentials(self, email: str, password: str) -> Json:
        return {"apikey": self.application["apikey"], "email": email, "password": password}

    def protected(self, **headers: str) -> httpx.Response:
        """Sends the token in a header, which does as well as the documented body."""
        return self.client.post("/users/userdata", headers=headers)

    def use(self, token: str) -> httpx.Response:
        return self.ask("POST", "/users/userdata", {"token": token})

    def email_of(self, email: str, password: str = PASSWORD) -> str:
        """Asks with the token: a sign-in does not show the address."""
        return text_in(self.use(self.token_of(self.login(email, password))), "email")

    def logout(self, **headers: str) -> httpx.Response:
        """Ends all sessions of the user: nothing ends one alone here."""
        return self.client.put("/users/update", json={"active": False}, headers=headers)

    def sign_up(self) -> dict[str, str]:
        """Makes a user of an application of its own."""
        account = {"email": new_address(), "password": PASSWORD}
        owned = self.new_application()
        user = self.required_success(self.register(**account, apikey=owned["apikey"]))
        return account | owned | {"uuid": self.required_text(user, "uuid")}

    def log_in(self, account: dict[str, str]) -> str:
        credentials = {name: account[name] for name in ("apikey", "email", "password")}
        return self.required_text(self.succeed("POST", self.login_path, credentials), *self.token_at)

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

    def sessions_ended_by(self, operation: str, body: Json, answer: Json) -> Ended:
        match operation.removesuffix(".post"):
            case "owners.update_user" if body.get("active") is False:
                return True, True
            case "owners.update_user":
                return False, "password" in body
            case "owners.delete_application" | "owners.delete_owner":
                return None, bool(answer["affectedRows"])
        return None, None

    def keys(self, session: Session) -> dict[str, str]:
        kinds = {
            "uuid": "user",
            "apikey": "application",
            "owner_uuid": "owner",
            "deletion_token": "deletion of an owner",
        }
        keys = {f"the {kind} at owners": session.known[name] for name, kind in kinds.items()}
        return {"a session of owners": session.token} | keys

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

    def body_naming_another(self, operation: str, mine: Session, other: Session) -> dict[str, str] | None:
        match operation:
            case "owners.delete_owner":
                return {"deletion_token": mine.known["deletion_token"], "uuid": other.known["owner_uuid"]}
            case "owners.sign_in":
                return {"uuid": other.known["uuid"], "apikey": mine.known["apikey"]}
            case "owners.sign_in_with_email":
                return {name: other.known[name] for name in ("email", "password")} | {"apikey": mine.known["apikey"]}
        return None

    # ------------------------------------------------------------ what only the tests of this door ask
    def create_owner(self, email: str, **fields: object) -> httpx.Response:
        return self.ask("POST", "/appowner/create", JASON | {"email": email} | fields)

    def owner_by_uuid(self, uuid: str) -> httpx.Response:
        return self.client.get(f"/appowner/uuid/{quote(uuid, safe='')}")

    def owner_by_password(self, email: str, password: str) -> httpx.Response:
        """Asks by the path; by the body the same is answered."""
        in_path = self.client.get(f"/appowner/emailpassword/{quote(email, safe='')}/{quote(password, safe='')}")
        in_body = self.ask("POST", "/appowner/emailpassword", {"email": email, "password": password})
        assert whole(in_path) == whole(in_body)
        return in_path

    def delete_owner(self, uuid: str, deletion_token: str) -> httpx.Response:
        return self.ask("DELETE", "/appowner/delete", {"deletion_token": deletion_token, "uuid": uuid})

    def create_application(self, owner: str, name: str = "my new and awsome app") -> httpx.Response:
        return self.ask("POST", "/applications/create", {"owneruuid": owner, "appname": name})

    def delete_application(self, key: str) -> httpx.Response:
        return self.ask("DELETE", "/applications/delete", {"apikey": key})

    def sign_in(self, uuid: str, key: str) -> httpx.Response:
        return self.ask("POST", "/users/signin", {"uuid": uuid, "apikey": key})

    def sign_in_with_email(self, key: str, email: str, password: str = PASSWORD) -> httpx.Response:
        return self.ask("POST", self.login_path, {"apikey": key, "email": email, "password": password})

    def told_of(self, token: str) -> Said:
        """Returns what both ways to ask tell of a token, under the status of an operation that wants it."""
        by_url = self.client.get(f"/users/islogged/{quote(token)}")
        by_body = self.ask("POST", "/users/islogged", {"token": token})
        assert whole(by_url) == whole(by_body)
        assert by_url.status_code == 200
        used = self.use(token)
        assert used.is_success or used.content == by_url.content
        return used.status_code, by_url.json()

    def update(self, token: str, **changes: object) -> httpx.Response:
        return self.ask("PUT", "/users/update", {"token": token} | changes)


class Tenant:
    """A new owner, an application and its user, who is signed in. Both have one address, and passwords of their own."""

    def __init__(self, door: Owners) -> None:
        self.door = door
        self.email = new_address()
        self.owner = object_in(door.create_owner(self.email))
        self.application = object_in(door.create_application(self.owner["uuid"]))
        self.user = object_in(self.sign_up(self.email))
        self.token = door.token_of(self.sign_in_with_email())
        self.data = object_in(door.use(self.token))

    @property
    def key(self) -> str:
        return str(self.application["apiKey"])

    def sign_up(self, email: str, password: str = PASSWORD, **fields: object) -> httpx.Response:
        return self.door.register(email, password, apikey=self.key, **fields)

    def sign_in(self) -> httpx.Response:
        return self.door.sign_in(self.user["uuid"], self.key)

    def sign_in_with_email(self, password: str = PASSWORD) -> httpx.Response:
        return self.door.sign_in_with_email(self.key, self.email, password)

    def sign_ins(self) -> list[Said]:
        """Returns what is answered to both ways to sign in."""
        return [whole(self.sign_in()), whole(self.sign_in_with_email())]

    def delete(self) -> httpx.Response:
        """Deletes the owner."""
        return self.door.delete_owner(self.owner["uuid"], self.owner["deletion_token"])

    def update_owner(self, method: str, **changes: str) -> httpx.Response:
        body = JASON | {"uuid": self.owner["uuid"], "email": self.email} | changes
        return self.door.ask(method, "/appowner/update", body)

    def update(self, **changes: object) -> httpx.Response:
        """Changes the user."""
        return self.door.update(self.token, **changes)

    def is_whole(self) -> bool:
        return (
            whole(self.door.owner_by_uuid(self.owner["uuid"])) == (200, self.owner)
            and whole(self.door.use(self.token)) == (200, self.data)
            and object_in(self.sign_in_with_email())["uuid"] == self.user["uuid"]
        )
