from __future__ import annotations

import json

import pytest

from localcloud.states.language.errors import StatesError
from localcloud.states.language.scope import Json
from localcloud.states.running.result_writer import ResultWriter
from tests.states.running.fake_s3 import MACHINE, RUN, FakeS3, child, frame_over, map_run

PUT = "arn:aws:states:::s3:putObject"
DIRECTORY = "jobs/6dbfba93-bcff-410b-9b5c-abf41ae9eddb"
EXPORT = {"Resource": PUT, "Parameters": {"Bucket": "shop", "Prefix.$": "$.prefix"}}
DATA = {"prefix": "jobs"}


def writer(definition: dict[str, Json], *, jsonata: bool = False) -> ResultWriter:
    compiled = ResultWriter.read({"ResultWriter": definition}, jsonata=jsonata)
    assert compiled is not None
    return compiled


def children() -> list[Json]:
    return [
        child("c1", '{"n": 1}', "SUCCEEDED", [1, 2]),
        child("c2", '{"n": 2}', "FAILED", error="Boom"),
        child("c3", '{"n": 3}', "SUCCEEDED", {"n": 3}),
        child("c4", '{"n": 4}', "TIMED_OUT", error="States.Timeout"),
    ]


def content(transport: FakeS3, name: str) -> Json:
    return json.loads(transport.objects[f"{DIRECTORY}/{name}"])


def test_a_map_without_the_field_has_no_writer() -> None:
    assert ResultWriter.read({"Type": "Map"}, jsonata=False) is None


# localstack: test_base_scenarios.py::test_map_state_result_writer
async def test_the_result_is_where_the_manifest_lies() -> None:
    transport = FakeS3()
    result = await writer(EXPORT).write(frame_over(transport), DATA, map_run(), children())
    key = f"{DIRECTORY}/manifest.json"
    assert result == {"MapRunArn": RUN, "ResultWriterDetails": {"Bucket": "shop", "Key": key}}
    succeeded, failed = (f"{DIRECTORY}/{status}_0.json" for status in ("SUCCEEDED", "FAILED"))
    assert content(transport, "manifest.json") == {
        "DestinationBucket": "shop",
        "MapRunArn": RUN,
        "ResultFiles": {
            "FAILED": [{"Key": failed, "Size": len(transport.objects[failed])}],
            "PENDING": [],
            "SUCCEEDED": [{"Key": succeeded, "Size": len(transport.objects[succeeded])}],
        },
    }
    assert set(transport.objects) == {key, succeeded, failed}


async def test_record_describes_the_whole_execution() -> None:
    transport = FakeS3()
    await writer(EXPORT).write(frame_over(transport), DATA, map_run(), children())
    records = content(transport, "SUCCEEDED_0.json")
    assert [record["Name"] for record in records] == ["c1", "c3"]
    assert records[0] == {
        "ExecutionArn": "arn:aws:states:eu-west-1:000000000000:execution:orders/Lines:c1",
        "Input": '{"n": 1}',
        "InputDetails": {"Included": True},
        "Name": "c1",
        "Output": "[1,2]",
        "OutputDetails": {"Included": True},
        "RedriveCount": 0,
        "RedriveStatus": "NOT_REDRIVABLE",
        "RedriveStatusReason": "Execution is SUCCEEDED and cannot be redriven",
        "StartDate": "2023-11-14T22:13:20.250Z",
        "StateMachineArn": MACHINE,
        "Status": "SUCCEEDED",
        "StopDate": "2023-11-14T22:13:21.500Z",
    }
    failed = content(transport, "FAILED_0.json")
    assert [record["Status"] for record in failed] == ["FAILED", "TIMED_OUT"]
    assert (
        failed[0].items()
        >= {"Error": "Boom", "Cause": "Boom happened", "RedriveStatus": "REDRIVABLE"}.items()
    )
    assert "Output" not in failed[0]


async def test_express_children_are_redriven_by_their_run() -> None:
    transport = FakeS3()
    await writer(EXPORT).write(frame_over(transport), DATA, map_run(express=True), children())
    assert content(transport, "FAILED_0.json")[0]["RedriveStatus"] == "REDRIVABLE_BY_MAP_RUN"


