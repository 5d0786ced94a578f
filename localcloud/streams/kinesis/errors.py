"""Errors of Kinesis, each with AWS's code.

::

    KinesisError
    ├── AccessDenied
    ├── ExpiredIterator
    ├── ExpiredNextToken
    ├── DryRun
    ├── InvalidArgument
    ├── LimitExceeded
    ├── NotFound
    ├── Serialization
    ├── ThroughputExceeded
    ├── UnknownOperation
    ├── InUse
    └── Validation
"""

from __future__ import annotations

from typing import ClassVar


class KinesisError(Exception):
    """What a client receives instead of an answer.

    Attributes
    ----------
    code
        AWS's name of the error.
    message
        AWS's words.
    """

    code: ClassVar[str] = "InternalFailure"
    status: ClassVar[int] = 400

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class AccessDenied(KinesisError):
    """The caller may not do this."""

    code = "AccessDeniedException"


class DryRun(KinesisError):
    """The request would have succeeded, and asked for no more than that."""

    code = "DryRunOperationException"


class ExpiredIterator(KinesisError):
    """A shard iterator is older than five minutes."""

    code = "ExpiredIteratorException"


class ExpiredNextToken(KinesisError):
    """A token of a list is older than 300 seconds."""

    code = "ExpiredNextTokenException"


class InUse(KinesisError):
    """A resource is not in a state that allows this."""

    code = "ResourceInUseException"


class InvalidArgument(KinesisError):
    """A member has a value that makes no sense here."""

    code = "InvalidArgumentException"


class LimitExceeded(KinesisError):
    """A limit of the account or of a stream is reached."""

    code = "LimitExceededException"


class NotFound(KinesisError):
    """There is no such stream, shard, consumer or policy."""

    code = "ResourceNotFoundException"


class Serialization(KinesisError):
    """The request cannot be read."""

    code = "SerializationException"


class ThroughputExceeded(KinesisError):
    """A shard took, or gave, all that it may for now."""

    code = "ProvisionedThroughputExceededException"


class UnknownOperation(KinesisError):
    """Kinesis has no such operation."""

    code = "UnknownOperationException"


class Validation(KinesisError):
    """A member does not have the form that the API asks for."""

    code = "ValidationException"
