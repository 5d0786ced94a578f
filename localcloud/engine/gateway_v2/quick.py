"""Quick create: an API that names a target gets all that it takes to serve it."""

from __future__ import annotations

from localcloud.engine.gateway_v2 import kinds
from localcloud.engine.gateway_v2.store import ApiStore
from localcloud.engine.patching import Record


def quick_create(store: ApiStore, record: Record, request: Record) -> None:
    """Give an API that names a target its integration, its route and its stage (quick create)."""
    target = str(request.get("target") or "")
    if not target:
        return
    function = ":lambda:" in target
    integration = store.create(
        record["apiId"],
        kinds.INTEGRATION,
        {
            "integrationType": "AWS_PROXY" if function else "HTTP_PROXY",
            "integrationUri": target,
            "payloadFormatVersion": "2.0" if function else "1.0",
            **({} if function else {"integrationMethod": "ANY"}),
            **({"credentialsArn": request["credentialsArn"]} if request.get("credentialsArn") else {}),
        },
    )
    store.create(
        record["apiId"],
        kinds.ROUTE,
        {
            "routeKey": request.get("routeKey") or "$default",
            "target": f"integrations/{integration['integrationId']}",
        },
    )
    store.create(record["apiId"], kinds.STAGE, {"stageName": "$default", "autoDeploy": True})
