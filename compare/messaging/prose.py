"""Paragraphs of the page."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

WIDTH = 96


def paragraph(text: str) -> Iterator[str]:
    """Yield a text in lines of at most 96 characters, and an empty line.

    Examples
    --------
    >>> list(paragraph("A queue forgets."))
    ['A queue forgets.', '']
    """
    yield textwrap.fill(text, WIDTH, break_on_hyphens=False, break_long_words=False)
    yield ""
