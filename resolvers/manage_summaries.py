"""AppSync's data source of `Query.customerSummary` and `Mutation.rebuildSummaries`.

The event is ``{"action": …, "customerId": sub, "isStaff": …, …}``, the caller as AppSync verified them:

=======  ==================================  =====================
action   beside it                           the answer's ``result``
=======  ==================================  =====================
read     ``of``, a customer's id, or null    a `CustomerSummary`
rebuild  ``generation``, ``settleSeconds``   a `SummaryRebuild`
=======  ==================================  =====================

The answer is ``{"result": …}`` or ``{"error": {"type", "message", "info"}}``: raised exceptions would all
reach the client as ``Lambda:Unhandled``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final, TypedDict

from orders.answers import ErrorAnswer, to_answer
from orders.caller import Caller
from orders.errors import CallerError, InvalidRequest, OrderwireError, TryAgain
from orders.model import CustomerId
from orders.summaries.reading import customer_summary
from orders.summaries.views import RebuildView, SummaryView, rebuild_view, summary_view
from resolvers import wiring
from resolvers.log import logger
from resolvers.tracer import traced

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

FAULT: Final = "Summaries cannot be reached just now: try again."
LONGEST_SETTLING: Final = 3600


class SummariesResponse(TypedDict, total=False):
    """One of the two."""

    result: SummaryView | RebuildView | None
    error: ErrorAnswer


@traced
@logger.inject_lambda_context(clear_state=True)
def handler(event: Mapping[str, object], context: LambdaContext) -> SummariesResponse:
    """Read a summary, or bring a rebuilding one step on."""
    action = event.get("action")
    try:
        result = _act(action, event, _caller(event))
    except (CallerError, TryAgain) as error:
        logger.info("summaries refused", action=action, error=type(error).__name__)
        return {"error": to_answer(error, otherwise=FAULT)}
    except Exception as error:
        logger.exception("summaries not reached", action=action)
        return {"error": to_answer(error, otherwise=FAULT)}
    return {"result": result}


def _act(action: object, event: Mapping[str, object], caller: Caller) -> SummaryView | RebuildView | None:
    match action:
        case "read":
            customer = event.get("of") or caller.customer_id
            summary = customer_summary(CustomerId(str(customer)), caller, wiring.summaries())
            return None if summary is None else summary_view(summary)
        case "rebuild":
            generation, settle = event.get("generation"), event.get("settleSeconds")
            if not isinstance(settle, int) or not 0 <= settle <= LONGEST_SETTLING:
                limits = f"must be between 0 and {LONGEST_SETTLING}"
                raise InvalidRequest(limits, path="input.settleSeconds", code="OUT_OF_RANGE")
            rebuild = wiring.rebuilding().advance(
                caller, str(generation) if generation else None, settle_seconds=settle
            )
            logger.info("summaries rebuilt", status=rebuild.status.value, generation=rebuild.generation)
            return rebuild_view(rebuild)
        case _:
            raise OrderwireError(f"There is no action {action!r}.")


def _caller(event: Mapping[str, object]) -> Caller:
    customer = event.get("customerId")
    if not isinstance(customer, str) or not customer:
        raise OrderwireError("The event has no customerId.")
    return Caller(CustomerId(customer), event.get("isStaff") is True)
