"""Lambda: functions, layers and mappings read back as they were declared."""

from __future__ import annotations

import io
import zipfile
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.engine.artefacts import archive, fetch
from tests.engine.world import ACCOUNT, World

ROLE = f"arn:aws:iam::{ACCOUNT}:role/any"


def function_of(code: dict[str, Any], **properties: Any) -> dict[str, Any]:
    return {
        "Type": "AWS::Lambda::Function",
        "Properties": {"Runtime": "python3.13", "Handler": "a.b", "Role": ROLE, "Code": code, **properties},
    }


def in_s3(world: World, key: str, files: dict[str, str]) -> dict[str, str]:
    world.put(key, archive(files))
    return {"S3Bucket": "artefacts", "S3Key": key}


# --- what is stored ---


def check_active_at_once(world: World) -> None:
    functions = world.client("lambda")
    name = world.function(lambda event: event)
    configuration = functions.get_function_configuration(FunctionName=name)
    assert (configuration["State"], configuration["LastUpdateStatus"]) == ("Active", "Successful")
    updated = functions.update_function_configuration(FunctionName=name, Timeout=7)
    assert (updated["State"], updated["LastUpdateStatus"], updated["Timeout"]) == ("Active", "Successful", 7)


def test_created_and_updated_functions_are_active_at_once(world: World) -> None:
    check_active_at_once(world)


def check_function_properties(world: World) -> None:
    dead = f"arn:aws:sqs:us-east-1:{ACCOUNT}:dead"
    resources = {
        "Work": function_of(
            in_s3(world, "work.zip", {"a.py": "one"}),
            ReservedConcurrentExecutions="3",
            DeadLetterConfig={"TargetArn": dead},
            DurableConfig={"ExecutionTimeout": "60"},
            Environment={"Variables": {"NUMBER": 5, "SWITCH": True, "TEXT": "x"}},
        )
    }
    stack = world.deploy(resources)
    assert stack.status == "CREATE_COMPLETE", stack.reasons()
    name = stack.physical_ids()["Work"]
    functions = world.client("lambda")
    read = functions.get_function(FunctionName=name)
    assert read["Concurrency"]["ReservedConcurrentExecutions"] == 3
    assert functions.get_function_concurrency(FunctionName=name)["ReservedConcurrentExecutions"] == 3
    assert read["Configuration"]["DeadLetterConfig"] == {"TargetArn": dead}
    assert read["Configuration"]["Environment"]["Variables"] == {"NUMBER": "5", "SWITCH": "true", "TEXT": "x"}
    durable = {"ExecutionTimeout": 60, "RetentionPeriodInDays": 14}
    assert read["Configuration"]["DurableConfig"] == durable
    del resources["Work"]["Properties"]["ReservedConcurrentExecutions"]
    del resources["Work"]["Properties"]["DeadLetterConfig"]
    resources["Work"]["Properties"]["Code"] = in_s3(world, "work2.zip", {"a.py": "two"})
    assert world.deploy(resources, stack=stack.name).status == "UPDATE_COMPLETE"
    read = functions.get_function(FunctionName=name)
    assert "Concurrency" not in read
    assert "DeadLetterConfig" not in read["Configuration"]
    assert zipfile.ZipFile(io.BytesIO(fetch(read["Code"]["Location"]))).read("a.py") == b"two"


def test_template_function_has_its_properties(world: World) -> None:
    check_function_properties(world)


def test_missing_code_fails_the_stack(world: World) -> None:
    in_s3(world, "other.zip", {})
    stack = world.deploy({"Work": function_of({"S3Bucket": "artefacts", "S3Key": "nothing.zip"})})
    assert stack.status == "ROLLBACK_COMPLETE"
    assert "S3 Error Code: NoSuchKey. s3://artefacts/nothing.zip" in stack.reasons()[-1]


def test_inline_code_can_be_downloaded(world: World) -> None:
    stack = world.deploy(
        {"Work": function_of({"ZipFile": "def b(event, context): return 1"}, Handler="index.b")}
    )
    read = world.client("lambda").get_function(FunctionName=stack.physical_ids()["Work"])
    bundle = zipfile.ZipFile(io.BytesIO(fetch(read["Code"]["Location"])))
    assert bundle.read("index.py") == b"def b(event, context): return 1"


def check_version_code(world: World) -> None:
    functions = world.client("lambda")
    code = {"ZipFile": archive({"a.py": "one"})}
    functions.create_function(
        FunctionName="kept", Runtime="python3.13", Handler="a.b", Role=ROLE, Code=code, Publish=True
    )
    functions.create_alias(FunctionName="kept", Name="live", FunctionVersion="1")
    functions.update_function_code(FunctionName="kept", ZipFile=archive({"a.py": "two"}))
    for qualifier, text in (("1", b"one"), ("live", b"one"), ("$LATEST", b"two")):
        location = functions.get_function(FunctionName="kept", Qualifier=qualifier)["Code"]["Location"]
        with zipfile.ZipFile(io.BytesIO(fetch(location))) as zipped:
            assert zipped.read("a.py") == text


def test_version_keeps_its_code(world: World) -> None:
    check_version_code(world)


