"""The pages of ``docs``: lines that are easily read, in the field's own words."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from bench.benchmarks import ALL
from tools.docs_site import expanded, foreign_source, listed_pages, within_docs

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"
WIDTH = 100
# A decision is a record: it keeps the words of its day.
PAGES = [path for path in sorted(DOCS.rglob("*.md")) if "decisions" not in path.relative_to(DOCS).parts]
# What a line may not be broken at: a table's row, a link with its address.
_UNBROKEN = re.compile(r"^\s*\||\]\([^)]*\)|https?://|^\[[^\]]+\]:|<!--|\]\(")
# A private dialect's tell-tales, as whole words of the text.
DIALECT = re.compile(
    r"\b(whoever|somebody|all else|anew|is made by|are made by|is told|are told|tells of|it tells)\b", re.I
)


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    """Yield the page's lines of prose, with their numbers: neither code nor tables."""
    inside = False
    for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
        if line.lstrip().startswith("```"):
            inside = not inside
        elif not inside and not line.lstrip().startswith("|"):
            yield number, line


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(DOCS)))
def test_lines_are_at_most_100_characters(path: Path) -> None:
    long = [
        f"{path.name}:{number}"
        for number, line in _lines(path)
        if len(line) > WIDTH and not _UNBROKEN.search(line)
    ]
    assert long == []


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(DOCS)))
def test_prose_is_free_of_the_private_dialect(path: Path) -> None:
    tells = [
        f"{path.name}:{number}: {match.group()}"
        for number, line in _lines(path)
        for match in DIALECT.finditer(re.sub(r"`[^`]*`", "", line))
    ]
    assert tells == []


def test_links_out_of_the_docs_become_paths_in_the_site() -> None:
    text = "[the sample](../examples/approval), [IAM](iam.md#the-report) and [`orders/a.py`](../orders/a.py)"
    assert within_docs(text, "clock.md") == (
        "the sample (`examples/approval`), [IAM](iam.md#the-report) and `orders/a.py`"
    )


def test_navigation_folder_contains_its_unnamed_pages() -> None:
    nav = expanded(
        ["tutorials/README.md", {"More": ["tutorials/*"]}, {"None": ["nowhere/*"]}], {"tutorials/README.md"}
    )
    assert nav[0] == "tutorials/README.md"
    assert nav[1:] == [{"More": [f"tutorials/{name}" for name in _names("tutorials") if name != "README.md"]}]


def test_navigation_names_every_page() -> None:
    site = yaml.load((ROOT / "mkdocs.yml").read_text("utf-8"), Loader=yaml.BaseLoader)
    pages = {path.relative_to(DOCS).as_posix() for path in DOCS.rglob("*.md")}
    left_out = {page for page in pages if page.endswith(".in.md")}
    assert set(listed_pages(expanded(site["nav"], set()))) == pages - left_out


def _names(folder: str) -> list[str]:
    return sorted(path.name for path in (DOCS / folder).glob("*.md"))


@pytest.mark.parametrize(
    "html",
    [
        '<script src="https://unpkg.com/iframe-worker/shim"></script>',
        '<link rel="stylesheet" href="https://fonts.example/roboto.css">',
        "<img src=https://shields.example/badge.svg>",
    ],
)
def test_page_loading_from_another_host_is_reported(html: str) -> None:
    assert (foreign_source(html) or "").startswith("https://")


def test_a_link_to_another_host_is_no_load() -> None:
    assert foreign_source('<a href="https://example.org/"><script src="assets/a.js"></script>') is None


# A fence stands alone on its line: elsewhere a wrapped paragraph has swallowed a block of code.
_FENCE = re.compile(r"(?:\s|> )*```[\w+-]*")


def broken_fences(text: str) -> list[int]:
    """Return the numbers of the lines with a fence that opens or closes no block of code."""
    lines = {number: line for number, line in enumerate(text.splitlines(), 1) if "```" in line}
    broken = [number for number, line in lines.items() if not _FENCE.fullmatch(line)]
    return broken or [*lines][-1:] * (len(lines) % 2)


def test_fences_stand_alone_and_in_pairs() -> None:
    documents = [*DOCS.rglob("*.md"), *ROOT.glob("*.md"), *(ROOT / "localcloud").glob("*.md")]
    broken = {str(path): lines for path in documents if (lines := broken_fences(path.read_text("utf-8")))}
    assert broken == {}


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("``` make bench # all\nmake bench QUICK=1 ```", [1, 2]),
        ("Run\n```sh\nmake run\n```\n", []),
        ("```\nmake run\n", [1]),
    ],
)
def test_fence_within_a_paragraph_or_without_its_end_is_reported(text: str, lines: list[int]) -> None:
    assert broken_fences(text) == lines


def test_benchmarks_page_lists_every_benchmark() -> None:
    page = (DOCS / "benchmarks.md").read_text("utf-8")
    assert [benchmark.name for benchmark in ALL if f"\n| `{benchmark.name}` |" not in page] == []
    long = re.search(r"only by name: (.*)\.", page)
    assert long is not None
    assert re.findall(r"`(\w+)`", long[1]) == [benchmark.name for benchmark in ALL if benchmark.long]
