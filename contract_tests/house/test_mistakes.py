"""What the author of a door can do wrong, and the one line the server says of it before it serves anything.

The door is the one of docs/adding-a-door.md.
"""

import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from importlib import invalidate_caches
from pathlib import Path

import pytest
from support.server import COMMAND, Server, Serving, environment

import portico.handlers
from portico.core.settings import Settings, replace
from portico.runtime import BrokenContract
from portico.runtime.app import create_app

PACKAGE = Path(portico.handlers.__file__).parent.parent
GUIDE = (Path(__file__).parents[2] / "docs" / "adding-a-door.md").read_text()
SPEC, HANDLERS = (re.findall(rf"```{language}\n(.*?)```", GUIDE, re.DOTALL)[0] for language in ("yaml", "python"))

Edit = Callable[[str], str]


def swap(old: str, new: str) -> Edit:
    """Replaces the first `old` by `new`."""

    def edit(text: str) -> str:
        assert old in text, f"{old!r} is not in the guide's door"
        return text.replace(old, new, 1)

    return edit


def cut(start: str, end: str) -> Edit:
    """Leaves out what begins with `start` and ends before `end`."""

    def edit(text: str) -> str:
        before, begin, rest = text.partition(start)
        assert begin
        assert end in rest
        return before + (end + rest.partition(end)[2] if end else "")

    return edit


def whole(text: str) -> Edit:
    return lambda _: text


SIGN_UP = "spec/porch.yaml: POST /porch/accounts (porch.sign_up): "
COME_IN = "spec/porch.yaml: POST /porch/session (porch.come_in): "
BE_SEEN = "spec/porch.yaml: GET /porch/session (porch.be_seen): "
LEAVE = "spec/porch.yaml: DELETE /porch/session (porch.leave): "
NO_MODULE = "handlers/porch.py is missing, whose functions are the operations of spec/porch.yaml"
NOT_OPENAPI = "is not OpenAPI 3.0: "
OPERATION_ID = "operationId must be porch and the name of a function, as porch.name"

