"""What a deployment has left that did not come to its end.

Chalice writes down what it has deployed at the very end. After a Ctrl-C, a lost connection or a lost
``.chalice/deployed`` it would create both APIs again, and then fail at the queue's mapping, which is there
already. Functions, roles and schedules it finds by their names; these three it finds here.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from localcloud.stack.account import Account
from tools.companion_cloud import APP, resources

if TYPE_CHECKING:
    from mypy_boto3_apigateway import APIGatewayClient
    from mypy_boto3_apigateway.type_defs import RestApiTypeDef

Resource = dict[str, str]


def adopt(account: Account, folder: Path, stage: str) -> int:
    """Have Chalice go on with what is there; return how many resources that were.

    Nothing is done when Chalice remembers a deployment of the stage.
    """
    if resources(folder, stage):
        return 0
    leftovers = [*_rest_api(account, stage), *_websocket_api(account, stage), *_mapping(account, stage)]
    if leftovers:
        state = folder / "deployed" / f"{stage}.json"
        state.parent.mkdir(parents=True, exist_ok=True)
        state.write_text(
            json.dumps({"resources": leftovers, "schema_version": "2.0", "backend": "api"}, indent=2)
        )
    return len(leftovers)


def _rest_api(account: Account, stage: str) -> Iterator[Resource]:
    gateway = account.session.client("apigateway", endpoint_url=account.endpoint)
    apis = [api for page in gateway.get_paginator("get_rest_apis").paginate() for api in page["items"]]
    # All stages' APIs have the application's name: their integrations show whose it is.
    ours = [api for api in apis if api.get("name") == APP and _invokes(gateway, api, f"{APP}-{stage}")]
    for api in sorted(ours, key=lambda api: api["createdDate"])[-1:]:
        yield {"name": "rest_api", "resource_type": "rest_api", "rest_api_id": api["id"], "rest_api_url": ""}


def _invokes(gateway: APIGatewayClient, api: RestApiTypeDef, function: str) -> bool:
    pages = gateway.get_paginator("get_resources").paginate(restApiId=api["id"], embed=["methods"])
    return any(
        method.get("methodIntegration", {}).get("uri", "").endswith(f":function:{function}/invocations")
        for page in pages
        for resource in page["items"]
        for method in resource.get("resourceMethods", {}).values()
    )


def _websocket_api(account: Account, stage: str) -> Iterator[Resource]:
    gateway = account.session.client("apigatewayv2", endpoint_url=account.endpoint)
    name = f"{APP}-{stage}-websocket-api"
    for api in gateway.get_apis(MaxResults="500")["Items"]:
        if api["Name"] != name:
            continue
        if gateway.get_stages(ApiId=api["ApiId"])["Items"]:
            yield {
                "name": "websocket_api",
                "resource_type": "websocket_api",
                "websocket_api_id": api["ApiId"],
                "websocket_api_url": "",
            }
        else:
            # No client could ever connect to it, and Chalice gives a stage to new APIs only.
            gateway.delete_api(ApiId=api["ApiId"])


def _mapping(account: Account, stage: str) -> Iterator[Resource]:
    client = account.session.client("lambda", endpoint_url=account.endpoint)
    try:
        mappings = client.list_event_source_mappings(FunctionName=f"{APP}-{stage}-start_orders")
    except client.exceptions.ResourceNotFoundException:
        return
    for mapping in mappings["EventSourceMappings"]:
        yield {
            "name": "start_orders-sqs-event-source",
            "resource_type": "sqs_event",
            "event_uuid": mapping["UUID"],
            "queue_arn": mapping["EventSourceArn"],
            "queue": mapping["EventSourceArn"].rpartition(":")[2],
            "lambda_arn": mapping["FunctionArn"],
        }
