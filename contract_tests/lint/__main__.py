"""`python contract_tests/lint`: every linter over every document, and over the one that is served. Any finding fails."""

import os
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

HERE = Path(__file__).parent
SPEC = HERE.parents[1] / "spec"
NODE = HERE.parent / "node" / "node_modules" / ".bin"
ENVIRONMENT = os.environ | {"REDOCLY_TELEMETRY": "off", "REDOCLY_SUPPRESS_UPDATE_NOTICE": "true"}


def main() -> int:
    if not (NODE / "redocly").exists():
        sys.exit("lint: its Node tools are not installed; npm ci --prefix contract_tests/node")
    with TemporaryDirectory() as folder:
        documents = [*sorted(SPEC.glob("*.yaml")), served(Path(folder))]
        failed = [linter[0] for linter in linters() if run([*linter[1], *documents]) != 0]
    print(f"{len(documents)} documents; " + (f"findings of {', '.join(failed)}" if failed else "no linter finds anything"))
    return bool(failed)


def linters() -> list[tuple[str, list]]:
    validator = [sys.executable, "-m", "openapi_spec_validator"]
    redocly = [NODE / "redocly", "lint", "--config", HERE / "redocly.yaml", "--max-problems", "1000"]
    spectral = [NODE / "spectral", "lint", "--ruleset", HERE / "spectral.yaml", "--fail-severity", "hint", "--verbose"]
    return [("openapi-spec-validator", validator), ("Redocly", redocly), ("Spectral", spectral)]


def served(folder: Path) -> Path:
    """The document of all doors, as the server shows it."""
    portico = Path(sys.executable).with_name("portico")
    document = folder / "portico.yaml"
    document.write_bytes(subprocess.run([portico, "spec", "--format", "yaml"], cwd=folder, capture_output=True, check=True).stdout)
    return document


def run(command: list) -> int:
    return subprocess.run(command, env=ENVIRONMENT).returncode


if __name__ == "__main__":
    sys.exit(main())
