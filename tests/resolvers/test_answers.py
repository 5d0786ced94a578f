"""The tree of errors against the table of answers, and the tree against its own picture."""

from __future__ import annotations

import re

import pytest

from orders import errors
from orders.answers import ANSWERS, INTERNAL, answer_for, to_answer
from orders.errors import (
    CallerError,
    ConfigurationError,
    IdempotencyConflict,
    InvalidFrame,
    InvalidOrder,
    InvalidRequest,
    OrderNotCancellable,
    OrderNotFound,
    OrderwireError,
    OutOfStock,
    StartThrottled,
)
from orders.status import OrderStatus


def tree(root: type[OrderwireError]) -> set[type[OrderwireError]]:
    return {root}.union(*(tree(child) for child in root.__subclasses__()))


def depth(kind: type[OrderwireError]) -> int:
    return kind.__mro__.index(OrderwireError)


def test_every_error_has_an_answer() -> None:
    unmapped = {
        kind.__name__
        for kind in tree(OrderwireError) - {OrderwireError, CallerError}
        if not any(parent in ANSWERS for parent in kind.__mro__)
    }
    assert unmapped == set()


def test_caller_error_has_the_name_of_its_class() -> None:
    for kind in tree(CallerError) - {CallerError}:
        description = ANSWERS[kind]
        words = re.sub(r"(?<!^)(?=[A-Z])", "-", kind.__name__).lower()
        assert description.websocket == kind.__name__
        assert description.problem == f"urn:orderwire:problem:{words}"
        assert description.graphql == (
            "BadRequest" if kind in (InvalidRequest, InvalidFrame) else kind.__name__
        )
        assert 400 <= description.status < 500


def test_error_answers_are_distinct() -> None:
    kinds = set(ANSWERS.values())
    assert len({description.problem for description in kinds}) == len(kinds)
    assert len({description.websocket for description in kinds}) == len(kinds)
    assert len({description.title for description in kinds}) == len(kinds)


def test_error_diagram_equals_the_class_tree() -> None:
    assert errors.__doc__ is not None
    drawn: dict[str, int] = {}
    for line in errors.__doc__.splitlines():
        match = re.match(r"^    ([|` -]*)([A-Z]\w+)(?:  |$)", line)
        if match:
            drawn[match[2]] = len(match[1]) // 4
    assert drawn == {kind.__name__: depth(kind) for kind in tree(OrderwireError)}


@pytest.mark.parametrize(
    ("error", "answer"),
    [
        (
            InvalidOrder("must be 1 to 999", path="input.items[2].quantity", code="QUANTITY_RANGE"),
            {
                "type": "InvalidOrder",
                "message": "input.items[2].quantity: must be 1 to 999",
                "info": {"path": "input.items[2].quantity", "code": "QUANTITY_RANGE"},
            },
        ),
        (
            IdempotencyConflict(),
            {
                "type": "IdempotencyConflict",
                "message": "This clientToken was used for another order. Make a new UUID to submit a new "
                "order; to repeat one, send exactly what you sent before.",
                "info": None,
            },
        ),
        (
            OrderNotFound(),
            {"type": "OrderNotFound", "message": "You have no order with this id.", "info": None},
        ),
        (
            OrderNotCancellable(OrderStatus.SHIPPED),
            {
                "type": "OrderNotCancellable",
                "message": "The order is SHIPPED and can no longer be cancelled.",
                "info": {"status": "SHIPPED"},
            },
        ),
        (
            StartThrottled(),
            {"type": "TryAgain", "message": "Too much at once: send it again in a moment.", "info": None},
        ),
    ],
    ids=lambda value: type(value).__name__,
)
def test_error_becomes_its_answer(error: OrderwireError, answer: dict[str, object]) -> None:
    assert to_answer(error) == answer


@pytest.mark.parametrize(
    "error",
    [
        ConfigurationError("Set ORDERS_TABLE"),
        OutOfStock(["A"]),
        OrderwireError("x"),
        ZeroDivisionError("secret"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_internal_error_reveals_no_details(error: Exception) -> None:
    assert answer_for(error) is INTERNAL
    assert to_answer(error) == {
        "type": "InternalError",
        "message": "The order could not be taken: send it again, with the same clientToken.",
        "info": None,
    }
