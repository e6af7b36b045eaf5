"""Lints the documents of `spec/` and the merged one that is served: `npm ci --prefix contract_tests/tools/node`, then
`python contract_tests/tools/lint/lint.py`. Any finding fails.

What a linter does not ask for, and why, is told in the files of `contract_tests/tools/lint/`.
"""

import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parent.parent.parent
MERGED = ROOT / "build" / "openapi.json"
NODE = HERE.parent / "node" / "node_modules" / ".bin"
LINTERS: list[list[str | Path]] = [
    [sys.executable, "-m", "openapi_spec_validator"],
    [NODE / "redocly", "lint", "--config", HERE / "redocly.yaml"],
    [NODE / "spectral", "lint", "--ruleset", HERE / "spectral.yaml", "--fail-severity", "hint"],
]


def main() -> int:
    if lacking := [linter[0].name for linter in LINTERS if isinstance(linter[0], Path) and not linter[0].exists()]:
        print(
            f"without {' and '.join(lacking)}; to be installed first: npm ci --prefix contract_tests/tools/node",
            file=sys.stderr,
        )
        return 2
    MERGED.parent.mkdir(exist_ok=True)
    with MERGED.open("w") as file:
        subprocess.run([Path(sys.executable).with_name("portico"), "spec", "--format", "json"], stdout=file, check=True)
    documents = [*sorted((ROOT / "spec").glob("*.yaml")), MERGED]
    statuses = [subprocess.run([*linter, *documents], cwd=ROOT).returncode for linter in LINTERS]  # each has its say
    return int(any(statuses))


if __name__ == "__main__":
    sys.exit(main())