IN_THE_DOCUMENT: dict[str, tuple[Edit, str]] = {
    # ------------------------------------------------------------ it is YAML, and no more than JSON
    "empty": (whole(""), "spec/porch.yaml: is empty"),
    "a list": (whole("- porch\n"), "spec/porch.yaml: is no mapping of names"),
    "a tab": (swap("  title:", "\ttitle:"), "spec/porch.yaml, line 3: not YAML: a tab cannot indent"),
    "two documents": (
        swap("info:", "---\ninfo:"),
        "spec/porch.yaml, line 2: not YAML: expected a single document in the stream but found another document",
    ),
    "no such anchor": (swap("*session", "*sesion"), "spec/porch.yaml, line 91: not YAML: found undefined alias"),
    "an anchor in itself": (swap("security: []", "security: &a [*a]"), "spec/porch.yaml: an anchor holds itself"),
    "a key twice": (
        swap("      summary: Come in\n", "      summary: Come in\n      summary: Come\n"),
        "spec/porch.yaml, line 48: the key summary stands twice in one mapping",
    ),
    "a key that is no text": (
        swap("'201':", "201:"),
        "spec/porch.yaml, line 34: the key 201 is of type int to YAML: quote it",
    ),
    "a date": (
        swap("example: Ada\n", "example: 2026-11-26\n"),
        "spec/porch.yaml, line 148: 2026-11-26 is of type timestamp to YAML: quote it",
    ),
    "a tag of its own": (
        swap("example: Ada\n", "example: !ada Ada\n"),
        "spec/porch.yaml, line 148: !ada is more than JSON can say",
    ),
    # ------------------------------------------------------------ it is OpenAPI
    "no info": (cut("info:\n", "servers:"), f"spec/porch.yaml: {NOT_OPENAPI}info is missing"),
    "no paths": (cut("paths:\n", "components:"), f"spec/porch.yaml: {NOT_OPENAPI}paths is missing"),
    "another version": (
        swap("3.0.4", "3.1.0"),
        rf'spec/porch.yaml: openapi: {NOT_OPENAPI}"3.1.0" does not match "^3\.0\.\d(-.+)?$"',
    ),
    "no responses": (cut("      responses:\n", "  /porch/session:"), f"{SIGN_UP}{NOT_OPENAPI}responses is missing"),
    "an unknown keyword": (
        swap("summary: Come in", "sumary: Come in"),
        f"{COME_IN}{NOT_OPENAPI}sumary may not stand here",
    ),
    "an unknown keyword of a schema": (
        swap("maxLength: 254", "maxlength: 254"),
        (
            "spec/porch.yaml: components.schemas.PorchCredentials.properties.email: "
            f"{NOT_OPENAPI}maxlength may not stand here"
        ),
    ),
    "a wrong type": (swap("tags: [porch]", "tags: porch"), f"{SIGN_UP}tags: {NOT_OPENAPI}must be of type array"),
    "an unknown type": (
        swap("{type: integer", "{type: int"),
        (
            f"{BE_SEEN}parameters.0.schema.type: {NOT_OPENAPI}"
            "must be one of array, boolean, integer, number, object, string"
        ),
    ),
    "a parameter of nowhere": (
        swap("in: query", "in: querry"),
        f"{BE_SEEN}parameters.0.in: {NOT_OPENAPI}querry is none that OpenAPI knows",
    ),
    "a path parameter that is not required": (
        swap("in: query", "in: path"),
        f"{BE_SEEN}parameters.0: {NOT_OPENAPI}required is missing",
    ),
    "a path without a slash": (
        swap("/porch/accounts:", "porch/accounts:"),
        f"spec/porch.yaml: paths: {NOT_OPENAPI}porch/accounts may not stand here",
    ),
    "a default that is none": (
        swap("maximum: 3}", "maximum: 3, default: 4}"),
        f"{BE_SEEN}parameters.0.schema: the default is not what the schema allows",
    ),
    "no components": (
        cut("components:\n", ""),
        (
            f"{SIGN_UP}requestBody.content.application/json.schema: "
            "#/components/schemas/PorchRegistration leads to nothing in this document"
        ),
    ),
    "a reference to nothing": (
        swap("schemas/PorchToken'", "schemas/PorchTokn'"),
        (
            "spec/porch.yaml: components.responses.PorchCameIn.content.application/json.schema: "
            "#/components/schemas/PorchTokn leads to nothing in this document"
        ),
    ),
    "a reference to another file": (
        swap("'#/components/schemas/PorchToken'", "'tokens.yaml#/PorchToken'"),
        (
            "spec/porch.yaml: components.responses.PorchCameIn.content.application/json.schema: "
            "tokens.yaml#/PorchToken leads to nothing in this document"
        ),
    ),
    "a schema in itself": (
        swap(
            "        email: *email\n        name: *name\n",
            "        email: {$ref: '#/components/schemas/PorchAccount'}\n",
        ),
        f"{SIGN_UP}responses.201: #/components/schemas/PorchAccount holds itself, which cannot be compiled",
    ),
    # ------------------------------------------------------------ its names
    "no operationId": (
        swap("      operationId: porch.come_in\n", ""),
        (
            "spec/porch.yaml: POST /porch/session: "
            "operationId is missing; it is porch and the name of the function, as porch.name"
        ),
    ),
    "an operationId of another door": (
        swap("operationId: porch.come_in", "operationId: appseed.login"),
        f"spec/porch.yaml: POST /porch/session (appseed.login): {OPERATION_ID}",
    ),
    "an operationId without a function": (
        swap("operationId: porch.come_in", "operationId: porch"),
        f"spec/porch.yaml: POST /porch/session (porch): {OPERATION_ID}",
    ),
    "an operationId twice": (
        swap("operationId: porch.come_in", "operationId: porch.sign_up"),
        (
            "spec/porch.yaml: POST /porch/session (porch.sign_up): "
            "another operation is porch.sign_up; where one function serves both, add a word, as porch.sign_up.twin"
        ),
    ),
    "a component of any name": (
        lambda text: text.replace("PorchToken", "Token"),
        "spec/porch.yaml: components.schemas.Token: the name of a component begins with its door's, as PorchToken",
    ),
    "a path of another": (
        swap("/porch/accounts:", "/health/live:"),
        "spec/porch.yaml and spec/service.yaml both have the path /health/live",
    ),
    "a tag of another": (
        swap("name: porch", "name: service"),
        "spec/porch.yaml and spec/service.yaml both have the tag service",
    ),
    "an unknown circumstance": (
        swap("      summary: Come in", "      x-portico-unless: [strickt]\n      summary: Come in"),
        "spec/porch.yaml: porch.come_in: x-portico-unless names strickt, which nothing is",
    ),
    "a circumstance that is no list": (
        swap("      summary: Come in", "      x-portico-unless: strict\n      summary: Come in"),
        "spec/porch.yaml: porch.come_in: x-portico-unless takes a list",
    ),
    # ------------------------------------------------------------ its parameters and its security
    "a path parameter nobody describes": (
        swap("/porch/accounts:", "/porch/{kind}:"),
        (
            "spec/porch.yaml: POST /porch/{kind} (porch.sign_up): "
            "the path parameter 'kind' is missing in the parameters of the operation"
        ),
    ),
    "a path parameter that is not in the path": (
        swap("in: query", "in: path\n          required: true"),
        f"{BE_SEEN}the path parameter 'times' is missing in its path",
    ),
    "a parameter called as the house's": (
        swap("name: times", "name: user"),
        f"{BE_SEEN}a parameter cannot be called user, which the house gives a handler",
    ),
    "two parameters that are one argument": (
        swap(
            "      parameters:\n",
            "      parameters:\n        - {name: times, in: header, schema: {type: integer}}\n",
        ),
        f"{BE_SEEN}two parameters would be the argument times of its handler",
    ),
    "no securitySchemes": (
        cut("  securitySchemes:", "  schemas:"),
        f"{BE_SEEN}needs PorchBearer, which is none of components.securitySchemes",
    ),
    "a scheme nobody has": (
        swap("- PorchBearer: []", "- PorchBarer: []"),
        f"{BE_SEEN}needs PorchBarer, which is none of components.securitySchemes",
    ),
    "no security function": (
        cut("      x-bearerInfoFunc", "\n  schemas:"),
        f"{BE_SEEN}a security scheme names no x-bearerInfoFunc",
    ),
    "a security function that is not there": (
        swap("porch.session\n", "porch.sesion\n"),
        f"{BE_SEEN}x-bearerInfoFunc: there is no function portico.handlers.porch.sesion",
    ),
    "a security function that is another": (
        swap("handlers.porch.session", "handlers.porch.refuse"),
        (
            f"{BE_SEEN}x-bearerInfoFunc: portico.handlers.porch.refuse must be an async function of one argument, "
            "the credential"
        ),
    ),
    # ------------------------------------------------------------ its answers
    "no 500": (
        swap("        '500': {$ref: '#/components/responses/PorchBroken'}\n", ""),
        f"{SIGN_UP}the answer to Broken is not in the contract: status 500 is not documented",
    ),
    "no 400": (
        swap("        '400': {$ref: '#/components/responses/PorchTwice'}\n", ""),
        f"{LEAVE}the answer to Malformed is not in the contract: status 400 is not documented",
    ),
    "no 401": (
        swap("        '401': {$ref: '#/components/responses/PorchNoSession'}\n", ""),
        f"{BE_SEEN}the answer to TokenMissing is not in the contract: status 401 is not documented",
    ),
    "no 408": (
        swap("        '408': {$ref: '#/components/responses/PorchTooSlow'}\n", ""),
        f"{SIGN_UP}the answer to TooSlow is not in the contract: status 408 is not documented",
    ),
    "another envelope": (
        swap("required: [refused]", "required: [refusal]"),
        f"{SIGN_UP}the answer to Broken is not in the contract: 500: / breaks required",
    ),
}

