"""The errors of services, in the words of the SDKs that Step Functions calls them with."""

from __future__ import annotations

from typing import Final

from localcloud.states.integrations import models, naming
from localcloud.states.integrations.optimized import SERVICES
from localcloud.states.integrations.table import Integration
from localcloud.states.integrations.text import request_id
from localcloud.states.language.errors import EvaluationError, StatesError

# Results larger than this end a task.
LIMIT_BYTES: Final = 262_144
_OPTIMIZED: Final = {service.model: service for service in SERVICES.values()}
# The errors that the SDK of the optimized integrations has classes for.
_MODELLED: Final = {
    "dynamodb": frozenset(
        {
            *("ConditionalCheckFailedException", "ItemCollectionSizeLimitExceededException"),
            *("ProvisionedThroughputExceededException", "ReplicatedWriteConflictException"),
            *("ResourceNotFoundException", "TransactionConflictException"),
            *("InternalServerError", "RequestLimitExceeded"),
        }
    )
}


def failure(
    entry: Integration,
    code: str,
    message: str | None,
    status: int,
    request: str,
    *,
    legacy_code: str | None = None,
    extended: str | None = None,
) -> StatesError:
    """Return the error of a task whose service refused.

    Parameters
    ----------
    code
        The service's own, such as ``ConditionalCheckFailedException``.
    legacy_code
        What the service called it before it spoke JSON; the cause shows that.
    extended
        S3's second identifier of a request.

    Examples
    --------
    >>> from localcloud.states.integrations.table import integration
    >>> put = integration("arn:aws:states:::dynamodb:putItem")
    >>> error = failure(put, "ResourceNotFoundException", "No such table", 400, "R1")
    >>> error.error
    'DynamoDB.ResourceNotFoundException'
    >>> error.cause  # doctest: +ELLIPSIS
    'No such table (Service: AmazonDynamoDBv2; Status Code: 400; Error Code: ResourceNotFoundException; ...
    """
    name = _class(entry, code)
    if entry.optimized:
        service = _OPTIMIZED[entry.service]
        detail = (
            f"(Service: {service.title}; Status Code: {status}; Error Code: {legacy_code or code}; "
            f"Request ID: {request}; Proxy: null)"
        )
        return StatesError(f"{entry.prefix}.{name or service.unmodelled}", f"{message or 'null'} {detail}")
    more = f", Extended Request ID: {extended}" if entry.service == "s3" else ""
    detail = f"(Service: {entry.prefix}, Status Code: {status}, Request ID: {request}{more})"
    return StatesError(
        f"{entry.prefix}.{name or f'{entry.prefix}Exception'}", f"{message or 'null'} {detail}"
    )


def _class(entry: Integration, code: str) -> str | None:
    """Return the name of the error's class; None for an error that the API does not describe."""
    if entry.optimized and entry.service in _MODELLED:
        return naming.exception(code) if code in _MODELLED[entry.service] else None
    shapes = {
        name: shape.name
        for shape in models.service_model(entry.service).error_shapes
        for name in (shape.name, str(shape.metadata.get("error", {}).get("code", shape.name)))
    }
    shape = shapes.get(code) or shapes.get(f"{code}Exception")
    return None if shape is None else naming.exception(shape)


def client_failure(entry: Integration, message: str) -> StatesError:
    """Return the error of a request that reached no service."""
    return StatesError(f"{entry.prefix}.SdkClientException", message)


def too_large(entry: Integration) -> StatesError:
    """Return the error of a result that is over the limit."""
    task = entry.resource_type if entry.kind == "service" else entry.resource
    return StatesError(
        "States.DataLimitExceeded",
        f"The state/task '{task}' returned a result with a size exceeding the maximum number of bytes "
        "service limit.",
    )


def unusable(arguments: str, reasons: list[str]) -> EvaluationError:
    """Return the error of arguments that do not fit the service's API."""
    return EvaluationError(
        "States.Runtime",
        f"The Parameters '{arguments}' could not be used to start the Task: [{', '.join(reasons)}]",
    )


def validation(entry: Integration, members: list[str]) -> StatesError:
    """Return DynamoDB's error of members that a request must have."""
    reasons = "; ".join(
        f"Value null at '{name[:1].lower()}{name[1:]}' failed to satisfy constraint: Member must not be null"
        for name in members
    )
    number = f"{len(members)} validation error{'s' if len(members) > 1 else ''} detected: "
    return failure(entry, "ValidationException", number + reasons, 400, request_id())
