"""The streams of Kinesis and of Firehose as destinations of log groups' subscription filters."""

from __future__ import annotations

import base64
import logging

from localcloud.engine.patching import Record
from localcloud.engine.streams import firehose
from localcloud.engine.streams.adapter import KinesisAdapter

logger = logging.getLogger(__name__)


class ToKinesis:
    """A stream of Kinesis."""

    nouns = ("Kinesis", "kinesis", "Kinesis stream")

    def __init__(self, adapter: KinesisAdapter) -> None:
        self.put = adapter.put
        self._adapter = adapter

    def is_there(self, arn: str) -> bool:
        """See `localcloud.engine.streams.subscriptions.Destination.is_there`."""
        return self._adapter.described(arn) is not None


class ToFirehose:
    """A delivery stream of Firehose."""

    nouns = ("Firehose", "Firehose", "Firehose")

    def __init__(self, adapter: firehose.FirehoseAdapter) -> None:
        self._adapter = adapter

    def is_there(self, arn: str) -> bool:
        """See `localcloud.engine.streams.subscriptions.Destination.is_there`."""
        return self._accepted("DescribeDeliveryStream", {"DeliveryStreamName": arn.rpartition("/")[2]})

    def put(self, arn: str, _key: str, data: bytes) -> bool:
        """See `localcloud.engine.streams.subscriptions.Destination.put`."""
        record = {"Data": base64.b64encode(data).decode()}
        request = {"DeliveryStreamName": arn.rpartition("/")[2], "Record": record}
        if self._accepted("PutRecord", request):
            return True
        logger.warning("log events for %s are lost", arn)
        return False

    def _accepted(self, operation: str, request: Record) -> bool:
        from localcloud.streams.firehose.facade import FirehoseError  # noqa: PLC0415

        try:
            self._adapter.on_loop(lambda service: service.answer(operation, request))
        except FirehoseError as error:
            logger.debug("%s: %s", operation, error.message)
            return False
        return True