IN_THE_MODULE: dict[str, tuple[Edit, str]] = {
    "a slip of the pen": (
        swap("async def leave", "asyn def leave"),
        "handlers/porch.py, line 31: SyntaxError: invalid syntax",
    ),
    "an import of nothing": (
        swap("from portico.core.sessions", "from portico.core.sesions"),
        "handlers/porch.py, line 7: ModuleNotFoundError: No module named 'portico.core.sesions'",
    ),
    "a name nobody has": (
        swap('DOOR = "porch"', "DOOR = porch"),
        "handlers/porch.py, line 11: NameError: name 'porch' is not defined",
    ),
    "no function": (
        swap("async def come_in", "async def enter"),
        f"{COME_IN}there is no function portico.handlers.porch.come_in",
    ),
    "not async": (
        swap("async def leave", "leave = print\nasync def left"),
        f"{LEAVE}its handler is not an async function",
    ),
    "an argument the operation does not have": (
        swap("be_seen(user: Caller,", "be_seen(user: Caller, word: str,"),
        (
            f"{BE_SEEN}its handler wants word, which the contract does not give; "
            "it may take client, times, token_info, user"
        ),
    ),
    "an argument without a name": (
        swap("come_in(body: Json)", "come_in(body: Json, /)"),
        f"{COME_IN}its handler takes body by position; arguments are given by name",
    ),
    "a security function of two arguments": (
        swap("session(token: str)", "session(token: str, scopes: list[str])"),
        (
            f"{BE_SEEN}x-bearerInfoFunc: portico.handlers.porch.session must be an async function of one argument, "
            "the credential"
        ),
    ),
    "no refuse": (
        swap("def refuse(", "def refusal("),
        "handlers/porch.py: has no function refuse(refusal), the door's words for a refusal",
    ),
    "a refuse that is async": (
        swap("def refuse(", "async def refuse("),
        "handlers/porch.py: refuse must be a function of one argument, the refusal, and not async",
    ),
    "words for nothing": (
        swap(
            "def refuse(", "def refuse_enter(refusal: Refusal) -> Reply:\n    return refuse(refusal)\n\n\ndef refuse("
        ),
        "handlers/porch.py: refuse_enter words the refusals of enter, which is not there",
    ),
    "a refuse without a status": (
        swap('return Reply({"refused": _words(refusal)}, status, headers_of(refusal, status))', "return {}"),
        f"{SIGN_UP}refuse(Broken) fails: TypeError: it must return a Reply, or body, status and headers",
    ),
    "a refuse that fails": (
        swap("refusal.message", "refusal.massage"),
        f"{SIGN_UP}refuse(Broken) fails: AttributeError: 'Broken' object has no attribute 'massage'",
    ),
    "a refusal without its headers": (
        swap("headers_of(refusal, status))", "{})"),
        f"{BE_SEEN}the answer to TokenMissing is not in the contract: 401: header www-authenticate is missing",
    ),
}


