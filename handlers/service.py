"""The operations that belong to no door: the front page, the documents, health, the captcha and the public keys."""

from portico.core import captcha as challenges
from portico.core import database, keys
from portico.core.house import house
from portico.core.refusals import NotFound, Refusal, Unavailable

from . import Json, Reply, problem, status_of

PAGE = {
    "Cache-Control": "no-cache",
    "Content-Security-Policy": "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
}
# These answers may be cached, and their CORS headers depend on the origin that asks: hence `Vary`.
FRESH = {"Cache-Control": "no-cache", "Vary": "Origin"}
ASSET = {"Cache-Control": "public, max-age=86400", "Vary": "Origin"}
KEYS = {"Cache-Control": "public, max-age=30", "Vary": "Origin"}
MEDIA_TYPES = {"css": "text/css", "js": "text/javascript"}


async def front_page() -> Reply:
    return Reply(house().published.files["front.html"], headers=PAGE)


async def docs() -> Reply:
    return Reply(house().published.files["docs.html"], headers=PAGE)


async def docs_asset(asset: str) -> Reply:
    files, ending = house().published.files, asset.rpartition(".")[2]
    if asset not in files or ending not in MEDIA_TYPES:
        raise NotFound()
    return Reply(files[asset], headers=ASSET | {"Content-Type": MEDIA_TYPES[ending]})


async def openapi_json() -> Reply:
    return Reply(house().published.merged, headers=FRESH)


async def openapi_yaml() -> Reply:
    return Reply(house().published.files["openapi.yaml"], headers=FRESH)


async def openapi_document(document: str) -> Reply:
    documents, door = house().published.documents, document.removesuffix(".json")
    if door not in documents:
        raise NotFound()
    return Reply(documents[door], headers=FRESH)


async def live() -> Json:
    return {"status": "ok"}


async def ready() -> Json:
    if not await database.ready():
        raise Unavailable()
    if down := house().background.down:
        raise Unavailable(message=f"A background task failed and is tried again: {', '.join(down)}")
    return {"status": "ok"}


async def captcha() -> Json:
    return challenges.challenge()


async def jwks() -> Reply:
    return Reply({"keys": await keys.public()}, headers=KEYS)


def refuse(refusal: Refusal) -> Reply:
    return problem(refusal, status_of(refusal))
