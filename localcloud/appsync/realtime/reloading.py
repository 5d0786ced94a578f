"""What becomes of a live subscription when its API is redefined."""

from __future__ import annotations

from graphql import OperationType

from localcloud.appsync.api import Prepared, RequestRefused, ServedApi
from localcloud.appsync.errors import RequestError
from localcloud.appsync.execution.request import GraphQLRequest


def still_valid(prepared: Prepared, api: ServedApi) -> Prepared | None:
    """Return a subscription made ready under another definition; None when it does not hold there.

    Its credential is not asked for again, and neither is its resolver: both were at its start.
    """
    context, name = prepared.context, prepared.operation.node.name
    request = GraphQLRequest(
        prepared.document.text, context.given_variables, name.value if name is not None else None
    )
    try:
        renewed = api.prepare(request, context.caller, context.headers)
    except (RequestRefused, RequestError):
        return None
    if renewed.operation.node.operation is not OperationType.SUBSCRIPTION or len(renewed.plan.fields) != 1:
        return None
    (root,) = renewed.plan.fields.values()
    return renewed if api.fields.allows(context.caller, root.parent.name, root.name) else None
