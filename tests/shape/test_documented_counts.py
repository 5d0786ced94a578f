"""Counts that the README and the first tutorial print are those of the template and the sample."""

import re
from pathlib import Path

import pytest

from localcloud.stack.nested import parts
from localcloud.stack.template import resources
from tests.shape import shape

PAGES = ("README.md", "docs/tutorials/first-order.md")


def _page(name: str) -> str:
    return (shape.ROOT / name).read_text("utf-8")


@pytest.mark.parametrize("name", PAGES)
def test_page_prints_the_templates_count_of_resources(name: str) -> None:
    sizes = [len(resources(part.template)) for part in parts(shape.template(), shape.APPSYNC)]
    planned = f"{sum(sizes)} resources, {sum(sizes[1:])} of them in {len(sizes) - 1} nested"
    assert re.findall(r"creating stack orderwire: (.*)", _page(name)) == [planned]
    # A nested stack's own resource is replaced by what it contains.
    assert re.findall(r"stack orderwire: (\d+) resources in place", _page(name)) == [
        str(len(shape.everything()))
    ]


@pytest.mark.parametrize("name", PAGES)
def test_page_names_the_count_of_sample_orders(name: str) -> None:
    sample = Path(shape.ROOT, "examples", "orders.jsonl").read_text("utf-8").splitlines()
    assert re.findall(r"(\d+)\s+sample\s+orders", _page(name)) == [str(len(sample))]
