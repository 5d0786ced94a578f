"""What a refusal says: each service's own code, status and words.

Source: "Troubleshoot access denied error messages" in the IAM user guide, and answers of the services.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from localcloud.iam.evaluation import ANY, AccessRequest, Decision

_CODES: Final = {
    "s3": ("AccessDenied", 403),
    "sqs": ("AccessDenied", 403),
    "sns": ("AuthorizationError", 403),
    "sts": ("AccessDenied", 403),
    "iam": ("AccessDenied", 403),
    "cloudformation": ("AccessDenied", 403),
    "monitoring": ("AccessDenied", 403),
    "lambda": ("AccessDeniedException", 403),
    "appsync": ("AccessDeniedException", 403),
    "apigateway": ("AccessDeniedException", 403),
    "scheduler": ("AccessDeniedException", 403),
    "pipes": ("AccessDeniedException", 403),
    "xray": ("AccessDeniedException", 403),
    "iotdata": ("ForbiddenException", 403),
    "iotdevicegateway": ("ForbiddenException", 403),
}
# The rest speaks JSON with a target, and answers 400.
_USUAL: Final = ("AccessDeniedException", 400)


@dataclass(frozen=True)
class AccessDenied:
    """A refusal, as the service answers it."""

    code: str
    status: int
    message: str


def access_denied(service: str, request: AccessRequest, decision: Decision) -> AccessDenied:
    """Return a service's answer to what the policies refuse.

    Examples
    --------
    >>> from localcloud.iam.principals import IamCaller
    >>> caller = IamCaller("arn:aws:sts::000000000000:assumed-role/worker/f", "000000000000")
    >>> table = "arn:aws:dynamodb:us-east-1:000000000000:table/Orders"
    >>> request = AccessRequest(caller, "dynamodb:PutItem", table)
    >>> print(access_denied("dynamodb", request, Decision(False)).message)
    ... # doctest: +NORMALIZE_WHITESPACE
    User: arn:aws:sts::000000000000:assumed-role/worker/f is not authorized to perform: dynamodb:PutItem on
    resource: arn:aws:dynamodb:us-east-1:000000000000:table/Orders because no identity-based policy allows
    the dynamodb:PutItem action
    """
    code, status = _CODES.get(service, _USUAL)
    return AccessDenied(code, status, sentence(service, request, decision))


def sentence(service: str, request: AccessRequest, decision: Decision) -> str:
    """Return the sentence of a refusal."""
    prefix, _, name = request.action.partition(":")
    action, resource = request.action, request.resource
    match service:
        case "sqs":
            action = f"{prefix}:{name.lower()}"
        case "sns":
            action = f"SNS:{name}"
        case "s3":
            resource = f'"{resource}"'
    target = (
        "" if resource == ANY or (resource == "*" and service != "states") else f" on resource: {resource}"
    )
    return (
        f"User: {request.caller.arn} is not authorized to perform: {action}{target} {decision.reason(action)}"
    )
