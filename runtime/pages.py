"""The pages of the server itself and its documents, rendered once at start-up."""

from importlib.resources import files
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from portico.core.house import Published

from .contract import Contract, as_yaml
from .documents import operations

ASSETS = ("swagger-ui.css", "swagger-ui-bundle.js", "docs.js", "docs.css")


def published(contract: Contract) -> Published:
    """Renders what is served as it stands: pages, the files they need, and the documents."""
    return Published(_rendered(contract), contract.documents, contract.merged)


def _rendered(contract: Contract) -> dict[str, bytes]:
    """Renders the pages, the files they need, and the contract as YAML, by name."""
    environment = Environment(
        loader=PackageLoader("portico.runtime"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    assets = files("portico.runtime") / "assets"
    pages = {name: (assets / name).read_bytes() for name in ASSETS}
    pages["front.html"] = environment.get_template("front.html").render(doors=_doors(contract)).encode()
    pages["docs.html"] = environment.get_template("docs.html").render().encode()
    pages["openapi.yaml"] = as_yaml(contract.merged).encode()
    return pages


def _doors(contract: Contract) -> list[dict[str, Any]]:
    return [
        {"name": door, "title": document["info"]["title"], "operations": list(_operations(document))}
        for door, document in contract.documents.items()
    ]


def _operations(document: dict[str, Any]) -> list[dict[str, str]]:
    return [
        {"method": method.upper(), "path": path, "summary": operation.get("summary", "")}
        for path, method, operation in operations(document)
    ]
