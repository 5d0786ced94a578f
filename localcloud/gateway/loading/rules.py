"""Rules of REST APIs, as ``apigateway`` describes them: only what an API uses is read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Final

from localcloud.gateway.definitions.rest import Route
from localcloud.gateway.loading.common import Warn
from localcloud.gateway.mapping.sources import request_source
from localcloud.gateway.rules.definition import (
    AccessLog,
    ApiKey,
    GatewayResponse,
    Limit,
    Quota,
    Rules,
    UsagePlan,
    Validation,
)

if TYPE_CHECKING:
    from mypy_boto3_apigateway import APIGatewayClient
    from mypy_boto3_apigateway.type_defs import (
        GatewayResponseTypeDef,
        MethodTypeDef,
        RequestValidatorTypeDef,
        RestApiTypeDef,
        StageTypeDef,
        ThrottleSettingsTypeDef,
        UsagePlanTypeDef,
    )

_HEADER: Final = "gatewayresponse.header."
# What every account has: a limit above it is none here.
_ACCOUNT: Final = Limit(10_000, 5_000)


def rules_of(
    client: APIGatewayClient,
    api: RestApiTypeDef,
    stages: Iterable[StageTypeDef],
    routes: Iterable[Route],
    warn: Warn,
) -> Rules:
    """Return the rules of an API."""
    api_id = api["id"]
    routes = list(routes)
    validated = any(route.validation is not None and route.validation.body for route in routes)
    keyed = any(route.key_required for route in routes)
    responses = client.get_gateway_responses(restApiId=api_id)["items"]
    by_stage = {stage["stageName"]: stage for stage in stages}
    return Rules(
        responses=gateway_responses(responses, api.get("name", ""), warn),
        schemas=_schemas(client, api_id) if validated else {},
        limits={name: limits for name, stage in by_stage.items() if (limits := stage_limits(stage))},
        logs={name: log for name, stage in by_stage.items() if (log := _access_log(stage)) is not None},
        key_source="AUTHORIZER" if api.get("apiKeySource") == "AUTHORIZER" else "HEADER",
        plans=tuple(_plans(client, api_id)) if keyed else (),
        keys=tuple(_keys(client)) if keyed else (),
    )


def gateway_responses(
    documents: Iterable[GatewayResponseTypeDef], name: str, warn: Warn
) -> Mapping[str, GatewayResponse]:
    """Return how an API words the gateway's own answers, by response type such as ``DEFAULT_4XX``.

    Examples
    --------
    >>> gateway_responses([{"responseType": "DEFAULT_4XX", "responseParameters": {
    ...     "gatewayresponse.header.Allow": "'*'"}}], "orders", print)["DEFAULT_4XX"].headers
    {'Allow': "'*'"}
    """
    responses: dict[str, GatewayResponse] = {}
    for document in documents:
        if document.get("defaultResponse"):
            continue
        kind = str(document.get("responseType", ""))
        headers: dict[str, str] = {}
        for parameter, source in (document.get("responseParameters") or {}).items():
            if parameter.startswith(_HEADER) and request_source(source) is not None:
                headers[parameter.removeprefix(_HEADER)] = source
            else:
                warn(f"REST API {name}: the response {kind} maps {parameter} from {source}: no effect")
        status = str(document.get("statusCode") or "")
        templates = {
            content.lower(): text for content, text in (document.get("responseTemplates") or {}).items()
        }
        # The two families have no status of their own, so that what is there was set.
        responses[kind] = GatewayResponse(int(status) if status.isdecimal() else None, headers, templates)
    return responses


def validation_of(
    method: MethodTypeDef, validators: Mapping[str, RequestValidatorTypeDef]
) -> Validation | None:
    """Return what a method's validator looks at; None where it has none."""
    validator = validators.get(method.get("requestValidatorId") or "")
    if validator is None:
        return None
    required = tuple(name for name, must in (method.get("requestParameters") or {}).items() if must)
    body = bool(validator.get("validateRequestBody"))
    parameters = bool(validator.get("validateRequestParameters"))
    return Validation(required, dict(method.get("requestModels") or {}), body=body, required=parameters)


def stage_limits(stage: StageTypeDef) -> Mapping[str, Limit]:
    """Return the limits of a stage's methods, by ``*/*`` or ``/orders/GET``.

    Examples
    --------
    >>> stage_limits({"methodSettings": {"~1orders/GET": {
    ...     "throttlingRateLimit": 1.0, "throttlingBurstLimit": 2}}})
    {'/orders/GET': Limit(rate=1.0, burst=2)}
    """
    limits: dict[str, Limit] = {}
    for key, settings in (stage.get("methodSettings") or {}).items():
        rate, burst = settings.get("throttlingRateLimit"), settings.get("throttlingBurstLimit")
        if rate is None or burst is None or rate < 0 or burst < 0:
            continue
        if rate >= _ACCOUNT.rate and burst >= _ACCOUNT.burst:
            continue
        name = key.replace("~1", "/").replace("~0", "~")
        limits["*/*" if name in {"/*/*", "*/*"} else "/" + name.lstrip("/")] = Limit(float(rate), int(burst))
    return limits


def _access_log(stage: StageTypeDef) -> AccessLog | None:
    settings = stage.get("accessLogSettings") or {}
    group, form = settings.get("destinationArn"), settings.get("format")
    return AccessLog(group, form) if group and form else None


def _schemas(client: APIGatewayClient, api_id: str) -> Mapping[str, str]:
    pages = client.get_paginator("get_models").paginate(restApiId=api_id, PaginationConfig={"PageSize": 500})
    return {model["name"]: model.get("schema") or "{}" for page in pages for model in page["items"]}


def _keys(client: APIGatewayClient) -> Iterable[ApiKey]:
    pages = client.get_paginator("get_api_keys").paginate(
        includeValues=True, PaginationConfig={"PageSize": 500}
    )
    for page in pages:
        for key in page["items"]:
            yield ApiKey(key["id"], key.get("value", ""), enabled=bool(key.get("enabled", True)))


def _plans(client: APIGatewayClient, api_id: str) -> Iterable[UsagePlan]:
    for page in client.get_paginator("get_usage_plans").paginate(PaginationConfig={"PageSize": 500}):
        for plan in page["items"]:
            stages = {
                stage.get("stage", ""): {
                    _of_method(path): limit
                    for path, settings in (stage.get("throttle") or {}).items()
                    if (limit := _limit(settings)) is not None
                }
                for stage in plan.get("apiStages") or ()
                if stage.get("apiId") == api_id
            }
            if not stages:
                continue
            keys = client.get_usage_plan_keys(usagePlanId=plan["id"], limit=500)["items"]
            yield UsagePlan(
                plan["id"],
                stages,
                frozenset(key["id"] for key in keys),
                _limit(plan.get("throttle")),
                _quota(plan),
            )


def _of_method(path: str) -> str:
    return path if path == "*/*" else "/" + path.replace("~1", "/").lstrip("/")


def _limit(settings: ThrottleSettingsTypeDef | None) -> Limit | None:
    if not settings:
        return None
    rate = float(settings.get("rateLimit") or 0.0)
    # Without a burst AWS takes none, and every request is refused; a template always says both.
    burst = int(settings.get("burstLimit") or max(1.0, rate))
    return Limit(rate, burst) if rate or settings.get("burstLimit") else None


def _quota(plan: UsagePlanTypeDef) -> Quota | None:
    quota = plan.get("quota") or {}
    limit, period = quota.get("limit"), quota.get("period")
    if not limit or period is None:
        return None
    return Quota(int(limit), period, int(quota.get("offset") or 0))
