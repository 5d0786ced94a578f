#!/usr/bin/env bash
# aws-lambda-powertools 3.37.0: its batch processor cannot serve a mapping with a tumbling window.
#
# One would expect: the data class for Kinesis reads a window's fields, so the batch processor for Kinesis can be
#   used by a function whose mapping has TumblingWindowInSeconds.
# What happens: process_partial_response answers {"batchItemFailures": []} and has no place for `state`, which Lambda
#   requires of each answer of a windowed invocation: without it the batch fails and is tried again. And the final
#   invocation of a window, which has the state and no record, is refused with UnexpectedBatchTypeError.
# Why it matters: a working consumer stops for good, with its shard, when TumblingWindowInSeconds is set.
# What we do: our windowed consumer builds its answer itself. The local cloud fails such a batch as AWS documents
#   it, so that this shows on one machine.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check aws-lambda-powertools==3.37.0

cat > "$folder/try.py" <<'PYTHON'
import base64
import json
from importlib.metadata import version

from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
from aws_lambda_powertools.utilities.data_classes import KinesisStreamEvent

RECORD = {
    "kinesis": {
        "kinesisSchemaVersion": "1.0",
        "partitionKey": "a",
        "sequenceNumber": "1",
        "data": base64.b64encode(b"{}").decode(),
        "approximateArrivalTimestamp": 1780000000.5,
    },
    "eventSource": "aws:kinesis",
    "eventID": "shardId-000000000000:1",
    "eventName": "aws:kinesis:record",
    "eventSourceARN": "arn:aws:kinesis:us-east-1:123456789012:stream/orders",
}
WINDOW = {
    "window": {"start": "2026-11-30T00:00:00Z", "end": "2026-11-30T00:01:00Z"},
    "state": {"count": 41},
    "shardId": "shardId-000000000000",
    "eventSourceARN": RECORD["eventSourceARN"],
    "isWindowTerminatedEarly": False,
}


def answer(records, *, final):
    event = {**WINDOW, "Records": records, "isFinalInvokeForWindow": final}
    try:
        return json.dumps(
            process_partial_response(
                event=event,
                record_handler=lambda record: None,
                processor=BatchProcessor(event_type=EventType.KinesisDataStreams),
                context=None,
            )
        )
    except Exception as error:
        return type(error).__name__


print("aws-lambda-powertools", version("aws-lambda-powertools"))
print("the data class reads the state:", dict(KinesisStreamEvent({**WINDOW, "Records": [RECORD]}).raw_event["state"]))
print("a record in a window:", answer([RECORD], final=False))
print("a window's end:", answer([], final=True))
PYTHON

"$folder/venv/bin/python" "$folder/try.py" 2>&1 | tee "$folder/output"
diff - "$folder/output" <<'EXPECTED'
aws-lambda-powertools 3.37.0
the data class reads the state: {'count': 41}
a record in a window: {"batchItemFailures": []}
a window's end: UnexpectedBatchTypeError
EXPECTED
