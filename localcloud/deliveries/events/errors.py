"""What EventBridge refuses, by its codes.

::

    EventsError
    ├── InvalidRequest    ValidationException
    ├── InvalidPattern    InvalidEventPatternException
    └── NoSuchResource    ResourceNotFoundException
"""

from __future__ import annotations


class EventsError(Exception):
    """A request that EventBridge refuses.

    Attributes
    ----------
    code
        AWS's name of the error.
    """

    code = "InternalException"

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class InvalidRequest(EventsError):
    """A member of the request is missing, or not of its form."""

    code = "ValidationException"


class InvalidPattern(EventsError):
    """An event pattern is not of its form; ``reason`` says where."""

    code = "InvalidEventPatternException"

    def __init__(self, reason: str) -> None:
        super().__init__(f"Event pattern is not valid. Reason: {reason}")


class NoSuchResource(EventsError):
    """What the request names is not there."""

    code = "ResourceNotFoundException"


def unmet(value: object, member: str, constraint: str) -> InvalidRequest:
    """Return the error for a value that does not meet a constraint of the API's model.

    Examples
    --------
    >>> unmet(186, "retries", "Member must have value less than or equal to 185").message
    "1 validation error detected: Value '186' at 'retries' failed to satisfy constraint: Member must have \
value less than or equal to 185"
    """
    at = f"Value '{value}' at '{member}' failed to satisfy constraint"
    return InvalidRequest(f"1 validation error detected: {at}: {constraint}")
