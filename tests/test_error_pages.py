"""Every error that a user meets has a page, whose facts are those of the code's tables."""

import pytest

from clients import errors as client_errors
from clients.cli.pages import page_for
from clients.errors import ImportProblem, OrderwireError, WebhookProblem
from localcloud.command_line.pages import PAGES as LOCAL_PAGES
from localcloud.command_line.pages import page_for as local_page_for
from orders import errors as order_errors
from orders.answers import answer_for
from orders.errors import CallerError
from tools.error_pages import CLOSE, FOLDER, INDEX, OPEN, Entry, entries, page, written


def test_each_page_says_what_the_tables_say() -> None:
    stale = [path.name for path, text in written().items() if path.read_text("utf-8") != text]
    assert stale == [], "run `make errors`"


def test_every_page_is_about_an_existing_error() -> None:
    assert {path.name for path in FOLDER.glob("*.md")} == {f"{each.name}.md" for each in entries()} | {INDEX}


def test_each_page_says_why_and_what_to_do() -> None:
    for entry in entries():
        text = (FOLDER / f"{entry.name}.md").read_text("utf-8")
        assert "\n## Why\n" in text, entry.name
        assert "\n## What to do\n" in text, entry.name


def test_each_error_of_the_api_has_a_page() -> None:
    names = {entry.name for entry in entries()}
    classes = [getattr(order_errors, name) for name in order_errors.__all__]
    for kind in classes:
        if issubclass(kind, CallerError):
            problem = answer_for(kind.__new__(kind)).problem
            assert problem.removeprefix("urn:orderwire:problem:") in names, kind


def test_each_client_error_names_an_existing_page() -> None:
    classes = [
        value
        for value in vars(client_errors).values()
        if isinstance(value, type) and issubclass(value, OrderwireError) and value is not OrderwireError
    ]
    for kind in classes:
        error = kind.__new__(kind)
        if isinstance(error, WebhookProblem | ImportProblem):
            error.kind = kind.__name__
        if kind not in {WebhookProblem, ImportProblem}:
            assert (FOLDER.parent.parent / page_for(error)).exists(), kind


@pytest.mark.parametrize("kind", LOCAL_PAGES)
def test_each_refusal_of_the_local_cloud_names_an_existing_page(kind: type[Exception]) -> None:
    named = local_page_for(kind("words"))
    assert named is not None
    assert (FOLDER.parent.parent / named).exists()


def test_an_error_without_a_page_names_none() -> None:
    assert local_page_for(ValueError("words")) is None


def test_a_page_without_a_place_for_its_facts_is_an_error() -> None:
    entry = Entry("out-of-stock", "`OUT_OF_STOCK`", "reason", (("`reason`", "`OUT_OF_STOCK`"),))
    with pytest.raises(ValueError, match="has no place for its facts"):
        page(entry, "# `OUT_OF_STOCK`\n")
    text = page(entry, f"# Title\n\n{OPEN}\nold\n{CLOSE}\n\nText.\n")
    assert "| `reason` | `OUT_OF_STOCK` |" in text
    assert "old" not in text
