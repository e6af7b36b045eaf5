"""A sixth door needs its three files and nothing else: a document, a module of handlers, and its tests, these here.

The installed package is copied, two files are laid beside those of the other doors, and `portico serve` runs there.
"""

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import httpx
import pytest
import test_appseed as appseed
import yaml
from openapi_spec_validator import OpenAPIV30SpecValidator
from support.answers import Json, text_in
from support.server import COMMAND, Server, Serving, environment
from support.tokens import forged, parts

import portico
from portico.core import settings

SPEC = """\
openapi: 3.0.4
info:
  title: Portico, door tiny
  version: 0.1.0
  description: The smallest door that has a session. Its accounts are made at other doors.
servers:
  - url: /
tags:
  - name: tiny
    description: Come in and be seen at `/tiny`
paths:
  /tiny/session:
    post:
      operationId: tiny.come_in
      tags: [tiny]
      summary: Come in
      description: Begins a session and answers its token.
      security: []
      requestBody:
        required: true
        content:
          application/json:
            schema: {$ref: '#/components/schemas/TinyCredentials'}
      responses:
        '200':
          description: The session has begun
          content:
            application/json:
              schema: {$ref: '#/components/schemas/TinyToken'}
        default: {$ref: '#/components/responses/TinyNo'}
  /tiny/session/{word}:
    get:
      operationId: tiny.be_seen
      tags: [tiny]
      summary: Be seen
      description: Answers the name of the account the token belongs to, and how often the word was to be said.
      security:
        - TinyBearer: []
      parameters:
        - name: word
          in: path
          required: true
          schema: {type: string, pattern: '^[a-z]{1,9}$', maxLength: 9}
        - name: times
          in: query
          schema: {type: integer, minimum: 1, maximum: 3, default: 1}
      responses:
        '200':
          description: Seen
          content:
            application/json:
              schema: {$ref: '#/components/schemas/TinySeen'}
        default: {$ref: '#/components/responses/TinyNo'}
  /tiny/blunder/{kind}:
    get:
      operationId: tiny.blunder
      tags: [tiny]
      summary: Blunder
      description: Answers what this document does not allow.
      security: []
      parameters:
        - name: kind
          in: path
          required: true
          schema: {type: string, maxLength: 32}
      responses:
        '200':
          description: Seen
          headers:
            X-Times:
              required: true
              schema: {type: integer, maximum: 3}
          content:
            application/json:
              schema: {$ref: '#/components/schemas/TinySeen'}
        '400': {$ref: '#/components/responses/TinyNo'}
        '500': {$ref: '#/components/responses/TinyNo'}
components:
  securitySchemes:
    TinyBearer:
      type: http
      scheme: bearer
      x-bearerInfoFunc: portico.handlers.tiny.session
  schemas:
    TinyCredentials:
      type: object
      required: [email, password]
      properties:
        email: {type: string, format: email, maxLength: 254}
        password: {type: string, maxLength: 1024}
    TinyToken:
      type: object
      additionalProperties: false
      required: [token]
      properties:
        token: {type: string, maxLength: 2048}
    TinySeen:
      type: object
      additionalProperties: false
      required: [name, said]
      properties:
        name: {type: string, maxLength: 255}
        said: {type: string, maxLength: 27}
    TinyRefusal:
      type: object
      additionalProperties: false
      required: ['no']
      properties:
        'no': {type: string, maxLength: 500}
  responses:
    TinyNo:
      description: No, and why
      content:
        application/json:
          schema: {$ref: '#/components/schemas/TinyRefusal'}
"""

