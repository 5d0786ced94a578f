"""Lambda: what is refused of event invoke configurations, dead letters and mappings, in AWS's words."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.engine.test_functions import function_of, mapped
from tests.engine.world import ACCOUNT, REGION, World

QUEUE = f"arn:aws:sqs:{REGION}:{ACCOUNT}:failures"
BUCKET = "arn:aws:s3:::failures"
BUS = f"arn:aws:events:{REGION}:{ACCOUNT}:event-bus/default"
STREAM = f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/t/stream/2026-01-01T00:00:00.000"

KINESIS = f"arn:aws:kinesis:{REGION}:{ACCOUNT}:stream/s"


def refusal(call: Any, **arguments: Any) -> tuple[str, str]:
    with pytest.raises(ClientError) as refused:
        call(**arguments)
    error = refused.value.response["Error"]
    return error["Code"], error["Message"]


def on(success: str | None = None, failure: str | None = None) -> dict[str, Any]:
    both = {"OnSuccess": success, "OnFailure": failure}
    return {"DestinationConfig": {side: {"Destination": arn} for side, arn in both.items() if arn}}


def check_event_invoke_rules(world: World) -> None:
    functions = world.client("lambda")
    name = world.function(lambda event: event)
    put = functions.put_function_event_invoke_config
    code, message = refusal(put, FunctionName=name, **on(success=BUCKET))
    assert code == "InvalidParameterValueException"
    assert message == (
        f"The provided destination config DestinationConfig(onSuccess={BUCKET}, onFailure=None) is invalid."
    )
    itself = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{name}"
    assert refusal(put, FunctionName=name, **on(failure=itself)) == (
        "InvalidParameterValueException",
        "You can't specify the function as a destination for itself.",
    )
    missing = itself.replace(name, "missing")
    assert refusal(put, FunctionName=name, **on(failure=missing))[1] == (
        f"The destination ARN {missing} is invalid."
    )
    assert refusal(put, FunctionName=name)[1] == (
        "You must specify at least one of error handling or destination setting."
    )
    put(FunctionName=name, MaximumRetryAttempts=1, **on(QUEUE, BUCKET))
    functions.update_function_event_invoke_config(FunctionName=name, MaximumEventAgeInSeconds=60)
    read = functions.get_function_event_invoke_config(FunctionName=name)
    assert (read["MaximumRetryAttempts"], read["MaximumEventAgeInSeconds"]) == (1, 60)
    assert read["DestinationConfig"] == on(QUEUE, BUCKET)["DestinationConfig"]


def test_invalid_event_invoke_config_is_refused(world: World) -> None:
    check_event_invoke_rules(world)


def test_update_of_a_missing_event_invoke_config_is_refused(world: World) -> None:
    name = world.function(lambda event: event)
    update = world.client("lambda").update_function_event_invoke_config
    assert refusal(update, FunctionName=name, MaximumRetryAttempts=1)[0] == "ResourceNotFoundException"


@pytest.mark.parametrize(
    ("properties", "reason"),
    [
        (
            {"MaximumRetryAttempts": "3"},
            "Value '3' at 'maximumRetryAttempts' failed to satisfy constraint: Member must have value "
            "less than or equal to 2",
        ),
        (
            {"MaximumEventAgeInSeconds": 59},
            "Value '59' at 'maximumEventAgeInSeconds' failed to satisfy constraint: Member must have "
            "value greater than or equal to 60",
        ),
        (on(failure=f"arn:aws:kinesis:{REGION}:{ACCOUNT}:stream/s"), "is invalid."),
    ],
)
def test_template_with_an_invalid_event_invoke_config_fails(
    world: World, properties: Any, reason: str
) -> None:
    config = {"FunctionName": {"Ref": "Work"}, "Qualifier": "$LATEST", **properties}
    resources = {
        "Work": function_of({"ZipFile": "x"}),
        "Config": {"Type": "AWS::Lambda::EventInvokeConfig", "Properties": config},
    }
    stack = world.deploy(resources)
    assert stack.status == "ROLLBACK_COMPLETE"
    assert any(reason in line for line in stack.reasons()), stack.reasons()


def test_numbers_of_a_template_may_be_text(world: World) -> None:
    config = {"FunctionName": {"Ref": "Work"}, "Qualifier": "$LATEST", "MaximumRetryAttempts": "0"}
    resources = {
        "Work": function_of({"ZipFile": "x"}),
        "Config": {"Type": "AWS::Lambda::EventInvokeConfig", "Properties": config},
    }
    name = world.deploy(resources).physical_ids()["Work"]
    read = world.client("lambda").get_function_event_invoke_config(FunctionName=name)
    assert read["MaximumRetryAttempts"] == 0


def test_sam_function_has_its_event_invoke_config_and_queue(world: World) -> None:
    function = {
        "Type": "AWS::Serverless::Function",
        "Properties": {
            "Runtime": "python3.13",
            "Handler": "index.handler",
            "InlineCode": "x",
            "DeadLetterQueue": {"Type": "SQS", "TargetArn": QUEUE},
            "EventInvokeConfig": {
                "MaximumEventAgeInSeconds": 70,
                "MaximumRetryAttempts": 1,
                "DestinationConfig": {
                    "OnFailure": {"Type": "SQS"},
                    "OnSuccess": {"Type": "EventBridge", "Destination": BUS},
                },
            },
        },
    }
    stack = world.deploy({"Work": function}, transform="AWS::Serverless-2016-10-31")
    assert stack.status == "CREATE_COMPLETE", stack.reasons()
    functions, name = world.client("lambda"), stack.physical_ids()["Work"]
    read = functions.get_function_event_invoke_config(FunctionName=name)
    assert (read["MaximumRetryAttempts"], read["MaximumEventAgeInSeconds"]) == (1, 70)
    assert read["DestinationConfig"]["OnSuccess"] == {"Destination": BUS}
    assert read["DestinationConfig"]["OnFailure"]["Destination"].startswith("arn:aws:sqs:")
    dead = functions.get_function_configuration(FunctionName=name)["DeadLetterConfig"]
    assert dead == {"TargetArn": QUEUE}


def check_dead_letter_rules(world: World) -> None:
    stack = world.deploy({"Work": function_of({"ZipFile": "x"}, DeadLetterConfig={"TargetArn": BUCKET})})
    assert stack.status == "ROLLBACK_COMPLETE"
    assert any("Invalid dead letter queue ARN" in line for line in stack.reasons())


def test_invalid_dead_letter_queue_fails_the_stack(world: World) -> None:
    check_dead_letter_rules(world)


def check_mapping_rules(world: World) -> None:
    functions = world.client("lambda")
    name = world.function(lambda event: event)
    create = functions.create_event_source_mapping
    base = {"FunctionName": name, "EventSourceArn": STREAM, "StartingPosition": "LATEST"}
    assert refusal(create, **base, **on(failure=BUS)) == (
        "InvalidParameterValueException",
        f"The destination ARN {BUS} is invalid.",
    )
    assert refusal(create, **base, MaximumRecordAgeInSeconds=30)[0] == "InvalidParameterValueException"
    fifo = {"FunctionName": name, "EventSourceArn": f"{QUEUE}.fifo"}
    assert refusal(create, **fifo, BatchSize=11)[0] == "InvalidParameterValueException"
    kept = create(**base, TumblingWindowInSeconds=30, **on(failure=BUCKET))
    read = functions.get_event_source_mapping(UUID=kept["UUID"])
    assert read["TumblingWindowInSeconds"] == 30
    update = functions.update_event_source_mapping
    code, message = refusal(update, UUID=kept["UUID"], BatchSize=10_001)
    assert (code, message.rpartition(": ")[2]) == (
        "ValidationException",
        "Member must have value less than or equal to 10000",
    )
    assert update(UUID=kept["UUID"], BatchSize=7, TumblingWindowInSeconds=0)["TumblingWindowInSeconds"] == 0
    kinesis = {**base, "EventSourceArn": KINESIS, "StartingPosition": "AT_TIMESTAMP"}
    assert "is required" in refusal(create, **kinesis)[1]
    assert "is in the future" in refusal(create, **kinesis, StartingPositionTimestamp=4_000_000_000)[1]
    kept = create(**kinesis, StartingPositionTimestamp=1_763_661_600)
    read = functions.get_event_source_mapping(UUID=kept["UUID"])
    assert (read["BatchSize"], read["StartingPositionTimestamp"].timestamp()) == (100, 1_763_661_600)
    update(UUID=kept["UUID"], TumblingWindowInSeconds=60)
    code, message = refusal(update, UUID=kept["UUID"], ParallelizationFactor=2)
    assert message == "ParallelizationFactor must be 1 where TumblingWindowInSeconds is greater than 0"
    stack = world.deploy(mapped(world, BisectBatchOnFunctionError=True))
    assert stack.status == "ROLLBACK_COMPLETE"
    assert any("BisectBatchOnFunctionError is not supported for queues" in line for line in stack.reasons())


def test_invalid_mapping_is_refused(world: World) -> None:
    check_mapping_rules(world)


def check_stream_consumers(world: World) -> None:
    consumer = f"{KINESIS}/consumer/reader:1763661600"
    create = world.client("lambda").create_event_source_mapping
    name = world.function(lambda event: event)
    kept = create(FunctionName=name, EventSourceArn=consumer, StartingPosition="LATEST")
    assert kept["EventSourceArn"] == consumer
    assert refusal(create, FunctionName=name, EventSourceArn=f"{KINESIS}/x/y", StartingPosition="LATEST")[1]


def check_mapping_twice(world: World) -> None:
    """A source is mapped to a function once: else each record would be handled twice."""
    name = world.function(lambda event: event)
    mapping = {"FunctionName": name, "EventSourceArn": KINESIS, "StartingPosition": "LATEST"}
    create = world.client("lambda").create_event_source_mapping
    uuid = create(**mapping)["UUID"]
    code, message = refusal(create, **mapping)
    assert code == "ResourceConflictException" and message.endswith(f"mapping with UUID {uuid}")
    twice = {"Type": "AWS::Lambda::EventSourceMapping", "Properties": mapping}
    stack = world.deploy({"Twice": twice})
    assert any("already exists" in line for line in stack.reasons())
    world.client("lambda").delete_event_source_mapping(UUID=uuid)
    assert create(**mapping)["State"]


def test_second_mapping_of_a_source_to_a_function_is_refused(world: World) -> None:
    check_mapping_twice(world)


def test_stream_consumer_is_a_mapping_source(world: World) -> None:
    check_stream_consumers(world)


def test_sam_stream_mapping_has_every_option(world: World) -> None:
    options: dict[str, Any] = {
        "BatchSize": 10_000,
        "MaximumBatchingWindowInSeconds": 1,
        "StartingPosition": "AT_TIMESTAMP",
        "StartingPositionTimestamp": 1_763_661_600,
        "BisectBatchOnFunctionError": True,
        "MaximumRetryAttempts": 2,
        "MaximumRecordAgeInSeconds": 60,
        "TumblingWindowInSeconds": 900,
        "FunctionResponseTypes": ["ReportBatchItemFailures"],
        "FilterCriteria": {"Filters": [{"Pattern": '{"data": {"kind": ["a"]}}'}]},
    }
    event = {
        "Type": "Kinesis",
        "Properties": {
            "Stream": {"Fn::GetAtt": ["Stream", "Arn"]},
            **options,
            "DestinationConfig": {"OnFailure": {"Type": "SQS", "Destination": QUEUE}},
        },
    }
    function = {
        "Type": "AWS::Serverless::Function",
        "Properties": {
            "Runtime": "python3.13",
            "Handler": "index.handler",
            "InlineCode": "x",
            "Events": {"Records": event},
        },
    }
    stream = {"Type": "AWS::Kinesis::Stream", "Properties": {"ShardCount": 1}}
    stack = world.deploy({"Work": function, "Stream": stream}, transform="AWS::Serverless-2016-10-31")
    assert stack.status == "CREATE_COMPLETE", stack.reasons()
    read = world.client("lambda").get_event_source_mapping(UUID=stack.physical_ids()["WorkRecords"])
    options["StartingPositionTimestamp"] = read["StartingPositionTimestamp"].timestamp()
    assert options == {name: read[name] for name in options} | {"StartingPositionTimestamp": 1_763_661_600}
    assert read["DestinationConfig"] == on(failure=QUEUE)["DestinationConfig"]
    assert read["EventSourceArn"].startswith(f"arn:aws:kinesis:{REGION}:{ACCOUNT}:stream/")


def test_template_mapping_of_a_queue_can_be_changed(world: World) -> None:
    stack = world.deploy(mapped(world, BatchSize=5))
    assert stack.status == "CREATE_COMPLETE", stack.reasons()
    mapping = stack.physical_ids()["Mapping"]
    functions = world.client("lambda")
    scaled = functions.update_event_source_mapping(UUID=mapping, ScalingConfig={"MaximumConcurrency": 2})
    assert scaled["ScalingConfig"] == {"MaximumConcurrency": 2}
    update = functions.update_event_source_mapping
    code, _ = refusal(update, UUID=mapping, ScalingConfig={"MaximumConcurrency": 1001})
    assert code == "ValidationException"
