"""The same requests through Connexion's unmodified stack and through our pipeline: where they differ, and why.

Both stacks run over the same documents, handlers and core. Ours is the command; the unmodified one is composed as the
benchmarks compose it: `python contract_tests/contract/test_stock.py 7` serves it on the socket that is descriptor 7.
"""

import json
import os
import re
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import httpx
import pytest
from support.answers import Json
from support.places import HOUSE, TESTS
from support.raw import Answer, ask, chunk, chunked, head, post
from support.server import COMMAND, SETTINGS, Serving, environment

JSON = "Content-Type: application/json"
END = b"--portico--\r\n"
FORM = "Content-Type: multipart/form-data; boundary=portico"
# Where Connexion itself refuses, our error handler does not know why and says only this.
WITHOUT_WORDS = ("The request cannot be read", "The body must be of another type")
OF_A_HANDLER = ("Wrong credentials.", "Email already taken", "Error updating user")
UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
TOKEN = re.compile(r"eyJ[\w-]+\.[\w-]+\.[\w-]+")


@dataclass(frozen=True)
class Visitor:
    """An account with a live session at one of the two servers; its address tells which request it is for."""

    url: str
    email: str
    user: str
    token: str


Build = Callable[[Visitor], bytes]


def plain(octets: bytes) -> Build:
    return lambda visitor: octets


def with_json(operation: str, body: object, *headers: str) -> Build:
    octets = body if isinstance(body, bytes) else json.dumps(body).encode()
    return plain(post(f"/api/users/{operation}", octets, *(headers or (JSON,))))


def with_form(operation: str, fields: dict[str, str], *, header: str = FORM, end: bytes = END) -> Build:
    parts = "".join(part(name, text) for name, text in fields.items())
    return plain(post(f"/api/users/{operation}", parts.encode() + end, header))


def part(name: str, text: str) -> str:
    return f'--portico\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{text}\r\n'


def as_visitor(operation: str, body: Json | None = None, scheme: str = "") -> Build:
    def build(visitor: Visitor) -> bytes:
        authorization = f"Authorization: {scheme}{visitor.token}"
        if body is None:
            return head("POST", f"/api/users/{operation}", authorization)
        return post(f"/api/users/{operation}", json.dumps(body).encode(), JSON, authorization)

    return build


def login(visitor: Visitor, password: str = "pass") -> bytes:
    return json.dumps({"email": visitor.email, "password": password}).encode()


def logging_in(*headers: str, change: Callable[[bytes], bytes] = lambda body: body) -> Build:
    """Builds a login that is fine but for the headers, or a change of its octets."""
    return lambda visitor: post("/api/users/login", change(login(visitor)), *headers)


def with_more(member: bytes) -> Build:
    """Builds a login that is fine but for one more member."""
    return logging_in(JSON, change=lambda body: body[:-1] + b', "more": ' + member + b"}")


NEW = {"username": "test", "email": "new@portico.test", "password": "pass"}
CREDENTIALS = {"email": "nobody@portico.test", "password": "pass"}

