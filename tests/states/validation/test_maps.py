"""Map states, inline and distributed."""

from __future__ import annotations

from typing import Any

import pytest

from tests.states.validation.definitions import (
    JSONATA,
    distributed,
    errors,
    inner,
    machine,
    map_state,
    state_errors,
)

S3 = "arn:aws:states:::s3:"
READER = {"Resource": f"{S3}getObject", "Parameters": {"Bucket": "b", "Key": "k"}}
WRITER = {"Resource": f"{S3}putObject", "Parameters": {"Bucket": "b"}}
CONFIG = "/States/A/ItemProcessor/ProcessorConfig"


def reader(**config: Any) -> dict[str, Any]:
    return distributed(ItemReader={**READER, "ReaderConfig": config})


def configured(**config: Any) -> dict[str, Any]:
    return map_state(ItemProcessor={"ProcessorConfig": config, **inner()})


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("ItemReader", READER),
        ("ItemBatcher", {"MaxItemsPerBatch": 2}),
        ("ResultWriter", WRITER),
        ("Label", "items"),
    ],
)
def test_distributed_feature_is_refused_inline(field: str, value: Any) -> None:
    assert state_errors(distributed(**{field: value})) == []
    assert state_errors(map_state(**{field: value})) == [f"Field '{field}' is not supported at /States/A"]


# localstack: test_base_evaluate_expressions.py, test_base_map
@pytest.mark.parametrize(("field", "value"), [("Count", 1), ("PercentagePath", "$.p")])
def test_a_tolerated_failure_is_accepted_inline(field: str, value: Any) -> None:
    assert state_errors(map_state(**{f"ToleratedFailure{field}": value})) == []


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        (
            {"Type": "Map", "End": True},
            "should have only one of the following fields: [ItemProcessor, Iterator]",
        ),
        (map_state(Iterator=inner("J")), "There should only be one of the following fields: [ItemProcessor"),
        (map_state(ItemProcessor=1), "Expected value of type Object at /States/A/ItemProcessor"),
        (configured(Mode="SOME"), f"Value should be one of the following: [INLINE, DISTRIBUTED] at {CONFIG}"),
        (configured(Mode="DISTRIBUTED"), f"These fields are required: [ExecutionType] at {CONFIG}"),
        (configured(ExecutionType="EXPRESS"), f"Field 'ExecutionType' is not supported at {CONFIG}"),
        (configured(Mode="INLINE", Size=1), f"Field 'Size' is not supported at {CONFIG}"),
        (
            configured(Mode="DISTRIBUTED", ExecutionType="FAST"),
            f"Value should be one of the following: [STANDARD, EXPRESS] at {CONFIG}/ExecutionType",
        ),
        (map_state(MaxConcurrency=-1), "Minimum value is 0 at /States/A/MaxConcurrency"),
        (map_state(MaxConcurrency=1, MaxConcurrencyPath="$.m"), "There should only be one of"),
        (map_state(Parameters={}, ItemSelector={}), "There should only be one of the following fields"),
        (map_state(ItemsPath="items"), "Value must be a valid JSONPath. at /States/A/ItemsPath"),
        (map_state(ItemSelector={"a.$": "x"}), "The value for the field 'a.$' must be a valid JSONPath"),
        (distributed(ToleratedFailurePercentage=101), "Maximum value is 100"),
        (distributed(Label="x" * 41), "INVALID_LABEL_NAME"),
        (distributed(Label="a*b"), "INVALID_LABEL_NAME"),
        (distributed(ItemBatcher={}), "should have at least one of the following fields: [MaxInputBytesPer"),
        (distributed(ItemBatcher={"MaxItemsPerBatch": 0}), "Minimum value is 1"),
        (distributed(ItemBatcher={"MaxInputBytesPerBatch": 262_145}), "Maximum value is 262144"),
        (distributed(ItemBatcher={"MaxItemsPerBatch": 1, "Size": 1}), "Field 'Size' is not supported"),
        (distributed(ResultWriter={}), "These fields are required: [Resource, Parameters]"),
        (distributed(ResultWriter={**WRITER, "Resource": f"{S3}getObject"}), "does not match any of the"),
        (
            distributed(ResultWriter={**WRITER, "WriterConfig": {"OutputType": "XML"}}),
            "Value should be one of the following: [JSON, JSONL]",
        ),
        (distributed(ItemReader={"Parameters": {}}), "These fields are required: [Resource]"),
        (distributed(ItemReader={**READER, "Resource": f"{S3}headObject"}), "does not match any of the"),
        (reader(), "These fields are required: [InputType]"),
        (reader(InputType="XML"), "Value should be one of the following: [CSV, JSON, JSONL, PARQUET"),
        (reader(InputType="CSV"), "These fields are required: [CSVHeaderLocation]"),
        (reader(InputType="CSV", CSVHeaderLocation="GIVEN"), "These fields are required: [CSVHeaders]"),
        (reader(InputType="JSON", CSVHeaderLocation="FIRST_ROW"), "Field 'CSVHeaderLocation' is not supp"),
        (reader(InputType="JSON", MaxItems=1, MaxItemsPath="$.m"), "There should only be one of"),
    ],
)
def test_invalid_map_is_refused(state: dict[str, Any], expected: str) -> None:
    [error] = state_errors(state)
    assert expected in error


