"""`orders.summaries.rebuilding.Replays` on EventBridge and the queue of the read model."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from orders.summaries.rebuilding import Replay

if TYPE_CHECKING:
    from mypy_boto3_events import EventBridgeClient
    from mypy_boto3_sqs import SQSClient

BEFORE: Final = timedelta(hours=1)
"""An event that was redelivered to a new bus is older than the archive that has it."""


class ArchiveReplays:
    """Replays an archive for one rule.

    Parameters
    ----------
    archive, rule : str
        ARNs; the rule's bus is the archive's.
    queue_url : str
        What the rule feeds.
    """

    def __init__(
        self, events: EventBridgeClient, sqs: SQSClient, *, archive: str, rule: str, queue_url: str
    ) -> None:
        self._events, self._sqs = events, sqs
        self._archive, self._rule, self._queue_url = archive, rule, queue_url

    def start(self, name: str, until: datetime) -> str:
        """Start a replay of everything until a moment; return its ARN."""
        archive = self._events.describe_archive(ArchiveName=self._archive.rpartition("/")[2])
        try:
            answer = self._events.start_replay(
                ReplayName=name,
                EventSourceArn=self._archive,
                EventStartTime=archive["CreationTime"] - BEFORE,
                EventEndTime=until,
                Destination={"Arn": archive["EventSourceArn"], "FilterArns": [self._rule]},
            )
        except self._events.exceptions.ResourceAlreadyExistsException:
            # Started by a call whose answer was lost.
            return self._events.describe_replay(ReplayName=name)["ReplayArn"]
        return answer["ReplayArn"]

    def describe(self, name: str) -> Replay:
        """Return how a replay is doing."""
        replay = self._events.describe_replay(ReplayName=name)
        return Replay(replay["State"], replay.get("EventLastReplayedTime"), replay.get("StateReason"))

    def waiting(self) -> int:
        """Return about how many events wait to be projected."""
        attributes = self._sqs.get_queue_attributes(
            QueueUrl=self._queue_url,
            AttributeNames=["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"],
        )["Attributes"]
        return sum(int(count) for count in attributes.values())
