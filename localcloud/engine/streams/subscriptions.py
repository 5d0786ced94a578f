"""Log groups' subscription filters whose destination is a stream of Kinesis or of Firehose.

Source of the form: https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/SubscriptionFilters.html
"""

from __future__ import annotations

import gzip
import json
import logging
import time
from typing import Final, Protocol

from localcloud.encodings.identifiers import new_uuid
from localcloud.engine.ministack.cloudwatch_logs import CloudWatchLogs
from localcloud.engine.ministack.responses import responses
from localcloud.engine.patching import Function, Record, Response

logger = logging.getLogger(__name__)

HEALTH: Final = "CWL CONTROL MESSAGE: Checking health of destination {}."
REFUSED: Final = (
    "Could not deliver test message to specified {} stream. Check if the given {} stream is in ACTIVE state."
)


class Destination(Protocol):
    """Where log events go."""

    # How AWS names it in a refusal, and in the message that tries it.
    nouns: tuple[str, str, str]

    def is_there(self, arn: str) -> bool:
        """Say whether there is such a stream."""

    def put(self, arn: str, key: str, data: bytes) -> bool:
        """Put a record; return whether it is there now."""


class LogSubscriptions:
    """Puts log events into streams: MiniStack delivers to functions alone.

    Parameters
    ----------
    logs
        MiniStack's module.

    Attributes
    ----------
    destinations
        By the service in a destination's ARN.
    """

    def __init__(self, logs: CloudWatchLogs) -> None:
        self._logs = logs
        self.destinations: dict[str, Destination] = {}
        self._account = responses.get_account_id
        self._groups = logs.log_groups

    def install(self) -> None:
        """Take over."""
        refuse = self._logs.error_response_json

        @CloudWatchLogs.put_subscription_filter.wrap
        def _(before: Function) -> Function:
            def put(data: Record) -> Response:
                arn = str(data.get("destinationArn") or "")
                destination = self._destination(arn)
                if destination is not None:
                    specified, checked, tried = destination.nouns
                    if not destination.is_there(arn):
                        words = REFUSED.format(specified, checked)
                        refusal: Response = refuse("InvalidParameterException", words, 400)
                        return refusal
                    destination.put(arn, new_uuid(), _health(tried))
                response: Response = before(data)
                return response

            return put

        @CloudWatchLogs.fanout_to_subscription_filters.wrap
        def _(before: Function) -> Function:
            def fan_out(group: str, stream: str, events: list[Record]) -> None:
                before(group, stream, events)
                self._fan_out(group, stream, events)

            return fan_out

    def _destination(self, arn: str) -> Destination | None:
        return self.destinations.get(":".join(arn.split(":")[2:3]))

    def _fan_out(self, group: str, stream: str, events: list[Record]) -> None:
        filters = (self._groups.get(group) or {}).get("subscriptionFilters") or {}
        for subscription in list(filters.values()):
            arn = str(subscription.get("destinationArn") or "")
            destination = self._destination(arn)
            if destination is None:
                continue
            matches = self._logs.subscription_pattern_matches
            pattern = subscription.get("filterPattern") or ""
            matching = [event for event in events if matches(pattern, event.get("message", ""))]
            if matching:
                by_stream = subscription.get("distribution") != "Random"
                data = self._message(subscription, group, stream, matching)
                destination.put(arn, stream if by_stream else new_uuid(), data)

    def _message(self, subscription: Record, group: str, stream: str, events: list[Record]) -> bytes:
        document = {
            "messageType": "DATA_MESSAGE",
            "owner": self._account(),
            "logGroup": group,
            "logStream": stream,
            "subscriptionFilters": [subscription["filterName"]],
            "logEvents": [
                {
                    "id": event.get("eventId") or new_uuid(),
                    "timestamp": event["timestamp"],
                    "message": event["message"],
                }
                for event in events
            ],
        }
        return _compressed(document)


def _health(destination: str) -> bytes:
    event = {"id": "", "timestamp": int(time.time() * 1000), "message": HEALTH.format(destination)}
    return _compressed(
        {
            **{"messageType": "CONTROL_MESSAGE", "owner": "CloudwatchLogs", "logGroup": "", "logStream": ""},
            **{"subscriptionFilters": [], "logEvents": [event]},
        }
    )


def _compressed(document: Record) -> bytes:
    return gzip.compress(json.dumps(document, separators=(",", ":")).encode())
