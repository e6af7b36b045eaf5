"""What a document may ask of the pipeline beyond what the doors of the house ask: tried at a door that asks for it all.

What the pipeline cannot enforce stops the server, in one line that says what and where.
"""

from pathlib import Path

import pytest
import yaml
from support.answers import Json, whole
from support.extension import extended
from support.packages import with_door
from support.server import Server, Serving

HANDLERS = '''\
"""The door `odd`: whatever else a document may ask for, at `/odd`."""

from portico.core.refusals import Refusal, TokenForged

from . import headers_of, status_of


async def who(user: str | None, token_info: dict | None) -> dict:
    return {"user": user, "said": (token_info or {}).get("said")}


async def parameters(number: float, tag: list, csv: list, taste: str, X_Sure: bool | None = None) -> dict:
    return {"number": number, "tag": tag, "csv": csv, "taste": taste, "sure": X_Sure}


async def body(body: dict) -> dict:
    return body


async def key(credential: str) -> dict:
    if credential != "good":
        raise TokenForged()
    return {"sub": "key", "said": credential}


async def password(name: str, password: str) -> dict:
    return await key(password) | {"sub": name}


def refuse(refusal: Refusal) -> tuple[dict, int, dict]:
    status = status_of(refusal)
    return {"no": refusal.message}, status, headers_of(refusal, status)
'''


def answers(schema: Json) -> Json:
    refused = {
        "description": "No",
        "content": {"application/json": {"schema": {"type": "object", "required": ["no"]}}},
    }
    return {
        "200": {"description": "Yes", "content": {"application/json": {"schema": schema}}},
        "4XX": refused,
        "500": refused,
    }


def operation(operation_id: str, **more: object) -> Json:
    described = {"tags": ["odd"], "summary": operation_id, "security": [], "responses": answers({"type": "object"})}
    return {"operationId": operation_id} | described | more


def guarded(kind: str, *requirements: Json) -> Json:
    return {"get": operation(f"odd.who.{kind}", security=list(requirements))}


KEY, PASSWORD = "portico.handlers.odd.key", "portico.handlers.odd.password"
SCHEMES = {
    "OddCookie": {"type": "apiKey", "in": "cookie", "name": "session", "x-apikeyInfoFunc": KEY},
    "OddQuery": {"type": "apiKey", "in": "query", "name": "key", "x-apikeyInfoFunc": KEY},
    "OddBasic": {"type": "http", "scheme": "basic", "x-basicInfoFunc": PASSWORD},
    "OddOauth": {
        "type": "oauth2",
        "flows": {"clientCredentials": {"tokenUrl": "/t", "scopes": {}}},
        "x-tokenInfoFunc": KEY,
    },
}
BODY = {
    "type": "object",
    "properties": {
        "count": {"type": "integer", "nullable": True, "minimum": 0, "exclusiveMinimum": True, "maximum": 10},
        "share": {"type": "number", "minimum": 0, "maximum": 1, "exclusiveMaximum": True},
        "kind": {"type": "string", "enum": ["a", "b"], "nullable": True},
        "uuid": {"type": "string", "format": "uuid"},
        "list": {"type": "array", "items": {"type": "string"}, "maxItems": 2},
    },
}
PARAMETERS = [
    {"name": "number", "in": "path", "required": True, "schema": {"type": "number"}},
    {"name": "tag", "in": "query", "schema": {"type": "array", "items": {"type": "integer"}, "default": []}},
    {
        "name": "csv",
        "in": "query",
        "explode": False,
        "schema": {"type": "array", "items": {"type": "string"}, "default": []},
    },
    {"name": "taste", "in": "cookie", "schema": {"type": "string", "default": "none"}},
    {"name": "X-Sure", "in": "header", "schema": {"type": "boolean"}},
]
DOCUMENT: Json = {
    "openapi": "3.0.4",
    "info": {"title": "Portico, door odd", "version": "0.1.0", "description": "Whatever else a document may ask for"},
    "servers": [{"url": "/"}],
    "tags": [{"name": "odd", "description": "At `/odd`"}],
    "paths": {
        "/odd/cookie": guarded("cookie", {"OddCookie": []}),
        "/odd/query": guarded("query", {"OddQuery": []}),
        "/odd/basic": guarded("basic", {"OddBasic": []}),
        "/odd/oauth": guarded("oauth", {"OddOauth": []}),
        "/odd/both": guarded("both", {"OddCookie": [], "OddBasic": []}),
        "/odd/either": guarded("either", {"OddCookie": []}, {"OddQuery": []}, {}),
        "/odd/parameters/{number}": {"get": operation("odd.parameters", parameters=PARAMETERS)},
        "/odd/body": {
            "post": operation(
                "odd.body", requestBody={"required": True, "content": {"application/json": {"schema": BODY}}}
            )
        },
    },
    "components": {"securitySchemes": SCHEMES, "schemas": {"OddAnything": {"type": "object"}}},
}
NOT_VALID, MISSING = (401, {"no": "The token is not valid here"}), (401, {"no": "A token is required"})


