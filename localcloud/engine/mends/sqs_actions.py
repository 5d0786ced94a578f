"""What the mends of SQS share: actions are wrapped where requests find them, and refused as SQS refuses."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NoReturn

from localcloud.engine.patching import Function, MendError, original, wrap


def wrap_action(sqs: Any, name: str) -> Callable[[Callable[[Function], Function]], None]:
    """Wrap an action in its module and in the table that requests are dispatched by."""
    table: dict[str, Function] = original(sqs, "_HANDLERS")
    action = original(sqs, name)
    keys = [key for key, value in table.items() if value is action]
    if not keys:
        raise MendError(f"{sqs.__name__} dispatches nothing to {name} any more")

    def apply(make: Callable[[Function], Function]) -> None:
        wrap(sqs, name)(make)
        table.update(dict.fromkeys(keys, original(sqs, name)))

    return apply


def refuse(code: str, message: str, status: int = 400) -> NoReturn:
    """Answer the request with an error of SQS.

    Raises
    ------
    ministack.services.sqs._Err
        Always.
    """
    from ministack.services import sqs  # noqa: PLC0415

    raise original(sqs, "_Err")(code, message, status)


def refuse_value(name: str, value: object, reason: str) -> NoReturn:
    """Refuse the value of a parameter."""
    refuse("InvalidParameterValue", f"Value {value} for parameter {name} is invalid. Reason: {reason}")
