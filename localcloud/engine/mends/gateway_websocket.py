"""API Gateway v2: deployments, by the API and by CloudFormation."""

from __future__ import annotations

import json
from typing import Any

from localcloud.engine.mends.patching import (
    Context,
    Function,
    MendError,
    Record,
    Response,
    mend,
    original,
    wrap,
)

DEPLOYMENT = "AWS::ApiGatewayV2::Deployment"


@mend("gateway.v2_deployments")
def deployments_reach_their_stage(context: Context) -> None:
    """Know AWS::ApiGatewayV2::Deployment, and point the stage that a deployment names at it.

    MiniStack's CloudFormation does not know the type, so that no WebSocket API's template is taken;
    CreateDeployment ignores StageName, and deploys an API that has no routes, which AWS refuses.
    """
    from ministack.services import apigateway as gateway  # noqa: PLC0415
    from ministack.services.cloudformation import provisioners  # noqa: PLC0415

    error = original(gateway, "_apigw_error")

    @wrap(gateway, "_create_deployment")
    def _(before: Function) -> Function:
        def create(api_id: str, data: Record) -> Response:
            name = data.get("stageName")
            stages = gateway._stages.get(api_id) or {}
            refusal: Response
            if api_id in gateway._apis:
                if not gateway._routes.get(api_id):
                    message = "Unable to deploy API because no routes exist in this API"
                    refusal = error("BadRequestException", message, 400)
                    return refusal
                if name and name not in stages:
                    refusal = error("NotFoundException", "Invalid stage identifier specified", 404)
                    return refusal
            response: Response = before(api_id, data)
            if name and response[0] < 300:
                stages[name]["deploymentId"] = json.loads(response[2])["deploymentId"]
            return response

        return create

    def create(_logical_id: str, props: Record, _stack: str) -> tuple[str, dict[str, str]]:
        members = {"description": props.get("Description", ""), "stageName": props.get("StageName")}
        status, _headers, body = gateway._create_deployment(props.get("ApiId", ""), members)
        answer = json.loads(body)
        if status >= 300:
            raise ValueError(f"{DEPLOYMENT} create failed: {answer.get('message')}")
        return answer["deploymentId"], {"DeploymentId": answer["deploymentId"]}

    def update(physical_id: str, old: Record, new: Record, stack: str) -> tuple[str, dict[str, str]]:
        if any(old.get(name) != new.get(name) for name in ("ApiId", "StageName")):
            return create("", new, stack)  # and the engine deletes the old one, whose id is another
        record = (gateway._deployments.get(new.get("ApiId", "")) or {}).get(physical_id)
        if record is not None:
            record["description"] = new.get("Description", "")
        return physical_id, {"DeploymentId": physical_id}

    def delete(physical_id: str, props: Record) -> None:
        gateway._delete_deployment(props.get("ApiId", ""), physical_id)

    table: dict[str, dict[str, Any]] = original(provisioners, "_RESOURCE_HANDLERS")
    if DEPLOYMENT in table:
        raise MendError(f"MiniStack's CloudFormation knows {DEPLOYMENT} by now: drop the mend")
    table[DEPLOYMENT] = {"create": create, "update": update, "delete": delete}
