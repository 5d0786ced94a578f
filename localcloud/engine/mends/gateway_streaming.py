"""API Gateway's REST APIs: integrations whose responses are streamed."""

from __future__ import annotations

from typing import Any

from localcloud.engine.mends.gateway_rest import refused
from localcloud.engine.ministack.apigateway_v1 import RestAPIs
from localcloud.engine.ministack.apigateway_v1 import apigateway_v1 as gateway
from localcloud.engine.patching import (
    Context,
    Function,
    Record,
    Response,
    mend,
    wrap_handler,
)

PROXIES = ("AWS_PROXY", "HTTP_PROXY")
MODES = ("BUFFERED", "STREAM")
LONGEST = 900_000  # milliseconds; the shortest is 50


def problem(integration: Record) -> str | None:
    """Say what is wrong with an integration's transfer mode; None when nothing is."""
    mode = integration.get("responseTransferMode") or "BUFFERED"
    if mode not in MODES:
        return f"Invalid response transfer mode: {mode}. Valid values are BUFFERED and STREAM"
    if mode == "BUFFERED":
        return None
    if str(integration.get("type", "AWS_PROXY")).upper() not in PROXIES:
        return "Response transfer mode STREAM is only supported for AWS_PROXY and HTTP_PROXY integrations"
    if not 50 <= int(integration.get("timeoutInMillis") or 29_000) <= LONGEST:
        return f"Timeout should be between 50 ms and {LONGEST} ms"
    return None


@mend("gateway.transfer_mode")
def transfer_modes_are_kept(context: Context) -> None:
    """Keep an integration's responseTransferMode, of PutIntegration and CloudFormation.

    MiniStack drops it, so that every response is buffered.
    """

    def keep(place: tuple[str, str, str], mode: str | None) -> None:
        api_id, resource_id, verb = place
        method = gateway.resources[api_id][resource_id]["resourceMethods"][verb]
        method["methodIntegration"]["responseTransferMode"] = mode or "BUFFERED"

    @RestAPIs.put_integration.wrap
    def _(before: Function) -> Function:
        def put(api_id: str, resource_id: str, verb: str, data: Record) -> Response:
            wrong = problem(data)
            if wrong is not None:
                return refused(wrong)
            response: Response = before(api_id, resource_id, verb, data)
            if response[0] != 201:
                return response
            keep((api_id, resource_id, verb), data.get("responseTransferMode"))
            described: Response = gateway.get_integration(api_id, resource_id, verb)
            return 201, *described[1:]

        return put

    def declared(properties: Record) -> str | None:
        """Return the mode of a method in a template, or raise what fails its resource."""
        integration = properties.get("Integration") or {}
        wrong = problem(
            {
                "type": integration.get("Type"),
                "timeoutInMillis": integration.get("TimeoutInMillis"),
                "responseTransferMode": integration.get("ResponseTransferMode"),
            }
        )
        if wrong is not None:
            raise ValueError(wrong)
        return integration.get("ResponseTransferMode") if integration else None

    def place_of(properties: Record) -> tuple[str, str, str]:
        return properties["RestApiId"], properties["ResourceId"], properties["HttpMethod"].upper()

    @wrap_handler("AWS::ApiGateway::Method", "create")
    def _(before: Function) -> Function:
        def create(logical_id: str, properties: Record, *rest: Any) -> Any:
            mode = declared(properties)
            created = before(logical_id, properties, *rest)
            if mode:
                keep(place_of(properties), mode)
            return created

        return create

    @wrap_handler("AWS::ApiGateway::Method", "update")
    def _(before: Function) -> Function:
        def update(physical_id: str, old: Record, new: Record, *rest: Any) -> Any:
            mode = declared(new)
            updated = before(physical_id, old, new, *rest)
            if new.get("Integration"):
                keep(place_of(new), mode)
            return updated

        return update
