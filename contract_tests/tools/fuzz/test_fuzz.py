"""T15: Schemathesis against a live server. It knows nothing but the document that is served, and `hooks.py`.

`--examples 1000 --seed 7` sends more, and others; a run says at its end (`-s`) how much it was.
"""

import re
import tomllib
from collections.abc import Callable

import pytest
from doors import DOORS
from support.answers import found, whole
from support.documents import DOCUMENTS, OPERATIONS
from support.server import Serving
from tools.fuzz.fuzzing import SETTINGS, fuzz, readable, summary


@pytest.mark.parametrize("name", [*DOCUMENTS, "all of them"])
def test_t15_the_contract_is_kept_under_fuzzing(
    serving: Serving, request: pytest.FixtureRequest, record_property: Callable[[str, object], None], name: str
) -> None:
    server = serving(PORTICO_LIMITS="off", PORTICO_CAPTCHA="off")
    document = f"openapi/{name}.json" if name in DOCUMENTS else "openapi.json"

    done = fuzz(f"{server.url}/{document}", request.config, outbox=server.folder / "outbox")

    assert done.returncode == 0, readable(done.stdout + done.stderr)
    record_property("fuzzing", summary(done.stdout))
    print(f"\n{document}\n{summary(done.stdout)}")
    if name != "service":  # it has no links; those of the doors test_links.py follows all
        assert int(found(r"API Links: +(\d+) covered / (\d+) selected / (\d+) total", done.stdout)[1]) > 0
        assert looked_at(done.stdout) >= to_look_at(name)
    assert whole(server.client.get("/health/ready")) == (200, {"status": "ok"})


def looked_at(said: str) -> set[str]:
    """What hooks.py looked at in a run: a check that looks at nothing finds nothing. Twins of one function are one."""
    lines = found(r"Looked at:((?:\n  .*)*)", said)[1].splitlines()
    return {re.sub(r"(\w+\.\w+)[.\w]*$", r"\1", line.strip().rpartition(" ")[0]) for line in lines}


def to_look_at(name: str) -> set[str]:
    """What every run comes by: refusals, and at a door its refreshing and what certainly ends sessions."""
    if name not in DOORS:
        return {"refusals"}
    door = DOORS[name]
    ending = {operation for operation in door.live_values or door.ending if operation in door.ending}
    lines = {f"the token of {operation}" for operation in door.refreshing}
    lines |= {f"the end of sessions by {operation}" for operation in ending}
    return {"refusals", *(re.sub(r"(\w+\.\w+)[.\w]*$", r"\1", line) for line in lines)}


def test_t15_what_is_excepted_is_an_operation() -> None:
    for exception in tomllib.loads(SETTINGS.read_text())["operations"]:
        assert set(exception.get("include-operation-id", [])) <= set(OPERATIONS)
        if pattern := exception.get("include-operation-id-regex"):
            assert any(re.search(pattern, name) for name in OPERATIONS)