@pytest.fixture(scope="module")
def server(serving: Serving, tmp_path_factory: pytest.TempPathFactory) -> Server:
    return serving(
        PYTHONPATH=str(with_door(tmp_path_factory.mktemp("odd"), "odd", yaml.dump(DOCUMENT, sort_keys=False), HANDLERS))
    )


def yes(user: str | None, said: str | None = "good") -> tuple[int, Json]:
    return 200, {"user": user, "said": said}


def no(message: str) -> tuple[int, Json]:
    return 400, {"no": message}


# ---------------------------------------------------------------- security
GOOD, BAD = {"Cookie": "a; b=c; session=good"}, {"Cookie": 'session="bad"'}


@pytest.mark.parametrize(
    ("path", "headers", "expected"),
    [
        ("cookie", GOOD, yes("key")),
        ("cookie", BAD, NOT_VALID),
        ("cookie", {"Cookie": "session"}, MISSING),
        ("cookie", {}, MISSING),
        ("query?key=good&key=bad", {}, yes("key")),
        ("query?key=bad", {}, NOT_VALID),
        ("query?key=", {}, MISSING),
        ("query", {}, MISSING),
        ("oauth", {"Authorization": "bearer good"}, yes("key")),
        ("oauth", {"Authorization": "Bearer bad"}, NOT_VALID),
        ("oauth", {"Authorization": "Basic good"}, MISSING),
        ("either", GOOD, yes("key")),
        ("either?key=good", BAD, yes("key")),
        ("either?key=bad", BAD, yes(None, None)),
        ("either", {}, yes(None, None)),
    ],
)
def test_a_credential_is_taken_where_the_document_says(
    server: Server, path: str, headers: dict[str, str], expected: tuple[int, Json]
) -> None:
    assert whole(server.client.get(f"/odd/{path}", headers=headers)) == expected


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("Basic YWRhOmdvb2Q=", yes("ada")),  # ada:good
        ("basic YWRhOmdvb2Q=", yes("ada")),
        ("Basic YWRhOmJhZA==", NOT_VALID),  # ada:bad
        ("Basic YWRh", MISSING),  # ada
        ("Basic ===", (401, {"no": "The token is malformed"})),
        ("Basic /w==", (401, {"no": "The token is malformed"})),
        ("Bearer YWRhOmdvb2Q=", MISSING),
    ],
)
def test_basic_credentials(server: Server, header: str, expected: tuple[int, Json]) -> None:
    assert whole(server.client.get("/odd/basic", headers={"Authorization": header})) == expected
    assert whole(server.client.get("/odd/both", headers={"Authorization": header} | GOOD)) == expected


def test_of_two_schemes_in_one_requirement_both_are_needed(server: Server) -> None:
    basic = {"Authorization": "Basic YWRhOmdvb2Q="}

    assert whole(server.client.get("/odd/both", headers=basic | GOOD)) == yes("ada")
    assert whole(server.client.get("/odd/both", headers=basic | BAD)) == NOT_VALID
    for one in (basic, GOOD):
        assert whole(server.client.get("/odd/both", headers=one)) == MISSING


# ---------------------------------------------------------------- parameters and bodies
PLAIN = {"number": 1.5, "tag": [], "csv": [], "taste": "none", "sure": None}


