"""What can go wrong in the Lambda service, apart from a function's own failure.

::

    FunctionsError
    ├── FunctionNotFound      no such function, version or alias
    ├── TooManyRequests       the function's reserved concurrency is used up
    ├── InvokeRefused         IAM does not let the caller invoke the function
    ├── CallerTimedOut        the caller's own time limit is over; the function runs on
    ├── EngineUnavailable     the control plane, or a package, cannot be read
    ├── RefusedInvocation     AWS refuses such an invocation, or such a request to a durable execution
    └── IllegalTransition     the runtime broke the Runtime API's order of calls

A function's own failure is no exception: it is an `InvokeResult` with ``function_error`` set.
"""

from __future__ import annotations

from typing import ClassVar


class FunctionsError(Exception):
    """Base of every error the Lambda service raises."""


class FunctionNotFound(FunctionsError):
    """The account has no such function, version or alias."""

    def __init__(self, function: str) -> None:
        super().__init__(
            f"Function not found: {function}. Is it in the template, and has its deployment finished?"
        )
        self.function = function


class TooManyRequests(FunctionsError):
    """Every unit of the function's reserved concurrency is in use."""

    def __init__(self, function: str, reserved: int) -> None:
        super().__init__(
            f"Rate Exceeded: {function} reserves a concurrency of {reserved}, and all of it is in use."
        )
        self.function = function
        self.reserved = reserved


class InvokeRefused(FunctionsError):
    """IAM does not let the caller invoke the function; ``code`` is Lambda's."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class CallerTimedOut(FunctionsError):
    """The caller's time limit is over: a task's, an integration's, an authorizer's."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"The function did not answer within the caller's limit of {seconds:g} seconds.")
        self.seconds = seconds


class EngineUnavailable(FunctionsError):
    """The engine's control plane did not answer, or a deployment package could not be had."""

    def __init__(self, function: str, reason: Exception) -> None:
        super().__init__(f"Function {function} cannot be read from the engine: {reason}")
        self.function = function


class RefusedInvocation(FunctionsError):
    """AWS refuses it; ``code`` and ``status`` are those of its answer."""

    code: ClassVar[str] = "ServiceException"
    status: ClassVar[int] = 500


class IllegalTransition(FunctionsError):
    """The runtime, or the pool, asked of an environment what its state does not allow."""
