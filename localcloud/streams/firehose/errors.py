"""What Firehose answers when it refuses.

::

    FirehoseError
    ├── InvalidArgument
    ├── ResourceNotFound
    ├── ResourceInUse
    ├── LimitExceeded
    ├── ConcurrentModification
    └── ServiceUnavailable
"""

from __future__ import annotations

from typing import ClassVar


class FirehoseError(Exception):
    """A request that Firehose refuses.

    Attributes
    ----------
    code
        AWS's name of the error.
    status
        The HTTP status that goes with it.
    """

    code: ClassVar[str] = "InternalFailure"
    status: ClassVar[int] = 400

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class InvalidArgument(FirehoseError):
    """A parameter has no meaning, or asks for what is not served here."""

    code = "InvalidArgumentException"


class ResourceNotFound(FirehoseError):
    """There is no such delivery stream."""

    code = "ResourceNotFoundException"


class ResourceInUse(FirehoseError):
    """The resource is already in use, and not available for this operation."""

    code = "ResourceInUseException"


class LimitExceeded(FirehoseError):
    """A limit of AWS's is reached."""

    code = "LimitExceededException"


class ConcurrentModification(FirehoseError):
    """Another request has changed the destination."""

    code = "ConcurrentModificationException"


class ServiceUnavailable(FirehoseError):
    """The stream takes no more for now: slow down."""

    code = "ServiceUnavailableException"
    status = 503
