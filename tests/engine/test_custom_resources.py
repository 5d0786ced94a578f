"""CloudFormation's custom resources: what their functions receive, answer, or fail to answer."""

from __future__ import annotations

import io
import json
import zipfile
from typing import Any

import pytest

from localcloud.engine.mends import custom_resources
from tests.engine.artefacts import fetch
from tests.engine.hooks import put
from tests.engine.standins import FunctionError
from tests.engine.world import World


def custom(world: World, function: str, **properties: Any) -> dict[str, Any]:
    arn = world.client("lambda").get_function(FunctionName=function)["Configuration"]["FunctionArn"]
    return {"Thing": {"Type": "Custom::Thing", "Properties": {"ServiceToken": arn, **properties}}}


def answer(event: Any, physical_id: str = "thing") -> None:
    same = {name: event[name] for name in ("StackId", "RequestId", "LogicalResourceId")}
    document = {**same, "Status": "SUCCESS", "PhysicalResourceId": physical_id, "Data": {"Seen": "yes"}}
    put(event["ResponseURL"], json.dumps(document).encode())


def check_custom_resources(world: World) -> None:
    def fails(event: Any) -> None:
        if event["RequestType"] == "Create":
            raise FunctionError("Runtime.ImportModuleError", "Error: Cannot find module 'index'")
        answer(event)

    failed = world.deploy(custom(world, world.function(fails)))
    assert failed.status == "ROLLBACK_COMPLETE"
    assert failed.reasons()[-1] == (
        "Its function gave no answer: it failed: Runtime.ImportModuleError: Error: Cannot find module 'index'"
    )


def check_inline_code(world: World) -> None:
    def files(runtime: str, source: str, handler: str = "index.handler") -> list[str]:
        properties = {"Runtime": runtime, "Handler": handler, "Code": {"ZipFile": source}}
        stack = world.deploy(
            {"F": {"Type": "AWS::Lambda::Function", "Properties": {**properties, "Role": ROLE}}}
        )
        assert stack.status == "CREATE_COMPLETE", stack.reasons()
        name = stack.physical_ids()["F"]
        code = fetch(world.client("lambda").get_function(FunctionName=name)["Code"]["Location"])
        return zipfile.ZipFile(io.BytesIO(code)).namelist()

    response = "const response = require('cfn-response');"
    assert files("nodejs22.x", response) == ["index.js", "cfn-response.js"]
    assert files("python3.13", "import cfnresponse") == ["index.py", "cfnresponse.py"]
    assert files("python3.13", "x = 1", "main.handler") == ["index.py"]


ROLE = "arn:aws:iam::000000000000:role/any"


def test_failing_custom_resource_rolls_back_with_its_reason(world: World) -> None:
    check_custom_resources(world)


def test_inline_code_becomes_a_file_with_the_response_module(world: World) -> None:
    check_inline_code(world)


def test_custom_resource_receives_creation_update_and_deletion(world: World) -> None:
    requests: list[tuple[str, str | None, str]] = []

    def function(event: Any) -> None:
        size = event["ResourceProperties"]["Size"]
        requests.append((event["RequestType"], event.get("PhysicalResourceId"), size))
        answer(event, f"thing-{size}")

    name = world.function(function)
    stack = world.deploy(custom(world, name, Size=1), {"Seen": {"Fn::GetAtt": ["Thing", "Seen"]}})
    assert (stack.outputs, stack.physical_ids()) == ({"Seen": "yes"}, {"Thing": "thing-1"})
    stack = world.deploy(custom(world, name, Size=2), stack=stack.name)
    stack.delete()
    assert requests == [
        ("Create", None, "1"),
        ("Update", "thing-1", "2"),
        ("Delete", "thing-1", "1"),
        ("Delete", "thing-2", "2"),
    ]


def test_custom_resource_fails_when_its_function_returns_without_an_answer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(custom_resources, "AFTER_RETURN", 0.001)
    lines: list[str] = []
    local = custom_resources._Local()
    local.outcome = {"body": {}}
    waiting = custom_resources.CustomResourceAnswer(
        "token", local, lambda token, reason, failed: lines.append(reason)
    )
    assert not waiting.wait(0.01)
    assert lines == ["it returned, and nothing has answered at ResponseURL"]
