"""What calls need of services that ``localcloud.iam.actions`` leaves out: as MiniStack reads them."""

from __future__ import annotations

from typing import Any

from localcloud.engine.ministack.iam_actions import iam_actions
from localcloud.iam.actions import ApiCall, Need


def ministack_needs(call: ApiCall) -> tuple[Need, ...]:
    """Return the action and the resource of a call, where MiniStack has a name for it; else nothing."""
    service = _SERVICES.get(call.service, call.service)
    headers, query = dict(call.headers), _query(call)
    request = (service, call.method, call.path, headers, call.body, query)
    action: str | None = iam_actions.extract_iam_action(*request)
    if action is None:
        return ()
    resource: str = iam_actions.extract_resource_arn(*request, call.region, call.account)
    return (Need(action, resource),)


_SERVICES = {"monitoring": "monitoring", "iotdata": "iot-data", "execute-api": "apigateway"}


def _query(call: ApiCall) -> dict[str, Any]:
    return {**call.parameters, **(call.form if call.headers.get("content-type", "").startswith(FORM) else {})}


FORM = "application/x-www-form-urlencoded"
