"""Alarms in the engine: they fire on time, say so where they should, and clear."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from tests.engine.world import ACCOUNT, SECRET, World, wait_until


@pytest.fixture
def fast(world: World) -> Iterator[None]:
    """Alarms run sixty times faster than time: a period of a minute is over in a second."""
    world.send("PUT", "/_localcloud/alarms", b'{"factor": 60}', {})
    yield
    world.send("PUT", "/_localcloud/alarms", b'{"factor": 1}', {})


def queue(world: World) -> tuple[str, str]:
    sqs = world.client("sqs")
    url = sqs.create_queue(QueueName=world.name("alarms"))["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    return url, arn


def next_message(world: World, url: str) -> Any:
    def receive() -> Any:
        return world.client("sqs").receive_message(QueueUrl=url, WaitTimeSeconds=1).get("Messages")

    (message,) = wait_until(receive)
    world.client("sqs").delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    return json.loads(message["Body"])


def state_of(world: World, name: str) -> str:
    answer = world.client("cloudwatch").describe_alarms(
        AlarmNames=[name], AlarmTypes=["MetricAlarm", "CompositeAlarm"]
    )
    return str([*answer["MetricAlarms"], *answer["CompositeAlarms"]][0]["StateValue"])


def reaches(world: World, name: str, state: str) -> None:
    assert wait_until(lambda: state_of(world, name) == state)


def resources(namespace: str) -> dict[str, Any]:
    """A rate of errors that tells a topic, and a composite alarm above it."""

    def stat(metric: str, **fields: Any) -> dict[str, Any]:
        named = {"Namespace": namespace, "MetricName": metric}
        return {"Id": metric, "MetricStat": {"Metric": named, "Period": "60", "Stat": "Sum"}, **fields}

    topic = {"Ref": "Topic"}
    return {
        "Topic": {"Type": "AWS::SNS::Topic"},
        "Queue": {"Type": "AWS::SQS::Queue"},
        "Subscription": {
            "Type": "AWS::SNS::Subscription",
            "Properties": {
                "TopicArn": topic,
                "Protocol": "sqs",
                "Endpoint": {"Fn::GetAtt": ["Queue", "Arn"]},
                "RawMessageDelivery": True,
            },
        },
        "Alarm": {
            "Type": "AWS::CloudWatch::Alarm",
            "Properties": {
                "Metrics": [
                    {"Id": "rate", "Expression": "100 * bad / FILL(all, 0)"},
                    stat("bad", ReturnData="false"),
                    stat("all", ReturnData=False),
                ],
                "EvaluationPeriods": 1,
                "Threshold": 10,
                "ComparisonOperator": "GreaterThanThreshold",
                "TreatMissingData": "notBreaching",
                "AlarmActions": [topic],
                "OKActions": [topic],
            },
        },
        "Both": {
            "Type": "AWS::CloudWatch::CompositeAlarm",
            "Properties": {"AlarmRule": {"Fn::Sub": 'ALARM("${Alarm}")'}, "AlarmActions": [topic]},
        },
    }


@pytest.mark.usefixtures("fast")
def test_template_alarm_fires_and_clears_with_its_composite(world: World) -> None:
    namespace = world.name("Shop")
    stack = world.deploy(resources(namespace))
    ids = stack.physical_ids()
    url = ids["Queue"]
    reaches(world, ids["Alarm"], "OK")
    quiet = next_message(world, url)
    assert (quiet["OldStateValue"], quiet["NewStateValue"]) == ("INSUFFICIENT_DATA", "OK")
    data = [{"MetricName": "bad", "Value": 1}, {"MetricName": "all", "Value": 4}]
    world.client("cloudwatch").put_metric_data(Namespace=namespace, MetricData=data)
    messages = {message["AlarmName"]: message for message in (next_message(world, url) for _ in range(2))}
    fired = messages[ids["Alarm"]]
    assert fired["NewStateReason"].startswith("Threshold Crossed: 1 out of the last 1 datapoints [25.0 (")
    assert [query["Id"] for query in fired["Trigger"]["Metrics"]] == ["rate", "bad", "all"]
    assert fired["Region"] == "US East (N. Virginia)"
    composite = messages[ids["Both"]]
    assert composite["TriggeringChildren"][0]["State"]["Value"] == "ALARM"
    cleared = next_message(world, url)
    assert (cleared["AlarmName"], cleared["NewStateValue"]) == (ids["Alarm"], "OK")
    reaches(world, ids["Both"], "OK")
    history = world.client("cloudwatch").describe_alarm_history(
        AlarmName=ids["Alarm"], HistoryItemType="Action"
    )["AlarmHistoryItems"]
    assert len(history) == 3
    assert history[0]["HistorySummary"] == f"Successfully executed action {ids['Topic']}"
    stack.delete()


def test_evaluating_now_includes_the_current_period(world: World) -> None:
    cloudwatch, namespace, name = world.client("cloudwatch"), world.name("Shop"), world.name("alarm")
    function = world.function(lambda event: event)
    url, arn = queue(world)
    events = world.client("events")
    pattern = {"source": ["aws.cloudwatch"], "detail": {"alarmName": [name]}}
    events.put_rule(Name=name, EventPattern=json.dumps(pattern))
    events.put_targets(Rule=name, Targets=[{"Id": "queue", "Arn": arn}])
    target = world.client("lambda").get_function(FunctionName=function)["Configuration"]["FunctionArn"]
    cloudwatch.put_metric_alarm(
        AlarmName=name,
        Namespace=namespace,
        MetricName="m",
        ExtendedStatistic="p50",
        Period=300,
        EvaluationPeriods=1,
        Threshold=5,
        ComparisonOperator="GreaterThanThreshold",
        AlarmActions=[target, "arn:aws:automate:us-east-1:ec2:stop"],
    )
    cloudwatch.put_metric_data(Namespace=namespace, MetricData=[{"MetricName": "m", "Value": 7}])
    status, body = world.send("POST", "/_localcloud/alarms", b"", {})
    assert (status, json.loads(body)["alarms"][name]["state"]) == (200, "ALARM")
    event = next_message(world, url)
    assert event["detail-type"] == "CloudWatch Alarm State Change"
    assert event["detail"]["previousState"]["value"] == "INSUFFICIENT_DATA"
    assert event["detail"]["configuration"]["metrics"][0]["metricStat"]["stat"] == "p50"
    assert world.lambdas.wait_for(lambda: any(call[0] == function for call in world.lambdas.invocations))
    (call,) = [call for call in world.lambdas.invocations if call[0] == function]
    assert (call[1], call[2]["alarmData"]["state"]["value"]) == ("Event", "ALARM")

    def failures() -> Any:
        items = cloudwatch.describe_alarm_history(AlarmName=name, HistoryItemType="Action")
        return [item for item in items["AlarmHistoryItems"] if "Failed" in item["HistorySummary"]]

    assert "arn:aws:automate" in wait_until(failures)[0]["HistorySummary"]
    cloudwatch.delete_alarms(AlarmNames=[name])


def test_state_is_set_manually_and_disabled_alarms_take_no_action(world: World) -> None:
    cloudwatch, name = world.client("cloudwatch"), world.name("alarm")
    url, arn = queue(world)
    topic = world.client("sns").create_topic(Name=name)["TopicArn"]
    world.client("sns").subscribe(
        TopicArn=topic, Protocol="sqs", Endpoint=arn, Attributes={"RawMessageDelivery": "true"}
    )
    cloudwatch.put_metric_alarm(
        AlarmName=name,
        Namespace="Shop",
        MetricName=name,
        Statistic="Sum",
        Period=60,
        EvaluationPeriods=1,
        Threshold=1,
        ComparisonOperator="LessThanThreshold",
        TreatMissingData="ignore",
        AlarmActions=[topic],
    )
    cloudwatch.disable_alarm_actions(AlarmNames=[name])
    cloudwatch.set_alarm_state(AlarmName=name, StateValue="ALARM", StateReason="quietly")
    cloudwatch.set_alarm_state(AlarmName=name, StateValue="OK", StateReason="quietly")
    cloudwatch.enable_alarm_actions(AlarmNames=[name])
    cloudwatch.set_alarm_state(AlarmName=name, StateValue="ALARM", StateReason="testing")
    message = next_message(world, url)
    assert (message["NewStateReason"], message["OldStateValue"]) == ("testing", "OK")
    cloudwatch.delete_alarms(AlarmNames=[name])


def test_alarms_are_listed_for_their_exact_metric(world: World) -> None:
    cloudwatch, metric = world.client("cloudwatch"), world.name("metric")
    for name, way in (("one", "rest"), ("other", "graphql")):
        cloudwatch.put_metric_alarm(
            AlarmName=f"{metric}-{name}",
            Namespace="Shop",
            MetricName=metric,
            Dimensions=[{"Name": "Way", "Value": way}],
            Statistic="Sum",
            Period=60,
            EvaluationPeriods=1,
            Threshold=1,
            ComparisonOperator="LessThanThreshold",
        )
    alarms = cloudwatch.describe_alarms_for_metric(
        Namespace="Shop", MetricName=metric, Dimensions=[{"Name": "Way", "Value": "rest"}]
    )["MetricAlarms"]
    assert [alarm["AlarmName"] for alarm in alarms] == [f"{metric}-one"]
    cloudwatch.delete_alarms(AlarmNames=[f"{metric}-one", f"{metric}-other"])


def test_invalid_alarm_is_refused(world: World) -> None:
    with pytest.raises(ClientError, match="Anomaly detection is not served"):
        world.client("cloudwatch").put_metric_alarm(
            AlarmName="band",
            EvaluationPeriods=1,
            ComparisonOperator="GreaterThanUpperThreshold",
            ThresholdMetricId="ad1",
            Metrics=[{"Id": "ad1", "Expression": "ANOMALY_DETECTION_BAND(m1, 2)"}],
        )


@pytest.mark.usefixtures("fast")
def test_other_processes_sample_finely_before_the_page_answers(world: World) -> None:
    assert "/_localcloud/metrics?resolution=1" in world.lambdas.paths


def test_page_refuses_an_invalid_factor(world: World) -> None:
    assert world.send("PUT", "/_localcloud/alarms", b'{"factor": 61}', {})[0] == 400
    assert world.send("PUT", "/_localcloud/alarms", b"fast", {})[0] == 400


@pytest.mark.slow
def test_alarms_continue_after_a_restart(tmp_path: Path) -> None:
    before = World(data=tmp_path / "data")
    namespace, stat = "Shop", {"MetricName": "bad", "Namespace": "Shop"}
    before.client("cloudwatch").put_metric_alarm(
        AlarmName="kept",
        EvaluationPeriods=1,
        Threshold=1,
        ComparisonOperator="GreaterThanThreshold",
        TreatMissingData="notBreaching",
        Metrics=[
            {"Id": "twice", "Expression": "2 * bad"},
            {"Id": "bad", "MetricStat": {"Metric": stat, "Period": 60, "Stat": "Sum"}, "ReturnData": False},
        ],
    )
    before.send("POST", "/_localcloud/alarms", b"", {})
    before.process.stdin.close()  # type: ignore[union-attr] # it is a pipe
    before.process.wait(60)
    before.close()
    after = World(data=tmp_path / "data", port=before.port)
    try:
        (kept,) = after.client("cloudwatch").describe_alarms(AlarmNames=["kept"])["MetricAlarms"]
        assert (kept["StateValue"], kept["Metrics"][0]["Expression"]) == ("OK", "2 * bad")
        after.send("PUT", "/_localcloud/alarms", b'{"factor": 60}', {})
        after.client("cloudwatch").put_metric_data(
            Namespace=namespace, MetricData=[{"MetricName": "bad", "Value": 1}]
        )
        history = wait_until(lambda: states_in_history(after, "kept", 2))
        assert "from OK to ALARM" in history[1]
    finally:
        after.close()


def states_in_history(world: World, name: str, count: int) -> list[str] | None:
    """Return the summaries of an alarm's changes, oldest first, once there are so many."""
    items = world.client("cloudwatch").describe_alarm_history(
        AlarmName=name, HistoryItemType="StateUpdate", ScanBy="TimestampAscending"
    )["AlarmHistoryItems"]
    changes = [item["HistorySummary"] for item in items if "from" in item["HistorySummary"]]
    changes = [text for text in changes if "INSUFFICIENT_DATA to INSUFFICIENT_DATA" not in text]
    return changes if len(changes) >= count else None


