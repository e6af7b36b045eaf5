"""What belongs to no door: the front page, the documentation, the documents, health and keys."""

import re
from html.parser import HTMLParser

import httpx
import pytest
import yaml
from support.answers import Json
from support.database import gone, sql
from support.places import HOUSE
from support.server import Serving

from portico.core import settings

ASSETS = {
    "swagger-ui.css": "text/css",
    "docs.css": "text/css",
    "swagger-ui-bundle.js": "text/javascript",
    "docs.js": "text/javascript",
}
POLICY = {
    "default-src": "'self'",
    "style-src": "'self' 'unsafe-inline'",
    "img-src": "'self' data:",
    "base-uri": "'none'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
}
OK = {"status": "ok"}


def problem(status: int, title: str, detail: str, code: str) -> tuple[int, str, Json]:
    body = {"type": "about:blank", "title": title, "status": status, "detail": detail, "code": code}
    return status, "application/problem+json", body


def whole(answer: httpx.Response) -> tuple[int, str, Json]:
    return answer.status_code, answer.headers["Content-Type"], answer.json()


NOT_FOUND = problem(404, "Not Found", "There is nothing here", "not_found")
UNAVAILABLE = problem(
    503, "Service Unavailable", "The server cannot reach its database, try again in a moment", "unavailable"
)