HANDLERS = '''\
"""The door `tiny`: the smallest door that has a session, at `/tiny`."""

from datetime import timedelta

from portico.core import accounts, sessions
from portico.core.refusals import Refusal
from portico.core.sessions import Caller

from . import headers_of, status_of


async def come_in(body: dict) -> dict:
    account = await accounts.authenticate(body["email"], body["password"])
    return {"token": await sessions.token(await sessions.begin("tiny", account, timedelta(hours=1)))}


async def be_seen(user: Caller, word: str, times: int) -> dict:
    return {"name": (await accounts.get(user.account)).name, "said": word * times}


SEEN, ONCE = {"name": "test", "said": "hello"}, {"X-Times": "1"}
BLUNDERS = {
    "none": (SEEN, 200, ONCE),
    "more": (SEEN | {"password": "hunter22"}, 200, ONCE),
    "less": ({"name": "hunter22"}, 200, ONCE),
    "another type": (SEEN | {"said": ["hunter22"]}, 200, ONCE),
    "too long": (SEEN | {"said": "hunter22" * 4}, 200, ONCE),
    "another status": (SEEN, 201, ONCE),
    "no header": (SEEN, 200, {}),
    "another header": (SEEN, 200, {"X-Times": "hunter22"}),
}


async def blunder(kind: str) -> tuple:
    return BLUNDERS[kind]


async def session(token: str) -> dict:
    return {"sub": await sessions.live("tiny", token)}


def refuse(refusal: Refusal) -> tuple[dict, int, dict]:
    status = status_of(refusal)
    return {"no": refusal.message}, status, headers_of(refusal, status)
'''

