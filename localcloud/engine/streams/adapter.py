"""Requests for Kinesis, from clients and from other services of the engine."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final

from localcloud.engine.feed import Feed
from localcloud.engine.gate import EngineGate
from localcloud.engine.ministack.responses import responses
from localcloud.engine.patching import Record, Response
from localcloud.engine.streams.places import place_of
from localcloud.engine.streams.subscriptions import LogSubscriptions

if TYPE_CHECKING:
    from localcloud.journal import Journal
    from localcloud.streams.kinesis.facade import KinesisService, Region

logger = logging.getLogger(__name__)
# What reads for the local cloud itself, such as a mapping, sends it.
READER: Final = "x-localcloud-reader"
# How the journal's spaces begin that are Kinesis's.
SPACES: Final = "kinesis/"
SHARD: Final = "kinesis.Shard"


class KinesisAdapter:
    """Answers what MiniStack's own module for Kinesis would be asked.

    Attributes
    ----------
    on_change
        Each is called, on whatever thread, with a stream's ARN and a shard's id when there is something to
        read in it: records, or its end.
    log_subscriptions
        Where log groups' subscription filters send what they let through.
    """

    log_subscriptions: LogSubscriptions

    def __init__(self, gate: EngineGate, feed: Feed) -> None:
        self._gate, self._feed = gate, feed
        self._account: Callable[[], str] = responses.get_account_id
        self._region: Callable[[], str] = responses.get_region
        self._streaming: Callable[[Any], Any] = responses.StreamingResponse
        self._journal: Journal | None = None
        self._service: KinesisService | None = None
        self.on_change: list[Callable[[str, str], None]] = []

    @property
    def service(self) -> KinesisService:
        """The service, which is loaded when it is first needed."""
        if self._service is None:
            from localcloud.streams.kinesis.facade import JournalKeeping, KinesisService, ProcessInterfaces  # noqa: PLC0415

            ports = ProcessInterfaces(changed=self._changed, measures=self._gate.meter.metrics)
            if self._journal is not None:
                ports.keeping = JournalKeeping(self._journal)
            self._service = KinesisService(ports)
        return self._service

    @property
    def is_used(self) -> bool:
        """Whether there can be any stream."""
        return self._service is not None

    def _changed(self, arn: str, shard: str) -> None:
        self._feed.publish({"kind": "stream", "arn": arn, "shard": shard})
        for listener in self.on_change:
            listener(arn, shard)

    # -- durability ---------------------------------------------------------------------------

    def keep_in(self, journal: Journal) -> None:
        """Read what the journal holds, and write from now on."""
        self._journal = journal
        if journal.spaces(SPACES):
            from localcloud.streams.kinesis.facade import restore  # noqa: PLC0415

            restore(self.service, journal)

    def resume(self) -> None:
        """Nothing runs here that an end of the process could cut off."""

    def close(self) -> None:
        """Everything is written as it comes."""

    def stop(self) -> None:
        """End subscriptions, so that the server can stop without cutting them off."""
        if self._service is not None:
            self._service.end()

    # -- requests -----------------------------------------------------------------------------

    def region(self) -> Region:
        """Return the streams of the account and Region that are being served."""
        return self.service.region(*self._place())

    def _place(self) -> tuple[str, str]:
        return self._account(), self._region()

    async def handle_request(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes, query: Any
    ) -> Response:
        """Answer a request."""
        from localcloud.streams.kinesis import facade as kinesis  # noqa: PLC0415

        kind = kinesis.kind_of(headers.get("content-type", ""))
        operation = headers.get("x-amz-target", "").rpartition(".")[2]
        reply_headers = {"Content-Type": kind}
        try:
            request = kinesis.read(kind, body)
            request.pop(kinesis.UNCOUNTED, None)
            if READER in headers:
                request[kinesis.UNCOUNTED] = True
            self.service.scale.factor = self._gate.quotas.scale(SHARD)
            answer = self.service.answer(self._place(), operation, request)
        except kinesis.KinesisError as error:
            reply_headers["x-amzn-errortype"] = error.code
            return error.status, reply_headers, kinesis.write_error(kind, error)
        if isinstance(answer, kinesis.Subscription):
            from localcloud.engine.streams.following import run  # noqa: PLC0415

            reply_headers = {"Content-Type": "application/vnd.amazon.eventstream"}
            return 200, reply_headers, self._streaming(run(self.service, answer, kind))
        # An operation without an answer has no body at all.
        return 200, reply_headers, kinesis.write(kind, answer) if answer else b""

    def call(
        self, operation: str, request: Mapping[str, Any], place: tuple[str, str] | None = None
    ) -> Record:
        """Carry an operation out for another service of this process, on whatever thread.

        Raises
        ------
        localcloud.streams.kinesis.facade.KinesisError
            It is refused.
        """
        answer = self.service.answer(place or self._place(), operation, request)
        assert isinstance(answer, dict)
        return answer

    def described(self, arn: str) -> Record | None:
        """Return what is known of a stream; None where there is none."""
        from localcloud.streams.kinesis.facade import KinesisError  # noqa: PLC0415

        try:
            summary = self.call("DescribeStreamSummary", {"StreamARN": arn}, place_of(arn))
        except KinesisError:
            return None
        described: Record = summary["StreamDescriptionSummary"]
        return described

    def put(self, arn: str, key: str, data: bytes) -> bool:
        """Put a record for a service that tries until it may, so whatever the shard has taken by now.

        One for a stream that is gone is lost, with a line in the log; it returns False then.
        """
        from localcloud.streams.kinesis.facade import UNCOUNTED, KinesisError  # noqa: PLC0415

        record = {"StreamARN": arn, "PartitionKey": key, "Data": data, UNCOUNTED: True}
        try:
            self.call("PutRecord", record, place_of(arn))
        except KinesisError as error:
            logger.warning("a record for %s is lost: %s", arn, error.message)
            return False
        return True
