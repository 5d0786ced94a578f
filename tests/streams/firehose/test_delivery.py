"""Records from PutRecordBatch to their objects."""

from __future__ import annotations

import asyncio
import gzip
import io
import json
import re
import zipfile
from base64 import b64decode, b64encode
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from localcloud.journal import Journal
from localcloud.streams.firehose.facade import CallFailed, FirehoseError, Keeping
from tests.streams.firehose.world import (
    CONVERSION,
    FUNCTION,
    LARGE,
    Shop,
    processing,
    processor,
    settle,
)

MEGABYTE = 1024 * 1024
PARTITIONED: dict[str, Any] = {
    "BufferingHints": LARGE,
    "Prefix": "shop=!{partitionKeyFromQuery:shop}/",
    "ErrorOutputPrefix": "errors/!{firehose:error-output-type}/",
    "DynamicPartitioningConfiguration": {"Enabled": True},
    "ProcessingConfiguration": processing(
        processor("MetadataExtraction", MetadataExtractionQuery="{shop: .shop}", JsonParsingEngine="JQ-1.6")
    ),
}


async def test_records_wait_until_the_interval_of_the_first_is_over() -> None:
    shop = Shop()
    shop.create()
    shop.put(b"a")
    await shop.clock.pass_on(59)
    shop.put(b"b")
    assert not shop.services.objects
    await shop.clock.pass_on(1)
    assert shop.bodies() == [b"ab"]


