"""What happens at ``start``: the request is authorized and validated, and its resolver asked."""

from __future__ import annotations

from dataclasses import dataclass

from graphql import OperationType

from localcloud.appsync.api import Prepared, RequestRefused, ServedApi
from localcloud.appsync.auth.gate import Credential
from localcloud.appsync.definition import JSON
from localcloud.appsync.errors import RequestError, SignatureRefused
from localcloud.appsync.execution.plan import PlannedField
from localcloud.appsync.execution.request import read_request
from localcloud.appsync.filters import argument_filter
from localcloud.appsync.realtime.frames import Start
from localcloud.appsync.realtime.groups import EventFilter


class SubscriptionRefused(RequestError):
    """A start that is refused; ``errors`` goes into the error frame."""

    def __init__(self, errors: list[JSON]) -> None:
        super().__init__("the subscription is refused")
        self.errors = errors


@dataclass(frozen=True)
class Subscribed:
    """A start that holds: what to project events with, which events it wants, and which end it."""

    prepared: Prepared
    filter: EventFilter | None
    invalidation: EventFilter | None


def _refused(error_type: str, message: str) -> SubscriptionRefused:
    return SubscriptionRefused([{"errorType": error_type, "message": message}])


async def subscribe(api: ServedApi, start: Start, source_ip: str) -> Subscribed:
    """Return a start, authorized and made ready.

    Raises
    ------
    SubscriptionRefused
        When the credential does not hold, the request is not valid, or the resolver refuses.
    """
    try:
        caller = await api.gate.admit(
            Credential(start.authorization, start.data.encode(errors="replace"), source_ip)
        )
        prepared = api.prepare(read_request(start.data), caller, start.authorization)
    except SignatureRefused as problem:
        # Over the socket AppSync reports a signature that does not hold under this type.
        raise _refused("BadRequestException", problem.message) from None
    except RequestError as problem:
        raise _refused(problem.error_type, problem.message) from None
    except RequestRefused as problem:
        raise SubscriptionRefused(problem.errors) from None
    kind = prepared.operation.node.operation
    if kind is not OperationType.SUBSCRIPTION:
        raise _refused("UnsupportedOperation", f"{kind.value} not supported through the realtime channel")
    if len(prepared.plan.fields) != 1:
        raise _refused("ValidationError", "A subscription has one field at its root.")
    (root,) = prepared.plan.fields.values()
    prepared = await api.within_role(prepared)
    if not api.fields.allows(prepared.context.caller, root.parent.name, root.name):
        raise _refused("Unauthorized", f"Not Authorized to access {root.name} on type {root.parent.name}")
    outcome = await api.resolve_root(prepared, root)
    if outcome is not None and outcome.errors:
        raise SubscriptionRefused(
            [
                {
                    "errorType": error.error_type,
                    "message": error.message,
                    "data": error.data,
                    "errorInfo": error.error_info,
                }
                for error in outcome.errors
            ]
        )
    if outcome is not None and outcome.value is not None:
        raise _refused(
            "MappingTemplate",
            f"The resolver of {root.parent.name}.{root.name} must return null at its start.",
        )
    if outcome is None or outcome.subscription_filter is None:
        groups = _by_arguments(prepared, root)
    else:
        groups = outcome.subscription_filter
    return Subscribed(prepared, groups, outcome.invalidation_filter if outcome is not None else None)


def _by_arguments(prepared: Prepared, root: PlannedField) -> EventFilter | None:
    """Return the filter that a subscription's arguments are, None without any.

    An argument whose variable was declared and not given is null (see ``execution/arguments.py``), so its
    field must be null: many trip over it on AWS (aws-appsync-community 36, 94), so it is kept.
    """
    arguments = root.arguments.values(prepared.context.variables)
    return argument_filter(arguments) if arguments else None
