"""What policies allow: an explicit Deny wins, and without an Allow nothing is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from localcloud.iot.policies.documents import Policy, Statement
from localcloud.iot.policies.patterns import matches


@dataclass(frozen=True, slots=True)
class PolicyRequest:
    """What a client wants to do.

    Attributes
    ----------
    action
        Such as ``iot:Publish``.
    resource
        An ARN, such as ``arn:aws:iot:us-east-1:000000000000:topic/orders/1``.
    context
        The values of condition keys and policy variables, by names in lower case.
    """

    action: str
    resource: str
    context: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def allows(policies: Iterable[Policy], request: PolicyRequest) -> bool:
    """Return whether the policies together allow a request.

    Examples
    --------
    >>> from localcloud.iot.policies import parse_policy
    >>> own = parse_policy({"Statement": [{"Effect": "Allow", "Action": "iot:Subscribe",
    ...                                    "Resource": "*:topicfilter/orders/ann/*"}]})
    >>> arn = "arn:aws:iot:us-east-1:000000000000:topicfilter/orders"
    >>> allows([own], PolicyRequest("iot:Subscribe", f"{arn}/ann/#"))
    True
    >>> allows([own], PolicyRequest("iot:Subscribe", f"{arn}/+/1"))
    False
    """
    # A key with several values is no variable.
    variables = {name: values[0] for name, values in request.context.items() if len(values) == 1}
    allowed = False
    for policy in policies:
        for statement in policy.statements:
            if _concerns(statement, request, variables):
                if not statement.allows:
                    return False
                allowed = True
    return allowed


def _concerns(statement: Statement, request: PolicyRequest, variables: Mapping[str, str]) -> bool:
    action = request.action.lower()
    return (
        any(matches(pattern.lower(), action) for pattern in statement.actions)
        and any(matches(pattern, request.resource, variables) for pattern in statement.resources)
        and all(condition.holds(request.context, variables) for condition in statement.conditions)
    )
