"""What CloudWatch shows of the engine's own services, as boto3 reads it."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.engine.standins import FunctionError
from tests.engine.world import World, wait_until


def total(
    world: World, namespace: str, metric: str, statistic: str = "Sum", **dimensions: str
) -> float | None:
    """Return a statistic over the last hour; None where nothing was measured."""
    now = datetime.now(UTC)
    answer = world.client("cloudwatch").get_metric_statistics(
        Namespace=namespace,
        MetricName=metric,
        Dimensions=[{"Name": name, "Value": value} for name, value in dimensions.items()],
        StartTime=now - timedelta(hours=1),
        EndTime=now + timedelta(minutes=1),
        Period=86400,
        Statistics=[statistic],
    )
    values = [float(datapoint[statistic]) for datapoint in answer["Datapoints"]]
    return sum(values) if values else None


def test_queue_metrics_show_traffic_and_depth(world: World) -> None:
    sqs, name = world.client("sqs"), world.name("measured")
    url = sqs.create_queue(QueueName=name)["QueueUrl"]
    for body in "abc":
        sqs.send_message(QueueUrl=url, MessageBody=body)
    sqs.send_message_batch(
        QueueUrl=url,
        Entries=[{"Id": "d", "MessageBody": "d"}, {"Id": "e", "MessageBody": "e", "DelaySeconds": 60}],
    )
    (message,) = sqs.receive_message(QueueUrl=url)["Messages"]
    sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    sqs.receive_message(QueueUrl=url)

    def shown(metric: str, statistic: str = "Sum") -> float | None:
        return total(world, "AWS/SQS", metric, statistic, QueueName=name)

    assert shown("NumberOfMessagesSent") == 5
    assert shown("NumberOfMessagesReceived") == 2
    assert shown("NumberOfMessagesDeleted") == 1
    assert shown("ApproximateNumberOfMessagesVisible", "Maximum") == 2
    assert shown("ApproximateNumberOfMessagesNotVisible", "Maximum") == 1
    assert shown("ApproximateNumberOfMessagesDelayed", "Maximum") == 1
    assert shown("ApproximateAgeOfOldestMessage", "Maximum") is not None


@pytest.mark.parametrize("express", [False, True])
def test_execution_metrics_count_each_end(world: World, express: bool) -> None:
    def fail(_event: Any) -> Any:
        raise FunctionError("Broken")

    function = world.function(fail)
    task = {
        "Type": "Task",
        "Resource": "arn:aws:states:::lambda:invoke",
        "Parameters": {"FunctionName": function, "Payload": {}},
        "End": True,
    }
    machine = world.machine({"Task": task}, express=express)
    world.client("stepfunctions").start_execution(stateMachineArn=machine, input="{}")

    def shown(metric: str) -> float | None:
        return total(world, "AWS/States", metric, StateMachineArn=machine)

    wait_until(lambda: shown("ExecutionsFailed") == 1)
    assert (shown("ExecutionsStarted"), shown("ExecutionsSucceeded")) == (1, 0)
    assert (shown("ExecutionTime") or 0) > 0
    arn = world.client("lambda").get_function(FunctionName=function)["Configuration"]["FunctionArn"]
    failed = {
        total(world, "AWS/States", "LambdaFunctionsFailed", LambdaFunctionArn=name)
        for name in (arn, function)
    }
    assert 1.0 in failed


def test_topic_and_rule_metrics_show_failed_deliveries(world: World) -> None:
    sns, events = world.client("sns"), world.client("events")
    topic, rule = world.name("topic"), world.name("rule")
    arn = sns.create_topic(Name=topic)["TopicArn"]
    url = world.client("sqs").create_queue(QueueName=topic)["QueueUrl"]
    attributes = world.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
    queue = attributes["Attributes"]["QueueArn"]
    sns.subscribe(TopicArn=arn, Protocol="sqs", Endpoint=queue)
    sns.publish(TopicArn=arn, Message="hello")
    events.put_rule(Name=rule, EventPattern=json.dumps({"source": [rule]}))
    events.put_targets(
        Rule=rule,
        Targets=[
            {"Id": "good", "Arn": queue},
            {"Id": "bad", "Arn": queue + "-gone", "RetryPolicy": {"MaximumRetryAttempts": 0}},
        ],
    )
    events.put_events(Entries=[{"Source": rule, "DetailType": "x", "Detail": "{}"}])
    wait_until(lambda: total(world, "AWS/Events", "FailedInvocations", RuleName=rule) == 1)
    assert total(world, "AWS/Events", "Invocations", RuleName=rule) == 2
    assert total(world, "AWS/SNS", "NumberOfMessagesPublished", TopicName=topic) == 1
    wait_until(lambda: total(world, "AWS/SNS", "NumberOfNotificationsDelivered", TopicName=topic) == 1)


def test_table_metrics_show_a_throttled_write(world: World) -> None:
    table = world.name("table")
    dynamodb = world.client("dynamodb")
    dynamodb.create_table(
        TableName=table,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
    )
    dynamodb.put_item(TableName=table, Item={"id": {"S": "1"}})
    plan = {
        "faults": [{"service": "dynamodb", "operation": "PutItem", "kind": "throttle", "rate": 1, "times": 1}]
    }
    status, body = world.send("PUT", "/_localcloud/faults", json.dumps(plan).encode(), {})
    assert status == 200, body
    try:
        with pytest.raises(ClientError):
            dynamodb.put_item(TableName=table, Item={"id": {"S": "2"}})
    finally:
        world.send("DELETE", "/_localcloud/faults", b"", {})
    assert total(world, "AWS/DynamoDB", "WriteThrottleEvents", TableName=table) == 1
    assert total(world, "AWS/DynamoDB", "ThrottledRequests", TableName=table, Operation="PutItem") == 1
    assert (total(world, "AWS/DynamoDB", "ConsumedWriteCapacityUnits", TableName=table) or 0) >= 1
