"""What a handler answers is held against its document: a door that blunders, at `/blunder`."""

import json
import re

import pytest
from support.answers import Json, Said, whole
from support.packages import with_door
from support.server import Server, Serving

SPEC = """\
openapi: 3.0.4
info: {title: 'Portico, door blunder', version: 0.1.0}
paths:
  /blunder/{kind}:
    get:
      operationId: blunder.answer
      security: []
      parameters:
        - {name: kind, in: path, required: true, schema: {type: string, maxLength: 32}}
      responses:
        '200':
          description: Seen
          headers:
            X-Times: {required: true, schema: {type: integer, maximum: 3}}
          content:
            application/json:
              schema:
                type: object
                additionalProperties: false
                required: [name, said]
                properties:
                  name: {type: string, maxLength: 255}
                  said: {type: string, maxLength: 27}
        '204':
          description: Nothing
        '400': &no
          description: No, and why
          content:
            application/json: {schema: {type: object, required: ['no']}}
        '500': *no
"""
HANDLERS = '''\
"""The door `blunder`: what it answers, its document does not allow."""

from portico.core.refusals import Refusal

from . import headers_of, status_of

SEEN, ONCE = {"name": "test", "said": "hello"}, {"X-Times": "1"}
ANSWERS = {
    "none": (SEEN, 200, ONCE),
    "more": (SEEN | {"password": "hunter22"}, 200, ONCE),
    "less": ({"name": "hunter22"}, 200, ONCE),
    "another type": (SEEN | {"said": ["hunter22"]}, 200, ONCE),
    "too long": (SEEN | {"said": "hunter22" * 4}, 200, ONCE),
    "another status": (SEEN, 201, ONCE),
    "no header": (SEEN, 200, {}),
    "another header": (SEEN, 200, {"X-Times": "hunter22"}),
    "a body where there is none": ({"password": "hunter22"}, 204, {}),
}


async def answer(kind: str) -> tuple:
    return ANSWERS[kind]


def refuse(refusal: Refusal) -> tuple[dict, int, dict]:
    status = status_of(refusal)
    return {"no": refusal.message}, status, headers_of(refusal, status)
'''
COMPLAINTS = {
    "more": "200: / breaks additionalProperties",
    "less": "200: / breaks required",
    "another type": "200: said breaks type",
    "too long": "200: said breaks maxLength",
    "another status": "status 201 is not documented",
    "no header": "200: header x-times is missing",
    "another header": "200: header x-times / breaks type",
    "a body where there is none": "204: has a body that the contract does not name",
}
BROKEN: Said = (500, {"no": "The server failed, and the failure was logged"})
WHERE = "portico.handlers.blunder.answer"


@pytest.fixture(scope="module")
def server(serving: Serving, tmp_path_factory: pytest.TempPathFactory) -> Server:
    server = serving(PYTHONPATH=str(with_door(tmp_path_factory.mktemp("blunder"), "blunder", SPEC, HANDLERS)))
    server.expects_failures = True
    return server


def last_trouble(server: Server) -> Json:
    """Returns what the operator was told last."""
    entries: list[Json] = [json.loads(line) for line in server.log.splitlines() if line.startswith("{")]
    return [entry for entry in entries if entry["event"] != "access"][-1]


@pytest.mark.parametrize("kind", COMPLAINTS)
def test_h01_an_answer_the_contract_does_not_allow_is_logged_and_not_sent(server: Server, kind: str) -> None:
    answer = server.client.get(f"/blunder/{kind}")
    entry = last_trouble(server)

    assert whole(answer) == BROKEN
    assert "x-times" not in answer.headers
    assert (entry["event"], entry["operation"], entry["complaint"]) == ("contract violation", WHERE, COMPLAINTS[kind])


def test_h01_an_answer_the_contract_allows_is_sent(server: Server) -> None:
    answer = server.client.get("/blunder/none")

    assert whole(answer) == (200, {"name": "test", "said": "hello"})
    assert answer.headers["X-Times"] == "1"


def test_h02_a_failure_is_logged_by_its_place_and_tells_no_value(server: Server) -> None:
    answer = server.client.get("/blunder/hunter22")  # a KeyError whose text would tell
    entry = last_trouble(server)

    assert whole(answer) == BROKEN
    assert (entry["event"], entry["where"], entry["error"]) == ("failure", WHERE, "KeyError")
    assert re.search(r"blunder\.py:\d+ answer$", entry["at"])
    assert "hunter22" not in server.log
