"""The pages of the house itself, rendered once at start-up."""

from importlib.resources import files

from jinja2 import Environment, PackageLoader, StrictUndefined

from .contract import METHODS, Contract, as_yaml

ASSETS = ("swagger-ui.css", "swagger-ui-bundle.js", "docs.js", "docs.css")


def rendered(contract: Contract) -> dict[str, bytes]:
    """The pages, the files they are made of, and the contract as YAML, by name."""
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


def _doors(contract: Contract) -> list[dict]:
    return [
        {"name": door, "title": document["info"]["title"], "operations": list(_operations(document))}
        for door, document in contract.documents.items()
    ]


def _operations(document: dict) -> list[dict]:
    return [
        {"method": method.upper(), "path": path, "summary": item[method]["summary"]}
        for path, item in document["paths"].items()
        for method in METHODS
        if method in item
    ]
