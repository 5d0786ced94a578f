"""CloudWatch's metrics, as boto3 reads them from the engine."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from localcloud.encodings.cbor import dumps, loads
from tests.engine.world import ACCOUNT, World


def an_hour() -> dict[str, Any]:
    now = datetime.now(UTC)
    return {"StartTime": now - timedelta(hours=1), "EndTime": now + timedelta(minutes=1)}


def test_custom_metrics_have_statistics_and_percentiles(world: World) -> None:
    cloudwatch = world.client("cloudwatch")
    namespace, dimensions = world.name("Shop"), [{"Name": "Service", "Value": "pay"}]
    cloudwatch.put_metric_data(
        Namespace=namespace,
        MetricData=[
            {"MetricName": "Took", "Dimensions": dimensions, "Values": [1.0, 2.0, 3.0], "Counts": [1, 1, 2]},
            {"MetricName": "Took", "Dimensions": dimensions, "Value": 10.0},
            {"MetricName": "Took", "Value": 99.0},
        ],
    )
    listed = cloudwatch.list_metrics(Namespace=namespace, Dimensions=[{"Name": "Service"}])["Metrics"]
    assert listed == [{"Namespace": namespace, "MetricName": "Took", "Dimensions": dimensions}]
    answer = cloudwatch.get_metric_statistics(
        Namespace=namespace,
        MetricName="Took",
        Dimensions=dimensions,
        Period=3600 * 24,
        Statistics=["Sum", "SampleCount", "Maximum"],
        **an_hour(),
    )
    (datapoint,) = answer["Datapoints"]
    assert (datapoint["Sum"], datapoint["SampleCount"], datapoint["Maximum"]) == (19.0, 5.0, 10.0)
    answer = cloudwatch.get_metric_statistics(
        Namespace=namespace,
        MetricName="Took",
        Dimensions=dimensions,
        Period=3600 * 24,
        ExtendedStatistics=["p50"],
        **an_hour(),
    )
    assert answer["Datapoints"][0]["ExtendedStatistics"] == {"p50": 3.0}


def test_metric_data_evaluates_expressions(world: World) -> None:
    cloudwatch = world.client("cloudwatch")
    namespace = world.name("Shop")
    moment = datetime.now(UTC) - timedelta(minutes=5)
    data = [
        {"MetricName": name, "Value": value, "Timestamp": moment} for name, value in (("bad", 1), ("all", 4))
    ]
    cloudwatch.put_metric_data(Namespace=namespace, MetricData=data)
    stats = [
        {
            "Id": name,
            "MetricStat": {
                "Metric": {"Namespace": namespace, "MetricName": name},
                "Period": 60,
                "Stat": "Sum",
            },
            "ReturnData": False,
        }
        for name in ("bad", "all")
    ]
    rate = {"Id": "rate", "Expression": "100 * bad / all", "Label": "%"}
    (result,) = cloudwatch.get_metric_data(MetricDataQueries=[*stats, rate], **an_hour())["MetricDataResults"]
    assert (result["Id"], result["Label"], result["Values"]) == ("rate", "%", [25.0])
    assert result["Timestamps"][0] == moment.replace(second=0, microsecond=0)


def test_metrics_of_the_function_process_are_read_once(world: World) -> None:
    name = world.name("fn")
    start = int(time.time() // 60) * 60
    row = ["AWS/Lambda", "Errors", [["FunctionName", name]], "Count", [[start, 2.0, 2.0, 1.0, 1.0, None]]]
    world.lambdas.pages["/_localcloud/metrics"] = [row]
    for _ in range(2):
        answer = world.client("cloudwatch").get_metric_statistics(
            Namespace="AWS/Lambda",
            MetricName="Errors",
            Dimensions=[{"Name": "FunctionName", "Value": name}],
            Period=60,
            Statistics=["Sum"],
            **an_hour(),
        )
        assert [datapoint["Sum"] for datapoint in answer["Datapoints"]] == [2.0]


@pytest.mark.parametrize(
    ("operation", "request_", "code"),
    [
        ("put_metric_data", {"Namespace": "AWS/Own", "MetricData": []}, "InvalidParameterValue"),
        (
            "get_metric_statistics",
            {"Namespace": "a", "MetricName": "b", "Period": 60, "ExtendedStatistics": ["q9"], **an_hour()},
            "InvalidParameterValue",
        ),
        (
            "get_metric_data",
            {"MetricDataQueries": [{"Id": "a", "Expression": "b +"}], **an_hour()},
            "ValidationError",
        ),
    ],
)
def test_invalid_requests_are_refused_in_the_words_of_cloudwatch(
    world: World, operation: str, request_: dict[str, Any], code: str
) -> None:
    with pytest.raises(ClientError) as refused:
        getattr(world.client("cloudwatch"), operation)(**request_)
    assert refused.value.response["Error"]["Code"] == code


def test_query_and_json_protocols_are_understood(world: World) -> None:
    namespace = world.name("Shop")
    signed = {
        "Authorization": f"AWS4-HMAC-SHA256 Credential={'0' * 12}/20260101/us-east-1/monitoring/aws4_request"
    }
    form = {**signed, "Content-Type": "application/x-www-form-urlencoded"}
    data = "MetricData.member.1.MetricName=m&MetricData.member.1.Value=2"
    put = f"Action=PutMetricData&Namespace={namespace}&{data}".encode()
    assert world.send("POST", "/", put, form)[0] == 200
    listed = f"Action=ListMetrics&Namespace={namespace}".encode()
    assert b"<MetricName>m</MetricName>" in world.send("POST", "/", listed, form)[1]
    json_form = {
        **signed,
        "Content-Type": "application/x-amz-json-1.0",
        "X-Amz-Target": "GraniteServiceVersion20100801.ListMetrics",
    }
    status, body = world.send("POST", "/", f'{{"Namespace": "{namespace}"}}'.encode(), json_form)
    assert (status, b'"MetricName": "m"' in body) == (200, True)


def test_infinite_and_missing_numbers_are_refused(world: World) -> None:
    credential = f"{ACCOUNT}/20260101/us-east-1/monitoring/aws4_request"
    headers = {
        "Authorization": f"AWS4-HMAC-SHA256 Credential={credential}",
        "Content-Type": "application/x-amz-json-1.0",
        "X-Amz-Target": "GraniteServiceVersion20100801.PutMetricData",
    }
    for datum in ({"Value": "many"}, {"StatisticValues": {"Sum": 1}}):
        document = {"Namespace": "Shop", "MetricData": [{"MetricName": "m", **datum}]}
        status, body = world.send("POST", "/", json.dumps(document).encode(), headers)
        assert (status, b"is not a number" in body) == (400, True)


def test_cbor_protocol_is_understood_for_every_operation(world: World) -> None:
    namespace, alarm = world.name("Shop"), world.name("alarm")
    headers = {
        "Authorization": f"AWS4-HMAC-SHA256 Credential={ACCOUNT}/20260101/us-east-1/monitoring/aws4_request",
        "Content-Type": "application/cbor",
        "smithy-protocol": "rpc-v2-cbor",
    }

    def call(operation: str, members: dict[str, Any]) -> Any:
        path = f"/service/GraniteServiceVersion20100801/operation/{operation}"
        status, body = world.send("POST", path, dumps(members), headers)
        assert status == 200, body
        return loads(body)

    moment = datetime.now(UTC)
    call(
        "PutMetricData",
        {"Namespace": namespace, "MetricData": [{"MetricName": "m", "Timestamp": moment, "Value": 2.0}]},
    )
    assert call("ListMetrics", {"Namespace": namespace})["Metrics"][0]["MetricName"] == "m"
    call("PutDashboard", {"DashboardName": alarm, "DashboardBody": "{}"})
    listed = call("ListDashboards", {"DashboardNamePrefix": alarm})["DashboardEntries"]
    assert listed[0]["DashboardName"] == alarm
    assert isinstance(listed[0]["LastModified"], datetime)


@pytest.mark.parametrize(
    "datum",
    [
        {"Value": float("nan")},
        {"Value": float("inf")},
        {"Value": -1e200},
        {"Values": []},
        {"Values": [1.0] * 151},
        {"Values": [1.0, 2.0], "Counts": [1.0]},
        {"Values": [1.0], "Counts": [-1.0]},
        {"Value": 1.0, "Unit": "Apples"},
        {"Value": 1.0, "StorageResolution": 7},
        {"Value": 1.0, "Timestamp": datetime(2020, 1, 1, tzinfo=UTC)},
        {"Value": 1.0, "Timestamp": datetime.now(UTC) + timedelta(hours=3)},
        {"Value": 1.0, "Dimensions": [{"Name": f"d{number}", "Value": "x"} for number in range(31)]},
        {"StatisticValues": {"SampleCount": 2, "Sum": 1, "Minimum": 9, "Maximum": 0}},
    ],
)
def test_invalid_datum_refuses_the_whole_request(world: World, datum: dict[str, Any]) -> None:
    cloudwatch, namespace = world.client("cloudwatch"), world.name("Bad")
    with pytest.raises(ClientError, match=r"InvalidParameterValue|MissingParameter"):
        cloudwatch.put_metric_data(
            Namespace=namespace,
            MetricData=[{"MetricName": "Took", "Value": 1.0}, {"MetricName": "Took", **datum}],
        )
    assert cloudwatch.list_metrics(Namespace=namespace)["Metrics"] == []


def test_metric_data_with_too_many_datapoints_is_refused(world: World) -> None:
    with pytest.raises(ClientError, match="data points"):
        world.client("cloudwatch").get_metric_data(
            MetricDataQueries=[{"Id": "a", "Expression": "TIME_SERIES(1)", "Period": 1}],
            StartTime=datetime.now(UTC) - timedelta(days=400),
            EndTime=datetime.now(UTC),
        )