class Links(HTMLParser):
    """Where a page leads, and what it is made of."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.found += [
            value or "" for name, value in attributes if name in ("href", "src", "action", "srcset", "data", "poster")
        ]


# ---------------------------------------------------------------- pages
@pytest.mark.parametrize("path", ["/", "/docs"])
def test_pages_and_all_they_lead_to_are_ours(client: httpx.Client, path: str) -> None:
    answer = client.get(path)
    links = Links(answer.text).found

    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    assert answer.text.startswith("<!doctype html>")
    assert len(links) >= 3
    for link in links:
        assert link == "data:," or client.get(link).status_code == 200, link
    assert not re.search(r"//[\w.-]+\.\w", answer.text)  # names no host


@pytest.mark.parametrize("path", ["/", "/docs"])
def test_a_browser_is_told_to_ask_no_other_host(client: httpx.Client, path: str) -> None:
    headers = client.get(path).headers
    policy = dict(part.strip().split(" ", 1) for part in headers["Content-Security-Policy"].split(";"))

    assert policy == POLICY
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cache-Control"] == "no-cache"


def test_the_front_page_names_every_operation_of_every_door(client: httpx.Client) -> None:
    links = Links(client.get("/").text).found
    text = re.sub(r"<[^>]+>|\s+", " ", client.get("/").text)

    assert {"/docs", "/openapi.json", "/openapi.yaml"} <= set(links)
    assert {f"/openapi/{door}.json" for door in settings.DOORS} <= set(links)
    for path, item in client.get("/openapi.json").json()["paths"].items():
        for method, operation in item.items():
            assert re.search(rf"{method.upper()} +{re.escape(path)} +{re.escape(operation['summary'])}", text), path


def test_the_pages_run_no_script_of_their_own(client: httpx.Client) -> None:
    """`default-src 'self'` would refuse it, and the documentation would stay empty."""
    for path in ("/", "/docs"):
        page = client.get(path).text
        assert re.findall(r"<script(?![^>]*\bsrc=)[^>]*>", page) == []
        assert re.findall(r"\son\w+=", page) == []


@pytest.mark.parametrize("asset", ASSETS)
def test_the_documentation_is_made_of_our_files(client: httpx.Client, asset: str) -> None:
    answer = client.get(f"/docs/{asset}")

    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == f"{ASSETS[asset]}; charset=utf-8"
    assert answer.headers["Cache-Control"] == "public, max-age=86400"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.content == (HOUSE / "runtime" / "assets" / asset).read_bytes()
    assert f'"/docs/{asset}"' in client.get("/docs").text


def test_the_documentation_asks_for_nothing_but_the_contract(client: httpx.Client) -> None:
    script = client.get("/docs/docs.js").text

    assert re.findall(r"""["'](/[^"']*)["']""", script) == ["/openapi.json"]
    assert "validatorUrl: null" in script  # or Swagger UI asks validator.swagger.io
    for asset in ("docs.js", "docs.css"):
        assert "//" not in client.get(f"/docs/{asset}").text
    style = client.get("/docs/swagger-ui.css").text
    assert re.findall(r"url\((?![\"']?data:)|@import", style) == []


@pytest.mark.parametrize("asset", ["nothing.js", "front.html", "docs.html", "openapi.yaml", "swagger-ui.css.map", "a"])
def test_there_are_no_other_files(client: httpx.Client, asset: str) -> None:
    assert whole(client.get(f"/docs/{asset}")) == NOT_FOUND


@pytest.mark.parametrize("asset", ["..%2f..%2fportico.key", "%2e%2e", "Swagger-ui.css", "a" * 65, ".env", "a%20b"])
def test_a_name_that_no_file_has_is_refused(client: httpx.Client, asset: str) -> None:
    answer = client.get(f"/docs/{asset}")

    assert answer.status_code in (400, 404)
    body = answer.json()
    assert body.keys() == {"type", "title", "status", "detail", "code"}
    assert body["status"] == answer.status_code


# ---------------------------------------------------------------- documents
def test_t13_every_document_is_served_as_it_was_written(client: httpx.Client) -> None:
    for door in (*settings.DOORS, "service"):
        answer = client.get(f"/openapi/{door}.json")
        assert answer.status_code == 200
        assert answer.headers["Content-Type"] == "application/json"
        assert answer.headers["Cache-Control"] == "no-cache"
        assert answer.json() == yaml.safe_load((HOUSE / "spec" / f"{door}.yaml").read_text())


def test_t13_the_merged_document_is_all_of_them(client: httpx.Client) -> None:
    documents = [client.get(f"/openapi/{door}.json").json() for door in (*settings.DOORS, "service")]
    merged = client.get("/openapi.json").json()

    assert merged.keys() == {"openapi", "info", "servers", "tags", "paths", "components"}
    assert merged["openapi"] == "3.0.4"
    assert merged["info"]["title"] == "Portico"
    assert merged["paths"] == {path: item for document in documents for path, item in document["paths"].items()}
    assert merged["tags"] == [tag for document in documents for tag in document["tags"]]
    for kind in ("schemas", "responses", "securitySchemes"):
        parts = [document["components"].get(kind, {}) for document in documents]
        assert merged["components"][kind] == {name: value for part in parts for name, value in part.items()}
    assert set(merged["components"]) == {"schemas", "responses", "securitySchemes"}


def test_the_yaml_is_the_json_without_anchors(client: httpx.Client) -> None:
    answer = client.get("/openapi.yaml")

    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "application/yaml"
    assert yaml.safe_load(answer.text) == client.get("/openapi.json").json()
    assert not re.search(r"(^|\s)[&*]\w+\s*$", answer.text, re.MULTILINE)


@pytest.mark.parametrize("document", ["nothing.json", "openapi.json", "spec.json"])
def test_there_are_no_other_documents(client: httpx.Client, document: str) -> None:
    assert whole(client.get(f"/openapi/{document}")) == NOT_FOUND


@pytest.mark.parametrize(
    "document", ["appseed.yaml", "appseed", "appseed.json.json", "..%2fportico.key", "APPSEED.json"]
)
def test_a_name_that_no_document_has_is_refused(client: httpx.Client, document: str) -> None:
    answer = client.get(f"/openapi/{document}")

    assert answer.status_code == 400
    assert answer.json()["code"] == "invalid"
    assert document not in answer.text


# ---------------------------------------------------------------- health
def test_health(client: httpx.Client) -> None:
    for path in ("/health/live", "/health/ready"):
        answer = client.get(path)
        assert whole(answer) == (200, "application/json", OK)
        assert answer.headers["Cache-Control"] == "no-store"


def test_o01_ready_follows_the_database_and_live_does_not(serving: Serving) -> None:
    server = serving()
    server.expects_failures = True

    with gone(server):
        down = server.client.get("/health/ready")
        assert whole(server.client.get("/health/live")) == (200, "application/json", OK)

    assert whole(down) == UNAVAILABLE
    assert int(down.headers["Retry-After"]) >= 1
    assert whole(server.client.get("/health/ready")) == (200, "application/json", OK)


MIGRATION = "UPDATE tortoise_migrations SET name = '{}'"
BROKEN = {
    "a migration not applied": (MIGRATION.format("0000_other"), MIGRATION.format("0001_initial")),
    "a migration of a later version": (MIGRATION.format("9999_later"), MIGRATION.format("0001_initial")),
    "no built-in application": (
        "UPDATE application SET id = 77 WHERE id = 0",
        "UPDATE application SET id = 0 WHERE id = 77",
    ),
}


@pytest.mark.parametrize("broken", BROKEN)
def test_o01_ready_wants_the_tables_of_this_version(serving: Serving, broken: str) -> None:
    server = serving()
    server.expects_failures = True
    breaks, mends = BROKEN[broken]

    sql(server, breaks)
    assert whole(server.client.get("/health/ready")) == UNAVAILABLE
    assert whole(server.client.get("/health/live")) == (200, "application/json", OK)

    sql(server, mends)
    assert whole(server.client.get("/health/ready")) == (200, "application/json", OK)


# ---------------------------------------------------------------- keys
def test_jwks_is_empty_while_keys_are_secret(client: httpx.Client) -> None:
    answer = client.get("/.well-known/jwks.json")

    assert whole(answer) == (200, "application/json", {"keys": []})
    assert answer.headers["Cache-Control"] == "public, max-age=30"


@pytest.mark.parametrize(
    ("algorithm", "family", "material"),
    [
        ("EdDSA", {"kty": "OKP", "crv": "Ed25519"}, "x"),
        ("RS256", {"kty": "RSA", "e": "AQAB", "key_ops": ["verify"]}, "n"),
    ],
)
def test_jwks_shows_public_keys(serving: Serving, algorithm: str, family: Json, material: str) -> None:
    (key,) = serving(PORTICO_JWT_ALGORITHM=algorithm).client.get("/.well-known/jwks.json").json()["keys"]

    assert key == family | {"kid": key["kid"], "alg": algorithm, "use": "sig", material: key[material]}
    assert re.fullmatch(r"[0-9a-f]{16}", key["kid"])


# ---------------------------------------------------------------- what is nowhere
@pytest.mark.parametrize("path", ["/nothing", "/docs/", "/health", "/openapi", "/openapi/", "/ui"])
def test_404_is_a_problem(client: httpx.Client, path: str) -> None:
    answer = client.get(path)

    assert whole(answer) == NOT_FOUND
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_405_is_a_problem(client: httpx.Client) -> None:
    answer = client.post("/health/live")

    assert whole(answer) == problem(405, "Method Not Allowed", "This method is not allowed here", "wrong_method")
    assert answer.headers["Allow"] == "GET, HEAD"