async def test_a_full_buffer_is_delivered_at_once_and_the_next_record_begins_another() -> None:
    shop = Shop()
    shop.create()
    for letter in (b"a", b"b", b"c"):
        shop.put(letter * (MEGABYTE // 2))
    await settle()
    assert [len(body) for body in shop.bodies()] == [MEGABYTE]
    await shop.clock.pass_on(60)
    assert [len(body) for body in shop.bodies()] == [MEGABYTE, MEGABYTE // 2]


@settings(max_examples=10)
@given(st.lists(st.tuples(st.integers(1, MEGABYTE * 3 // 4), st.sampled_from((0, 7, 61))), max_size=8))
def test_every_record_is_in_one_object_in_its_order(puts: list[tuple[int, int]]) -> None:
    async def run() -> None:
        shop = Shop()
        shop.create()
        sent = [bytes([65 + number]) * size for number, (size, _) in enumerate(puts)]
        for data, (_, pause) in zip(sent, puts, strict=True):
            shop.put(data)
            await shop.clock.pass_on(pause)
        await shop.clock.pass_on(60)
        assert b"".join(shop.bodies()) == b"".join(sent)
        assert all(len(body) <= MEGABYTE for body in shop.bodies())
        assert shop.service.streams["orders"].waiting == [0, 0]

    asyncio.run(run())


async def test_objects_have_the_names_of_aws() -> None:
    shop = Shop()
    shop.create(Prefix="orders/", CompressionFormat="GZIP")
    shop.put(b"a")
    await shop.clock.pass_on(60)
    (key,) = shop.services.objects
    assert re.fullmatch(
        r"lake/orders/2026/02/25/06/orders-1-2026-02-25-06-13-20-[0-9a-f]{8}-[0-9a-f-]{27}\.gz", key
    )
    assert gzip.decompress(shop.services.objects[key]) == b"a"


async def test_zip_holds_the_records_and_extension_and_time_zone_apply() -> None:
    shop = Shop()
    shop.create(CompressionFormat="ZIP", FileExtension=".z", CustomTimeZone="Asia/Tokyo")
    shop.put(b"a", b"b")
    await shop.clock.pass_on(60)
    ((key, body),) = shop.services.objects.items()
    assert key.startswith("lake/2026/02/25/15/orders-1-2026-02-25-15-") and key.endswith(".z")
    archive = zipfile.ZipFile(io.BytesIO(body))
    assert archive.read(archive.namelist()[0]) == b"ab"


async def test_a_delimiter_is_put_behind_each_record() -> None:
    shop = Shop()
    shop.create(ProcessingConfiguration=processing(processor("AppendDelimiterToRecord", Delimiter="\\n")))
    shop.put(b"a", b"b")
    await shop.clock.pass_on(60)
    assert shop.bodies() == [b"a\nb\n"]


async def test_s3_write_is_retried_until_it_succeeds() -> None:
    shop = Shop()
    shop.create()
    shop.services.refusals = [CallFailed("S3.SlowDown", "slow down")] * 3
    shop.put(b"a")
    await shop.clock.pass_on(60)
    assert not shop.services.objects
    await shop.clock.pass_on(1 + 2 + 4)
    assert shop.bodies() == [b"a"]
    assert shop.measured("DeliveryToS3.Success") == 1


async def test_records_refused_by_s3_for_a_day_are_lost_and_measured(
    caplog: pytest.LogCaptureFixture,
) -> None:
    shop = Shop()
    shop.create()
    shop.services.refusals = [CallFailed("S3.NoSuchBucket", "gone")] * 2000
    shop.put(b"a")
    await shop.clock.pass_on(25 * 3600)
    assert "1 records are lost after 24 hours" in caplog.text
    assert shop.service.streams["orders"].waiting == [0, 0]


async def test_buffers_are_bounded_while_s3_refuses() -> None:
    shop = Shop()
    shop.create()
    stream = shop.service.streams["orders"]
    stream.waiting[1] = 1 << 30
    with pytest.raises(FirehoseError, match=r"Slow down\."):
        shop.put(b"a")


async def test_a_function_transforms_drops_and_fails_records() -> None:
    shop = Shop()
    shop.create(ProcessingConfiguration=processing(FUNCTION))

    def clean(event: dict[str, Any]) -> dict[str, Any]:
        results = {b"ok": "Ok", b"drop": "Dropped", b"bad": "ProcessingFailed"}
        records = [
            {"recordId": item["recordId"], "result": results[b64decode(item["data"])], "data": b64(b"done")}
            for item in event["records"]
        ]
        return {"records": records}

    shop.services.function = clean
    shop.put(b"ok", b"drop", b"bad")
    await shop.clock.pass_on(120)
    assert shop.bodies("lake/2026") == [b"done"]
    (failure,) = shop.bodies("lake/processing-failed/")
    document = json.loads(failure)
    assert b64decode(document["rawData"]) == b"bad"
    assert document["errorCode"] == "Lambda.ProcessingFailedStatus" and document["attemptsMade"] == 1
    assert document["lambdaArn"].endswith(":clean")
    assert shop.service.streams["orders"].waiting == [0, 0]


async def test_failing_function_is_invoked_again_before_its_records_fail() -> None:
    shop = Shop()
    shop.create(ProcessingConfiguration=processing(FUNCTION))
    shop.services.function = lambda _event: CallFailed("Lambda.FunctionError", "it broke")
    shop.put(b"a", b"b")
    await shop.clock.pass_on(120)
    assert len(shop.services.invocations) == 3
    (failures,) = shop.bodies("lake/processing-failed/")
    assert [json.loads(line)["attemptsMade"] for line in failures.splitlines()] == [3, 3]


async def test_records_unanswered_by_a_function_fail() -> None:
    shop = Shop()
    shop.create(ProcessingConfiguration=processing(FUNCTION))
    shop.services.function = lambda _event: {"records": []}
    shop.put(b"a")
    await shop.clock.pass_on(120)
    assert json.loads(shop.bodies()[0])["errorCode"] == "Lambda.MissingRecordId"


async def test_partitions_have_buffers_of_their_own_and_bad_records_go_to_the_error_prefix() -> None:
    shop = Shop()
    shop.create(**PARTITIONED)
    shop.put(b'{"shop": 1}', b'{"shop": 2}', b'{"shop": 1}', b"no json", b"{}")
    await shop.clock.pass_on(60)
    assert shop.bodies("lake/shop=1/") == [b'{"shop": 1}{"shop": 1}']
    assert shop.bodies("lake/shop=2/") == [b'{"shop": 2}']
    (failures,) = shop.bodies("lake/errors/processing-failed/")
    assert [b64decode(json.loads(line)["rawData"]) for line in failures.splitlines()] == [b"no json", b"{}"]


async def test_unreadable_record_harms_no_other() -> None:
    """JSON says more than Python reads, and than UTF-8 has."""
    shop = Shop()
    shop.create(**PARTITIONED)
    deep, digits = b'{"shop":"a","x":' + b"[" * 100_000, b'{"shop":' + b"9" * 5000 + b"}"
    shop.put(deep, digits, b'{"shop":"\\ud800"}', b'{"shop":"a"}')
    await shop.clock.pass_on(300)
    folders = sorted(key.rpartition("/")[0] for key in shop.services.objects)
    assert folders == ["lake/errors/processing-failed", "lake/shop=a", "lake/shop=\ufffd"]
    assert shop.service.streams["orders"].waiting == [0, 0]


async def test_records_beyond_the_most_active_partitions_go_to_the_error_prefix() -> None:
    shop = Shop()
    shop.create(**PARTITIONED)
    shop.put(*(b'{"shop": %d}' % number for number in range(500)))
    shop.put(b'{"shop": 500}')
    await shop.clock.pass_on(60)
    (failure,) = shop.bodies("lake/errors/activePartitionExceeded/")
    assert b64decode(json.loads(failure)["rawData"]) == b'{"shop": 500}'


async def test_records_within_a_record_are_partitioned_one_by_one() -> None:
    shop = Shop()
    query = PARTITIONED["ProcessingConfiguration"]["Processors"][0]
    parts = processing(processor("RecordDeAggregation", SubRecordType="JSON"), query)
    shop.create(**{**PARTITIONED, "ProcessingConfiguration": parts})
    shop.put(b'{"shop":1}{"shop":2}[{"shop":2}]')
    await shop.clock.pass_on(60)
    assert shop.bodies("lake/shop=2/") == [b'{"shop":2}{"shop":2}']
    assert shop.service.streams["orders"].waiting == [0, 0]


async def test_a_functions_partition_keys_name_the_folder() -> None:
    shop = Shop()
    shop.create(
        **{
            **PARTITIONED,
            "Prefix": "kind=!{partitionKeyFromLambda:kind}/",
            "ProcessingConfiguration": processing(FUNCTION),
        }
    )
    shop.services.function = lambda event: {
        "records": [
            {**item, "result": "Ok", "metadata": {"partitionKeys": {"kind": "new"}}}
            for item in event["records"]
        ]
    }
    shop.put(b"a")
    await shop.clock.pass_on(120)
    assert shop.bodies("lake/kind=new/") == [b"a"]


async def test_packed_records_are_unpacked_and_others_fail() -> None:
    shop = Shop()
    shop.create(ProcessingConfiguration=processing(processor("Decompression", CompressionFormat="GZIP")))
    shop.put(gzip.compress(b"a"), b"plain")
    await shop.clock.pass_on(60)
    assert shop.bodies("lake/2026") == [b"a"]
    assert json.loads(shop.bodies("lake/processing-failed/")[0])["errorCode"] == "Decompression.Failed"


async def test_backup_holds_the_original_records() -> None:
    shop = Shop()
    backup = {"RoleARN": "arn:aws:iam::000000000000:role/f", "BucketARN": "arn:aws:s3:::attic"}
    shop.create(
        ProcessingConfiguration=processing(FUNCTION),
        S3BackupMode="Enabled",
        S3BackupConfiguration={**backup, "BufferingHints": {"SizeInMBs": 1, "IntervalInSeconds": 10}},
    )
    shop.services.function = lambda event: {
        "records": [{"recordId": item["recordId"], "result": "Dropped"} for item in event["records"]]
    }
    shop.put(b"a", b"b")
    await shop.clock.pass_on(120)
    assert shop.bodies("attic/") == [b"ab"] and not shop.bodies("lake/")


async def test_unconvertible_records_go_to_the_error_prefix_and_the_others_are_delivered() -> None:
    shop = Shop()
    logging = {"Enabled": True, "LogGroupName": "firehose", "LogStreamName": "parquet"}
    shop.create(
        BufferingHints=LARGE, DataFormatConversionConfiguration=CONVERSION, CloudWatchLoggingOptions=logging
    )
    shop.services.unreadable = {1: "total: 1.5 is not a value of BIGINT"}
    shop.put(b"{}", b'{"total":1.5}')
    await shop.clock.pass_on(60)
    assert shop.bodies("lake/2026") == [b"PAR1"]
    document = json.loads(shop.bodies("lake/format-conversion-failed/")[0])
    ((group, stream, line),) = shop.services.lines
    assert (group, stream, line["errorCode"]) == ("firehose", "parquet", "DataFormatConversion.ParseError")
    assert document["lastErrorCode"] == "DataFormatConversion.ParseError"
    assert b64decode(document["rawData"]) == b'{"total":1.5}'
    assert document["dataCatalogTable"]["tableName"] == "orders"
    assert next(key for key in shop.services.objects if "2026/02/25/06/orders" in key).endswith(".parquet")


async def test_update_applies_to_later_records() -> None:
    shop = Shop()
    shop.create()
    shop.put(b"old")
    request = {
        "DeliveryStreamName": "orders",
        "CurrentDeliveryStreamVersionId": "1",
        "DestinationId": "destinationId-000000000001",
        "ExtendedS3DestinationUpdate": {"Prefix": "new/"},
    }
    shop.service.answer("UpdateDestination", request)
    shop.put(b"new")
    await shop.clock.pass_on(60)
    assert shop.bodies("lake/2026") == [b"old"] and shop.bodies("lake/new/") == [b"new"]
    with pytest.raises(FirehoseError, match="do not match"):
        shop.service.answer("UpdateDestination", request)


async def test_buffered_records_survive_kill_minus_nine(tmp_path: Path) -> None:
    journal = Journal.open(tmp_path)
    shop = Shop(Keeping(journal))
    shop.create()
    shop.put(b"delivered")
    await shop.clock.pass_on(60)
    shop.put(b"waiting")
    journal.close()

    journal = Journal.open(tmp_path)
    keeping = Keeping(journal)
    again = Shop(keeping)
    for key, document in keeping.streams():
        again.service.restore(key.rpartition("/")[2], document)
    await again.clock.pass_on(60)
    assert again.bodies() == [b"waiting"]
    journal.close()
    journal = Journal.open(tmp_path)
    assert not Keeping(journal).records("000000000000/us-east-1/orders")
    journal.close()


def b64(data: bytes) -> str:
    return b64encode(data).decode()
