"""Log groups' subscription filters whose destination is a stream.

Source of the form: https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/SubscriptionFilters.html
"""

from __future__ import annotations

import gzip
import json
import time
from typing import TYPE_CHECKING, Any, Final

from localcloud.engine.mends.patching import Function, Record, Response, original, wrap
from localcloud.engine.quick.requests import new_uuid

if TYPE_CHECKING:
    from localcloud.engine.streams.front import Front

HEALTH: Final = "CWL CONTROL MESSAGE: Checking health of destination Kinesis stream."
REFUSED: Final = (
    "Could not deliver test message to specified Kinesis stream. Check if the given kinesis stream is in "
    "ACTIVE state."
)


class LogSubscriptions:
    """Puts log events into streams: MiniStack delivers to functions alone.

    Parameters
    ----------
    logs
        MiniStack's module.
    """

    def __init__(self, logs: Any, front: Front) -> None:
        from ministack.core import responses  # noqa: PLC0415

        self._logs, self._front = logs, front
        self._account = original(responses, "get_account_id")
        self._groups = original(logs, "_log_groups")

    def install(self) -> None:
        """Take over."""
        refuse = original(self._logs, "error_response_json")
        original(self._logs, "_subscription_pattern_matches")

        @wrap(self._logs, "_put_subscription_filter")
        def _(before: Function) -> Function:
            def put(data: Record) -> Response:
                arn = str(data.get("destinationArn") or "")
                if is_stream(arn):
                    if self._front.described(arn) is None:
                        refusal: Response = refuse("InvalidParameterException", REFUSED, 400)
                        return refusal
                    self._front.put(arn, new_uuid(), _health())
                response: Response = before(data)
                return response

            return put

        @wrap(self._logs, "_fanout_to_subscription_filters")
        def _(before: Function) -> Function:
            def fan_out(group: str, stream: str, events: list[Record]) -> None:
                before(group, stream, events)
                self._fan_out(group, stream, events)

            return fan_out

    def _fan_out(self, group: str, stream: str, events: list[Record]) -> None:
        filters = (self._groups.get(group) or {}).get("subscriptionFilters") or {}
        for subscription in list(filters.values()):
            arn = str(subscription.get("destinationArn") or "")
            if not is_stream(arn):
                continue
            matches = self._logs._subscription_pattern_matches
            pattern = subscription.get("filterPattern") or ""
            matching = [event for event in events if matches(pattern, event.get("message", ""))]
            if matching:
                by_stream = subscription.get("distribution") != "Random"
                data = self._message(subscription, group, stream, matching)
                self._front.put(arn, stream if by_stream else new_uuid(), data)

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


def is_stream(arn: str) -> bool:
    """Say whether an ARN is that of a stream of Kinesis.

    Examples
    --------
    >>> is_stream("arn:aws:kinesis:us-east-1:000000000000:stream/s"), is_stream("arn:aws:lambda:::function:f")
    (True, False)
    """
    return arn.split(":")[2:3] == ["kinesis"]


def _health() -> bytes:
    event = {"id": "", "timestamp": int(time.time() * 1000), "message": HEALTH}
    return _compressed(
        {
            **{"messageType": "CONTROL_MESSAGE", "owner": "CloudwatchLogs", "logGroup": "", "logStream": ""},
            **{"subscriptionFilters": [], "logEvents": [event]},
        }
    )


def _compressed(document: Record) -> bytes:
    return gzip.compress(json.dumps(document, separators=(",", ":")).encode())
