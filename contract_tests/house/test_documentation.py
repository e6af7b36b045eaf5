"""What belongs to no door: the front page, the documentation and its files, and the documents themselves."""

import re

import httpx
import pytest
import yaml
from doors.vault import problem
from support.answers import NOTHING_HERE, whole
from support.documents import DOCUMENTS
from support.pages import Page
from support.places import HOUSE

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


# ---------------------------------------------------------------- pages
@pytest.mark.parametrize("path", ["/", "/docs"])
def test_pages_and_all_they_lead_to_are_ours(client: httpx.Client, path: str) -> None:
    answer = client.get(path)
    links = Page(answer.text).links

    assert answer.status_code == 200
    assert answer.text.startswith("<!doctype html>")
    assert len(links) >= 3
    for link in links:
        assert link == "data:," or client.get(link).status_code == 200, link
    assert not re.search(r"//[\w.-]+\.\w", answer.text)  # names no host


@pytest.mark.parametrize("path", ["/", "/docs"])
def test_a_browser_is_told_to_ask_no_other_host_and_to_run_no_script_of_the_page(
    client: httpx.Client, path: str
) -> None:
    answer = client.get(path)
    policy = dict(part.strip().split(" ", 1) for part in answer.headers["Content-Security-Policy"].split(";"))

    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    assert policy == POLICY
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"] == "no-cache"
    # `default-src 'self'` would refuse one, and the documentation would stay empty
    assert re.findall(r"<script(?![^>]*\bsrc=)[^>]*>", answer.text) == []
    assert re.findall(r"\son\w+=", answer.text) == []


def test_the_front_page_names_every_operation_of_every_door(client: httpx.Client) -> None:
    page = client.get("/").text
    text = re.sub(r"<[^>]+>|\s+", " ", page)

    documents = {f"/openapi/{door}.json" for door in DOCUMENTS if door != "service"}
    assert {"/docs", "/openapi.json", "/openapi.yaml", *documents} <= set(Page(page).links)
    for path, item in client.get("/openapi.json").json()["paths"].items():
        for method, operation in item.items():
            assert re.search(rf"{method.upper()} +{re.escape(path)} +{re.escape(operation['summary'])}", text), path


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


# ---------------------------------------------------------------- documents
def test_t13_every_document_is_served_as_it_was_written(client: httpx.Client) -> None:
    for name, document in DOCUMENTS.items():
        answer = client.get(f"/openapi/{name}.json")
        assert whole(answer) == (200, document)
        assert answer.headers["Content-Type"] == "application/json"
        assert answer.headers["Cache-Control"] == "no-cache"


def test_t13_the_merged_document_is_all_of_them(client: httpx.Client) -> None:
    documents = [*(document for door, document in DOCUMENTS.items() if door != "service"), DOCUMENTS["service"]]
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
    assert yaml.load(answer.text, Loader=yaml.CSafeLoader) == client.get("/openapi.json").json()
    assert not re.search(r"(^|\s)[&*]\w+\s*$", answer.text, re.MULTILINE)


# ---------------------------------------------------------------- what is nowhere, besides what is hostile
UNKNOWN = [
    *("/health", "/openapi", "/ui", "/docs/nothing.js", "/docs/front.html", "/docs/docs.html", "/docs/openapi.yaml"),
    *("/docs/swagger-ui.css.map", "/openapi/nothing.json", "/openapi/openapi.json", "/openapi/spec.json"),
]
NO_NAMES = [
    *("/docs/Swagger-ui.css", "/docs/.env", "/docs/a%20b"),
    *("/openapi/appseed", "/openapi/appseed.yaml", "/openapi/appseed.json.json", "/openapi/APPSEED.json"),
]


def assert_refused(answer: httpx.Response, status: int, detail: str) -> None:
    assert whole(answer) == (status, problem(status, detail))
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("path", UNKNOWN)
def test_404_is_a_problem(client: httpx.Client, path: str) -> None:
    assert_refused(client.get(path), 404, NOTHING_HERE)


@pytest.mark.parametrize("path", NO_NAMES)
def test_a_name_that_no_file_has_is_refused_and_not_shown(client: httpx.Client, path: str) -> None:
    pattern = (
        "'asset' does not match ^[a-z][a-z.-]*$" if "docs" in path else r"'document' does not match ^[a-z]+\.json$"
    )

    assert_refused(client.get(path), 400, pattern)


def test_405_is_a_problem(client: httpx.Client) -> None:
    answer = client.post("/health/live")

    assert_refused(answer, 405, "This method is not allowed here")
    assert answer.headers["Allow"] == "GET, HEAD"
