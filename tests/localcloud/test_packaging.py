"""One start that packages and builds all that ``aws cloudformation package`` and ``sam build`` do."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.localcloud.running import ROOT, Running, running, wait_for

pytestmark = [pytest.mark.slow, pytest.mark.integration]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    project = tmp_path_factory.mktemp("packaged") / "project"
    return Path(shutil.copytree(ROOT / "tests" / "localcloud" / "packaged", project))


@pytest.fixture(scope="module")
def cloud(folder: Path) -> Iterator[Running]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LOCALCLOUD_CACHE", str(folder.parent / "cache"))
        # Forked, it would have the environment of before.
        with running(folder.parent, folder / "template.yaml", reload=True, forked=False) as up:
            yield up


def invoke(cloud: Running, name: str) -> Any:
    functions = cloud.session().client("lambda", endpoint_url=cloud.engine)
    return json.loads(functions.invoke(FunctionName=name)["Payload"].read())


def address(cloud: Running, kind: str, name: str) -> str:
    apis: Any = cloud.ready[kind]
    return next(str(api["url"]) for api in apis if api["name"] == name and not api["url"].endswith("/Stage"))


def test_each_function_of_a_loop_runs_its_own_code(cloud: Running) -> None:
    for name in ("users", "orders"):
        assert invoke(cloud, cloud.outputs[f"{name}Name"]) == [name, name]


def test_functions_of_loops_and_nested_stacks_are_listed(cloud: Running) -> None:
    assert json.loads(cloud.outputs["Json"]) == {"names": ["users", "orders"], "count": 2}
    assert cloud.outputs["Mapped"] == "none"
    assert "Queuey" in cloud.outputs["Nested"]


def test_definition_file_of_a_machine_has_its_substitutions(cloud: Running) -> None:
    machines = cloud.session().client("stepfunctions", endpoint_url=cloud.engine)
    arn = machines.start_execution(stateMachineArn=cloud.outputs["Machine"])["executionArn"]
    wait_for(lambda: machines.describe_execution(executionArn=arn)["status"] == "SUCCEEDED")
    assert machines.describe_execution(executionArn=arn)["output"] == '"hello"'


def test_apis_are_created_from_included_and_uploaded_definitions(cloud: Running) -> None:
    assert httpx.get(address(cloud, "rest_apis", "included") + "/a").text == "from the layer"
    assert httpx.get(address(cloud, "rest_apis", "located") + "/m").text == '"mocked"'
    assert address(cloud, "http_apis", "http").startswith("http://127.0.0.1:")


def test_sam_graphql_api_has_its_files_and_the_layer_of_its_functions(cloud: Running) -> None:
    api = cloud.apis[0]
    answer = httpx.post(api.graphql, json={"query": "{ hi }"}, headers={"x-api-key": api.api_keys[0]})
    assert answer.json() == {"data": {"hi": "from the layer"}}


def test_edits_of_included_and_built_files_are_live(cloud: Running, folder: Path) -> None:
    code = folder / "services" / "users" / "app.py"
    code.write_text(code.read_text().replace('["users",', '["edited",'))
    assert invoke(cloud, cloud.outputs["usersName"]) == ["edited", "users"]
    (folder / "layer" / "common.py").write_text('WORD = "of another layer"\n')
    snippet = folder / "rest.yaml"
    snippet.write_text(snippet.read_text().replace("/a:", "/b:"))
    url = address(cloud, "rest_apis", "included") + "/b"
    wait_for(lambda: httpx.get(url).text == "of another layer", what="the edit of a layer and a snippet")
