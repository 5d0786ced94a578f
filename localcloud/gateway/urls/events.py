"""The event that a function URL gives its function: payload format 2.0.

Source: https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html
"""

from __future__ import annotations

import base64

from localcloud.auth.principals import Principal
from localcloud.gateway.definitions.urls import FunctionUrl
from localcloud.gateway.ids import log_time
from localcloud.gateway.requests import JSON, Incoming, forwarded, gathered

_TEXT = ("application/json", "application/xml", "application/javascript", "application/x-www-form-urlencoded")


def url_event(url: FunctionUrl, incoming: Incoming, path: str, caller: Principal | None) -> dict[str, JSON]:
    """Return the event.

    Parameters
    ----------
    path
        The path behind the URL, percent-encoded: it begins with a slash.
    caller
        Who signed the request; None where no signature is needed.
    """
    headers = {name.lower(): ",".join(values) for name, values in gathered(forwarded(incoming)).items()}
    cookies = headers.pop("cookie", "")
    event: dict[str, JSON] = {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": path,
        "rawQueryString": incoming.query,
        "headers": headers,
        "requestContext": _context(url, incoming, path, caller),
        "isBase64Encoded": False,
    }
    if cookies:
        event["cookies"] = [part.strip() for part in cookies.split(";")]
    if incoming.query:
        event["queryStringParameters"] = {
            name: ",".join(values) for name, values in incoming.parameters.items()
        }
    if incoming.body:
        text = _text(headers.get("content-type", ""), incoming.body)
        event["body"] = base64.b64encode(incoming.body).decode() if text is None else text
        event["isBase64Encoded"] = text is None
    return event


def _text(content_type: str, body: bytes) -> str | None:
    kind = content_type.partition(";")[0].strip().lower()
    if not (kind.startswith("text/") or kind in _TEXT):
        return None
    try:
        return body.decode()
    except UnicodeDecodeError:
        return None


def _context(url: FunctionUrl, incoming: Incoming, path: str, caller: Principal | None) -> dict[str, JSON]:
    context: dict[str, JSON] = {
        "accountId": "anonymous" if caller is None else caller.account,
        "apiId": url.id,
        "domainName": incoming.host,
        "domainPrefix": url.id,
        "http": {
            "method": incoming.method,
            "path": path,
            "protocol": incoming.version,
            "sourceIp": incoming.source_ip,
            "userAgent": incoming.user_agent or "",
        },
        "requestId": incoming.request_id,
        "routeKey": "$default",
        "stage": "$default",
        "time": log_time(incoming.received),
        "timeEpoch": incoming.epoch_ms,
    }
    if caller is not None:
        context["authorizer"] = {
            "iam": {
                "accessKey": caller.access_key_id,
                "accountId": caller.account,
                "callerId": caller.user_id,
                "cognitoIdentity": None,
                "principalOrgId": None,
                "userArn": caller.user_arn,
                "userId": caller.user_id,
            }
        }
    return context
