"""The model held to a measured run: requests, messages and AWS operations of an order, channel by channel."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from compare.model.channels import ChannelModel, discover
from compare.model.counts import Timing
from compare.model.measured import Measured, Report
from compare.model.scenario import Scenario
from compare.model.walk import walk

TOLERANCE = 0.02
ASKING = ("poll-fixed", "poll-backoff")


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

    What depends on timing uses the measured times: when each change of each order was committed, when the
    client learned something first, how long an answer took. What was received twice by a race is added.
    """
    by_name = {model.name: model for model in (models if models is not None else discover())}
    base = next((row for row in report.rows if row.name in ASKING), None)
    found: list[Difference] = []
    unknown = [row.title for row in report.rows if row.name not in by_name]
    for row in report.rows:
        if row.name in by_name:
            found += _differences(by_name[row.name], row, report.poll, base)
    return found, unknown


def _differences(model: ChannelModel, row: Measured, poll: float, base: Measured | None) -> list[Difference]:
    asks = row.name in ASKING
    timing = Timing(
        # A held request's own time is the order's; how long the machine takes for any other is the polls'.
        answer=row.answer if asks or base is None else base.answer,
        poll=poll,
        submit=row.submit,
        read=0.005 if base is None else base.read,
    )
    firsts = row.firsts if asks or row.name == "longpoll" else [None] * len(row.timelines)
    counts = walk(model.family, row.timelines, timing, firsts=firsts)
    scenario = Scenario()
    sent = model.usage(counts, scenario)
    operations = model.server(counts, scenario).operations
    whole = [("requests", sent.requests, row.requests)]
    if row.messages:
        messages = sent.messages_in + sent.messages_out + row.dropped
        whole.append(("messages", messages, row.messages))
    whole.append(("AWS operations", sum(operations.values()), _total(row.operations, operations)))
    return [Difference(row.name, row.title, *one) for one in whole]


def _total(measured: Mapping[str, float], modelled: Mapping[str, float]) -> float:
    """Return the operations that were measured.

    The queue is left out where the model has none: sent again while its workflow has not begun, an order is
    queued again, whoever follows it.
    """
    queued = any(name.startswith("sqs.") for name in modelled)
    return sum(n for name, n in measured.items() if queued or not name.startswith("sqs."))