@pytest.mark.parametrize(
    "state",
    [
        configured(),
        configured(Mode="INLINE"),
        {
            "Type": "Map",
            "Iterator": inner(),
            "End": True,
            "ItemsPath": "$.a",
            "Parameters": {"i.$": "$$.Map"},
        },
        map_state(ItemsPath="$.a[0:2]", MaxConcurrencyPath="$.m", ItemSelector={"v.$": "$$.Map.Item.Value"}),
        map_state(Retry=[{"ErrorEquals": ["a"]}], ResultSelector={"n.$": "States.ArrayLength($)"}),
        distributed(ItemBatcher={"MaxItemsPerBatchPath": "$.n", "BatchInput": {"a.$": "$.b"}}),
        distributed(ResultWriter={"WriterConfig": {"OutputType": "JSONL", "Transformation": "FLATTEN"}}),
        reader(InputType="CSV", CSVHeaderLocation="GIVEN", CSVHeaders=["a"], CSVDelimiter="TAB", MaxItems=5),
        distributed(ItemReader={"Resource": f"{S3}listObjectsV2", "Parameters": {"Bucket.$": "$.b"}}),
    ],
)
def test_valid_map_is_accepted(state: dict[str, Any]) -> None:
    assert state_errors(state) == []


@pytest.mark.parametrize("items", [[1], {"a": 1}, "{% $states.input.items %}"])
def test_items_of_jsonata_are_values_or_an_expression(items: Any) -> None:
    assert state_errors(map_state(Items=items), **JSONATA) == []


@pytest.mark.parametrize("items", [1, None, "items"])
def test_items_of_another_type_are_refused(items: Any) -> None:
    assert len(state_errors(map_state(Items=items), **JSONATA)) == 1


@pytest.mark.parametrize(
    ("field", "value", "foreign"),
    [
        (
            "ItemBatcher",
            {"MaxItemsPerBatch": 1, "MaxInputBytesPerBatchPath": "$.n"},
            "MaxInputBytesPerBatchPath",
        ),
        ("ResultWriter", {"Resource": f"{S3}putObject", "Arguments": {}, "Parameters": {}}, "Parameters"),
        ("ItemReader", {**READER, "Arguments": {}}, "Parameters"),
    ],
)
def test_parts_of_a_map_have_its_language(field: str, value: Any, foreign: str) -> None:
    [error] = state_errors(distributed(**{field: value}), **JSONATA)
    assert error.startswith(f"The QueryLanguage is set to 'JSONata', but field '{foreign}' is only supported")
    assert error.endswith(f" at /States/A/{field}")


def test_csv_headers_of_jsonata_may_be_computed() -> None:
    config = {"InputType": "CSV", "CSVHeaderLocation": "GIVEN", "CSVHeaders": "{% ['a'] %}"}
    reading = {"Resource": f"{S3}getObject", "Arguments": {}, "ReaderConfig": config}
    assert state_errors(distributed(ItemReader=reading), **JSONATA) == []


def test_express_refuses_a_distributed_map() -> None:
    [error] = state_errors(distributed(), kind="EXPRESS")
    assert error.startswith("The field 'Mode' with value 'DISTRIBUTED' is not supported inside 'EXPRESS'")
    assert state_errors(map_state(), kind="EXPRESS") == []


def test_a_label_is_unique_in_the_whole_machine() -> None:
    other = distributed(Label="items")
    other["ItemProcessor"] = {**other["ItemProcessor"], **inner("J")}
    states = {"A": {**distributed(Label="items"), "End": False, "Next": "B"}, "B": other}
    assert errors(machine(states)) == ["DUPLICATE_LABEL_NAME: Duplicate Label name: items at /States/B/Label"]
