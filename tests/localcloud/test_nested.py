"""Nested stacks in ``python -m localcloud``: served whole, and edited while it runs."""

from __future__ import annotations

import json
import shutil
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest

from tests.localcloud.running import ROOT, Running, running, wait_for

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    source = ROOT / "tests" / "localcloud" / "nested"
    return Path(shutil.copytree(source, tmp_path_factory.mktemp("n") / "nested"))


@pytest.fixture(scope="module")
def cloud(folder: Path) -> Iterator[Running]:
    with running(folder.parent, folder / "template.yaml", reload=True) as up:
        yield up


def ask(cloud: Running, query: str) -> object:
    api = cloud.apis[0]
    headers = {"x-api-key": api.api_keys[0], "content-type": "application/json"}
    request = urllib.request.Request(api.graphql, json.dumps({"query": query}).encode(), headers)
    with urllib.request.urlopen(request, timeout=60) as answer:
        document = json.load(answer)
    return document["data"] if "errors" not in document else document["errors"]


def edit(cloud: Running, path: Path, old: str, new: str, *, until: str = "reloaded") -> str:
    before = len(cloud.printed.read_text())
    text = path.read_text()
    assert text.count(old) == 1, (path, old)
    path.write_text(text.replace(old, new))
    wait_for(lambda: until in cloud.printed.read_text()[before:], what=until)
    return cloud.printed.read_text()[before:]


def test_nested_stack_is_live_like_the_root(cloud: Running, folder: Path) -> None:
    assert "14 resources, 8 of them in 2 nested" in cloud.printed.read_text()
    nested = cast("dict[str, Any]", cloud.ready["nested"])["Counts"]
    assert nested["nested"]["Deep"]["outputs"] == {"Queue": cloud.outputs["Queue"]}
    assert ask(cloud, '{ greet(name: "Ada") }') == {"greet": "Hello Ada"}
    assert ask(cloud, 'mutation { count(name: "a") }') == {"count": 1}

    resolver = folder / "counts" / "js" / "count.js"
    output = edit(cloud, resolver, "':step': 1", "':step': 10")
    assert "count.js: tally reloaded" in output
    assert ask(cloud, 'mutation { count(name: "a") }') == {"count": 11}

    function = folder / "counts" / "greet" / "greet.py"
    function.write_text(function.read_text().replace("{HELLO} ", "{HELLO}, dear "))
    wait_for(lambda: ask(cloud, '{ greet(name: "Ada") }') == {"greet": "Hello, dear Ada"})

    deep = folder / "counts" / "deep" / "template.yaml"
    edit(cloud, deep, "VisibilityTimeout: !Ref Seconds", 'VisibilityTimeout: "40"')
    sqs = cloud.session().client("sqs", endpoint_url=cloud.engine)
    url = cloud.outputs["Queue"]
    read = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["VisibilityTimeout"])
    assert read["Attributes"]["VisibilityTimeout"] == "40"
    # What was in the table is still there.
    assert ask(cloud, 'mutation { count(name: "a") }') == {"count": 21}


def test_invalid_edit_of_a_nested_template_is_reported_by_file_and_line(cloud: Running, folder: Path) -> None:
    child, note = folder / "counts" / "template.yaml", "what ran before stays: "
    output = edit(cloud, child, "  Step:\n    Type: String\n", "", until=note)
    assert f"{child}: not applied" in output
    assert "template.yaml:73: Deep refers to Step, which is neither a resource nor a parameter" in output
    assert ask(cloud, '{ greet(name: "Ada") }') != []
