"""Which API invokes a function, as the function's own policy names it, and what roles of callers may do."""

from __future__ import annotations

from collections.abc import Mapping

from localcloud.auth.permissions import Permissions, Question, session_question
from localcloud.auth.principals import Principal
from localcloud.gateway.errors import AccessDenied, BadConfiguration
from localcloud.gateway.requests import JSON

GATEWAY = "apigateway.amazonaws.com"


def source_arn(event: Mapping[str, JSON], region: str, account: str) -> str:
    """Return the ARN of the method or the route that an event comes from; empty for other events.

    A WebSocket API's event does not name the account.

    Examples
    --------
    >>> context = {"apiId": "a1", "stage": "prod", "httpMethod": "GET", "resourcePath": "/orders/{id}"}
    >>> source_arn({"requestContext": context}, "us-east-1", "000000000000")
    'arn:aws:execute-api:us-east-1:000000000000:a1/prod/GET/orders/{id}'
    """
    context = event.get("requestContext")
    # An authorizer's own source has an id that its event does not name.
    if not isinstance(context, Mapping) or "methodArn" in event:
        return ""
    api, stage = context.get("apiId"), context.get("stage")
    if context.get("resourcePath") is not None:
        place = f"{context.get('httpMethod')}{context['resourcePath']}"
    else:
        # An HTTP API's route key is a method and a path; a WebSocket API's is the route's.
        method, _, path = str(context.get("routeKey") or "").partition(" ")
        place = f"{'*' if method == 'ANY' else method}{path}"
    return f"arn:aws:execute-api:{region}:{account}:{api}/{stage}/{place}"


async def permit_gateway(permissions: Permissions, function: str, source: str) -> None:
    """Demand that a function's policy lets API Gateway invoke it for a method or a route.

    The caller gets no more than an internal error; the log names the missing permission.

    Raises
    ------
    BadConfiguration
    """
    question = Question("lambda:InvokeFunction", function, service=GATEWAY, source=source)
    if await permissions.refusal(question) is not None:
        raise BadConfiguration


async def permit_caller(
    permissions: Permissions | None, principal: Principal, action: str, resource: str
) -> None:
    """Demand that the policies of who signed a request allow it.

    Raises
    ------
    AccessDenied
    """
    question = session_question(principal.user_arn, action, resource)
    if permissions is None or question is None:
        return
    refused = await permissions.refusal(question)
    if refused is not None:
        # The account is shown as AWS shows it to callers that may not know it.
        account = principal.account
        hidden = resource.replace(f":{account}:", f":********{account[-4:]}:")
        raise AccessDenied(refused.message.replace(resource, hidden))
