"""Whatever a request holds, it is answered or refused with an error of Kinesis's own."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from localcloud.streams.kinesis.errors import InvalidArgument, KinesisError
from localcloud.streams.kinesis.iterators import read_iterator, read_token
from localcloud.streams.kinesis.members import MEMBERS
from localcloud.streams.kinesis.operations.catalog import OPERATIONS
from localcloud.streams.kinesis.protocol import CBOR, JSON, read, write
from localcloud.streams.kinesis.sequence import MOST_SHARDS, SequenceNumber, parse
from localcloud.streams.kinesis.service import KinesisService
from tests.examples import examples
from tests.streams.kinesis.cloud import PLACE, Cloud

ARN = "arn:aws:kinesis:us-east-1:000000000000:stream/orders"
SCALARS: st.SearchStrategy[Any] = st.one_of(
    *(st.none(), st.booleans(), st.integers(-1, 2**70), st.floats(), st.text(max_size=5)),
    st.sampled_from(
        (
            *("orders", ARN, f"{ARN}/consumer/reader:1800000000", "0", "shardId-000000000000", "LATEST"),
            *("AT_TIMESTAMP", "AT_SEQUENCE_NUMBER", "KMS", "ON_DEMAND", "AUTO", "UNIFORM_SCALING", "ALL"),
            *(
                "AFTER_SHARD_ID",
                "FROM_TIMESTAMP",
                "ENABLED",
                b"x",
                1,
                24,
                2048,
                '{"Version":1,"Statement":[1]}',
            ),
        )
    ),
)
VALUES = st.recursive(
    SCALARS,
    lambda inside: st.one_of(
        st.lists(inside, max_size=3),
        st.dictionaries(
            st.sampled_from(("Type", "StreamMode", "Status", "Data", "PartitionKey", "Timestamp", "a")),
            inside,
        ),
    ),
    max_leaves=5,
)


@settings(max_examples=examples(100), deadline=None)
@given(st.sampled_from(sorted(OPERATIONS)), st.data())
def test_any_request_is_answered_or_refused(operation: str, data: st.DataObject) -> None:
    cloud = Cloud()
    cloud.create(shards=2)
    cloud("RegisterStreamConsumer", StreamARN=ARN, ConsumerName="reader")
    usual = {"StreamName": "orders", "ShardIterator": cloud.iterator()}
    names = st.sampled_from(sorted({*MEMBERS, "_Uncounted"}))
    request = usual | data.draw(st.dictionaries(names, VALUES, max_size=4))
    for name in OPERATIONS[operation].required:
        request.setdefault(name, data.draw(VALUES))
    with suppress(KinesisError):
        answer = cloud.service.answer(PLACE, operation, request)
        if isinstance(answer, dict):
            write(JSON, answer), write(CBOR, answer)


@given(st.sampled_from((JSON, CBOR)), st.binary(max_size=40))
def test_any_body_is_read_or_refused(kind: str, body: bytes) -> None:
    with suppress(KinesisError):
        KinesisService().answer(PLACE, "PutRecords", read(kind, body))


@given(st.text(max_size=80))
def test_invalid_token_is_refused(text: str) -> None:
    for reader in (lambda: read_iterator(text, now=0), lambda: read_token("shards", text, now=0)):
        try:
            reader()
        except InvalidArgument:
            continue
        raise AssertionError(text)


@given(
    st.integers(0, 2**36 - 1),
    st.integers(0, MOST_SHARDS),
    st.integers(0, 2**63 - 1),
    st.integers(0, 2**36 - 1),
)
def test_a_sequence_number_is_read_as_it_was_written(
    created: int, shard: int, place: int, second: int
) -> None:
    number = SequenceNumber(created, shard, place, second)
    assert parse(str(number)) == number
    following = SequenceNumber(created, shard, min(place + 1, 2**63 - 1), second)
    assert int(str(number)) <= int(str(following))