class Door:
    """The door of the guide, in folders of its own, beside the documents and the modules of the house."""

    def __init__(self, folder: Path) -> None:
        self.spec, self.handlers = folder / "spec", folder / "handlers"
        shutil.copytree(PACKAGE / "spec", self.spec)
        self.handlers.mkdir()

    def laid(self, spec: str = SPEC, handlers: str | None = HANDLERS) -> "Door":
        (self.spec / "porch.yaml").write_text(spec)
        if handlers is not None:
            (self.handlers / "porch.py").write_text(handlers)
        invalidate_caches()
        return self

    def opened(self) -> None:
        create_app(replace(Settings(_env_file=None), doors=("porch",)), spec=self.spec)

    def refused(self) -> str:
        with pytest.raises(BrokenContract) as caught:
            self.opened()
        return str(caught.value)


@pytest.fixture
def door(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Door]:
    door = Door(tmp_path)
    monkeypatch.setattr(portico.handlers, "__path__", [*portico.handlers.__path__, str(door.handlers)])
    yield door
    sys.modules.pop("portico.handlers.porch", None)
    vars(portico.handlers).pop("porch", None)


# ---------------------------------------------------------------- one line for each
def test_the_door_of_the_guide_opens(door: Door) -> None:
    door.laid().opened()


