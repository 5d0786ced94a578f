"""Pipes: batches are enriched, shaped and sent; what fails comes back as failed items."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from typing import Any

import pytest

from localcloud.functions.context import Context
from localcloud.functions.model import InvokeResult
from localcloud.functions.pipes.definition import Pipe
from localcloud.functions.pipes.inputs import filled, opened
from localcloud.functions.pipes.running import PipeRunner
from localcloud.functions.pipes.targets import TargetFailed

PIPE = "arn:aws:pipes:eu-west-1:123456789012:pipe/p"
QUEUE = "arn:aws:sqs:eu-west-1:123456789012:q"
FUNCTION = "arn:aws:lambda:eu-west-1:123456789012:function:f"
ROLE = "arn:aws:iam::123456789012:role/r"


class Sent:
    """Targets that accept everything but what they are to refuse."""

    def __init__(self, refused: Sequence[Any] = (), answer: bytes = b"", enriched: Any = None) -> None:
        self.refused, self.answer, self.enriched = refused, answer, enriched
        self.sent: list[Any] = []

    async def enrich(self, _pipe: Pipe, events: Sequence[Any]) -> list[Any]:
        return list(events) if self.enriched is None else list(self.enriched)

    async def batch(self, _pipe: Pipe, events: Sequence[Any]) -> bytes:
        self.sent.append(list(events))
        return self.answer

    async def send_event(self, _pipe: Pipe, value: Any, _event: Any) -> None:
        if value in self.refused:
            raise TargetFailed("refused")
        self.sent.append(value)


def pipe(**values: Any) -> Pipe:
    return Pipe(**{"name": "p", "arn": PIPE, "role": ROLE, "source": QUEUE, "target": QUEUE, **values})


def run(targets: Sent, own: Pipe, *bodies: str) -> InvokeResult:
    records = [{"messageId": f"m{number}", "body": body} for number, body in enumerate(bodies)]
    runner = PipeRunner(targets, lambda _name: own, Context(lambda _message: None))  # type: ignore[arg-type]
    return asyncio.run(runner.invoke(own.polled_as, json.dumps({"Records": records}).encode()))


def test_pipe_sends_each_event_and_reports_refused_ones() -> None:
    targets = Sent(refused=["b"])
    result = run(targets, pipe(template="<$.body>"), "a", "b", "c")
    assert targets.sent == ["a", "c"]
    assert json.loads(result.payload) == {"batchItemFailures": [{"itemIdentifier": "m1"}]}


def test_pipe_function_receives_the_batch_as_a_list_and_reports_failures() -> None:
    failures = {"batchItemFailures": [{"itemIdentifier": "m0"}]}
    targets = Sent(answer=json.dumps(failures).encode())
    result = run(targets, pipe(target=FUNCTION, template='{"n": <$.body.n>}'), '{"n": 1}', '{"n": 2}')
    assert targets.sent == [[{"n": 1}, {"n": 2}]]
    assert json.loads(result.payload) == failures
    assert run(Sent(answer=b'"any text"'), pipe(target=FUNCTION), "a").payload == b"{}"


def test_empty_enrichment_ends_the_batch() -> None:
    targets = Sent(enriched=[])
    assert run(targets, pipe(enrichment=FUNCTION), "a").function_error is None
    assert targets.sent == []


def test_partly_refused_enriched_batch_fails_as_a_whole() -> None:
    result = run(Sent(refused=[2], enriched=[1, 2, 3]), pipe(enrichment=FUNCTION), "a")
    assert result.function_error is not None


@pytest.mark.parametrize(
    ("template", "value"),
    [
        ("<$.body.id>", "o-1"),
        ('{"id": <$.body.id>, "n": <$.body.n>}', {"id": "o-1", "n": 2}),
        ('{"text": "order <$.body.id> by <aws.pipes.pipe-name>"}', {"text": "order o-1 by p"}),
        ('{"none": <$.body.missing>}', {"none": ""}),
        ('{"all": <aws.pipes.event.json>}', {"all": {"body": {"id": "o-1", "n": 2}}}),
        ('{"source": "<aws.pipes.source-arn>", "at": "<aws.pipes.event.ingestion-time>"}',
         {"source": QUEUE, "at": "now"}),
    ],
)  # fmt: skip
def test_pipe_template_is_filled(template: str, value: Any) -> None:
    assert filled(template, {"body": '{"id": "o-1", "n": 2}'}, pipe(), "now") == value


def test_stream_data_is_decoded_for_paths() -> None:
    assert opened({"data": "eyJuIjogMX0="}) == {"data": {"n": 1}}
    assert opened({"data": "/w=="}) == {"data": "/w=="}


def test_pipe_is_polled_by_its_parameters() -> None:
    record = {
        "Name": "p",
        "Arn": PIPE,
        "Source": "arn:aws:kinesis:eu-west-1:123456789012:stream/s",
        "Target": QUEUE,
        "CurrentState": "STOPPED",
        "SourceParameters": {
            "FilterCriteria": {"Filters": [{"Pattern": '{"data": {"n": [1]}}'}]},
            "KinesisStreamParameters": {
                "BatchSize": 3,
                "StartingPosition": "AT_TIMESTAMP",
                "StartingPositionTimestamp": "2026-11-30T00:00:00Z",
                "MaximumRetryAttempts": -1,
                "MaximumRecordAgeInSeconds": 60,
                "OnPartialBatchItemFailure": "AUTOMATIC_BISECT",
                "DeadLetterConfig": {"Arn": QUEUE},
            },
        },
    }
    mapping = Pipe.of(record).mapping()
    assert (mapping.enabled, mapping.batch_size, mapping.filters) == (False, 3, ('{"data": {"n": [1]}}',))
    assert (mapping.starting_position, mapping.starting_timestamp) == ("AT_TIMESTAMP", 1_795_996_800)
    assert (mapping.maximum_retries, mapping.maximum_record_age, mapping.bisect) == (None, 60, True)
    assert mapping.on_failure == QUEUE
