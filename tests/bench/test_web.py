"""The page's benchmark: what it reads, and all of it, shortly, in a real browser."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bench import __main__ as cli
from bench import browser
from bench.benchmarks import web
from bench.model import NotMeasured
from tools import web as page


def test_order_is_read_from_the_request_of_the_page() -> None:
    body = {"query": "mutation submitOrder", "variables": {"input": {"clientToken": "one"}}}
    assert web._order_of(json.dumps(body)) == "one"


def test_text_that_is_no_number_is_no_figure() -> None:
    assert web._number(2) == 2.0
    with pytest.raises(NotMeasured, match="expected a number, not 'two'"):
        web._number("two")


@pytest.mark.slow
@pytest.mark.integration
@pytest.mark.skipif(browser.find() is None, reason=browser.WANTED)
@pytest.mark.skipif(page.missing() is not None, reason=str(page.missing()))
def test_the_page_is_measured(tmp_path: Path) -> None:
    assert cli.main(["web", "--quick", "--json", str(tmp_path)]) == 0
    (path,) = tmp_path.glob("*.json")
    (benchmark,) = json.loads(path.read_text(encoding="utf-8"))["benchmarks"]
    values = {figure["name"]: figure["value"] for figure in benchmark["figures"]}
    assert 20 < values["JavaScript, gzipped"] < 120
    assert values.keys() > {
        "first contentful paint, nothing cached: p50",
        "commit to pixel on the AppSync lane: p50",
        "tasks over 50 ms meanwhile",
    }
