"""What `cdk synth` wrote is served as it is: its assets are found beside the template."""

from __future__ import annotations

import json
from pathlib import Path

import aiohttp
import pytest

from localcloud.stack.cdk import with_local_assets
from localcloud.stack.template import TemplateError, properties, read_template, resources
from tests.localcloud.running import running
from tests.projects.talking import Talker

OUT = Path(__file__).parent / "cdk" / "cdk.out"
TEMPLATE = OUT / "Tasks.template.json"
ADD = "mutation Add($title: String!) { addTask(title: $title, note: null) { id title note } }"


@pytest.mark.slow
async def test_cdk_application_is_deployed_and_answers(tmp_path: Path) -> None:
    with running(tmp_path, TEMPLATE) as cloud:
        (api,) = cloud.apis
        async with aiohttp.ClientSession() as session:
            caller = Talker(session, api, {"x-api-key": api.api_keys[0]})
            async with caller.listening("subscription { onAddTask { title note } }") as listener:
                added = (await caller.data(ADD, title="sweep"))["addTask"]
                assert added == {"id": added["id"], "title": "Hello: sweep", "note": None}
                assert await listener.event() == {"onAddTask": {"title": "Hello: sweep", "note": None}}
            task = await caller.data("query One($id: ID!) { task(id: $id) { title } }", id=added["id"])
            assert task == {"task": {"title": "Hello: sweep"}}
            assert await caller.data('{ greet(name: "Ada") }') == {"greet": "Hello, Ada!"}
        assert "not supported" not in cloud.printed.read_text()


def test_assets_replace_their_bucket_locations() -> None:
    template = read_template(TEMPLATE)
    before = json.dumps(template)
    local = with_local_assets(template, OUT)
    kinds = {
        str(properties(resource).get(name))
        for resource in resources(local).values()
        for name in ("Code", "CodeS3Location")
        if name in properties(resource)
    }
    assert len(kinds) == 4
    assert all((OUT / kind).exists() for kind in kinds)
    assert (local["Parameters"], local["Rules"]) == ({}, {})
    assert json.dumps(template) == before


def test_template_without_a_manifest_keeps_everything_except_the_bootstrap_check(tmp_path: Path) -> None:
    template = read_template(TEMPLATE)
    printed = with_local_assets(template, tmp_path)
    assert printed == template | {"Parameters": {}, "Rules": {}}
    assert with_local_assets(printed, tmp_path) is printed


def test_manifest_that_is_no_json_is_named(tmp_path: Path) -> None:
    (tmp_path / "Tasks.assets.json").write_text("{")
    with pytest.raises(TemplateError, match=r"Tasks\.assets\.json: cannot be read as a manifest of CDK's"):
        with_local_assets(read_template(TEMPLATE), tmp_path)
