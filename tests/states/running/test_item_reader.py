from __future__ import annotations

import gzip
import json
from typing import Any

import pytest

from localcloud.states.language.errors import EvaluationError, StatesError
from localcloud.states.language.scope import Json
from localcloud.states.running.item_reader import ItemReader
from localcloud.states.running.reading.dataset import LARGE
from tests.states.running.fake_s3 import FakeS3, frame_over

GET, LIST = "arn:aws:states:::s3:getObject", "arn:aws:states:::s3:listObjectsV2"
LINES = b"Sku,Price\nsoap,1\nsalt,2\nrice,3\ntea,4\n"
WHERE = {"bucket": "shop", "key": "lines"}


def reader(config: dict[str, Json] | None = None, resource: str = GET, **fields: Json) -> ItemReader:
    definition = {
        "Resource": resource,
        "ReaderConfig": config or {},
        "Parameters": {"Bucket.$": "$.bucket", "Key.$": "$.key"},
        **fields,
    }
    compiled = ItemReader.read({"ItemReader": definition}, jsonata=False)
    assert compiled is not None
    return compiled


async def read(content: bytes, config: dict[str, Json], data: Json = None) -> list[Json]:
    frame = frame_over(FakeS3({"lines": content}))
    return await reader(config).items(frame, {**WHERE, **(data or {})})


async def cause(content: bytes, config: dict[str, Json], data: Json = None) -> str:
    with pytest.raises(StatesError) as caught:
        await read(content, config, data)
    assert caught.value.error == "States.ItemReaderFailed"
    assert not isinstance(caught.value, EvaluationError)
    return str(caught.value.cause)


def test_map_without_the_field_has_no_reader() -> None:
    assert ItemReader.read({"Type": "Map"}, jsonata=False) is None


# localstack: test_base_scenarios.py::test_map_item_reader_base_json
async def test_array_in_a_json_object_is_read() -> None:
    assert await read(b'[{"sku": "soap"}, 2, null]', {"InputType": "JSON"}) == [{"sku": "soap"}, 2, None]


# localstack: test_base_scenarios.py::test_map_item_reader_json_no_json_list_object
@pytest.mark.parametrize("content", [b'{"sku": "soap"}', b"7", b'"text"', b"null"])
async def test_json_other_than_an_array_is_not_iterable(content: bytes) -> None:
    assert await cause(content, {"InputType": "JSON"}) == "Attempting to map over non-iterable node."


async def test_a_pointer_leads_to_the_array_in_a_json_object() -> None:
    config = {"InputType": "JSON", "ItemsPointer": "/order/lines"}
    assert await read(b'{"order": {"lines": [1, 2]}}', config) == [1, 2]


@pytest.mark.parametrize("pointer", ["/order/absent", "/order/lines/2", "/order/lines/-", "/order/lines/0/x"])
async def test_pointer_to_a_missing_value_fails_with_its_reason(pointer: str) -> None:
    content = b'{"order": {"lines": [1, 2]}}'
    assert pointer in await cause(content, {"InputType": "JSON", "ItemsPointer": pointer})


async def test_json_lines_are_one_item_each() -> None:
    assert await read(b'{"a": 1}\r\n\n[2]\n"x"', {"InputType": "JSONL"}) == [{"a": 1}, [2], "x"]


@pytest.mark.parametrize("config", [{"InputType": "JSON"}, {"InputType": "JSONL"}])
async def test_malformed_json_fails_with_its_reason(config: dict[str, Json]) -> None:
    assert "cannot be read" in await cause(b'{"a": ', config)


async def test_a_large_object_is_read_like_a_small_one() -> None:
    name = "soap" * 25
    content = b"Sku\n" + f"{name}\n".encode() * (LARGE // len(name))
    assert len(content) > LARGE
    items = await read(content, {"InputType": "CSV", "CSVHeaderLocation": "FIRST_ROW"})
    assert (len(items), items[-1]) == (LARGE // len(name), {"Sku": name})


async def test_a_compressed_object_is_decompressed() -> None:
    assert await read(gzip.compress(b"[1]", mtime=0), {"InputType": "JSON"}) == [1]


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (gzip.compress(b"[1, 2, 3]", mtime=0)[:12], "decompressed"),
        (b"\x28\xb5\x2f\xfd....", "Zstandard"),
        (b"[\xff]", "UTF-8"),
    ],
)
async def test_content_that_is_no_text_fails_with_its_reason(content: bytes, word: str) -> None:
    assert word in await cause(content, {"InputType": "JSON"})


async def test_parquet_is_refused_with_a_reason() -> None:
    assert "PARQUET" in await cause(b"PAR1", {"InputType": "PARQUET"})