@pytest.mark.parametrize(
    ("transformation", "expected"), [("COMPACT", [[1, 2], {"n": 3}]), ("FLATTEN", [1, 2, {"n": 3}])]
)
async def test_a_transformation_changes_successes_and_no_failures(
    transformation: str, expected: Json
) -> None:
    transport = FakeS3()
    definition = {**EXPORT, "WriterConfig": {"Transformation": transformation, "OutputType": "JSON"}}
    await writer(definition).write(frame_over(transport), DATA, map_run(), children())
    assert content(transport, "SUCCEEDED_0.json") == expected
    assert content(transport, "FAILED_0.json")[0]["Name"] == "c2"


async def test_json_lines_hold_a_result_each() -> None:
    transport = FakeS3()
    definition = {**EXPORT, "WriterConfig": {"Transformation": "FLATTEN", "OutputType": "JSONL"}}
    await writer(definition).write(frame_over(transport), DATA, map_run(), children())
    assert transport.objects[f"{DIRECTORY}/SUCCEEDED_0.json"] == b'1\n2\n{"n":3}'


async def test_inputs_without_an_execution_are_pending() -> None:
    transport = FakeS3()
    await writer(EXPORT).write(frame_over(transport), DATA, map_run(), [], [{"n": 9}])
    pending = {"Input": '{"n":9}', "InputDetails": {"Included": True}, "Status": "PENDING"}
    assert content(transport, "PENDING_0.json") == [pending]
    files = content(transport, "manifest.json")["ResultFiles"]
    assert [files[name] for name in ("FAILED", "SUCCEEDED")] == [[], []]


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        ({"Transformation": "COMPACT", "OutputType": "JSON"}, [[1, 2], "c2", {"n": 3}, "c4"]),
        ({"Transformation": "FLATTEN"}, [1, 2, "c2", {"n": 3}, "c4"]),
        ({"Transformation": "NONE"}, ["c1", "c2", "c3", "c4"]),
    ],
)
async def test_a_writer_without_a_resource_changes_the_result(
    config: dict[str, Json], expected: Json
) -> None:
    transport = FakeS3()
    definition = {"WriterConfig": config}
    results = await writer(definition).write(frame_over(transport), DATA, map_run(), children())
    shown = [item.get("Name", item) if isinstance(item, dict) else item for item in results]
    assert shown == expected
    assert not transport.requests


async def test_json_lines_without_a_resource_are_a_text() -> None:
    definition = {"WriterConfig": {"Transformation": "COMPACT", "OutputType": "JSONL"}}
    results = [child("c1", "1", "SUCCEEDED", 1), child("c2", "2", "SUCCEEDED", [2])]
    assert await writer(definition).write(frame_over(FakeS3()), DATA, map_run(), results) == "1\n[2]"


async def test_jsonata_computes_the_place() -> None:
    definition = {"Resource": PUT, "Arguments": {"Bucket": "shop", "Prefix": "{% $states.input.prefix %}"}}
    result = await writer(definition, jsonata=True).write(frame_over(FakeS3()), DATA, map_run(), [])
    assert result["ResultWriterDetails"]["Key"] == f"{DIRECTORY}/manifest.json"


async def test_keys_begin_with_the_run_when_there_is_no_prefix() -> None:
    definition = {"Resource": PUT, "Parameters": {"Bucket": "shop"}}
    result = await writer(definition).write(frame_over(FakeS3()), {}, map_run(), [])
    assert result["ResultWriterDetails"]["Key"] == f"{DIRECTORY.removeprefix('jobs/')}/manifest.json"


@pytest.mark.parametrize(
    ("parameters", "word"),
    [({"Bucket": "elsewhere"}, "NoSuchBucket"), ({}, "must be strings"), ({"Bucket": 7}, "must be strings")],
)
async def test_invalid_place_fails_the_writer(parameters: dict[str, Json], word: str) -> None:
    definition = {"Resource": PUT, "Parameters": parameters}
    with pytest.raises(StatesError, match=word) as caught:
        await writer(definition).write(frame_over(FakeS3()), {}, map_run(), children())
    assert caught.value.error == "States.ResultWriterFailed"


async def test_the_run_counts_what_is_written() -> None:
    run = map_run()
    run.item_counts.succeeded, run.item_counts.failed = 7, 2
    await writer(EXPORT).write(frame_over(FakeS3()), DATA, run, children())
    assert (run.execution_counts.results_written, run.item_counts.results_written) == (4, 9)
