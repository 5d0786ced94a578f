"""AppSync's data source of `Query.shopFigures`: what was counted, added up for staff.

The event is ``{"customerId": sub, "isStaff": …}``, the caller as AppSync verified them. The answer is
``{"result": …}`` or ``{"error": {"type", "message", "info"}}``: raised exceptions would all reach the
client as ``Lambda:Unhandled``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final, TypedDict

from orders.analytics.figures import ShopFigures, read_figures
from orders.answers import ErrorAnswer, to_answer
from orders.caller import Caller
from orders.errors import CallerError, TryAgain
from orders.model import CustomerId
from resolvers import analytics_wiring
from resolvers.log import logger
from resolvers.tracer import traced

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

FAULT: Final = "The figures cannot be read just now: try again."


class FiguresResponse(TypedDict, total=False):
    """One of the two."""

    result: ShopFigures
    error: ErrorAnswer


@traced
@logger.inject_lambda_context(clear_state=True)
def handler(event: Mapping[str, object], context: LambdaContext) -> FiguresResponse:
    """Read the figures. The resolver has let staff through alone; here it is asked once more."""
    caller = Caller(CustomerId(str(event.get("customerId"))), event.get("isStaff") is True)
    try:
        figures = read_figures(
            caller,
            analytics_wiring.figures_store(),
            analytics_wiring.letter_count(),
            analytics_wiring.clock(),
            window_seconds=analytics_wiring.window_seconds(),
        )
    except (CallerError, TryAgain) as error:
        logger.info("figures refused", error=type(error).__name__)
        return {"error": to_answer(error, otherwise=FAULT)}
    except Exception as error:
        logger.exception("figures not read")
        return {"error": to_answer(error, otherwise=FAULT)}
    return {"result": figures}