# localstack: test_base_scenarios.py::test_map_item_reader_csv_max_items
# localstack: test_base_scenarios.py::test_map_item_reader_csv_max_items_paths
@pytest.mark.parametrize(("most", "count"), [(0, 4), (2, 2), (100_000_000, 4), (100_000_001, 4), (2.0, 2)])
async def test_max_items_cuts_the_items_off(most: float, count: int) -> None:
    config = {"InputType": "CSV", "CSVHeaderLocation": "FIRST_ROW"}
    assert len(await read(LINES, {**config, "MaxItems": most})) == count
    assert len(await read(LINES, {**config, "MaxItemsPath": "$.most"}, {"most": most})) == count


# localstack: test_base_scenarios.py::test_map_item_reader_base_json_max_items
@pytest.mark.parametrize(
    ("kind", "content"), [("JSON", b"[1, 2, 3]"), ("JSONL", b"1\n2\n3\n"), ("JSONL", b"1\n2\nno JSON\n")]
)
async def test_max_items_cuts_documents_off(kind: str, content: bytes) -> None:
    assert await read(content, {"InputType": kind, "MaxItems": 2}) == [1, 2]


# localstack: test_base_scenarios.py::test_map_item_reader_csv_max_items_paths
async def test_a_negative_max_items_fails_the_run() -> None:
    config = {"InputType": "JSON", "MaxItemsPath": "$.most"}
    assert await cause(b"[]", config, {"most": -1}) == "field MaxItems must be positive"


# localstack: test_base_scenarios.py::test_map_item_reader_csv_max_items_paths
def test_a_fractional_max_items_is_refused_before_anything_is_read() -> None:
    transport = FakeS3({"lines": b"[]"})
    with pytest.raises(EvaluationError) as caught:
        reader({"MaxItemsPath": "$.most"}).source(frame_over(transport), {**WHERE, "most": 1.5})
    assert caught.value.error == "States.Runtime"
    assert caught.value.cause == (
        'The MaxItemsPath field refers to value "1.5" which is not a valid integer: $.most'
    )
    assert not transport.requests


# localstack: test_base_scenarios.py::test_map_item_reader_base_json_max_items_jsonata
async def test_jsonata_computes_place_and_limit() -> None:
    definition = {
        "Resource": GET,
        "ReaderConfig": {"InputType": "JSON", "MaxItems": "{% $limit %}"},
        "Arguments": {"Bucket": "{% $states.input.bucket %}", "Key": "{% $states.input.key %}"},
    }
    compiled = ItemReader.read({"ItemReader": definition}, jsonata=True)
    assert compiled is not None
    assert await compiled.items(frame_over(FakeS3({"lines": b"[1, 2, 3]"})), WHERE) == [1, 2]


async def test_a_missing_object_fails_in_the_words_of_s3() -> None:
    with pytest.raises(StatesError) as caught:
        await reader().items(frame_over(FakeS3()), WHERE)
    assert caught.value.error == "States.ItemReaderFailed"
    assert caught.value.cause == (
        "The specified key does not exist. (Service: Amazon S3; Status Code: 404; Error Code: NoSuchKey; "
        "Request ID: R1; S3 Extended Request ID: X1; Proxy: null)"
    )


@pytest.mark.parametrize("parameters", [{"Key": "lines"}, {"Bucket": "shop"}, {"Bucket": 7, "Key": "lines"}])
async def test_missing_argument_fails_with_its_reason(parameters: dict[str, Json]) -> None:
    with pytest.raises(StatesError, match="must be a non-empty string"):
        await reader(Parameters=parameters).items(frame_over(FakeS3()), WHERE)


async def test_a_version_and_an_owner_reach_s3() -> None:
    transport = FakeS3({"a b/ü": b"[]"})
    parameters = {"Bucket": "shop", "Key": "a b/ü", "VersionId": "v1", "ExpectedBucketOwner": "000000000000"}
    assert await reader(Parameters=parameters).items(frame_over(transport), {}) == []
    assert transport.requests == [("GetObject", "/shop/a%20b/%C3%BC?versionId=v1")]
    assert transport.headers == [{"x-amz-expected-bucket-owner": "000000000000"}]


# localstack: test_base_scenarios.py::test_map_item_reader_base_list_objects_v2
async def test_listing_follows_the_pages() -> None:
    transport = FakeS3({"in/a&b": b"12", "in/c": b"", "in/d": b"", "out/e": b""}, page=2)
    lister = reader(resource=LIST, Parameters={"Bucket": "shop", "Prefix": "in/"})
    items = await lister.items(frame_over(transport), {})
    assert items[0] == {
        "Etag": '"c20ad4d76fe97759aa27a0c99bff6710"',
        "Key": "in/a&b",
        "LastModified": 1767323045,
        "Size": 2,
        "StorageClass": "STANDARD",
    }
    assert [item["Key"] for item in items] == ["in/a&b", "in/c", "in/d"]
    assert len(transport.requests) == 2


