"""T15: Schemathesis against a live server. It knows nothing but the document that is served, and `hooks.py`.

`--examples 1000 --seed 7` sends more, and others; a run says at its end (`-s`) how much it was.
"""

import re
import tomllib
from collections.abc import Callable

import pytest
from support.answers import found, whole
from support.documents import DOCUMENTS as CONTRACT
from support.server import Serving
from tools.fuzz.fuzzing import SETTINGS, fuzz, readable, summary

from portico.core import settings

DOCUMENTS = [*(f"openapi/{name}.json" for name in (*settings.DOORS, "service")), "openapi.json"]


@pytest.mark.parametrize("document", DOCUMENTS)
def test_t15_the_contract_is_kept_under_fuzzing(
    serving: Serving, request: pytest.FixtureRequest, record_property: Callable[[str, object], None], document: str
) -> None:
    server = serving(PORTICO_LIMITS="off", PORTICO_CAPTCHA="off")

    done = fuzz(f"{server.url}/{document}", request.config, outbox=server.folder / "outbox")

    assert done.returncode == 0, readable(done.stdout + done.stderr)
    record_property("fuzzing", summary(done.stdout))
    print(f"\n{document}\n{summary(done.stdout)}")
    if "service" not in document:  # it has no links; those of the doors test_spec.py follows all
        assert int(found(r"API Links: +(\d+) covered / (\d+) selected / (\d+) total", done.stdout)[1]) > 0
    assert {line for line in LOOKED_AT[document] if f"  {line} " not in done.stdout} == set()
    assert whole(server.client.get("/health/ready")) == (200, {"status": "ok"})


# What hooks.py must have looked at in a run; a check that looks at nothing finds nothing.
LOOKED_AT = {
    "openapi/appseed.json": {"the end of sessions by appseed.logout", "refusals"},
    "openapi/vault.json": {"the token of vault.refresh", "the end of sessions by vault.reset_password", "refusals"},
    "openapi/mobile.json": {"the end of sessions by mobile.delete", "refusals"},
    "openapi/owners.json": {
        "the end of sessions by owners.delete_owner",
        "the end of sessions by owners.delete_application",
        "refusals",
    },
    "openapi/notes.json": {"the token of notes.refresh", "refusals"},
    "openapi/service.json": set(),
    "openapi.json": {"refusals"},
}


def test_t15_what_is_excepted_is_an_operation() -> None:
    items = [item for document in CONTRACT.values() for item in document["paths"].values()]
    ids = [operation["operationId"] for item in items for operation in item.values()]
    for exception in tomllib.loads(SETTINGS.read_text())["operations"]:
        assert set(exception.get("include-operation-id", [])) <= set(ids)
        if pattern := exception.get("include-operation-id-regex"):
            assert any(re.search(pattern, name) for name in ids)
