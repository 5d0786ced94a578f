"""What a target's refusal means: the code that dead letters show, and whether to try again.

The codes are those of "Using dead-letter queues to process undelivered events in EventBridge".
"""

from __future__ import annotations

from typing import Final

from localcloud.deliveries.events.interfaces import Elsewhere, NoReply, ServiceReply, TooLate
from localcloud.deliveries.outcomes import Delivered, DeliveryRefused, Outcome, Unavailable

NO_PERMISSIONS: Final = "NO_PERMISSIONS"
NO_RESOURCE: Final = "NO_RESOURCE"
INVALID_JSON: Final = "INVALID_JSON"
INVALID_PARAMETER: Final = "INVALID_PARAMETER"
THROTTLING: Final = "THROTTLING"
TIMEOUT: Final = "TIMEOUT"
CONNECTION_FAILURE: Final = "CONNECTION_FAILURE"
ERROR_FROM_TARGET: Final = "ERROR_FROM_TARGET"
INTERNAL_ERROR: Final = "INTERNAL_ERROR"
SDK_CLIENT_ERROR: Final = "SDK_CLIENT_ERROR"
THIRD_HOP: Final = "THIRD_ACCOUNT_HOP_DETECTED"

_FORBIDDEN: Final = frozenset(
    {
        *("AccessDenied", "AccessDeniedException", "AuthorizationError", "KMSAccessDeniedException"),
        *("NotAuthorized", "UnauthorizedException", "InvalidClientTokenId", "UnrecognizedClientException"),
    }
)
_ABSENT: Final = frozenset(
    {
        *("ResourceNotFoundException", "NotFound", "NotFoundException", "StateMachineDoesNotExist"),
        *("QueueDoesNotExist", "AWS.SimpleQueueService.NonExistentQueue", "StateMachineDeleting"),
    }
)
_BUSY: Final = frozenset(
    {
        *("TooManyRequestsException", "ProvisionedThroughputExceededException", "RequestThrottled"),
        *("LimitExceededException", "ExecutionLimitExceeded", "OverLimit", "RequestLimitExceeded"),
        *("ResourceInUseException", "ResourceConflictException", "KMSThrottlingException"),
    }
)


def judge(reply: ServiceReply) -> Outcome:
    """Return what a service's answer means.

    Examples
    --------
    >>> judge(ServiceReply(404, "ResourceNotFoundException", "Function not found")).code
    'NO_RESOURCE'
    >>> judge(ServiceReply(400, "ThrottlingException", "Rate exceeded"))
    Unavailable(reason='Rate exceeded')
    """
    if reply.status < 300:
        return Delivered()
    code = reply.code.rpartition("#")[2]
    message = reply.message or code or f"the target answered {reply.status}"
    if code in _FORBIDDEN or reply.status in {401, 403}:
        return DeliveryRefused(message, NO_PERMISSIONS)
    if code in _ABSENT or reply.status == 404:
        return DeliveryRefused(message, NO_RESOURCE)
    if code in _BUSY or "Throttl" in code or reply.status == 429:
        return Unavailable(message, THROTTLING)
    if reply.status >= 500:
        return Unavailable(message, INTERNAL_ERROR)
    return DeliveryRefused(
        message, INVALID_PARAMETER if "Invalid" in code or "Validation" in code else SDK_CLIENT_ERROR
    )


def unreached(error: NoReply) -> Outcome:
    """Return what it means that no answer came."""
    if isinstance(error, Elsewhere):
        return DeliveryRefused(str(error), SDK_CLIENT_ERROR)
    return Unavailable(str(error), TIMEOUT if isinstance(error, TooLate) else CONNECTION_FAILURE)