COME_IN, BE_SEEN = "/tiny/session", "/tiny/session/hello"
SIX = sorted([*settings.DOORS, "tiny"])
PASSWORD = "a good passphrase"
JSON = {"Content-Type": "application/json"}


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a package `portico` that has six doors; first on the path, it is the one that is imported."""
    folder = tmp_path_factory.mktemp("six")
    shutil.copytree(Path(portico.__file__).parent, folder / "portico", ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "portico" / "spec" / "tiny.yaml").write_text(SPEC)
    (folder / "portico" / "handlers" / "tiny.py").write_text(HANDLERS)
    return folder


@pytest.fixture(scope="module")
def server(serving: Serving, package: Path) -> Server:
    return serving(PYTHONPATH=str(package))


@pytest.fixture
def token(client: httpx.Client, email: str) -> str:
    appseed.register(client, email, PASSWORD)
    return text_in(client.post(COME_IN, json={"email": email, "password": PASSWORD}), "token")


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def whole(answer: httpx.Response) -> tuple[int, Any]:
    return answer.status_code, answer.json()


def no(status: int, message: str) -> tuple[int, Json]:
    return status, {"no": message}


# ---------------------------------------------------------------- it is a door
def test_it_opens_to_the_accounts_of_the_house(client: httpx.Client, email: str) -> None:
    appseed.register(client, email, PASSWORD)

    answer = client.post(COME_IN, json={"email": email.upper(), "password": PASSWORD})
    token = answer.json()["token"]

    assert whole(answer) == (200, {"token": token})
    assert answer.headers["Cache-Control"] == "no-store"
    assert whole(client.get(BE_SEEN, headers=bearer(token))) == (200, {"name": "test", "said": "hello"})
    assert whole(client.get(f"{BE_SEEN}?times=3", headers=bearer(token))) == (
        200,
        {"name": "test", "said": "hellohellohello"},
    )


def test_what_it_takes_is_validated_and_refused_in_its_words(client: httpx.Client, token: str) -> None:
    credentials = {"email": "nobody@appseed.us", "password": PASSWORD}

    assert whole(client.post(COME_IN, json=credentials)) == no(401, "Wrong credentials")
    assert whole(client.post(COME_IN, json={})) == no(400, "'email' is a required property")
    assert whole(client.post(COME_IN, json=credentials | {"email": "nobody"})) == no(
        400, "'email' is not a valid e-mail address"
    )
    assert whole(client.post(COME_IN, content=b"{", headers=JSON)) == no(400, "The body is not valid JSON")
    assert whole(client.post(COME_IN, content=b" " * 65_537, headers=JSON)) == no(413, "The body is too large")
    assert whole(client.post(COME_IN, data=credentials)) == no(415, "The body must be application/json")
    for path, rule in (
        ("HELLO", "'word' does not match ^[a-z]{1,9}$"),
        ("hellohello", "'word' is too long, at most 9 characters"),
    ):
        assert whole(client.get(f"{COME_IN}/{path}", headers=bearer(token))) == no(400, rule)
    for times, rule in (
        (0, "'times' must be at least 1"),
        (4, "'times' must be at most 3"),
        ("a", "'times' must be of type integer"),
    ):
        assert whole(client.get(f"{BE_SEEN}?times={times}", headers=bearer(token))) == no(400, rule)
    assert whole(client.get("/tiny/nothing")) == no(404, "There is nothing here")
    wrong_method = client.get(COME_IN)
    assert whole(wrong_method) == no(405, "This method is not allowed here")
    assert wrong_method.headers["Allow"] == "POST"


def test_s02_its_tokens_are_its_own(server: Server, client: httpx.Client, email: str, token: str) -> None:
    theirs = appseed.token_of(appseed.login(client, email, PASSWORD))

    assert parts(token)[1]["aud"] == "tiny"
    assert whole(client.get(BE_SEEN)) == no(401, "A token is required")
    assert whole(client.get(BE_SEEN, headers=bearer("a.b.c"))) == no(401, "The token is malformed")
    assert whole(client.get(BE_SEEN, headers=bearer(theirs))) == no(401, "The token is not valid here")
    assert whole(client.get(BE_SEEN, headers=bearer(forged(server, token, exp=1)))) == no(401, "The token has expired")
    assert whole(appseed.protected(client, **bearer(token))) == appseed.NO_SESSION
    assert client.get(BE_SEEN, headers=bearer(token)).status_code == 200


def test_s04_its_sessions_end_with_the_account(client: httpx.Client, email: str, token: str) -> None:
    mobile = client.post("/api/user/login", json={"email": email, "password": PASSWORD}).json()["token"]

    assert client.delete("/api/user/delete", headers={"token": mobile}).status_code == 200

    assert whole(client.get(BE_SEEN, headers=bearer(token))) == no(401, "The session has ended")
    assert whole(client.post(COME_IN, json={"email": email, "password": PASSWORD})) == no(401, "Wrong credentials")


# ---------------------------------------------------------------- its blunders stay in the house
COMPLAINTS = {
    "more": "200: / breaks additionalProperties",
    "less": "200: / breaks required",
    "another type": "200: said breaks type",
    "too long": "200: said breaks maxLength",
    "another status": "status 201 is not documented",
    "no header": "200: header x-times is missing",
    "another header": "200: header x-times / breaks type",
}
BROKEN = "The server failed, and the failure was logged"


@pytest.fixture(scope="module")
def blundering(serving: Serving, package: Path) -> Server:
    server = serving(PYTHONPATH=str(package))
    server.expects_failures = True
    return server


def last_trouble(server: Server) -> Json:
    """What the operator was told last, save who asked for what."""
    entries: list[Json] = [json.loads(line) for line in server.log.splitlines() if line.startswith("{")]
    return [entry for entry in entries if entry["event"] != "access"][-1]


@pytest.mark.parametrize("kind", COMPLAINTS)
def test_h01_an_answer_the_contract_does_not_allow_is_logged_and_not_sent(blundering: Server, kind: str) -> None:
    answer = blundering.client.get(f"/tiny/blunder/{kind}")
    entry = last_trouble(blundering)

    assert whole(answer) == no(500, BROKEN)
    assert "x-times" not in answer.headers
    assert (entry["event"], entry["operation"]) == ("contract violation", "portico.handlers.tiny.blunder")
    assert entry["complaint"] == COMPLAINTS[kind]


def test_h01_an_answer_the_contract_allows_is_sent(blundering: Server) -> None:
    answer = blundering.client.get("/tiny/blunder/none")

    assert whole(answer) == (200, {"name": "test", "said": "hello"})
    assert answer.headers["X-Times"] == "1"


def test_h02_a_failure_is_logged_by_its_place_and_tells_no_value(blundering: Server) -> None:
    answer = blundering.client.get("/tiny/blunder/hunter22")  # a KeyError whose text would tell
    entry = last_trouble(blundering)

    assert whole(answer) == no(500, BROKEN)
    assert (entry["event"], entry["where"], entry["error"]) == ("failure", "portico.handlers.tiny.blunder", "KeyError")
    assert re.search(r"tiny\.py:\d+ blunder$", entry["at"])
    assert "hunter22" not in blundering.log


# ---------------------------------------------------------------- it stands in all documents
def test_t13_its_document_is_served_and_merged(server: Server, client: httpx.Client) -> None:
    own, merged = client.get("/openapi/tiny.json").json(), client.get("/openapi.json").json()

    assert own == yaml.safe_load(SPEC)
    assert own["paths"].items() <= merged["paths"].items()
    assert [tag["name"] for tag in merged["tags"]] == [*SIX, "service"]
    assert list(OpenAPIV30SpecValidator(merged).iter_errors()) == []
    assert yaml.safe_load(server.run("spec", "--door", "tiny")) == own
    for path in own["paths"]:
        assert path in client.get("/").text


# ---------------------------------------------------------------- it is a setting
def test_portico_doors_lists_it(server: Server, package: Path, tmp_path: Path) -> None:
    assert ",".join(SIX) in server.run("settings")

    given = environment({"PYTHONPATH": str(package), "PORTICO_DOORS": "hall"})
    wrong = subprocess.run([COMMAND, "settings"], cwd=tmp_path, env=given, capture_output=True, text=True, timeout=60)
    assert (wrong.returncode, wrong.stderr) == (2, f"portico: PORTICO_DOORS: names one or more of {', '.join(SIX)}\n")


def test_it_is_open_alone_or_not_at_all(serving: Serving, package: Path) -> None:
    alone = serving(PYTHONPATH=str(package), PORTICO_DOORS="tiny").client
    without = serving(PYTHONPATH=str(package), PORTICO_DOORS="appseed").client
    credentials = {"email": "nobody@appseed.us", "password": PASSWORD}

    assert whole(alone.post(COME_IN, json=credentials)) == no(401, "Wrong credentials")
    assert alone.post(appseed.LOGIN, json=credentials).status_code == 404
    assert without.post(COME_IN, json=credentials).status_code == 404
    assert whole(without.post(appseed.LOGIN, json=credentials)) == appseed.UNKNOWN_CREDENTIALS


@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        (("operationId: tiny.be_seen", "operationId: tiny.be_heard"), "tiny.be_heard"),
        (("TinyRefusal", "AppseedRefusal"), "AppseedRefusal"),
        (("/tiny/session:", "/api/users/login:"), "/api/users/login"),
        (("portico.handlers.tiny.session", "portico.handlers.tiny.nobody"), "nobody"),
        (("name: word", "name: term"), "word"),
    ],
    ids=["no function", "a component of another", "a path of another", "no security function", "no such argument"],
)
def test_t13_what_does_not_fit_together_is_one_line_and_no_server(
    package: Path, tmp_path: Path, broken: tuple[str, str], reason: str
) -> None:
    shutil.copytree(package, tmp_path / "broken")
    (tmp_path / "broken" / "portico" / "spec" / "tiny.yaml").write_text(SPEC.replace(*broken))

    given = environment({"PYTHONPATH": str(tmp_path / "broken")})
    done = subprocess.run(
        [COMMAND, "serve", "--port", "0"], cwd=tmp_path, env=given, capture_output=True, text=True, timeout=60
    )

    assert (done.returncode, done.stdout) == (3, "")
    (line,) = done.stderr.splitlines()
    assert line.startswith("portico: ")
    assert reason in line