@pytest.mark.parametrize("mistake", IN_THE_DOCUMENT)
def test_t14_a_mistake_in_the_document_is_told_with_its_place(door: Door, mistake: str) -> None:
    edit, line = IN_THE_DOCUMENT[mistake]

    assert door.laid(edit(SPEC)).refused() == line


@pytest.mark.parametrize("mistake", IN_THE_MODULE)
def test_t14_a_mistake_in_the_module_is_told_with_its_place(door: Door, mistake: str) -> None:
    edit, line = IN_THE_MODULE[mistake]

    assert door.laid(handlers=edit(HANDLERS)).refused() == line


def test_t14_a_document_without_a_module_is_told(door: Door) -> None:
    assert door.laid(handlers=None).refused() == NO_MODULE


def test_the_guide_shows_lines_that_are_said() -> None:
    said = [line for _, line in (*IN_THE_DOCUMENT.values(), *IN_THE_MODULE.values())] + [NO_MODULE]
    shown = re.findall(r"\| `((?:spec|handlers)/porch[^`]*)` \|\n", GUIDE)

    assert len(shown) > 10
    assert set(shown) <= set(said)


# ---------------------------------------------------------------- what OpenAPI lets an author leave out
BARE_SPEC = """\
openapi: 3.0.4
info: {title: Portico, version: 0.1.0}
paths:
  /porch:
    get:
      operationId: porch.be_there
      responses:
        200: {description: Here}
        500: {description: Not here}
""".replace("200:", "'200':").replace("500:", "'500':")
BARE_HANDLERS = """\
from . import Reply


async def be_there():
    return None


def refuse(refusal):
    return Reply(None, 500)
"""


def test_tags_summaries_servers_and_components_may_be_absent(door: Door) -> None:
    door.laid(BARE_SPEC, BARE_HANDLERS).opened()


def test_security_at_the_top_is_that_of_every_operation_that_names_none(door: Door) -> None:
    """The merged document has no top of the door's: there it would be lost, and the operation stand open."""
    spec = cut("      security: &session\n", "      parameters:")(SPEC).replace("      security: *session\n", "")
    spec = swap("paths:\n", "security:\n  - PorchBearer: []\npaths:\n")(spec)

    assert door.laid(spec, HANDLERS.replace("leave(user: Caller)", "leave(user: Caller, more: str)")).refused() == (
        f"{LEAVE}its handler wants more, which the contract does not give; it may take client, token_info, user"
    )


# ---------------------------------------------------------------- by the command
def package(folder: Path, spec: str, handlers: str | None) -> Path:
    """A package `portico` with the door, first on the path of a command."""
    shutil.copytree(PACKAGE, folder / "portico", ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "portico" / "spec" / "porch.yaml").write_text(spec)
    if handlers is not None:
        (folder / "portico" / "handlers" / "porch.py").write_text(handlers)
    return folder


def run(folder: Path, *command: str, **settings: str) -> tuple[int, str, str]:
    given = environment({"PYTHONPATH": str(folder), "PORTICO_DOORS": "porch"} | settings)
    done = subprocess.run([COMMAND, *command], cwd=folder, env=given, capture_output=True, text=True, timeout=60)
    return done.returncode, done.stdout, done.stderr