REQUESTS: dict[str, Build] = {
    # what the contract allows
    "register": with_json("register", NEW),
    "register by form": with_form("register", NEW | {"email": "form@portico.test"}),
    "register, unknown property": with_json("register", NEW | {"email": "more@portico.test", "admin": True}),
    "login": logging_in(JSON),
    "login, charset named": logging_in("Content-Type: application/json; charset=utf-8"),
    "login by form": lambda visitor: with_form("login", {"email": visitor.email, "password": "pass"})(visitor),
    "login, wrong password": lambda visitor: post("/api/users/login", login(visitor, "wrong"), JSON),
    "login, unknown account": with_json("login", CREDENTIALS),
    "login, stale token": logging_in(JSON, "Authorization: stale"),
    "checkSession, raw token": as_visitor("checkSession", {}),
    "checkSession, bearer token": as_visitor("checkSession", {}, "Bearer "),
    "checkSession, no token": with_json("checkSession", {}),
    "checkSession, dead token": with_json("checkSession", {}, JSON, "Authorization: a.b.c"),
    "checkSession, no body": as_visitor("checkSession"),
    "checkSession, empty body with its type": with_json("checkSession", b""),
    "logout": as_visitor("logout", {}),
    "logout, no body": as_visitor("logout"),
    "logout, token in the body": lambda visitor: with_json("logout", {"token": visitor.token})(visitor),
    "logout, null in the body": with_json("logout", {"token": None}),
    "logout, no token": with_json("logout", {}),
    "edit": as_visitor("edit", {"username": "tested"}),
    "edit, own id": lambda visitor: as_visitor("edit", {"userID": visitor.user, "username": "tested"})(visitor),
    "edit, other id": as_visitor("edit", {"userID": "other"}),
    "edit, integer id": as_visitor("edit", {"userID": 1}),
    "edit, bearer token": as_visitor("edit", {"username": "tested"}, "Bearer "),
    "health": plain(head("GET", "/health/live")),
    "readiness": plain(head("GET", "/health/ready")),
    "keys": plain(head("GET", "/.well-known/jwks.json")),
    "front page": plain(head("GET", "/")),
    "docs": plain(head("GET", "/docs")),
    "asset": plain(head("GET", "/docs/docs.css")),
    "unknown asset": plain(head("GET", "/docs/unknown.css")),
    "document": plain(head("GET", "/openapi/appseed.json")),
    "unknown document": plain(head("GET", "/openapi/unknown.json")),
    "contract as JSON": plain(head("GET", "/openapi.json")),
    "contract as YAML": plain(head("GET", "/openapi.yaml")),
    "HEAD": plain(head("HEAD", "/health/live")),
    # what it does not allow
    "register, taken": lambda visitor: with_json("register", NEW | {"email": visitor.email})(visitor),
    "register, field missing": with_json("register", CREDENTIALS),
    "register, wrong type": with_json("register", NEW | {"username": 5}),
    "register, empty name": with_json("register", NEW | {"username": ""}),
    "register, long name": with_json("register", NEW | {"username": "a" * 65}),
    "register, short password": with_json("register", NEW | {"password": "abc"}),
    "register, no address": with_json("register", NEW | {"email": "nobody"}),
    "register, newline behind the address": with_json("register", NEW | {"email": "line@portico.test\n"}),
    "login, array": with_json("login", []),
    "login, null": with_json("login", None),
    "login, malformed": with_json("login", b"{"),
    "login, empty body": with_json("login", b""),
    "login, no body": plain(head("POST", "/api/users/login", JSON)),
    "login, BOM": logging_in(JSON, change=lambda body: b"\xef\xbb\xbf" + body),
    "login, UTF-16": logging_in(JSON, change=lambda body: body.decode().encode("utf-16")),
    "login, not UTF-8": with_more(b'"\xff"'),
    "login, 5,000 digits": with_more(b"9" * 5000),
    "login, 20,000 deep": with_more(b"[" * 20_000 + b"]" * 20_000),
    "login, NaN": with_more(b"NaN"),
    "login, infinite number": with_more(b"1e400"),
    "login, lone surrogate": with_more(rb'"\ud800"'),
    "login, lone surrogate as the password": with_json("login", CREDENTIALS | {"password": "\ud800"}),
    "login, NUL": with_more(rb'"\u0000"'),
    "login, key twice": with_more(b'1, "more": 2'),
    "login, type in capitals": logging_in("Content-Type: APPLICATION/JSON"),
    "login, no type": logging_in(),
    "login, type twice": logging_in(JSON, JSON),
    "login, other JSON": logging_in("Content-Type: application/problem+json"),
    "login, text": logging_in("Content-Type: text/plain"),
    "login, urlencoded": logging_in("Content-Type: application/x-www-form-urlencoded"),
    "login, in chunks": lambda visitor: chunked("/api/users/login", chunk(login(visitor)) + b"0\r\n\r\n", JSON),
    "login, 70 kB": logging_in(JSON, change=lambda body: body.ljust(70_000)),
    "form without a boundary": with_form("login", CREDENTIALS, header="Content-Type: multipart/form-data"),
    "form with another boundary": with_form("login", CREDENTIALS, header=FORM.replace("portico", "other")),
    "form cut off": with_form("login", CREDENTIALS, end=b"--portico\r\n"),
    "form, field missing": with_form("login", {"email": "nobody@portico.test"}),
    "form, field twice": with_form("login", CREDENTIALS, end=part("email", "b@c.test").encode() + END),
    "form, file for a text": with_form("login", {'email"; filename="a.txt': "nobody@portico.test", "password": "pass"}),
    "form, 1,001 fields": with_form("login", CREDENTIALS | {str(number): "" for number in range(1001)}),
    "edit, no token": with_json("edit", {"username": "tested"}),
    "edit, dead token": with_json("edit", {"username": "tested"}, JSON, "Authorization: a.b.c"),
    "edit, Bearer and nothing": with_json("edit", {"username": "tested"}, JSON, "Authorization: Bearer"),
    "edit, two tokens": lambda visitor: post(
        "/api/users/edit", b"{}", JSON, f"Authorization: {visitor.token}", "Authorization: a.b.c"
    ),
    "unknown path": plain(head("GET", "/unknown")),
    "unknown path at the door": plain(head("POST", "/api/users/unknown")),
    "trailing slash": plain(head("GET", "/health/live/")),
    "wrong method": plain(head("GET", "/api/users/login")),
    "HEAD on POST": plain(head("HEAD", "/api/users/login")),
    "OPTIONS": plain(head("OPTIONS", "/api/users/login")),
    "NUL in the path": plain(head("GET", "/docs/%00")),
    "slash in a path parameter": plain(head("GET", "/docs/%2f")),
    "newline in a path parameter": plain(head("GET", "/docs/docs.css%0a")),
    "path not UTF-8": plain(head("GET", "/docs/%ff")),
}