@pytest.mark.parametrize(
    ("asked", "headers", "expected"),
    [
        ("1.5", {}, (200, PLAIN)),
        ("-2e1", {}, (200, PLAIN | {"number": -20.0})),
        ("x", {}, no("'number' must be of type number")),
        ("NaN", {}, no("'number' must be of type number")),
        ("1.5?tag=1&tag=2", {}, (200, PLAIN | {"tag": [1, 2]})),
        ("1.5?tag=1&tag=b", {}, no("'1' must be of type integer")),
        ("1.5?csv=a,b%2Cc", {}, (200, PLAIN | {"csv": ["a", "b", "c"]})),
        ("1.5", {"Cookie": "taste=sweet"}, (200, PLAIN | {"taste": "sweet"})),
        ("1.5", {"X-Sure": "true"}, (200, PLAIN | {"sure": True})),
        ("1.5", {"X-Sure": "yes"}, no("'X-Sure' must be of type boolean")),
        ("1.5?tag=%FF", {}, no("The text is not UTF-8")),
    ],
)
def test_parameters_of_every_place_and_type(
    server: Server, asked: str, headers: dict[str, str], expected: tuple[int, Json]
) -> None:
    assert whole(server.client.get(f"/odd/parameters/{asked}", headers=headers)) == expected


@pytest.mark.parametrize(
    ("sent", "rule"),
    [
        ({"count": 0}, "'count' must be more than 0"),
        ({"count": 11}, "'count' must be at most 10"),
        ({"share": -0.1}, "'share' must be at least 0"),
        ({"share": 1}, "'share' must be less than 1"),
        ({"kind": "c"}, "'kind' must be one of a, b, null"),
        ({"uuid": "17ac43a8"}, "'uuid' is not a valid UUID"),
        ({"list": ["a", "b", "c"]}, "'list' does not have the form that the contract describes"),
        ({"list": "a"}, "'list' must be of type array"),
    ],
)
def test_a_body_is_held_to_every_rule(server: Server, sent: Json, rule: str) -> None:
    assert whole(server.client.post("/odd/body", json=sent)) == no(rule)


def test_what_is_nullable_may_be_null(server: Server) -> None:
    fine = {
        "count": None,
        "kind": None,
        "share": 0.99,
        "uuid": "17AC43A8-f3b9-40be-a3b4-9eaca99b529a",
        "list": ["a", "b"],
    }

    assert whole(server.client.post("/odd/body", json=fine)) == (200, fine)
    assert whole(server.client.post("/odd/body", json={"count": 1})) == (200, {"count": 1})


# ---------------------------------------------------------------- what cannot be enforced
def parameter(**definition: object) -> Json:
    return {"get": operation("odd.parameters", parameters=[definition])}


def body_of(media_type: str, schema: Json) -> Json:
    return {"post": operation("odd.body", requestBody={"content": {media_type: {"schema": schema}}})}


ANY = {"type": "object"}
CANNOT = {
    "an object in the query": (
        parameter(name="a", **{"in": "query"}, schema=ANY),
        "only plain values and arrays are compiled",
    ),
    "a style": (
        parameter(name="a", **{"in": "query"}, style="spaceDelimited", schema={"type": "array", "items": {}}),
        "style",
    ),
    "a type of body": (body_of("application/xml", ANY), "bodies of type application/xml are not compiled"),
    "a form that is no object": (
        body_of("multipart/form-data", {"type": "string"}),
        "a form must be described as an object",
    ),
    "a scheme": ({"get": operation("odd.who", security=[{"OddDigest": []}])}, "is not compiled"),
}
BAD_SCHEMES = {"OddDigest": {"type": "http", "scheme": "digest"}}


@pytest.mark.parametrize("what", CANNOT)
def test_t14_what_cannot_be_enforced_stops_the_server(tmp_path: Path, what: str) -> None:
    item, reason = CANNOT[what]
    components = DOCUMENT["components"] | {"securitySchemes": BAD_SCHEMES}
    document = DOCUMENT | {"paths": {"/odd": item}, "components": components}
    text = yaml.dump(document, sort_keys=False)

    with extended(tmp_path, "odd") as extension:
        line = extension.refused(text, HANDLERS)

    assert "/odd" in line
    assert reason in line