def test_alarm_publishes_an_event_without_an_earlier_eventbridge_call(world: World) -> None:
    name = world.name("alarm")
    session: Any = boto3.session.Session(
        aws_access_key_id=ACCOUNT, aws_secret_access_key=SECRET, region_name="eu-west-3"
    )
    formation, cloudwatch, sqs = (
        session.client(service, endpoint_url=world.endpoint)
        for service in ("cloudformation", "cloudwatch", "sqs")
    )
    url = sqs.create_queue(QueueName=name)["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    pattern = {"source": ["aws.cloudwatch"]}
    rule = {"EventPattern": pattern, "Targets": [{"Id": "queue", "Arn": arn}]}
    template = {"Resources": {"Rule": {"Type": "AWS::Events::Rule", "Properties": rule}}}
    formation.create_stack(StackName=name, TemplateBody=json.dumps(template))
    formation.get_waiter("stack_create_complete").wait(StackName=name, WaiterConfig={"Delay": 1})
    cloudwatch.put_metric_alarm(
        AlarmName=name,
        Namespace=name,
        MetricName="m",
        Statistic="Sum",
        Period=300,
        EvaluationPeriods=1,
        Threshold=5,
        ComparisonOperator="GreaterThanThreshold",
    )
    cloudwatch.set_alarm_state(AlarmName=name, StateValue="ALARM", StateReason="testing")
    answer = sqs.receive_message(QueueUrl=url, WaitTimeSeconds=20)
    assert json.loads(answer["Messages"][0]["Body"])["detail-type"] == "CloudWatch Alarm State Change"
