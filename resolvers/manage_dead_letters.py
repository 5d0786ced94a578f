"""AppSync's data source of `Query.deadLetters` and its like: dead letters, for staff.

The event is ``{"action": …, "customerId": sub, "isStaff": …, …}``, the caller as AppSync verified them:

=======  ================================  =============================
action   beside it                         the answer's ``result``
=======  ================================  =============================
list                                       [`DeadLetterPlace`]
show     ``place``, ``limit``              [`DeadLetter`]
redrive  ``place``, ``orderId``, ``dryRun``  a `DeadLetterRedrive`
=======  ================================  =============================

The answer is ``{"result": …}`` or ``{"error": {"type", "message", "info"}}``: raised exceptions would all
reach the client as ``Lambda:Unhandled``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, TypedDict

from orders.answers import ErrorAnswer, to_answer
from orders.caller import Caller
from orders.dead_letters.redriving import Desk
from orders.dead_letters.views import (
    LetterView,
    PlaceView,
    RedriveView,
    letter_view,
    place_view,
    redrive_view,
)
from orders.errors import CallerError, InvalidRequest, OrderwireError, TryAgain
from orders.model import CustomerId
from orders.parsing import parse_order_id
from resolvers import wiring
from resolvers.log import logger
from resolvers.tracer import traced

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

FAULT = "The dead letters cannot be reached just now: try again."
MOST = 100
"""How many letters are shown at once."""
LAST_LETTER = 14_000
"""Milliseconds of the invocation that another letter needs: a function that is invoked again has 12 s."""


class DeadLettersResponse(TypedDict, total=False):
    """One of the two."""

    result: list[PlaceView] | list[LetterView] | RedriveView
    error: ErrorAnswer


@traced
@logger.inject_lambda_context(clear_state=True)
def handler(event: Mapping[str, object], context: LambdaContext) -> DeadLettersResponse:
    """List, show or redrive. The resolver has let staff through alone; here it is asked once more."""
    action, place = event.get("action"), event.get("place")
    try:
        desk = wiring.dead_letters(lambda: context.get_remaining_time_in_millis() > LAST_LETTER)
        result = _act(action, event, desk, _caller(event))
    except (CallerError, TryAgain) as error:
        logger.info("dead letters refused", action=action, error=type(error).__name__)
        return {"error": to_answer(error, otherwise=FAULT)}
    except Exception as error:
        logger.exception("dead letters not reached", action=action, place=place)
        return {"error": to_answer(error, otherwise=FAULT)}
    logger.info("dead letters reached", action=action, place=place, by=event.get("customerId"))
    return {"result": result}


def _act(
    action: object, event: Mapping[str, object], desk: Desk, caller: Caller
) -> list[PlaceView] | list[LetterView] | RedriveView:
    place = str(event.get("place"))
    match action:
        case "list":
            return [place_view(inspected) for inspected in desk.list_places(caller)]
        case "show":
            letters = desk.show(place, caller, limit=_limit(event.get("limit")))
            return [letter_view(letter) for letter in letters]
        case "redrive":
            only = event.get("orderId")
            redriven = desk.redrive(
                place,
                caller,
                only=None if only is None else parse_order_id(only, "input.orderId"),
                dry_run=event.get("dryRun") is True,
            )
            logger.info("redriven", place=place, redriven=redriven.redriven, stay=len(redriven.failures))
            return redrive_view(redriven)
        case _:
            raise OrderwireError(f"There is no action {action!r}.")


def _limit(value: object) -> int:
    if not isinstance(value, int) or not 1 <= value <= MOST:
        raise InvalidRequest(f"must be between 1 and {MOST}", path="limit", code="OUT_OF_RANGE")
    return value


def _caller(event: Mapping[str, object]) -> Caller:
    customer = event.get("customerId")
    if not isinstance(customer, str) or not customer:
        raise OrderwireError("The event has no customerId.")
    return Caller(CustomerId(customer), event.get("isStaff") is True)
