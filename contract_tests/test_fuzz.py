"""T15: Schemathesis against a live server. It knows nothing but the document that is served, and `hooks.py`."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from portico.core import settings
from test_every_door import whole

HERE = Path(__file__).parent
COMMAND = str(Path(sys.executable).with_name("st"))


@pytest.mark.parametrize("door", [*settings.DOORS, "service"])
def test_t15_the_contract_is_kept_under_fuzzing(serving, tmp_path, door):
    server = serving()

    done = subprocess.run(
        [COMMAND, "--config-file", HERE / "schemathesis.toml", "run", f"{server.url}/openapi/{door}.json"],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(HERE), "NO_COLOR": "1", "COLUMNS": "160"},
        capture_output=True,
        text=True,
        timeout=300,
    )

    assert done.returncode == 0, readable(done.stdout + done.stderr)
    links = re.search(r"API Links: +(\d+) covered / (\d+) selected / (\d+) total", done.stdout)
    assert door not in settings.DOORS or len({*links.groups()}) == 1  # the stateful phase went every way there is
    assert whole(server.client.get("/health/ready")) == (200, {"status": "ok"})


def readable(report: str) -> str:
    """A report without what makes generated bodies long."""
    return "\n".join(line[:400] for line in report.splitlines() if line.strip())