async def test_listing_stops_at_max_items() -> None:
    transport = FakeS3({f"{number}": b"" for number in range(9)}, page=2)
    lister = reader({"MaxItems": 3}, LIST, Parameters={"Bucket": "shop"})
    assert [item["Key"] for item in await lister.items(frame_over(transport), {})] == ["0", "1", "2"]
    assert len(transport.requests) == 2


async def test_listed_objects_are_loaded_on_request() -> None:
    transport = FakeS3({"in/": b"", "in/a": b"[1, 2]", "in/b": b"[3, 4]", "in/c": b"no JSON"}, page=1)
    config = {"InputType": "JSON", "Transformation": "LOAD_AND_FLATTEN", "MaxItems": 3}
    lister = reader(config, LIST, Parameters={"Bucket": "shop"})
    assert await lister.items(frame_over(transport), {}) == [1, 2, 3]


def inventory(**members: Any) -> bytes:
    files = [{"key": "inv/1.csv.gz", "size": 1}, {"key": "inv/2.csv.gz", "size": 1}]
    manifest = {"fileFormat": "CSV", "fileSchema": "Bucket, Key, Size", "files": files, **members}
    return json.dumps(manifest).encode()


async def test_inventory_items_are_the_rows_of_its_files() -> None:
    files = {
        "inv/1.csv.gz": gzip.compress(b'"source","a.txt","1"\n"source","b.txt","2"\n', mtime=0),
        "inv/2.csv.gz": gzip.compress(b'"source","c.txt","3"\n', mtime=0),
    }
    frame = frame_over(FakeS3({"lines": inventory(), **files}))
    assert await reader({"InputType": "MANIFEST", "MaxItems": 3}).items(frame, WHERE) == [
        {"Bucket": "source", "Key": "a.txt", "Size": "1"},
        {"Bucket": "source", "Key": "b.txt", "Size": "2"},
        {"Bucket": "source", "Key": "c.txt", "Size": "3"},
    ]
    # The second file is not needed for two items.
    transport = FakeS3({"lines": inventory(), "inv/1.csv.gz": files["inv/1.csv.gz"]})
    assert (
        len(await reader({"InputType": "MANIFEST", "MaxItems": 2}).items(frame_over(transport), WHERE)) == 2
    )


@pytest.mark.parametrize(
    ("content", "word"),
    [(b"[]", "inventory"), (b"no JSON", "inventory"), (inventory(fileFormat="ORC"), "ORC")],
)
async def test_unsupported_manifest_fails_with_its_reason(content: bytes, word: str) -> None:
    assert word in await cause(content, {"InputType": "MANIFEST"})


async def test_athena_manifest_items_are_those_of_its_files() -> None:
    objects = {
        "lines": b"s3://shop/a\ns3://shop/b\n",
        "a": b'{"n": 1}\n',
        "b": gzip.compress(b'{"n": 2}\n', mtime=0),
    }
    config = {"InputType": "JSONL", "ManifestType": "ATHENA_DATA"}
    assert await reader(config).items(frame_over(FakeS3(objects)), WHERE) == [{"n": 1}, {"n": 2}]
    assert "Athena" in await cause(b"a\n", config)
    assert "NoSuchBucket" in await cause(b"s3://elsewhere/a\n", config)


async def test_each_item_knows_where_it_was_read() -> None:
    frame = frame_over(FakeS3({"in/a": b"[1, 2]", "in/b": b"[3]"}))
    where = {"Bucket": "shop", "Prefix": "in/", "StartAfter": None}
    config = {"InputType": "JSON", "Transformation": "LOAD_AND_FLATTEN"}
    loaded = await reader(config, LIST, Parameters=where).source(frame, {}).read()
    sources = [loaded.source(index) for index in range(3)]
    assert sources == ["s3://shop/in/a", "s3://shop/in/a", "s3://shop/in/b"]
    listed = await reader(resource=LIST, Parameters=where).source(frame, {}).read()
    assert listed.source(1) == "s3://shop"


async def test_an_inventory_is_read_with_the_headers_and_the_delimiter_given() -> None:
    objects = {"lines": inventory(files=[{"key": "inv"}]), "inv": b"shop;a\n"}
    values = {"CSVHeaderLocation": "GIVEN", "CSVHeaders": ["b", "k"], "CSVDelimiter": "SEMICOLON"}
    frame = frame_over(FakeS3(objects))
    assert await reader({"ManifestType": "S3_INVENTORY", **values}).items(frame, WHERE) == [
        {"b": "shop", "k": "a"}
    ]


async def test_a_fault_on_the_way_fails_the_reader() -> None:
    class Faulty(FakeS3):
        async def send(self, *_arguments: Any, **_options: Any) -> Any:
            raise StatesError("S3.SlowDown", "Reduce your request rate.")

    with pytest.raises(StatesError) as caught:
        await reader().items(frame_over(Faulty()), WHERE)
    assert (caught.value.error, caught.value.cause) == (
        "States.ItemReaderFailed",
        "Reduce your request rate.",
    )
