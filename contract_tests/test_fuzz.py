"""T15: Schemathesis against a live server. It knows nothing but the document that is served, and `hooks.py`."""

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from portico.core import settings
from test_every_door import DOCUMENTS as CONTRACT
from test_every_door import whole

HERE = Path(__file__).parent
COMMAND = str(Path(sys.executable).with_name("st"))
DOCUMENTS = [*(f"openapi/{name}.json" for name in (*settings.DOORS, "service")), "openapi.json"]


@pytest.mark.parametrize("document", DOCUMENTS)
def test_t15_the_contract_is_kept_under_fuzzing(serving, tmp_path, document):
    server = serving(PORTICO_LIMITS="off", PORTICO_CAPTCHA="off")

    done = subprocess.run(
        [COMMAND, "--config-file", HERE / "schemathesis.toml", "run", f"{server.url}/{document}"],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(HERE), "OUTBOX": str(server.folder / "outbox"), "NO_COLOR": "1", "COLUMNS": "160"},
        capture_output=True,
        text=True,
        timeout=300,
    )

    assert done.returncode == 0, readable(done.stdout + done.stderr)
    links = re.search(r"API Links: +(\d+) covered / (\d+) selected / (\d+) total", done.stdout)
    assert "service" in document or int(links[1]) > 0  # test_spec.py follows them all
    assert whole(server.client.get("/health/ready")) == (200, {"status": "ok"})


def test_t15_what_is_excepted_is_an_operation():
    items = [item for document in CONTRACT.values() for item in document["paths"].values()]
    ids = [operation["operationId"] for item in items for operation in item.values()]
    for exception in tomllib.loads((HERE / "schemathesis.toml").read_text())["operations"]:
        assert set(exception.get("include-operation-id", [])) <= set(ids)
        if pattern := exception.get("include-operation-id-regex"):
            assert any(re.search(pattern, name) for name in ids)


def readable(report: str) -> str:
    """A report without what makes generated bodies long."""
    return "\n".join(line[:400] for line in report.splitlines() if line.strip())