def test_t14_serve_says_it_once_and_starts_nothing(tmp_path: Path) -> None:
    edit, line = IN_THE_MODULE["an argument the operation does not have"]
    folder = package(tmp_path, SPEC, edit(HANDLERS))

    for command in (("serve", "--port", "0"), ("serve", "--port", "0", "--workers", "2")):
        assert run(folder, *command) == (3, "", f"portico: {line}\n")


def test_t14_spec_holds_the_document_to_its_rules_before_there_are_handlers(tmp_path: Path) -> None:
    edit, line = IN_THE_DOCUMENT["a key twice"]
    folder = package(tmp_path, SPEC, None)
    status, document, _ = run(folder, "spec", "--door", "porch")
    (folder / "portico" / "spec" / "porch.yaml").write_text(edit(SPEC))

    assert (status, document[:14]) == (0, "openapi: 3.0.4")
    assert run(folder, "spec") == (3, "", f"portico: {line}\n")


def test_o05_a_misspelt_door_is_told(tmp_path: Path) -> None:
    for command in ("serve", "spec", "settings"):
        assert run(package(tmp_path / command, SPEC, HANDLERS), command, PORTICO_DOORS="porhc") == (
            2,
            "",
            "portico: PORTICO_DOORS: names one or more of appseed, mobile, notes, owners, porch, vault\n",
        )


# ---------------------------------------------------------------- what is not sent
OPTIONAL = """\
openapi: 3.0.4
info: {title: Portico, version: 0.1.0}
paths:
  /porch/{where}:
    post:
      operationId: porch.taken
      parameters:
        - {name: where, in: path, required: true, schema: {type: string, maxLength: 9}}
        - {name: times, in: query, schema: {type: integer}}
        - {name: X-Mood, in: header, schema: {type: string}}
        - {name: taste, in: cookie, schema: {type: string}}
        - {name: colour, in: query, schema: {type: string, default: green}}
        - {name: nothing, in: query, schema: {type: string}}
      requestBody:
        content:
          application/json: {schema: {type: object, nullable: true}}
      responses:
        '200': {description: Taken, content: {application/json: {schema: {type: array, items: {}}}}}
        default: {description: Refused, content: {application/json: {schema: {type: object}}}}
"""
TAKES = """\
from . import Reply, headers_of, status_of


async def taken(where="nowhere", times=3, X_Mood="fine", taste="none", colour="red", body="no body", *, nothing):
    return [where, times, X_Mood, taste, colour, body, nothing]


def refuse(refusal):
    status = status_of(refusal)
    return Reply({"no": refusal.message}, status, headers_of(refusal, status))
"""


@pytest.fixture(scope="module")
def optional(serving: Serving, tmp_path_factory: pytest.TempPathFactory) -> Server:
    folder = package(tmp_path_factory.mktemp("optional"), OPTIONAL, TAKES)
    return serving(PYTHONPATH=str(folder), PORTICO_DOORS="porch")


def test_what_is_absent_leaves_the_default_of_the_handler_alone_unless_the_document_has_one(optional: Server) -> None:
    answer = optional.client.post("/porch/here")

    assert answer.json() == ["here", 3, "fine", "none", "green", "no body", None]


def test_what_is_sent_is_given(optional: Server) -> None:
    headers = {"X-Mood": "odd", "Cookie": "taste=sweet"}
    sent = {"times": "5", "colour": "blue", "nothing": "all"}

    given = optional.client.post("/porch/here", params=sent, headers=headers, json={"a": 1})
    null = optional.client.post("/porch/here", content=b"null", headers={"Content-Type": "application/json"})

    assert given.json() == ["here", 5, "odd", "sweet", "blue", {"a": 1}, "all"]
    assert null.json()[5] is None
