"""docs/access.md says what the tests here try."""

from __future__ import annotations

from tools.access import PAGE, page


def test_access_page_is_generated_from_the_table() -> None:
    written = PAGE.read_text(encoding="utf-8")
    assert written == page(), "docs/access.md is not that of the tests: run `python -m tools.access`"
