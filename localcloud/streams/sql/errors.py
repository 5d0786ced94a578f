"""What Athena answers when it refuses, and why a query fails.

::

    AthenaError
    └── InvalidRequest
    QueryFailed
    └── QueryTimedOut
"""

from __future__ import annotations


class AthenaError(Exception):
    """A request that Athena refuses.

    Attributes
    ----------
    code
        AWS's name of the error.
    """

    code = "InternalServerException"

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class InvalidRequest(AthenaError):
    """Something is wrong with the input."""

    code = "InvalidRequestException"


class QueryFailed(Exception):
    """A query has failed; the message is its ``StateChangeReason``."""


class QueryTimedOut(QueryFailed):
    """A query ran longer than any may."""
