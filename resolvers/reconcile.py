"""Every minute: orders that were recorded and never started are put in the queue."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, TypedDict

from orders.lifecycle import resubmit_pending
from resolvers import wiring
from resolvers.log import logger
from resolvers.metrics import RECONCILED, count
from resolvers.tracer import traced

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

OLDER_THAN = timedelta(seconds=60)
"""A workflow begins within seconds: what waits longer was lost between recording and starting."""

LIMIT = 1000
"""Orders a run takes up, the oldest first; the next run takes the rest."""


class ReconcileResponse(TypedDict):
    """How many orders were put in the queue."""

    resubmitted: int


@traced
@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, object], context: LambdaContext) -> ReconcileResponse:
    """Put orders older than a minute that no workflow has begun in the queue again."""
    resubmitted = resubmit_pending(
        wiring.order_store(), wiring.order_queue(), wiring.clock(), older_than=OLDER_THAN, limit=LIMIT
    )
    for order_id in resubmitted:
        logger.warning("order was never started; queued again", correlation_id=order_id)
    count(RECONCILED, len(resubmitted))
    return {"resubmitted": len(resubmitted)}