# request: (status of the stock stack, ours, why)
DIFFERENCES: dict[str, tuple[int, int, str]] = {
    # bodies
    "checkSession, no body": (400, 200, "Connexion wants a JSON body to be there, `required: false` or not"),
    "checkSession, empty body with its type": (400, 200, "the same"),
    "logout, no body": (400, 200, "the same"),
    "login, in chunks": (400, 200, "Connexion takes a body without Content-Length for no body"),
    "login, 70 kB": (200, 413, "Connexion has no limit"),
    "login, type in capitals": (500, 200, "Connexion skips the validation and gives the handler the octets"),
    "login, no type": (500, 415, "Connexion validates as JSON and gives the handler the octets"),
    "login, type twice": (200, 400, "Connexion takes the first; another reader might take the second"),
    # JSON
    "login, UTF-16": (500, 400, "Connexion lets UnicodeDecodeError through"),
    "login, not UTF-8": (500, 400, "the same"),
    "login, 5,000 digits": (500, 400, "Connexion lets the ValueError of int() through"),
    "login, 20,000 deep": (500, 400, "Connexion lets RecursionError through"),
    "login, NaN": (200, 400, "Connexion parses what Python's json parses, and that is more than JSON"),
    "login, infinite number": (200, 400, "the same: 1e400 becomes infinity"),
    "login, lone surrogate": (200, 400, "the same: a text that nothing can store reaches the handler"),
    "login, lone surrogate as the password": (500, 400, "and breaks it"),
    "login, NUL": (200, 400, "Connexion knows no unstorable text; PostgreSQL would refuse it later"),
    "login, key twice": (200, 400, "Connexion takes the last; another reader might take the first"),
    # forms
    "form without a boundary": (500, 400, "Connexion lets MultiPartException through"),
    "form with another boundary": (500, 400, "the same"),
    "form, 1,001 fields": (500, 400, "the same"),
    "form cut off": (400, 400, "Connexion gives the handler what had arrived; ours says that it is incomplete"),
    # formats
    "register, newline behind the address": (
        200,
        400,
        "Python's `$` ignores a last newline; an email is any @ to Connexion",
    ),
    # headers and paths
    "edit, two tokens": (200, 400, "Connexion takes the first; another reader might take the second"),
    "trailing slash": (307, 404, "Starlette's router redirects to what the contract does not know either"),
    "slash in a path parameter": (307, 400, "Starlette decodes a path before it routes; %2F is data"),
    "newline in a path parameter": (404, 400, "Connexion's mount does not route a newline"),
    # documents
    "contract as JSON": (200, 200, "Connexion serves a copy of its own, every `$ref` written out"),
    "contract as YAML": (200, 200, "the same, its keys sorted"),
}


