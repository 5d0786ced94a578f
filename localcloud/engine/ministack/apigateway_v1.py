"""What the engine reads and patches of MiniStack's `services.apigateway_v1`."""

from __future__ import annotations

from collections.abc import Callable

from localcloud.engine.ministack.facade import Facade, Name, Patch
from localcloud.engine.ministack.types import Handler, PolicyOf, Record, Response, Store


class RestAPIs(Facade, module="ministack.services.apigateway_v1"):
    """MiniStack's `services.apigateway_v1`."""

    apply_patch: Patch[Callable[[Record, list[Record]], Record]] = Patch("_apply_patch", "gateway.patches")
    create_authorizer: Patch[Callable[[str, Record], Response]] = Patch(
        "_create_authorizer", "gateway.jwt_authorizers"
    )
    create_deployment: Patch[Callable[[str, Record], Response]] = Patch(
        "_create_deployment", "gateway.rest_deployments"
    )
    import_operation: Patch[Callable[..., None]] = Patch("_import_operation", "gateway.import_operations")
    import_path_item: Patch[Callable[..., None]] = Patch("_import_path_item", "gateway.import_operations")
    import_rest_api: Patch[Callable[..., str]] = Patch("_import_rest_api", "gateway.import_operations")
    import_security_schemes: Patch[Callable[[str, Record], dict[str, str]]] = Patch(
        "_import_security_schemes", "gateway.jwt_authorizers"
    )
    put_integration: Patch[Callable[[str, str, str, Record], Response]] = Patch(
        "_put_integration", "gateway.transfer_mode"
    )
    update_rest_api: Patch[Callable[[str, Record], Response]] = Patch(
        "_update_rest_api", "gateway.rest_patches"
    )
    handle_request: Patch[Handler] = Patch("handle_request", "gateway.import", "durable.requests")

    authorizers_v1: Name[Store] = Name("_authorizers_v1")
    create_model: Name[Callable[[str, Record], Response]] = Name("_create_model")
    create_request_validator: Name[Callable[[str, Record], Response]] = Name("_create_request_validator")
    gateway_responses: Name[Store] = Name("_gateway_responses")
    get_integration: Name[Callable[[str, str, str], Response]] = Name("_get_integration")
    import_identity_source: Name[Callable[[Record, Record], str]] = Name("_import_identity_source")
    models: Name[Store] = Name("_models")
    put_gateway_response: Name[Callable[[str, str, Record], Response]] = Name("_put_gateway_response")
    put_integration_response: Name[Callable[[str, str, str, str, Record], Response]] = Name(
        "_put_integration_response"
    )
    put_method_response: Name[Callable[[str, str, str, str, Record], Response]] = Name("_put_method_response")
    request_validators: Name[Store] = Name("_request_validators")
    resources: Name[Store] = Name("_resources")
    rest_api_view: Name[Callable[[Record], Record]] = Name("_rest_api_view")
    rest_apis: Name[Store] = Name("_rest_apis")
    security_schemes: Name[Callable[[Record], Record]] = Name("_security_schemes")
    stages_v1: Name[Store] = Name("_stages_v1")
    usage_plans: Name[Store] = Name("_usage_plans")
    v1_error: Name[Callable[[str, str, int], Response]] = Name("_v1_error")
    v1_response: Name[Callable[..., Response]] = Name("_v1_response")
    get_account_id: Name[Callable[[], str]] = Name("get_account_id")
    get_region: Name[Callable[[], str]] = Name("get_region")
    rest_api_policy_for_arn: Name[PolicyOf] = Name("rest_api_policy_for_arn")


apigateway_v1 = RestAPIs()
