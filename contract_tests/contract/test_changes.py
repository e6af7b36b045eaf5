"""T13: what was released is not broken by accident, and what `changes.py` calls a break."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from contract.changes import breaking_changes
from support.answers import Json

from portico.core.settings import Settings
from portico.runtime.contract import Contract

RELEASED = Path(__file__).parent / "released"
BASELINE = json.loads((RELEASED / "openapi.json").read_text())
INTENDED = yaml.safe_load((RELEASED / "intended.yaml").read_text())
CONTRACT = Contract(Settings(_env_file=None)).merged

Mutation = Callable[[Json], None]


# ---------------------------------------------------------------- the gate
def test_t13_nothing_that_was_released_is_broken_by_accident() -> None:
    """A break on purpose is recorded in `released/intended.yaml`, where one that no longer occurs may not stay."""
    found, intended = set(breaking_changes(BASELINE, CONTRACT)), {each["change"] for each in INTENDED}

    assert found == intended, "\n".join(["", *sorted(found ^ intended)])


def test_t13_every_intended_break_has_a_reason() -> None:
    for intended in INTENDED:
        assert intended.keys() == {"change", "reason"}
        assert len(intended["reason"].split()) >= 3


def test_t13_the_baseline_is_written_as_the_command_prints_it() -> None:
    assert (RELEASED / "openapi.json").read_text() == json.dumps(BASELINE, indent=2, ensure_ascii=False)


# ---------------------------------------------------------------- what a break is, and what is none
def place_in(document: Json, words: str) -> tuple[Any, Any]:
    """Returns the last but one of the words as a place in the document, and the last: a name, or a number."""
    place: Any = None
    name: str | int = ""
    for word in words.split():
        place = document if place is None else place[name]
        name = int(word) if isinstance(place, list) else word
    return place, name


def put(value: object, words: str) -> Mutation:
    def mutate(document: Json) -> None:
        place, name = place_in(document, words)
        place[name] = value

    return mutate


def gone(words: str) -> Mutation:
    def mutate(document: Json) -> None:
        place, name = place_in(document, words)
        del place[name]

    return mutate


def added(value: object, words: str) -> Mutation:
    def mutate(document: Json) -> None:
        place, name = place_in(document, words)
        place[name].append(value)

    return mutate


def both(first: Mutation, second: Mutation) -> Mutation:
    def mutate(document: Json) -> None:
        first(document)
        second(document)

    return mutate


def mutated(mutate: Mutation) -> Json:
    document: Json = json.loads(json.dumps(CONTRACT))
    mutate(document)
    return document


REGISTRATION = "components schemas MobileRegistration"
GENDER, AGE = f"{REGISTRATION} properties gender", f"{REGISTRATION} properties age"
CAPCHA = "paths /api/resend-email-verification get parameters 0"
LOGIN = "paths /api/users/login post"
LOGGED_IN = "components schemas AppseedLoggedInAnswer"
USER = "components schemas AppseedUser"
TOKEN_HEADER = "components responses MobileLoggedIn headers token"
KEY = "components schemas ServiceKey"

A_BODY = {"content": {"application/json": {"schema": {"type": "object"}}}}
TEXT = {"type": "string"}

# Places, as the sentences name them.
IN_SIGN_UP = "POST /api/user/signUp, body application/json"
IN_GENDER, IN_AGE = f"{IN_SIGN_UP}, property gender", f"{IN_SIGN_UP}, property age"
IN_LOGIN = "POST /api/users/login, answer 200 application/json"
IN_USER = f"{IN_LOGIN}, property user"
IN_ID = f"{IN_USER}, property id"
IN_TOKEN = "POST /api/user/login, answer 200, header token"
IN_CAPCHA = "GET /api/resend-email-verification, query parameter capcha"
IN_KEYS = "GET /.well-known/jwks.json, answer 200 application/json, property keys"

BREAKS = [
    # ---- operations
    ("POST /api/users/login: is gone", gone("paths /api/users/login")),
    ("PUT /users/update: is gone", gone("paths /users/update put")),
    (
        'POST /api/users/login: operationId was "appseed.login", is "appseed.log_in"',
        put("appseed.log_in", f"{LOGIN} operationId"),
    ),
    ("server /: is gone", put([{"url": "/v2"}], "servers")),
    # ---- who is let in
    (
        "GET /api/exist-email/{email}: no credential is not enough any more",
        put([{"VaultBearer": []}], "paths /api/exist-email/{email} get security"),
    ),
    (
        "POST /users/userdata: no credential is not enough any more",
        put([{"OwnersBearer": []}], "paths /users/userdata post security"),
    ),
    (
        "POST /api/users/edit: AppseedToken is not enough any more",
        put([{"AppseedBearer": []}], "paths /api/users/edit post security"),
    ),
    (
        "GET /api/refresh: VaultRefresh is not enough any more",
        put([{"VaultRefresh": [], "MobileToken": []}], "paths /api/refresh get security"),
    ),
    (
        'security scheme MobileToken: name was "token", is "x-token"',
        put("x-token", "components securitySchemes MobileToken name"),
    ),
    # ---- parameters
    (f"{IN_CAPCHA}: is required now", put(True, f"{CAPCHA} required")),
    (f"{IN_CAPCHA}: is gone", gone(CAPCHA)),
    (f"{IN_CAPCHA}: maxLength was 4096, is 64", put(64, f"{CAPCHA} schema maxLength")),
    (
        "GET /auth/verify, query parameter purpose: is required now",
        added(
            {"name": "purpose", "in": "query", "required": True, "schema": TEXT}, "paths /auth/verify get parameters"
        ),
    ),
    # ---- bodies
    ("POST /users/userdata, body: is required now", put(True, "paths /users/userdata post requestBody required")),
    (
        "GET /api/user/details, body: is required now",
        put(A_BODY | {"required": True}, "paths /api/user/details get requestBody"),
    ),
    ("POST /api/users/logout, body: is gone", gone("paths /api/users/logout post requestBody")),
    (
        "POST /api/users/login, body multipart/form-data: is gone",
        gone(f"{LOGIN} requestBody content multipart/form-data"),
    ),
    (
        "POST /api/users/edit, body application/json, property userID: is gone",
        gone("components schemas AppseedChange properties userID"),
    ),
    (
        "POST /users/userdata, body application/json, property token: is required now",
        put(["token"], "components schemas OwnersOwnToken required"),
    ),
    (f"{IN_SIGN_UP}, property nickname: is required now", added("nickname", f"{REGISTRATION} required")),
    (f"{IN_SIGN_UP}: additionalProperties was absent, is false", put(False, f"{REGISTRATION} additionalProperties")),
    (
        f'{IN_SIGN_UP}, any other property: type was absent, is "string"',
        put(TEXT, f"{REGISTRATION} additionalProperties"),
    ),
    (f"{IN_GENDER}: maxLength was 64, is 63", put(63, f"{GENDER} maxLength")),
    (f"{IN_GENDER}: minLength was 1, is 2", put(2, f"{GENDER} minLength")),
    (f'{IN_GENDER}: enum was absent, is ["Female", "Male"]', put(["Female", "Male"], f"{GENDER} enum")),
    (f'{IN_GENDER}: pattern was absent, is "^[A-Z]"', put("^[A-Z]", f"{GENDER} pattern")),
    (
        f'{IN_SIGN_UP}, property firstName: pattern was "\\\\S", is "^\\\\S+$"',
        put(r"^\S+$", f"{REGISTRATION} properties firstName pattern"),
    ),
    (f'{IN_GENDER}: format was absent, is "uuid"', put("uuid", f"{GENDER} format")),
    (f'{IN_GENDER}: type was "string", is "integer"', put({"type": "integer", "maximum": 2}, GENDER)),
    (f"{IN_AGE}: anyOf is stricter now", gone(f"{AGE} anyOf 1")),
    (f"{IN_AGE}: anyOf is stricter now", put(99, f"{AGE} anyOf 1 maximum")),
    (f"{IN_GENDER}: anyOf is stricter now", put([{"maxLength": 8}, {"pattern": "^[A-Z]"}], f"{GENDER} anyOf")),
    (
        "PUT /api/user/update, body application/json: anyOf is stricter now",
        gone("components schemas MobileChange anyOf 4"),
    ),
    # ---- answers
    ("GET /api/user/details, answer 400: is gone", gone("paths /api/user/details get responses 400")),
    (
        "GET /health/ready, answer 200 application/json: is gone",
        gone("paths /health/ready get responses 200 content application/json"),
    ),
    (f"{IN_TOKEN}: is gone", gone(TOKEN_HEADER)),
    (f"{IN_TOKEN}: is optional now", put(False, f"{TOKEN_HEADER} required")),
    (f"{IN_TOKEN}: maxLength was 2048, is 4096", put(4096, f"{TOKEN_HEADER} schema maxLength")),
    (f"{IN_LOGIN}, property token: is gone", gone(f"{LOGGED_IN} properties token")),
    (f"{IN_LOGIN}, property token: is optional now", put(["success", "user"], f"{LOGGED_IN} required")),
    (f"{IN_ID}: is gone", gone(f"{USER} properties id")),
    (f'{IN_ID}: type was "string", is "integer"', put({"type": "integer"}, f"{USER} properties id")),
    (f'{IN_ID}: type was "string", is absent', put({"anyOf": [TEXT, {"type": "integer"}]}, f"{USER} properties id")),
    (f"{IN_ID}: nullable was absent, is true", put(True, f"{USER} properties id nullable")),
    (f'{IN_ID}: format was "uuid", is absent', gone(f"{USER} properties id format")),
    (f"{IN_USER}: additionalProperties was false, is absent", gone(f"{USER} additionalProperties")),
    (
        "GET /api/user/details, answer 200 application/json, property age: maxLength was 3, is absent",
        gone("components schemas MobileDetailsAnswer properties age maxLength"),
    ),
    (
        "GET /api/captcha, answer 200 application/json, property parameters, property cost: minimum was 1, is 0",
        put(0, "components schemas ServiceChallengeParameters properties cost minimum"),
    ),
    (f"{IN_KEYS}: maxItems was 100, is 101", put(101, "components schemas ServiceKeys properties keys maxItems")),
    (
        f'{IN_KEYS}, each item, property kty: enum was ["OKP", "RSA"], is ["OKP", "RSA", "EC"]',
        added("EC", f"{KEY} properties kty enum"),
    ),
]

HARMLESS = {
    "nothing": lambda document: None,
    "a new operation": put({"get": {"operationId": "service.new", "security": [], "responses": {}}}, "paths /new"),
    "another summary": put("Enter", f"{LOGIN} summary"),
    "another way in": added({"MobileToken": []}, "paths /api/users/edit post security"),
    "no credential needed any more": put([], "paths /api/users/edit post security"),
    "a new optional parameter": added(
        {"name": "language", "in": "query", "schema": TEXT}, "paths /auth/verify get parameters"
    ),
    "a longer parameter": put(512, "paths /auth/verify get parameters 0 schema maxLength"),
    "a new optional body": put(A_BODY, "paths /api/user/details get requestBody"),
    "a body required no longer": put(False, f"{LOGIN} requestBody required"),
    "a new type of body": put(
        {"schema": {"type": "object"}}, f"{LOGIN} requestBody content application/x-www-form-urlencoded"
    ),
    "a new optional property of a body": put(TEXT | {"maxLength": 64}, f"{REGISTRATION} properties nickname"),
    "a property of a body required no longer": put(["email", "password"], f"{REGISTRATION} required"),
    "more room in a body": put(128, f"{GENDER} maxLength"),
    "no limit in a body": gone(f"{GENDER} maxLength"),
    "no pattern in a body": gone(f"{REGISTRATION} properties firstName pattern"),
    "null in a body": put(True, f"{GENDER} nullable"),
    "another alternative in a body": added({"type": "number"}, f"{AGE} anyOf"),
    "a wider alternative in a body": put(9999, f"{AGE} anyOf 1 maximum"),
    "a number where an integer was sent": put({"type": "number", "minimum": 0, "maximum": 999}, f"{AGE} anyOf 1"),
    "another title": put("Mobile registration", f"{REGISTRATION} title"),
    "a new status": put({"$ref": "#/components/responses/AppseedBusy"}, f"{LOGIN} responses 429"),
    "a new header": put({"X-Session": {"schema": TEXT}}, "components responses AppseedLoggedIn headers"),
    "a new type of answer": put({"schema": TEXT}, "components responses AppseedLoggedIn content text/plain"),
    "a new property of an answer": put(TEXT, f"{USER} properties colour"),
    "a new property every answer has": both(
        put(TEXT, f"{USER} properties colour"), added("colour", f"{USER} required")
    ),
    "an optional property every answer has now": put(
        ["auth", "token"], "components schemas OwnersSignedInAnswer required"
    ),
    "a narrower answer": put(100, f"{USER} properties username maxLength"),
    "a pattern where an answer had none": put("^.+$", f"{USER} properties username pattern"),
    "fewer values in an answer": put(["RSA"], f"{KEY} properties kty enum"),
    "an answer closed": put(False, "components schemas ServiceContract additionalProperties"),
    "a schema behind another": put(
        {"$ref": "#/components/schemas/AppseedCredentialsForm"}, "components schemas AppseedCredentials"
    ),
}


@pytest.mark.parametrize(("sentence", "mutation"), BREAKS)
def test_t13_a_break_is_one_sentence(sentence: str, mutation: Mutation) -> None:
    assert breaking_changes(CONTRACT, mutated(mutation)) == [sentence]


@pytest.mark.parametrize("change", HARMLESS)
def test_t13_what_only_adds_breaks_nothing(change: str) -> None:
    after = mutated(HARMLESS[change])

    assert breaking_changes(CONTRACT, after) == []
    assert (after == CONTRACT) == (change == "nothing")


TAKEN_BACK = {
    "a new operation": "GET /new: is gone",
    "another way in": "POST /api/users/edit: MobileToken is not enough any more",
    "a new optional parameter": "GET /auth/verify, query parameter language: is gone",
    "a new optional property of a body": f"{IN_SIGN_UP}, property nickname: is gone",
    "null in a body": f"{IN_GENDER}: nullable was true, is absent",
    "no limit in a body": f"{IN_GENDER}: maxLength was absent, is 64",
    "a new status": "POST /api/users/login, answer 429: is gone",
    "a new type of answer": "POST /api/users/login, answer 200 text/plain: is gone",
    "fewer values in an answer": f'{IN_KEYS}, each item, property kty: enum was ["RSA"], is ["OKP", "RSA"]',
}


@pytest.mark.parametrize("change", TAKEN_BACK)
def test_t13_what_was_harmless_to_give_is_a_break_to_take_back(change: str) -> None:
    assert breaking_changes(mutated(HARMLESS[change]), CONTRACT) == [TAKEN_BACK[change]]


def test_t13_a_break_in_a_shared_schema_is_told_wherever_it_is_felt() -> None:
    after = mutated(gone("components schemas VaultDone properties status enum"))
    places = ("forgot-passsword", "forgot-password", "reset-passsword", "reset-password")

    assert breaking_changes(CONTRACT, after) == [
        f'POST /api/{place}, answer 200 application/json, property status: enum was ["ok"], is absent'
        for place in places
    ]


@pytest.mark.parametrize("problem", ["VaultProblem", "ServiceProblem"])
@pytest.mark.parametrize("name", ["code", "title"])
def test_t13_what_programs_read_of_a_problem_is_held(problem: str, name: str) -> None:
    """Renamed, it is one the clients of the last release have never heard of."""
    after = mutated(put("renamed", f"components schemas {problem} properties {name} enum 0"))

    told = set(breaking_changes(CONTRACT, after))

    assert told
    assert all(f"application/problem+json, property {name}: enum was [" in sentence for sentence in told)


def test_t13_a_schema_may_contain_itself() -> None:
    circle = put({"type": "array", "items": {"$ref": "#/components/schemas/ServiceKey"}}, f"{KEY} properties related")
    before = mutated(circle)
    place = f"{IN_KEYS}, each item"

    assert breaking_changes(before, mutated(circle)) == []
    assert breaking_changes(before, mutated(both(circle, gone(f"{KEY} properties kid")))) == [
        f"{place}, property kid: is gone"
    ]


def test_t13_a_keyword_nobody_thought_of_is_not_passed_over() -> None:
    with pytest.raises(NotImplementedError, match="'not'"):
        breaking_changes(CONTRACT, mutated(put({"enum": ["x"]}, f"{GENDER} not")))
