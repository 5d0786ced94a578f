"""What the mends of SQS share: actions are refused as SQS refuses them."""

from __future__ import annotations

from typing import NoReturn

from localcloud.engine.ministack.sqs import sqs


def refuse(code: str, message: str, status: int = 400) -> NoReturn:
    """Answer the request with an error of SQS.

    Raises
    ------
    localcloud.engine.ministack.types.ServiceError
        Always.
    """
    raise sqs.Error(code, message, status)


def refuse_value(name: str, value: object, reason: str) -> NoReturn:
    """Refuse the value of a parameter."""
    refuse("InvalidParameterValue", f"Value {value} for parameter {name} is invalid. Reason: {reason}")
