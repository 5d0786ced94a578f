"""How a data source fails.

::

    DataSourceFailure   refused, or not reached: ctx.error, and the response handler decides
    RequestInvalid      no request document: the field fails, and no response handler runs
"""

from __future__ import annotations

from localcloud.appsync.definition import JSON


class DataSourceFailure(Exception):
    """The data source answered an error.

    Attributes
    ----------
    error_type
        ``ctx.error.type``, such as ``DynamoDB:ConditionalCheckFailedException``.
    result
        ``ctx.result`` beside the error, where AWS gives one.
    """

    def __init__(self, message: str, error_type: str, result: JSON = None) -> None:
        super().__init__(message)
        self.message, self.error_type, self.result = message, error_type, result

    def document(self) -> dict[str, JSON]:
        """Return ``ctx.error``."""
        return {"message": self.message, "type": self.error_type}


class RequestInvalid(Exception):
    """The request handler returned something that the data source has no use for."""

    def __init__(self, message: str, error_type: str = "MappingTemplate") -> None:
        super().__init__(message)
        self.error_type = error_type
