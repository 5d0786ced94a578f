"""The model held to a measured run: requests, messages and AWS operations of an order, channel by channel."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from compare.model.asking import HeldRequests
from compare.model.channels import ChannelModel, discover
from compare.model.counts import Counts, Timing, mean
from compare.model.families import Family
from compare.model.measured import Measured, Report
from compare.model.scenario import Scenario
from compare.model.walk import walk

TOLERANCE = 0.02
ASKING = ("poll-fixed", "poll-backoff")
READ, AGAIN = "dynamodb.GetItem", "sqs.SendMessageBatch"


@dataclass(frozen=True, slots=True)
class Difference:
    """One figure of an order, modelled and measured."""

    channel: str
    title: str
    what: str
    modelled: float
    measured: float

    @property
    def share(self) -> float:
        """The difference as a share of what was measured."""
        return abs(self.modelled - self.measured) / self.measured if self.measured else abs(self.modelled)

    @property
    def agrees(self) -> bool:
        """Whether it is within 2 %."""
        return self.share <= TOLERANCE + 1e-9


def against(
    report: Report, models: Sequence[ChannelModel] | None = None
) -> tuple[list[Difference], list[str]]:
    """Return the differences, and the channels of the report that the model does not know.

    What depends on timing uses the measured times: when each change of each order was committed, when each
    client learned something, how long an answer took. What was received twice by a race is added.
    """
    by_name = {model.name: model for model in (models if models is not None else discover())}
    base = next((row for row in report.rows if row.name in ASKING), None)
    differences: list[Difference] = []
    unknown = [row.title for row in report.rows if row.name not in by_name]
    for row in report.rows:
        if row.name in by_name:
            differences += _differences(by_name[row.name], row, report.poll, base)
    return differences, unknown


def _differences(model: ChannelModel, row: Measured, poll: float, base: Measured | None) -> list[Difference]:
    asks = row.name in ASKING
    timing = Timing(
        # A held request's own time is the order's; how long the machine takes for any other is the polls'.
        answer=row.answer if asks or base is None else base.answer,
        poll=poll,
        submit=row.submit,
        read=0.005 if base is None else base.read,
    )
    counts = _counts(model.family, row, timing)
    scenario = Scenario()
    sent = model.usage(counts, scenario)
    operations = dict(model.server(counts, scenario).operations)
    operations[READ] = operations.get(READ, 0.0) + row.operations.get(AGAIN, 0.0)
    whole = [("requests", sent.requests, row.requests)]
    if row.messages:
        messages = sent.messages_in + sent.messages_out + row.dropped
        whole.append(("messages", messages, row.messages))
    whole.append(("AWS operations", sum(operations.values()), _total(row.operations)))
    return [Difference(row.name, row.title, *figures) for figures in whole]


def _counts(family: Family, row: Measured, timing: Timing) -> Counts:
    """Return the mean of what one follower takes, along the orders that were measured."""
    if isinstance(family, HeldRequests):
        # Some milliseconds decide between one read and another half a second later: when each request was
        # answered says which it was.
        pairs = zip(row.timelines, row.receipts, strict=True)
        return mean([family.answered(len(times), receipts, timing) for times, receipts in pairs])
    firsts = row.firsts if row.name in ASKING else ()
    return walk(family, row.timelines, timing, firsts=firsts)


def _total(measured: Mapping[str, float]) -> float:
    """Return the operations that were measured, without what puts an order in the queue and starts it.

    Sent again while its workflow has not begun, an order is queued again: the worker reads it once more, and
    where it is the first to do so it starts the workflow and writes that down.
    """
    starts = measured.get("states.StartExecution", 0.0)
    return sum(n for name, n in measured.items() if not name.startswith(("sqs.", "states."))) - starts
