"""What README and the pages of `docs/` say is so: links, doors, settings, figures. Their consoles: `test_readme.py`."""

import re
import subprocess
import sys
from functools import cache
from pathlib import Path
from urllib.parse import unquote

import pytest
import yaml
from documentation import index
from support.places import HOUSE as ROOT
from support.places import SPEC

DOCS = ROOT / "docs"
PAGES = sorted([*ROOT.glob("*.md"), *DOCS.glob("*.md"), ROOT / "contract_tests" / "README.md"])
ROOMS = ("benchmarks", "contract_tests", "core", "docs", "handlers", "models", "runtime", "spec", "src")
OF_OTHER_FILES = ("CHANGELOG.md", "adding-a-door.md")  # files that were there once, or are yet to be made
CODE = re.compile(r"^```.*?^```$|`[^`\n]+`", re.MULTILINE | re.DOTALL)


@cache
def prose(page: Path) -> str:
    return CODE.sub("code", page.read_text())


@cache
def anchors(page: Path) -> set[str]:
    """Those of its headings, as GitHub makes them."""
    without_blocks = re.sub(r"^```.*?^```$", "", page.read_text(), flags=re.MULTILINE | re.DOTALL)
    headings = re.findall(r"^#+ (.+)$", without_blocks, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def named(page: Path) -> str:
    return str(page.relative_to(ROOT))


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_every_link_leads_to_a_page_and_a_heading_that_are_there(page: Path) -> None:
    for link in re.findall(r"\]\(([^)]+)\)", prose(page)):
        if re.match(r"https?:", link):
            continue
        path, _, heading = link.partition("#")
        target = (page.parent / unquote(path)).resolve() if path else page
        assert target.is_relative_to(ROOT), link
        assert target.exists(), link
        assert not heading or heading in anchors(target), link


@pytest.mark.parametrize("page", [page for page in PAGES if page.name not in OF_OTHER_FILES], ids=named)
def test_every_file_and_folder_that_is_named_is_there(page: Path) -> None:
    names = re.findall(rf"(?<![\w/.-])(?:{'|'.join(ROOMS)})/[\w/.-]*", page.read_text())

    assert [name for name in names if not (ROOT / name.rstrip(".")).exists()] == []


def test_every_page_is_told_of_at_the_entrance() -> None:
    pages = {page.name for page in DOCS.glob("*.md")} - {"README.md"}

    assert {*re.findall(r"\]\(([\w-]+\.md)\)", prose(DOCS / "README.md"))} == pages
    assert {*re.findall(r"\]\(docs/([\w-]+\.md)\)", prose(ROOT / "README.md"))} == pages
    assert {*re.findall(r": ([\w-]+\.md)$", (ROOT / "mkdocs.yml").read_text(), re.MULTILINE)} == pages | {"README.md"}


def test_readme_shows_a_request_of_each_door() -> None:
    readme = (ROOT / "README.md").read_text()
    rows = re.findall(r"^\| `(\w+)` \|.*\| `(GET|POST|PUT|DELETE) (/\S+?)[` ]", readme, re.MULTILINE)

    assert sorted(door for door, _, _ in rows) == sorted({file.stem for file in SPEC.glob("*.yaml")} - {"service"})
    for door, method, path in rows:
        paths = yaml.safe_load((SPEC / f"{door}.yaml").read_text())["paths"]
        assert method.lower() in paths[path], (door, path)


def test_the_page_of_settings_is_what_the_settings_make(tmp_path: Path) -> None:
    for name in ("settings.py", "settings.md"):
        (tmp_path / name).write_text((DOCS / name).read_text())

    subprocess.run([sys.executable, tmp_path / "settings.py"], check=True)

    assert (tmp_path / "settings.md").read_text() == (DOCS / "settings.md").read_text()


def test_the_page_of_the_tests_is_what_the_tests_make() -> None:
    assert (ROOT / "contract_tests" / "README.md").read_text() == index.page(), (
        "python contract_tests/documentation/index.py"
    )


def test_every_requirement_that_a_test_names_stands_on_their_page() -> None:
    assert index.requirements().keys() <= {name for name, _ in index.REQUIREMENT.findall(index.PAGE.read_text())}


def test_the_figures_are_those_that_were_measured() -> None:
    measured = (ROOT / "benchmarks" / "RESULTS.md").read_text()
    short = measured.partition("## Portico in short")[2].partition("\n## ")[0]

    assert rows_of((DOCS / "benchmarks.md").read_text()) == rows_of(short)


def rows_of(text: str) -> list[str]:
    """The rows of its table below the head."""
    return re.findall(r"^\|.*\|$", text, re.MULTILINE)[2:]
