"""``docs/resources.md`` and the tables of the product say the same."""

from __future__ import annotations

from localcloud.contracts.accepted_types import ACCEPTED
from localcloud.contracts.supported import HONOURED
from localcloud.stack.verdicts import SERVED_OF_SAM
from tools.resources import MEASURED, PAGE, Counts, render


def test_the_page_is_what_the_command_makes_of_the_tables() -> None:
    assert PAGE.read_text() == render(Counts.read(MEASURED)), "run `make resources`"


def test_page_names_each_supported_type() -> None:
    page = PAGE.read_text()
    assert [kind for kind in (*ACCEPTED, *HONOURED, *SERVED_OF_SAM) if f"`{kind}`" not in page] == []
