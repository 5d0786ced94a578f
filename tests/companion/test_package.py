"""What `chalice deploy` uploads: put together as the deployment does it, unzipped, and run from there."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest

from tools.companion_project import (
    REQUIREMENTS,
    ROOT,
    SOURCE,
    ProjectError,
    alone,
    assemble,
    write_settings,
)

LARGEST = 4_000_000
VALUES = {
    "AccountId": "123456789012",
    "AllowedOrigin": "*",
    "CompanionQueueArn": "arn:aws:sqs:eu-west-1:123456789012:companion",
    "CompanionQueueUrl": "https://sqs.eu-west-1.amazonaws.com/123456789012/companion",
    "ConnectionsTableArn": "arn:aws:dynamodb:eu-west-1:123456789012:table/connections",
    "ConnectionsTableName": "connections",
    "OrdersTableArn": "arn:aws:dynamodb:eu-west-1:123456789012:table/orders",
    "OrdersTableName": "orders",
    "Partition": "aws",
    "Region": "eu-west-1",
    "StateMachineArn": "arn:aws:states:eu-west-1:123456789012:stateMachine:workflow",
    "ExecutionsArn": "arn:aws:states:eu-west-1:123456789012:execution:workflow:*",
    "ExpressMachineArn": "arn:aws:states:eu-west-1:123456789012:stateMachine:express",
    "ExpressOrders": "true",
    "DurableFunctionArn": "arn:aws:lambda:eu-west-1:123456789012:function:run-order:live",
    "RunOrderFunctionArn": "arn:aws:lambda:eu-west-1:123456789012:function:run-order",
    "DurableExecutionsArn": "arn:aws:lambda:eu-west-1:123456789012:function:run-order:*",
    "Orchestrator": "durable",
    "PaceSeconds": "2",
    "ApprovalLimit": "100000000",
    "FlaggedCountries": "AQ,BV",
    "ManageWebhooksArn": "arn:aws:lambda:eu-west-1:1:function:webhooks",
    "Tracing": "true",
    "UserPoolArn": "arn:aws:cognito-idp:eu-west-1:123456789012:userpool/eu-west-1_abc",
    "UserPoolClientId": "client",
}


def package(project: Path) -> tuple[bytes, dict[str, Any]]:
    """Put the companion together and package it; return the zip, and Chalice's template of it."""
    with alone(project):
        assemble(project)
        write_settings(project / ".chalice", "test", VALUES)
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": os.environ["HOME"],
        "AWS_DEFAULT_REGION": "eu-west-1",
        "PYTHONDONTWRITEBYTECODE": "1",
        "TZ": "UTC",
        # What is not to be downloaded is not looked for: pip would fail here.
        "PIP_NO_INDEX": "1",
    }
    chalice = Path(sys.executable).with_name("chalice")
    done = subprocess.run(
        [str(chalice), "package", "--stage", "test", "out"],
        cwd=project,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    template = json.loads((project / "out" / "sam.json").read_text())
    return (project / "out" / "deployment.zip").read_bytes(), template


@pytest.fixture(scope="module")
def packaged(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    """The package unzipped, and Chalice's template."""
    folder = tmp_path_factory.mktemp("package")
    content, template = package(folder / "project")
    (folder / "package.zip").write_bytes(content)
    with zipfile.ZipFile(folder / "package.zip") as archive:
        archive.extractall(folder / "unzipped")
    return folder, template


def test_deployment_package_is_small(packaged: tuple[Path, dict[str, Any]]) -> None:
    assert (packaged[0] / "package.zip").stat().st_size < LARGEST


def test_package_has_the_application_its_dependencies_and_no_litter(
    packaged: tuple[Path, dict[str, Any]],
) -> None:
    with zipfile.ZipFile(packaged[0] / "package.zip") as archive:
        names = archive.namelist()
    assert {"app.py", "chalicelib/websocket.py", "orders/model.py", "orders/adapters/clients.py"} <= set(
        names
    )
    assert {"strawberry/__init__.py", "aws_lambda_powertools/__init__.py", "chalice/app.py"} <= set(names)
    assert len(names) == len(set(names))
    assert [
        name for name in names if "__pycache__" in name or name.endswith((".pyc", ".so", ".in.json"))
    ] == []
    assert {name.split("/")[0] for name in names}.isdisjoint(
        {"boto3", "botocore", "pip", "bin", "tests", ".chalice"}
    )


# Without the site packages of this interpreter: what is not in the package is not there. (boto3 comes with
# AWS's runtime, and is imported by what a request needs.)
PROBE = """
import importlib, json, sys
root, handlers = sys.argv[1], json.loads(sys.argv[2])
sys.path.insert(0, root)
for handler in handlers:
    module, _, name = handler.rpartition(".")
    assert callable(getattr(importlib.import_module(module), name)), handler
import aws_lambda_powertools.utilities.batch, chalicelib.graphql.schema, strawberry
ours = ("app", "aws_lambda_powertools", "chalice", "chalicelib", "graphql", "orders", "strawberry")
outside = [
    module.__file__ for name, module in sys.modules.items()
    if name.split(".")[0] in ours
    and not (module.__file__ or root).startswith(root)
]
print(json.dumps(outside))
"""


def test_package_alone_suffices_to_import_every_handler(packaged: tuple[Path, dict[str, Any]]) -> None:
    folder, template = packaged
    functions = [
        resource
        for resource in template["Resources"].values()
        if resource["Type"] == "AWS::Serverless::Function"
    ]
    handlers = [function["Properties"]["Handler"] for function in functions]
    assert set(handlers) == {
        "app.app",
        "chalicelib.websocket.connect",
        "chalicelib.websocket.disconnect",
        "chalicelib.websocket.message",
        "chalicelib.workers.start_orders",
        "chalicelib.workers.sweep_connections",
    }
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-B", "-c", PROBE, str(folder / "unzipped"), json.dumps(handlers)],
        cwd=folder,
        env={},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == []


@pytest.mark.slow
def test_unchanged_code_gives_an_identical_package(
    packaged: tuple[Path, dict[str, Any]], tmp_path: Path
) -> None:
    """In another folder, whatever caches and times the sources have."""
    again, _ = package(tmp_path / "elsewhere")
    assert again == (packaged[0] / "package.zip").read_bytes()


def test_each_function_has_its_limits_and_its_own_policy(packaged: tuple[Path, dict[str, Any]]) -> None:
    _, template = packaged
    functions = {
        name: resource["Properties"]
        for name, resource in template["Resources"].items()
        if resource["Type"] == "AWS::Serverless::Function"
    }
    assert {name: (function["Timeout"], function["MemorySize"]) for name, function in functions.items()} == {
        "APIHandler": (29, 256),
        "StartOrders": (10, 256),
        "SweepConnections": (60, 256),
        "WebsocketConnect": (10, 256),
        "WebsocketDisconnect": (10, 256),
        "WebsocketMessage": (10, 256),
    }
    assert {tuple(function["Architectures"]) for function in functions.values()} == {("arm64",)}
    roles = {json.dumps(function["Role"]) for function in functions.values()}
    assert len(roles) == len(functions)


def test_policies_name_exact_actions_and_resources() -> None:
    """Every action is spelt out, every resource is this stack's or this stage's."""
    templates = sorted((SOURCE / ".chalice").glob("policy-*.in.json"))
    assert len(templates) == 6
    for path in templates:
        for statement in json.loads(path.read_text())["Statement"]:
            actions = statement["Action"]
            assert "*" not in "".join([actions] if isinstance(actions, str) else actions), path.name
            if actions == "xray:BatchGetTraces":  # X-Ray has no resources to name
                continue
            named = statement["Resource"]
            if statement["Sid"] == "Trace":
                assert named == "*"  # X-Ray knows no resources
                continue
            for resource in [named] if isinstance(named, str) else named:
                assert re.match(r"\$\{\w+Arn\}|arn:\$\{Partition\}:", resource), path.name
                # The stack cannot know the WebSocket API's id, which Chalice makes after the role.
                wild = re.sub(r":\*/api/(POST|DELETE)/@connections/\*$", "", resource).removesuffix(":*")
                assert "*" not in wild, path.name


def test_packaged_versions_equal_the_tested_ones() -> None:
    pins = dict(re.findall(r"^([\w-]+)==([\w.]+)", REQUIREMENTS.read_text(), re.MULTILINE))
    assert {"strawberry-graphql", "aws-lambda-powertools"} <= set(pins)
    tested: dict[str, str] = {}
    for lock in ("run.txt", "dev.txt"):
        text = (ROOT / "requirements" / lock).read_text()
        tested |= dict(re.findall(r"^([\w-]+)==([\w.]+)", text, re.MULTILINE))
    assert {name: tested.get(name) for name in pins} == pins


class TestSettings:
    def test_settings_of_other_stages_stay_unchanged(self, tmp_path: Path) -> None:
        write_settings(tmp_path, "dev", VALUES)
        write_settings(tmp_path, "local", VALUES | {"OrdersTableName": "local-orders"})
        stages = json.loads((tmp_path / "config.json").read_text())["stages"]
        tables = {name: stage["environment_variables"]["ORDERS_TABLE"] for name, stage in stages.items()}
        assert tables == {"dev": "orders", "local": "local-orders"}
        named = {function["iam_policy_file"] for function in stages["dev"]["lambda_functions"].values()}
        assert all((tmp_path / name).exists() for name in named)

    def test_settings_have_no_placeholders_left(self, tmp_path: Path) -> None:
        for path in write_settings(tmp_path, "dev", VALUES):
            assert "${" not in path.read_text(), path.name

    @pytest.mark.parametrize("tracing", ["true", "false"])
    def test_companion_is_traced_when_its_stack_is(self, tmp_path: Path, tracing: str) -> None:
        for _ in range(2):  # a second time, over what is there
            write_settings(tmp_path, "dev", VALUES | {"Tracing": tracing})
        stages = json.loads((tmp_path / "config.json").read_text())["stages"]
        assert stages["dev"]["xray"] is (tracing == "true")

    def test_older_stack_is_named_as_the_reason(self, tmp_path: Path) -> None:
        older = {name: value for name, value in VALUES.items() if name != "CompanionQueueArn"}
        with pytest.raises(
            ProjectError, match="no output CompanionQueueArn: deploy this version of it first"
        ):
            write_settings(tmp_path, "dev", older)


def test_foreign_folder_is_left_unchanged(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text("mine")
    with pytest.raises(ProjectError, match="holds other things"), alone(tmp_path):
        raise AssertionError("not reached")
    assert (tmp_path / "app.py").read_text() == "mine"
