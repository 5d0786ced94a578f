"""Delivery streams and tables in templates."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.check.templates import findings_of

ROLE = {"Fn::GetAtt": ["Role", "Arn"]}
PLAIN = {"RoleARN": ROLE, "BucketARN": {"Fn::GetAtt": ["Lake", "Arn"]}}
FUNCTION = {
    "Type": "Lambda",
    "Parameters": [{"ParameterName": "LambdaArn", "ParameterValue": {"Fn::GetAtt": ["Clean", "Arn"]}}],
}

CDK_FUNCTION = {
    "Type": "Lambda",
    "Parameters": [
        *FUNCTION["Parameters"],
        {"ParameterName": "RoleArn", "ParameterValue": ROLE},
        {"ParameterName": "BufferIntervalInSeconds", "ParameterValue": {"Ref": "Unknown"}},
    ],
}
QUERY = {
    "Type": "MetadataExtraction",
    "Parameters": [
        {"ParameterName": "MetadataExtractionQuery", "ParameterValue": "{shop: .shop}"},
        {"ParameterName": "JsonParsingEngine", "ParameterValue": "JQ-1.6"},
    ],
}


def stream(destination: dict[str, Any] | None = None, **properties: Any) -> dict[str, Any]:
    configured = (
        {"ExtendedS3DestinationConfiguration": {**PLAIN, **destination}} if destination is not None else {}
    )
    resource = {"Type": "AWS::KinesisFirehose::DeliveryStream", "Properties": {**configured, **properties}}
    return {
        "Parameters": {"Seconds": {"Type": "Number", "Default": 60}},
        "Resources": {"S": resource, "Lake": {"Type": "AWS::S3::Bucket"}},
    }


def rules(tmp_path: Path, template: dict[str, Any]) -> list[str]:
    return [
        text for text in findings_of(tmp_path, template) if "delivery-stream" in text or "table-type" in text
    ]


@pytest.mark.parametrize(
    "template",
    [
        stream({"BufferingHints": {"SizeInMBs": "5", "IntervalInSeconds": {"Ref": "Seconds"}}}),
        stream({"Prefix": {"Fn::Sub": "${AWS::StackName}/"}, "CompressionFormat": "GZIP"}),
        stream({"ProcessingConfiguration": {"Enabled": "true", "Processors": [FUNCTION]}}),
        stream(
            {},
            DeliveryStreamType="KinesisStreamAsSource",
            KinesisStreamSourceConfiguration={"KinesisStreamARN": {"Ref": "Somewhere"}, "RoleARN": ROLE},
        ),
        stream({"ProcessingConfiguration": {"Enabled": True, "Processors": [CDK_FUNCTION]}}),
        stream(
            {
                "BufferingHints": {"SizeInMBs": 64, "IntervalInSeconds": 60},
                "DynamicPartitioningConfiguration": {"Enabled": True},
                "Prefix": {"Fn::Sub": "${Lake}/!{partitionKeyFromQuery:shop}/"},
                "ErrorOutputPrefix": {"Fn::ImportValue": "errors"},
                "ProcessingConfiguration": {"Enabled": True, "Processors": [QUERY]},
            }
        ),
        stream({"S3BackupMode": {"Fn::If": ["Yes", "Disabled", {"Ref": "AWS::NoValue"}]}}),
    ],
)
def test_supported_delivery_stream_is_no_finding(tmp_path: Path, template: dict[str, Any]) -> None:
    assert rules(tmp_path, template) == []


@pytest.mark.parametrize(
    ("template", "message"),
    [
        (stream({"CompressionFormat": "Snappy"}), "Snappy is not served"),
        (stream({"BufferingHints": {"SizeInMBs": 500, "IntervalInSeconds": 1}}), "less than or equal to 128"),
        (
            stream(HttpEndpointDestinationConfiguration={"EndpointConfiguration": {}}),
            "HttpEndpoint is not served",
        ),
        (
            stream({}, DeliveryStreamType="MSKAsSource", MSKSourceConfiguration={"a": 1}),
            "Kinesis streams alone",
        ),
        (stream({}, DeliveryStreamType="KinesisStreamAsSource"), "does not go with the type"),
    ],
)
def test_unsupported_delivery_stream_is_an_error(
    tmp_path: Path, template: dict[str, Any], message: str
) -> None:
    (text,) = rules(tmp_path, template)
    assert "error: delivery-stream" in text and message in text


def test_table_with_an_unread_column_is_a_warning(tmp_path: Path) -> None:
    columns = [{"Name": "a", "Type": "bigint"}, {"Name": "b", "Type": "uniontype<int,string>"}]
    table = {"TableInput": {"StorageDescriptor": {"Columns": columns}}, "DatabaseName": "d", "CatalogId": "1"}
    (text,) = rules(tmp_path, {"Resources": {"T": {"Type": "AWS::Glue::Table", "Properties": table}}})
    assert "warning: table-type" in text and "uniontype" in text
