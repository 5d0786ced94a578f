"""Mock integrations whose answer is fixed: CORS preflights above all. Others are rendered."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from localcloud.gateway.definitions.rest import Mock

if TYPE_CHECKING:
    from mypy_boto3_apigateway.type_defs import IntegrationResponseTypeDef, IntegrationTypeDef

RESPONSE_HEADER = "method.response.header."
# A template that computes something begins a reference or a directive.
_COMPUTED = re.compile(r"\$|#(?:if|set|foreach|else|end|\{)")


def mock_of(document: IntegrationTypeDef) -> Mock | None:
    """Return what a mock always answers; None where that depends on the request.

    Examples
    --------
    >>> mock_of({"type": "MOCK", "requestTemplates": {"application/json": '{"statusCode": 204}'},
    ...          "integrationResponses": {"204": {"statusCode": "204", "responseParameters": {
    ...              "method.response.header.Access-Control-Max-Age": "'600'"}}}})
    Mock(status=204, headers={'Access-Control-Max-Age': '600'}, body='')
    """
    status = _status_of(document)
    response = _response_for(status, document)
    if response is None:
        return None
    headers: dict[str, str] = {}
    for name, value in (response.get("responseParameters") or {}).items():
        if not name.startswith(RESPONSE_HEADER):
            continue
        if len(value) < 2 or not (value[0] == value[-1] == "'"):
            return None
        headers[name.removeprefix(RESPONSE_HEADER)] = value[1:-1]
    templates = response.get("responseTemplates") or {}
    body = templates.get("application/json") or next(iter(templates.values()), "") or ""
    if _COMPUTED.search(body):
        return None
    return Mock(int(response.get("statusCode") or status), headers, body)


def _status_of(document: IntegrationTypeDef) -> int:
    """Return the status that the request template chooses."""
    template = (document.get("requestTemplates") or {}).get("application/json") or ""
    try:
        selection = json.loads(template)
    except ValueError:
        match = re.search(r"statusCode\"?\s*:\s*(\d{3})", template)
        return int(match[1]) if match else 200
    status = selection.get("statusCode", 200) if isinstance(selection, dict) else 200
    return int(status) if str(status).isdecimal() else 200


def _response_for(status: int, document: IntegrationTypeDef) -> IntegrationResponseTypeDef | None:
    """Return the response whose pattern the status matches, or else the default one."""
    default = None
    for response in (document.get("integrationResponses") or {}).values():
        pattern = response.get("selectionPattern")
        if not pattern:
            default = default or response
        elif re.fullmatch(pattern, str(status)):
            return response
    return default
