"""Documents at the root: the README stays short, links lead to files, a changelog dates the version."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest
from pymdownx.slugs import slugify

import clients
import localcloud

ROOT = Path(__file__).resolve().parent.parent
# As the site has it (mkdocs.yml), which is as GitHub does.
heading_slug = slugify(case="lower")
AT_THE_ROOT = (
    "README",
    "CONTRIBUTING",
    "SECURITY",
    "CODE_OF_CONDUCT",
    "CHANGELOG",
    "localcloud/CHANGELOG",
    "localcloud/README",
)
LINK = re.compile(r"\]\(([^)\s]+)\)|(?:src|srcset|href)=\"([^\"]+)\"")


def addresses(document: Path) -> list[str]:
    """Return what a document links to in this repository, as it names it."""
    text = re.sub(r"```.*?```|`[^`\n]*`", "", document.read_text(encoding="utf-8"), flags=re.DOTALL)
    targets = [target or source for target, source in LINK.findall(text)]
    return [target for target in targets if not re.match(r"[a-z]+:", target)]


def linked(document: Path) -> list[str]:
    """Return the files that a document links to."""
    return [target.partition("#")[0] for target in addresses(document) if not target.startswith("#")]


@pytest.mark.parametrize("name", AT_THE_ROOT)
def test_a_document_at_the_root_links_to_files(name: str) -> None:
    document = ROOT / f"{name}.md"
    assert [target for target in linked(document) if not (document.parent / target).exists()] == []


def test_pages_link_to_files() -> None:
    missing = [
        f"{page.relative_to(ROOT)}: {target}"
        for page in sorted((ROOT / "docs").rglob("*.md"))
        for target in linked(page)
        if not (page.parent / target).exists()
    ]
    assert missing == []


@cache
def anchors(page: Path) -> set[str]:
    """Return the names that a page's headings have in a link."""
    text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    headings = re.findall(r"^#+ +(.+?) *$", text, re.MULTILINE)
    shown = [re.sub(r"\[([^\]]*)\]\([^)]*\)|[`*]", r"\1", heading) for heading in headings]
    return {heading_slug(heading, "-") for heading in shown}


def test_links_to_a_part_of_a_page_name_one_of_its_headings() -> None:
    missing = [
        f"{page.relative_to(ROOT)}: {target}"
        for page in [*sorted((ROOT / "docs").rglob("*.md")), *(ROOT / f"{name}.md" for name in AT_THE_ROOT)]
        for target in addresses(page)
        for file, _, heading in [target.partition("#")]
        if heading and (not file or file.endswith(".md"))
        if heading not in anchors(page.parent / file if file else page)
    ]
    assert missing == []


def test_readme_fits_on_a_screen_and_a_half() -> None:
    lines = (ROOT / "README.md").read_text(encoding="utf-8").splitlines()
    assert len(lines) <= 100


def test_readme_leads_to_every_page_of_the_documentation() -> None:
    reached: set[Path] = set()
    indexes = [ROOT / "README.md"]
    while indexes:  # an index of a folder is a README, too
        index = indexes.pop()
        pages = {(index.parent / target).resolve() for target in linked(index)} - reached
        reached |= pages
        indexes.extend(page for page in pages if page.name == "README.md" and page.exists())
    pages = {page for page in (ROOT / "docs").rglob("*.md") if not page.name.endswith(".in.md")}
    assert sorted(str(page.relative_to(ROOT)) for page in pages - reached) == []


@pytest.mark.parametrize(
    ("folder", "version"), [("", clients.__version__), ("localcloud", localcloud.__version__)]
)
def test_changelog_dates_the_version_and_keeps_room_above_it(folder: str, version: str) -> None:
    text = (ROOT / folder / "CHANGELOG.md").read_text(encoding="utf-8")
    newest, release, *_ = re.findall(r"(?m)^## (.+)$", text)
    assert newest == "Unreleased"
    assert re.fullmatch(rf"{re.escape(version)} - \d{{4}}-\d{{2}}-\d{{2}}", release)
    assert [line for line in text.splitlines() if len(line) > 100] == []


def test_pictures_are_small() -> None:
    pictures = list((ROOT / "docs" / "images").iterdir())
    assert pictures
    assert [path.name for path in pictures if path.stat().st_size > 150_000] == []
