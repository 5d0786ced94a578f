"""What durable executions refuse, by the names and statuses of AWS's model."""

from __future__ import annotations

from localcloud.functions.errors import RefusedInvocation


class DurableError(RefusedInvocation):
    """Base of the refusals."""


class InvalidParameter(DurableError):
    """A parameter, an update or a token that is not valid."""

    code = "InvalidParameterValueException"
    status = 400


class ExecutionNotFound(DurableError):
    """No such execution, or no such callback."""

    code = "ResourceNotFoundException"
    status = 404


class ExecutionConflict(DurableError):
    """The execution's status does not allow it."""

    code = "ResourceConflictException"
    status = 409


class AlreadyStarted(DurableError):
    """The name belongs to an execution with another payload."""

    code = "DurableExecutionAlreadyStartedException"
    status = 409


class CallbackClosed(DurableError):
    """The callback has ended: it expired, or has its result."""

    code = "CallbackTimeoutException"
    status = 400