def check_layer_content(world: World) -> None:
    resources = {
        "Layer": {
            "Type": "AWS::Lambda::LayerVersion",
            "Properties": {
                "LayerName": world.name("layer"),
                "Content": in_s3(world, "layer.zip", {"python/m.py": "m"}),
            },
        },
        "Work": function_of({"ZipFile": "x"}, Layers=[{"Ref": "Layer"}]),
    }
    stack = world.deploy(resources)
    assert stack.status == "CREATE_COMPLETE", stack.reasons()
    arn = stack.physical_ids()["Layer"]
    functions = world.client("lambda")
    configuration = functions.get_function_configuration(FunctionName=stack.physical_ids()["Work"])
    assert [layer["Arn"] for layer in configuration["Layers"]] == [arn]
    content = functions.get_layer_version_by_arn(Arn=arn)["Content"]
    assert zipfile.ZipFile(io.BytesIO(fetch(content["Location"]))).read("python/m.py") == b"m"
    _, name, version = arn.rsplit(":", 2)
    read = functions.get_layer_version(LayerName=name, VersionNumber=int(version))
    assert read["Content"]["CodeSha256"] == content["CodeSha256"]
    with pytest.raises(ClientError) as refused:
        functions.publish_layer_version(LayerName="x", Content={"S3Bucket": "artefacts", "S3Key": "nothing"})
    assert refused.value.response["Error"]["Code"] == "InvalidParameterValueException"


def test_layer_content_can_be_downloaded(world: World) -> None:
    check_layer_content(world)


def check_event_invoke_config(world: World) -> None:
    queue = f"arn:aws:sqs:us-east-1:{ACCOUNT}:failed"
    config = {
        "Type": "AWS::Lambda::EventInvokeConfig",
        "Properties": {
            "FunctionName": {"Ref": "Work"},
            "Qualifier": "$LATEST",
            "MaximumRetryAttempts": 1,
            "MaximumEventAgeInSeconds": 60,
            "DestinationConfig": {"OnFailure": {"Destination": queue}},
        },
    }
    stack = world.deploy({"Work": function_of({"ZipFile": "x"}), "Config": config})
    assert stack.status == "CREATE_COMPLETE", stack.reasons()
    read = world.client("lambda").get_function_event_invoke_config(FunctionName=stack.physical_ids()["Work"])
    assert (read["MaximumRetryAttempts"], read["MaximumEventAgeInSeconds"]) == (1, 60)
    assert read["DestinationConfig"]["OnFailure"] == {"Destination": queue}


def test_template_function_has_its_event_invoke_config(world: World) -> None:
    check_event_invoke_config(world)


# --- mappings ---


def mapped(world: World, **properties: Any) -> dict[str, Any]:
    return {
        "Queue": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": world.name("queue")}},
        "Work": function_of({"ZipFile": "x"}),
        "Mapping": {
            "Type": "AWS::Lambda::EventSourceMapping",
            "Properties": {
                "FunctionName": {"Ref": "Work"},
                "EventSourceArn": {"Fn::GetAtt": "Queue.Arn"},
                **properties,
            },
        },
    }


def check_mapping_properties(world: World) -> None:
    stream = f"arn:aws:dynamodb:us-east-1:{ACCOUNT}:table/t/stream/2026-01-01T00:00:00.000"
    stack = world.deploy(
        mapped(
            world,
            EventSourceArn=stream,
            StartingPosition="TRIM_HORIZON",
            Enabled=False,
            MaximumRetryAttempts="2",
            TumblingWindowInSeconds="30",
            BisectBatchOnFunctionError=True,
            FunctionResponseTypes=["ReportBatchItemFailures"],
            DestinationConfig={"OnFailure": {"Destination": f"arn:aws:sqs:us-east-1:{ACCOUNT}:dead"}},
            FilterCriteria={"Filters": [{"Pattern": "{}"}]},
        )
    )
    assert stack.status == "CREATE_COMPLETE", stack.reasons()
    functions = world.client("lambda")
    read = functions.get_event_source_mapping(UUID=stack.physical_ids()["Mapping"])
    assert (read["State"], read["BatchSize"], read["MaximumRetryAttempts"]) == ("Disabled", 100, 2)
    assert read["FunctionArn"].endswith(f":function:{stack.physical_ids()['Work']}")
    assert read["TumblingWindowInSeconds"] == 30  # so that a service without windows can report it
    assert read["BisectBatchOnFunctionError"] is True
    assert read["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert read["DestinationConfig"]["OnFailure"]["Destination"].endswith(":dead")
    assert read["FilterCriteria"] == {"Filters": [{"Pattern": "{}"}]}
    assert read["StartingPosition"] == "TRIM_HORIZON"


def test_template_mapping_has_its_properties(world: World) -> None:
    check_mapping_properties(world)


def check_no_pollers(world: World) -> None:
    resources = mapped(world, BatchSize=1)
    stack = world.deploy(resources, {"Url": {"Ref": "Queue"}})
    sqs = world.client("sqs")
    sqs.send_message(QueueUrl=stack.outputs["Url"], MessageBody="stays")
    name = stack.physical_ids()["Work"]
    assert not world.lambdas.wait_for(
        lambda: any(invocation[0] == name for invocation in world.lambdas.invocations), timeout=0.4
    )
    [message] = sqs.receive_message(QueueUrl=stack.outputs["Url"])["Messages"]
    assert message["Body"] == "stays"


def test_engine_polls_no_queue_for_functions(world: World) -> None:
    check_no_pollers(world)
