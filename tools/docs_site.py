"""What MkDocs does not do by itself for the site: folders in the navigation, links out of ``docs/``.

MkDocs calls the functions by their names, as its hooks (``hooks`` in ``mkdocs.yml``).
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeAlias

if TYPE_CHECKING:
    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure.files import Files
    from mkdocs.structure.pages import Page

Nav: TypeAlias = "list[str | dict[str, str | Nav]]"
"""Names of pages, and groups of them below a title."""

DOCS: Final = Path(__file__).resolve().parent.parent / "docs"
# What a browser loads by itself: scripts, styles, images.
_FOREIGN: Final = re.compile(
    r"""<(?:script|img|iframe|link)\b(?![^>]*\brel="canonical")[^>]*\b(?:src|href)=["']?(?P<address>https?://[^"'>\s]+)"""
)
# A link to a file beside docs/: `[name](../examples/approval)`, `[name](../../README.md#part)`.
_LINK: Final = re.compile(r"\[([^\]]+)\]\((?!\w+:|#|/)([^)\s]+)\)")


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Replace each ``folder/*`` of the navigation by the folder's pages that no other entry names."""
    nav: Nav = config.nav or []
    config.nav = expanded(nav, {page for page in listed_pages(nav) if not page.endswith("/*")})
    return config


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Keep the words of links that leave ``docs/``: the site holds none of those files."""
    return within_docs(markdown, page.file.src_uri)


def on_post_page(output: str, page: Page, config: MkDocsConfig) -> str:
    """Refuse a page that loads something from another host.

    Raises
    ------
    ValueError
    """
    if foreign := foreign_source(output):
        raise ValueError(f"{page.file.dest_uri} would load {foreign}: host it in docs/assets")
    return output


def foreign_source(html: str) -> str | None:
    """Return an address of another host that a browser would load with the page; None without one.

    Examples
    --------
    >>> foreign_source('<a href="https://example.org">')
    >>> foreign_source('<script src="https://unpkg.com/thing"></script>')
    'https://unpkg.com/thing'
    """
    match = _FOREIGN.search(html)
    return match.group("address") if match else None


def expanded(nav: Nav, listed: set[str]) -> Nav:
    """Return ``nav`` with pages in the place of each ``folder/*``, and without what is not there."""
    entries: Nav = []
    for entry in nav:
        if isinstance(entry, dict):
            ((title, content),) = entry.items()
            kept = expanded(content, listed) if isinstance(content, list) else content
            entries += [{title: kept}] if kept else []
        elif entry.endswith("/*"):
            folder = entry[:-2]
            pages = sorted(path.name for path in (DOCS / folder).glob("*.md"))
            entries += [name for name in (f"{folder}/{page}" for page in pages) if name not in listed]
        else:
            entries.append(entry)
    return entries


def within_docs(markdown: str, source: str) -> str:
    """Return the page's text with links to files outside of ``docs/`` as plain code.

    Examples
    --------
    >>> within_docs("see [the sample](../examples/approval) and [IAM](iam.md)", "clock.md")
    'see the sample (`examples/approval`) and [IAM](iam.md)'
    """

    def link(match: re.Match[str]) -> str:
        words, target = match.groups()
        path = posixpath.normpath(posixpath.join("docs", posixpath.dirname(source), target.partition("#")[0]))
        if path == "docs" or path.startswith("docs/"):
            return match.group()
        return words if words.strip("`") == path else f"{words} (`{path}`)"

    return _LINK.sub(link, markdown)


def listed_pages(nav: Nav) -> Iterator[str]:
    """Yield what a navigation names: pages, and folders as ``folder/*``."""
    for entry in nav:
        content = next(iter(entry.values())) if isinstance(entry, dict) else entry
        if isinstance(content, list):
            yield from listed_pages(content)
        else:
            yield content
