"""Whether policies allow a request.

Source: "Policy evaluation logic" in the IAM user guide: an explicit deny wins; else what grants has to be
within the boundary and the session's policies; else the request is denied.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

from localcloud.iam.conditions import Context, holds
from localcloud.iam.documents import Policy, Statement
from localcloud.iam.patterns import Lookup, expanded, matches
from localcloud.iam.principals import Closeness, IamCaller, naming

Source = Literal["identity-based policy", "resource-based policy", "permissions boundary", "session policy"]
# A resource that a request does not name: whatever allows the action on some resource allows it.
ANY: Final = ""
_VOWELS: Final = "aeiou"


@dataclass(frozen=True)
class AccessRequest:
    """What is to be allowed.

    Attributes
    ----------
    action
        As policies name it: ``dynamodb:PutItem``.
    resource
        Its ARN; ``*`` for actions that take none.
    context
        Values of condition keys, in lower case.
    """

    caller: IamCaller
    action: str
    resource: str
    context: Context = field(default_factory=dict)


@dataclass(frozen=True)
class Grants:
    """The policies that a request is held against.

    Attributes
    ----------
    identity
        Of the caller's role or user; None where nothing limits it: an administrator, or a service.
    boundary, session
        None where there is none.
    resource
        The resource's own policy.
    resource_account
        Whose the resource is; empty for the caller's own.
    resource_decides
        Whether the resource's policy has to allow, in the caller's account as well: a key's, a role's trust.
    """

    identity: Sequence[Policy] | None = ()
    boundary: Sequence[Policy] | None = None
    session: Sequence[Policy] | None = None
    resource: Policy | None = None
    resource_account: str = ""
    resource_decides: bool = False


@dataclass(frozen=True)
class Decision:
    """What the policies say, and which of them said it."""

    allowed: bool
    by: Source = "identity-based policy"
    explicit: bool = False
    statement: Statement | None = None

    def reason(self, action: str) -> str:
        """Return the reason of a refusal in AWS's words.

        Examples
        --------
        >>> Decision(False).reason("dynamodb:PutItem")
        'because no identity-based policy allows the dynamodb:PutItem action'
        >>> Decision(False, "permissions boundary", explicit=True).reason("s3:GetObject")
        'with an explicit deny in a permissions boundary'
        """
        if self.explicit:
            return f"with an explicit deny in a{'n' if self.by[0] in _VOWELS else ''} {self.by}"
        return f"because no {self.by} allows the {action} action"


def evaluate(request: AccessRequest, grants: Grants) -> Decision:
    """Decide on a request.

    Examples
    --------
    >>> from localcloud.iam.documents import read_policy
    >>> policy = read_policy({"Statement": {"Effect": "Allow", "Action": "sqs:*", "Resource": "*"}})
    >>> caller = IamCaller("arn:aws:sts::000000000000:assumed-role/worker/f", "000000000000")
    >>> queue = "arn:aws:sqs:us-east-1:000000000000:orders"
    >>> evaluate(AccessRequest(caller, "sqs:SendMessage", queue), Grants([policy])).allowed
    True
    >>> evaluate(AccessRequest(caller, "sns:Publish", queue), Grants([policy])).allowed
    False
    """
    limits: list[tuple[Source, Sequence[Policy] | None]] = [
        ("permissions boundary", grants.boundary),
        ("session policy", grants.session),
    ]
    layers: list[tuple[Source, Iterable[Policy]]] = [
        ("identity-based policy", grants.identity or ()),
        *((source, policies) for source, policies in limits if policies is not None),
    ]
    for source, policies in layers:
        denied = _first("Deny", policies, request)
        if denied is not None:
            return Decision(False, source, explicit=True, statement=denied)
    closest, granting = Closeness.NOT, None
    if grants.resource is not None:
        for statement in grants.resource.statements:
            closeness = naming(statement, request.caller)
            if closeness is Closeness.NOT or not applies(statement, request):
                continue
            if statement.effect == "Deny":
                return Decision(False, "resource-based policy", explicit=True, statement=statement)
            if closeness > closest:
                closest, granting = closeness, statement
    if request.caller.is_service:
        return Decision(closest is not Closeness.NOT, "resource-based policy", statement=granting)
    return _granted(request, grants, limits, closest, granting)


def _granted(
    request: AccessRequest,
    grants: Grants,
    limits: Sequence[tuple[Source, Sequence[Policy] | None]],
    closeness: Closeness,
    granting: Statement | None,
) -> Decision:
    own = grants.resource_account in {"", request.caller.account}
    by_resource = Decision(True, "resource-based policy", statement=granting)
    if own and closeness is Closeness.DIRECTLY:
        return by_resource
    for source, policies in limits:
        if policies is not None and _first("Allow", policies, request) is None:
            return Decision(False, source)
    allowing = _first("Allow", grants.identity or (), request)
    allowed = grants.identity is None or allowing is not None
    if own and closeness is Closeness.BY_ROLE:
        return by_resource
    if closeness is Closeness.NOT and allowed and (grants.resource_decides or not own):
        return Decision(False, "resource-based policy")
    return Decision(allowed, statement=allowing)


def _first(effect: str, policies: Iterable[Policy], request: AccessRequest) -> Statement | None:
    for policy in policies:
        for statement in policy.statements:
            if statement.effect == effect and applies(statement, request):
                return statement
    return None


def applies(statement: Statement, request: AccessRequest) -> bool:
    """Say whether a statement speaks of a request; its principals are not looked at."""
    lookup = _lookup(request.context) if statement.variables else None
    if statement.actions is not None:
        if not any(matches(pattern, request.action, ignore_case=True) for pattern in statement.actions):
            return False
    elif statement.not_actions is not None and any(
        matches(pattern, request.action, ignore_case=True) for pattern in statement.not_actions
    ):
        return False
    if request.resource == ANY:
        if statement.effect == "Deny" and "*" not in (statement.resources or ()):
            return False
    elif statement.resources is not None:
        if not any(matches(pattern, request.resource, lookup) for pattern in statement.resources):
            return False
    elif statement.not_resources is not None and any(
        # A variable without a value leaves nothing to say of any resource.
        expanded(pattern, lookup) is None or matches(pattern, request.resource, lookup)
        for pattern in statement.not_resources
    ):
        return False
    return all(holds(condition, request.context, lookup) for condition in statement.conditions)


def _lookup(context: Context) -> Lookup:
    def value(name: str) -> str | None:
        value = context.get(name)
        return value if value is None or isinstance(value, str) else None

    return value
