"""docs/access.md says what the tests here try."""

from __future__ import annotations

from tools.access import PAGE, page


def test_the_page_is_that_of_the_table() -> None:
    written = PAGE.read_text(encoding="utf-8")
    assert written == page(), "docs/access.md is not that of the tests: run `python -m tools.access`"
