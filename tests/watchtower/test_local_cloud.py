"""A whole local cloud: what functions print, what is measured, and an alarm that fires and clears."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.localcloud.running import Running, running, wait_for

TEMPLATE = Path(__file__).parent / "noisy" / "template.yaml"
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with running(tmp_path_factory.mktemp("noisy"), TEMPLATE, "--alarm-clock", "60") as cloud:
        yield cloud


def client(cloud: Running, service: str) -> Any:
    return cloud.session().client(service, endpoint_url=cloud.engine)  # type: ignore[call-overload]


def invoke(cloud: Running, name: str, event: object) -> Any:
    answer = client(cloud, "lambda").invoke(FunctionName=cloud.outputs[name], Payload=json.dumps(event))
    return json.loads(answer["Payload"].read())


def total(cloud: Running, namespace: str, metric: str, **dimensions: str) -> float:
    now = datetime.now(UTC)
    answer = client(cloud, "cloudwatch").get_metric_statistics(
        Namespace=namespace,
        MetricName=metric,
        Dimensions=[{"Name": name, "Value": value} for name, value in dimensions.items()],
        StartTime=now - timedelta(hours=1),
        EndTime=now + timedelta(minutes=1),
        Period=86400,
        Statistics=["Sum"],
    )
    return sum(float(datapoint["Sum"]) for datapoint in answer["Datapoints"])


def test_a_functions_lines_are_in_its_stream_with_those_of_lambda(cloud: Running) -> None:
    stream = invoke(cloud, "Plain", {"text": "this"})
    events = client(cloud, "logs").filter_log_events(
        logGroupName=f"/aws/lambda/{cloud.outputs['Plain']}", logStreamNames=[stream]
    )["events"]
    first, printed, end, report = [event["message"] for event in events][:4]
    assert first.startswith("START RequestId: ")
    assert printed == f"wrote this to {stream}"
    assert end.startswith("END RequestId: ")
    assert report.startswith("REPORT RequestId: ")


def test_json_lines_keep_their_levels_and_carry_metrics(cloud: Running) -> None:
    invoke(cloud, "Structured", {})
    group = cloud.outputs["Group"]

    def documents() -> list[dict[str, Any]]:
        events = client(cloud, "logs").filter_log_events(logGroupName=group)["events"]
        return [json.loads(event["message"]) for event in events]

    wait_for(lambda: any(document.get("type") == "platform.report" for document in documents()))
    shown = documents()
    assert [document["message"] for document in shown if "message" in document] == ["high enough"]
    assert [document["type"] for document in shown if "type" in document] == [
        "platform.start",
        "platform.report",
    ]
    assert total(cloud, "Noisy", "Orders", Way="rest") == 3
    wait_for(lambda: total(cloud, "Noisy", "Warnings") == 1)


def test_an_alarm_fires_when_its_function_fails_and_clears(cloud: Running) -> None:
    sqs = client(cloud, "sqs")

    def next_state() -> Any:
        received: list[Any] = []

        def look() -> bool:
            received[:] = sqs.receive_message(QueueUrl=cloud.outputs["Queue"], WaitTimeSeconds=1).get(
                "Messages", []
            )
            return bool(received)

        wait_for(look)
        sqs.delete_message(QueueUrl=cloud.outputs["Queue"], ReceiptHandle=received[0]["ReceiptHandle"])
        return json.loads(received[0]["Body"])

    assert next_state()["NewStateValue"] == "OK"
    invoke(cloud, "Plain", {"text": "that", "fails": True})
    fired = next_state()
    assert (fired["AlarmName"], fired["NewStateValue"]) == ("plain-fails", "ALARM")
    assert fired["Trigger"]["Dimensions"] == [{"name": "FunctionName", "value": cloud.outputs["Plain"]}]
    assert next_state()["NewStateValue"] == "OK"
    assert total(cloud, "AWS/Lambda", "Errors", FunctionName=cloud.outputs["Plain"]) == 1
    printed = cloud.printed.read_text() + (cloud.printed.parent / "log.txt").read_text()
    assert "alarm plain-fails: OK -> ALARM: Threshold Crossed" in printed
