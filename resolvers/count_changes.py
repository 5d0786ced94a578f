"""The analytics' consumer: counts each change of the stream once, and notifies subscribers at a window's end.

Nothing is lost with a window: each invocation counts its changes, and the state holds a tally alone. A
record that is no event is reported as failed: Lambda takes the batch up there. A batch that begins with
one fails as a whole, so that Lambda bisects it until the record is alone, gives that up and puts it where
failures go. The others are counted meanwhile, and come again in vain.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final, TypedDict, cast

from orders.analytics.counting import Tally, count_events
from orders.analytics.figures import current_figures
from orders.errors import PublishError, TryAgain
from orders.events import MalformedEvent
from resolvers import analytics_wiring
from resolvers.batch_response import ItemFailure
from resolvers.log import logger
from resolvers.metrics import count
from resolvers.tracer import traced
from resolvers.windows import (
    TallyState,
    WindowEvent,
    ends_window,
    parse_record,
    part_of,
    read_state,
    write_state,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aws_lambda_powertools.utilities.typing import LambdaContext

    from orders.events import OrderEvent

ATTEMPTS: Final = 2
"""Of a publish: the next window publishes all that this one would have."""

SECONDS: Final = 1.0
"""For one of them."""

COUNTED: Final = "ChangesCounted"
REPEATED: Final = "ChangesRepeated"
FORGOTTEN: Final = "ChangesForgotten"
MALFORMED: Final = "ChangesMalformed"
UNPUBLISHED: Final = "FiguresUnpublished"


class WindowResponse(TypedDict):
    """What Lambda keeps for the window's next invocation, and the records that have to come again."""

    state: TallyState
    batchItemFailures: list[ItemFailure]


@traced
@logger.inject_lambda_context(clear_state=True)
def handler(event: WindowEvent, context: LambdaContext) -> WindowResponse:
    """Count a batch; at the end of its window, publish what the figures are then."""
    changes: list[OrderEvent] = []
    failed: list[ItemFailure] = []
    for record in event["Records"]:
        try:
            changes.append(parse_record(record))
        except (ValueError, KeyError, TypeError) as error:
            sequence = record["kinesis"]["sequenceNumber"]
            logger.error("record is no event", sequence_number=sequence, error=str(error)[:200])
            failed.append({"itemIdentifier": sequence})
    batch = count_events(
        changes, analytics_wiring.figures_store(), analytics_wiring.clock(), part=part_of(event)
    )
    for name, number in ((COUNTED, batch.counted), (REPEATED, batch.repeated), (FORGOTTEN, batch.forgotten)):
        count(name, number)
    count(MALFORMED, len(failed))
    if failed and len(event["Records"]) > 1 and failed[0]["itemIdentifier"] == _first(event):
        raise MalformedEvent("the batch begins with a record that is no event: to be bisected")
    window = read_state(event)
    window.add(batch)
    # Lambda drops the state of an invocation that failed in part: its changes come again as repeated.
    if ends_window(event) and window.counted + window.repeated:
        _publish(window)
    return {"state": write_state(window), "batchItemFailures": failed}


def _first(event: WindowEvent) -> str:
    return event["Records"][0]["kinesis"]["sequenceNumber"]


def _publish(window: Tally) -> None:
    """Notify the subscribers; unpublished figures fail nothing, since all is counted."""
    for attempt in range(1, ATTEMPTS + 1):
        try:
            figures = current_figures(
                analytics_wiring.figures_store(),
                analytics_wiring.letter_count(),
                analytics_wiring.clock(),
                window_seconds=analytics_wiring.window_seconds(),
            )
            deadline = time.monotonic() + SECONDS
            analytics_wiring.figures_feed().publish(cast("Mapping[str, object]", figures), deadline=deadline)
        except (PublishError, TryAgain) as error:
            logger.warning("figures not published", attempt=attempt, error=str(error)[:200])
        else:
            logger.info(
                "figures published",
                version=figures["version"],
                counted=window.counted,
                repeated=window.repeated,
                forgotten=window.forgotten,
            )
            return
    count(UNPUBLISHED, 1)
