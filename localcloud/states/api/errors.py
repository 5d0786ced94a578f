"""How an operation is refused."""

from __future__ import annotations


class ApiError(Exception):
    """An operation is refused, with AWS's code and message.

    Examples
    --------
    >>> ApiError("InvalidName", "Invalid Name: 'a b'").code
    'InvalidName'
    """

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.status = status


def invalid_arn(arn: str, reason: str = "Invalid ARN prefix") -> ApiError:
    """Return AWS's refusal of a text that is no ARN of the kind that is wanted."""
    return ApiError("InvalidArn", f"Invalid Arn: '{reason}: {arn}'")


def no_machine(arn: str) -> ApiError:
    """Return AWS's refusal of a state machine that does not exist."""
    return ApiError("StateMachineDoesNotExist", f"State Machine Does Not Exist: '{arn}'")


def no_execution(arn: str) -> ApiError:
    """Return AWS's refusal of an execution that does not exist."""
    return ApiError("ExecutionDoesNotExist", f"Execution Does Not Exist: '{arn}'")


def wrong_type() -> ApiError:
    """Return AWS's refusal of what the other type of machine alone can do."""
    message = "This operation is not supported by this type of state machine"
    return ApiError("StateMachineTypeNotSupported", message)
