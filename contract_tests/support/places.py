"""Where things are in the checkout."""

from pathlib import Path

TESTS = Path(__file__).parent.parent
HOUSE = TESTS.parent
SPEC = HOUSE / "spec"
NODE_TOOLS = TESTS / "tools" / "node" / "node_modules" / ".bin"
PACKAGES = ("models", "core", "handlers", "runtime")  # each may import itself and those before it


def sources(package: str) -> list[Path]:
    return sorted((HOUSE / package).rglob("*.py"))