# ------------------------------------------------------------------------------------------ the two servers


def serve(descriptor: int) -> None:
    import uvicorn

    from benchmarks.variants import stock
    from portico.core.configuration import load
    from portico.runtime import observe

    observe.configure()
    app = stock.create_app(load())
    uvicorn.Server(uvicorn.Config(app, lifespan="on", log_config=None)).run(sockets=[socket.socket(fileno=descriptor)])


@pytest.fixture(scope="module")
def urls(serving: Serving, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """A server per stack. The stock one listens before it is ready, so that nobody has to wait for it."""
    folder = tmp_path_factory.mktemp("stock")
    path = os.pathsep.join(filter(None, (os.environ.get("PYTHONPATH"), str(HOUSE), str(TESTS))))
    variables = environment(SETTINGS | {"PYTHONPATH": path})
    subprocess.run([COMMAND, "migrate"], cwd=folder, env=variables, check=True, capture_output=True)
    with (folder / "server.log").open("wb") as log, socket.create_server(("127.0.0.1", 0)) as listener:
        descriptor = listener.fileno()
        command = [sys.executable, __file__, str(descriptor)]
        process = subprocess.Popen(command, cwd=folder, env=variables, stdout=log, stderr=log, pass_fds=[descriptor])
        url = "http://{}:{}".format(*listener.getsockname())
    yield {"stock": url, "ours": serving().url}
    process.terminate()
    process.wait(timeout=40)


def visitor(url: str, name: str) -> Visitor:
    email = f"{re.sub('[^a-z0-9]+', '-', name.lower())}@visitor.test"
    fields = {"username": "visitor", "email": email, "password": "pass"}
    httpx.post(f"{url}/api/users/register", json=fields, timeout=20).raise_for_status()
    answer = httpx.post(f"{url}/api/users/login", json=fields, timeout=20).raise_for_status().json()
    return Visitor(url, email, answer["user"]["id"], answer["token"])


def said(answer: Answer) -> object:
    """Returns what an answer says, whoever was told: ids and tokens are not the same twice."""
    text = TOKEN.sub("a token", UUID.sub("an id", answer.body.decode()))
    try:
        return json.loads(text)
    except ValueError:
        return text


def outcome(url: str, name: str) -> tuple[int, object]:
    who = visitor(url, name)
    answer = ask(url, REQUESTS[name](who))
    return answer.status, said(answer)


def message(outcome: tuple[int, object]) -> str | None:
    body = outcome[1]
    return body.get("msg", body.get("detail")) if isinstance(body, dict) else None


@pytest.mark.parametrize("name", REQUESTS)
def test_T14_both_stacks_answer_alike_where_the_table_tells_no_difference(urls: dict[str, str], name: str) -> None:
    stock, ours = outcome(urls["stock"], name), outcome(urls["ours"], name)
    if name in DIFFERENCES:
        assert (stock[0], ours[0]) == DIFFERENCES[name][:2]
        assert stock != ours
    elif message(stock) in WITHOUT_WORDS:
        assert stock[0] == ours[0]
        assert message(ours) not in OF_A_HANDLER
    else:
        assert stock == ours


def test_T14_the_table_tells_of_requests_that_are_made() -> None:
    assert DIFFERENCES.keys() <= REQUESTS.keys()


if __name__ == "__main__":
    serve(int(sys.argv[1]))
