"""What the author of a door may leave out of its document, and what a client may leave out of a request."""

import pytest
from house.mistakes.porch import HANDLERS, LEAVE, SPEC, cut, swap
from support.extension import Extension
from support.packages import with_door
from support.server import Server, Serving

# ---------------------------------------------------------------- left out of the document
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


def test_tags_summaries_servers_and_components_may_be_absent(porch: Extension) -> None:
    porch.opened(BARE_SPEC, BARE_HANDLERS)


def test_security_at_the_top_is_that_of_every_operation_that_names_none(porch: Extension) -> None:
    """The merged document has no top of the door's: there it would be lost, and the operation stand open."""
    spec = cut("      security: &session\n", "      parameters:")(SPEC).replace("      security: *session\n", "")
    spec = swap("paths:\n", "security:\n  - PorchBearer: []\npaths:\n")(spec)

    assert porch.refused(spec, HANDLERS.replace("leave(user: Caller)", "leave(user: Caller, more: str)")) == (
        f"{LEAVE}its handler wants more, which the contract does not give; it may take client, token_info, user"
    )


# ---------------------------------------------------------------- left out of the request
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
    folder = with_door(tmp_path_factory.mktemp("optional"), "porch", OPTIONAL, TAKES)
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
