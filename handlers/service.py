"""What belongs to no door: the front page, the documents, health and keys."""

from collections.abc import Mapping

from portico.core import captcha as challenges
from portico.core import database, keys
from portico.core.refusals import NotFound, Refusal, Unavailable

from . import problem, status_of

PAGE = {
    "Cache-Control": "no-cache",
    "Content-Security-Policy": "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
}
# What may be kept may be asked for from several origins, and CORS answers each in its own way.
FRESH = {"Cache-Control": "no-cache", "Vary": "Origin"}
ASSET = {"Cache-Control": "public, max-age=86400", "Vary": "Origin"}
KEYS = {"Cache-Control": "public, max-age=30", "Vary": "Origin"}
MEDIA_TYPES = {"css": "text/css", "js": "text/javascript"}

# What was rendered once at start-up: pages and files by name, documents by the name they are served under.
_published: dict[str, bytes] = {}
_documents: dict[str, dict] = {}
_merged: dict = {}


def publish(files: Mapping[str, bytes], documents: Mapping[str, dict], merged: dict) -> None:
    """Makes the rendered pages and files, the documents by door, and all of them in one, those that are served."""
    _published.update(files)
    _documents.update(documents)
    _merged.update(merged)


async def front_page() -> tuple:
    return _published["front.html"], 200, PAGE


async def docs() -> tuple:
    return _published["docs.html"], 200, PAGE


async def docs_asset(asset: str) -> tuple:
    ending = asset.rpartition(".")[2]
    if asset not in _published or ending not in MEDIA_TYPES:
        raise NotFound()
    return _published[asset], 200, ASSET | {"Content-Type": MEDIA_TYPES[ending]}


async def openapi_json() -> tuple:
    return _merged, 200, FRESH


async def openapi_yaml() -> tuple:
    return _published["openapi.yaml"], 200, FRESH


async def openapi_document(document: str) -> tuple:
    door = document.removesuffix(".json")
    if door not in _documents:
        raise NotFound()
    return _documents[door], 200, FRESH


async def live() -> dict:
    return {"status": "ok"}


async def ready() -> dict:
    if not await database.ready():
        raise Unavailable()
    return {"status": "ok"}


async def captcha() -> dict:
    return challenges.challenge()


async def jwks() -> tuple:
    return {"keys": await keys.public()}, 200, KEYS


def refuse(refusal: Refusal) -> tuple[dict, int, dict]:
    return problem(refusal, status_of(refusal))
