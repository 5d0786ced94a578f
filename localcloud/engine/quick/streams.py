"""GetRecords: each record is written as JSON once, not three times."""

from __future__ import annotations

import time

from localcloud.engine.ministack.dynamodb import DynamoDB, dynamodb
from localcloud.engine.ministack.dynamodb_streams import DynamoDBStreams, dynamodb_streams
from localcloud.engine.patching import Function, Record, Response
from localcloud.engine.quick.images import encode, image

FIELDS = {"ShardIterator", "Limit"}
LIMIT = 1000
IMAGES = ("OldImage", "NewImage")


def take_short_cuts() -> None:
    """Put the short way before MiniStack's GetRecords."""
    lifetime = dynamodb_streams.iterator_ttl_seconds

    @DynamoDBStreams.get_records.wrap
    def _(before: Function) -> Function:
        def get(data: Record) -> Response:
            read = _read(dynamodb, dynamodb_streams, data, lifetime)
            if read is None:
                response: Response = before(data)
                return response
            records, iterator = read
            body = f'{{"Records":[{",".join(records)}],"NextShardIterator":"{iterator}"}}'
            return 200, {"Content-Type": "application/x-amz-json-1.0"}, body.encode()

        return get


def _written(record: Record) -> str:
    """Return what a reader sees of a record."""
    change = record["dynamodb"]
    images = [f',"{name}":{image(change[name])}' for name in IMAGES if name in change]
    rest = {name: part for name, part in change.items() if name not in IMAGES}
    head = {field: part for field, part in record.items() if field not in {"eventSourceARN", "dynamodb"}}
    return f'{encode(head)[:-1]},"dynamodb":{encode(rest)[:-1]}{"".join(images)}}}}}'


def _read(
    dynamodb: DynamoDB, streams: DynamoDBStreams, data: Record, lifetime: float
) -> tuple[list[str], str] | None:
    """Return the records as JSON and the next iterator; None where MiniStack is to answer."""
    limit, iterator = data.get("Limit", LIMIT), data.get("ShardIterator")
    if (
        not data.keys() <= FIELDS
        or type(limit) is not int
        or not 0 < limit <= LIMIT
        or type(iterator) is not str
    ):
        return None
    token = streams.decode_iterator(iterator)
    if (
        token is None
        or not {"s", "a", "r", "arn", "i"} <= token.keys()
        or token["s"] != streams.default_shard_id
    ):
        return None
    name, account, region = token["t"], token["a"], token["r"]
    if (
        (account, region) != (dynamodb.get_account_id(), dynamodb.get_region())
        or type(token["i"]) not in {int, float}
        or time.time() - token["i"] >= lifetime
    ):
        return None
    stream = streams.enabled_stream_info(name, account_id=account, region=region)
    position = int(token["p"])
    if (
        stream is None
        or stream["StreamArn"] != token["arn"]
        or position < dynamodb.stream_start_position(name, account_id=account, region=region)
    ):
        return None
    records: list[str] = []
    total = 0
    for record in dynamodb.stream_records_since(name, position, limit, account_id=account, region=region):
        text = _written(record)
        # MiniStack weighs the record with the stream's ARN, which it does not show.
        total += len(text) + len(',"eventSourceARN":""') + len(record["eventSourceARN"])
        if records and total > streams.get_records_max_bytes:
            break
        records.append(text)
    following = streams.encode_iterator(
        name,
        token["s"],
        position + len(records),
        account_id=account,
        region=region,
        stream_arn=token["arn"],
    )
    return records, following
