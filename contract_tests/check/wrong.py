"""A small server for the door `appseed`, which is right but for the defects it is told to have."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from uuid import uuid4

from support.answers import Json

BASE = "/api/users/"
NAME, ADDRESS, NEW_PASSWORD, PASSWORD = (1, 64), (3, 254), (4, 1024), (0, 1024)
FIELDS = {
    "register": {"username": NAME, "email": ADDRESS, "password": NEW_PASSWORD},
    "login": {"email": ADDRESS, "password": PASSWORD},
    "edit": {"username": NAME, "email": ADDRESS, "userID": NAME},
    "logout": {},
    "checkSession": {},
}
OPTIONAL = ("edit",)
NO_SESSION = "User is not logged on"
TAKEN = "Email already taken"


class Wrong(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, defects: set[str]) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.defects = defects
        self.accounts: dict[str, dict[str, str]] = {}  # by address
        self.sessions: dict[str, str] = {}  # token to address
        self.ended: dict[str, str] = {}

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Refused(Exception):
    pass


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # else the body waits for the client to have confirmed the head
    server: Wrong

    def do_POST(self) -> None:
        raw = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        name = self.path.removeprefix(BASE)
        if name not in FIELDS:
            return self.refuse(404, "There is nothing here")
        try:
            body = self.readable(raw)
            if body is None:
                return self.refuse(415, "The body must be JSON")
            if name == "edit" and not self.address("edit"):
                challenge = {} if "no challenge" in self.server.defects else {"WWW-Authenticate": "Bearer"}
                return self.refuse(401, NO_SESSION, challenge)
            self.valid(name, body)
            self.answer(*getattr(self, name)(body))
        except (Refused, ValueError) as refused:
            self.refuse(400, str(refused))

    def do_GET(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if self.path.removeprefix(BASE) in FIELDS:
            self.refuse(405, "Not this way", {"Allow": "POST"})
        else:
            self.refuse(404, "There is nothing here")

    do_DELETE = do_PUT = do_PATCH = do_GET

    def log_message(self, *words: object) -> None:
        """Says nothing."""

    # ------------------------------------------------------------ operations
    def register(self, body: Json) -> tuple[int, Json]:
        if body["email"] in self.server.accounts:
            raise Refused(TAKEN)
        account = body | {"_id": str(uuid4())}
        self.server.accounts[body["email"]] = account
        number = 7 if "wrong type" in self.server.defects else account["_id"]
        return 200, {"success": True, "userID": number, "msg": "The user was successfully registered"}

    def login(self, body: Json) -> tuple[int, Json]:
        account = self.server.accounts.get(body["email"])
        if account is None or account["password"] != body["password"]:
            raise Refused("Wrong credentials.")
        token = f"e30.e30.{uuid4().hex}"
        self.server.sessions[token] = body["email"]
        user = {"_id": account["_id"], "id": account["_id"], "username": account["username"], "email": account["email"]}
        return (201 if "wrong status" in self.server.defects else 200), {"success": True, "token": token, "user": user}

    def logout(self, body: Json) -> tuple[int, Json]:
        if not self.address("logout"):
            return 200, {"success": False, "msg": NO_SESSION}
        if "endless session" not in self.server.defects:
            self.server.ended[self.token] = self.server.sessions.pop(self.token)
        return 200, {"success": True, "msg": "Token revoked"}

    def checkSession(self, body: Json) -> tuple[int, Json]:
        return 200, {"success": True} if self.address("checkSession") else {"success": False, "msg": NO_SESSION}

    def edit(self, body: Json) -> tuple[int, Json]:
        account = self.server.accounts[self.address("edit")]
        if body.get("userID", account["_id"]) != account["_id"] and "anybody's account" not in self.server.defects:
            raise Refused("Error updating user")
        if body.get("email", account["email"]) != account["email"] and body["email"] in self.server.accounts:
            raise Refused(TAKEN)
        return 200, {"success": True}

    # ------------------------------------------------------------ what they share
    @property
    def token(self) -> str:
        return self.headers.get("Authorization", "").removeprefix("Bearer ")

    def address(self, operation: str) -> str:
        """Whose session the request belongs to, empty where it is nobody's."""
        dead = self.server.ended if operation == "edit" and "dead token" in self.server.defects else {}
        return self.server.sessions.get(self.token) or dead.get(self.token, "")

    def readable(self, raw: bytes) -> Json | None:
        """The body, None where its type is not taken."""
        media_type = self.headers.get("Content-Type", "application/json")
        if media_type.startswith("multipart/form-data"):
            parts = message_from_bytes(f"Content-Type: {media_type}\r\n\r\n".encode() + raw).get_payload()
            fields = [part for part in parts if not isinstance(part, str)]
            return {str(part.get_param("name", header="Content-Disposition")): part.get_payload() for part in fields}
        if media_type != "application/json":
            return None
        body = json.loads(raw or b"{}")
        if not isinstance(body, dict):
            raise Refused("The body is no object")
        return body

    def valid(self, name: str, body: Json) -> None:
        for field, (shortest, longest) in FIELDS[name].items():
            if field not in body and name not in OPTIONAL:
                raise Refused(f"{field!r} is a required property")
            value = body.get(field, "@" * shortest)
            is_text = isinstance(value, str) and shortest <= len(value) <= longest
            if not is_text or (field == "email" and "@" not in value):
                raise Refused(f"{field!r} breaks a rule")

    def refuse(self, status: int, message: str, headers: dict[str, str] | None = None) -> None:
        other = {"error": message} if "other envelope" in self.server.defects else {"success": False, "msg": message}
        self.answer(status, other, headers)

    def answer(self, status: int, body: Json, headers: dict[str, str] | None = None) -> None:
        content = json.dumps(body).encode()
        self.send_response(status)
        safe = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
        all_of_them = {"Content-Type": "application/json", "Content-Length": str(len(content))} | safe | (headers or {})
        for name, value in all_of_them.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)


@contextmanager
def serving_wrongly(*defects: str) -> Iterator[Wrong]:
    server = Wrong(set(defects))
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
