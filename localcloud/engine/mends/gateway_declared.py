"""API Gateway's REST APIs in templates: properties that MiniStack's CloudFormation drops."""

from __future__ import annotations

import json
from typing import Any

from localcloud.engine.ministack.apigateway_v1 import apigateway_v1 as gateway
from localcloud.engine.ministack.provisioners import provisioners
from localcloud.engine.patching import Context, Function, Record, mend, wrap_handler

API = {
    "ApiKeySourceType": ("apiKeySource", "HEADER"),
    "DisableExecuteApiEndpoint": ("disableExecuteApiEndpoint", False),
    "Policy": ("policy", None),
}


def _last(arguments: tuple[Any, ...]) -> Record:
    """Return a handler's properties; of an update the new ones."""
    declared: Record = [each for each in arguments if isinstance(each, dict)][-1]
    return declared


def _flag(value: Any) -> bool:
    return value is True or str(value).lower() == "true"


def _camel(value: Any) -> Any:
    """Return a property as the API spells it: ``BurstLimit`` is ``burstLimit``."""
    if isinstance(value, dict):
        return {f"{name[:1].lower()}{name[1:]}": _camel(member) for name, member in value.items()}
    return [_camel(member) for member in value] if isinstance(value, list) else value


def _number(value: Any) -> Any:
    """Return a number that a parameter made text of."""
    if not isinstance(value, str):
        return value
    return float(value) if "." in value else int(value)


@mend("gateway.method_properties")
def methods_keep_their_validators(context: Context) -> None:
    """Keep a method's RequestValidatorId and its integration's ContentHandling.

    MiniStack's CloudFormation drops both, so that nothing is validated or converted.
    """

    def complete(properties: Record) -> None:
        resource = (gateway.resources.get(properties.get("RestApiId")) or {}).get(
            properties.get("ResourceId")
        )
        method = ((resource or {}).get("resourceMethods") or {}).get(properties.get("HttpMethod", "ANY"))
        if method is None:
            raise ValueError("Invalid Resource identifier specified")
        method["requestValidatorId"] = properties.get("RequestValidatorId")
        method["apiKeyRequired"] = _flag(method.get("apiKeyRequired"))
        declared, integration = properties.get("Integration") or {}, method.get("methodIntegration")
        if integration is not None:
            integration["contentHandling"] = declared.get("ContentHandling")
            if declared.get("TimeoutInMillis") is not None:
                integration["timeoutInMillis"] = int(declared["TimeoutInMillis"])

    for verb in ("create", "update"):

        @wrap_handler("AWS::ApiGateway::Method", verb)
        def _(before: Function) -> Function:
            def put(first: Any, *properties: Any) -> Any:
                done = before(first, *properties)
                complete(_last(properties))
                return done

            return put


@mend("gateway.api_properties")
def apis_keep_their_key_source(context: Context) -> None:
    """Keep an API's ApiKeySourceType, DisableExecuteApiEndpoint and Policy, with a Body or without.

    MiniStack's CloudFormation drops the first two.
    """

    def complete(api_id: str, properties: Record) -> None:
        api = gateway.rest_apis[api_id]
        for name, (member, default) in API.items():
            if name in properties:
                api[member] = default if properties[name] is None else properties[name]
        api["disableExecuteApiEndpoint"] = _flag(api.get("disableExecuteApiEndpoint"))

    for verb in ("create", "update"):

        @wrap_handler("AWS::ApiGateway::RestApi", verb)
        def _(before: Function) -> Function:
            def put(first: Any, *properties: Any) -> Any:
                done = before(first, *properties)
                complete(done[0], _last(properties))
                return done

            return put


@mend("gateway.stage_properties")
def stages_keep_their_logs(context: Context) -> None:
    """Keep a stage's AccessLogSetting, a StageDescription, and what a usage plan says of single methods.

    MiniStack's CloudFormation drops the first two but for two members, and leaves ``BurstLimit`` in a
    plan as a template spells it.
    """

    def complete(properties: Record) -> None:
        stage = (gateway.stages_v1.get(properties.get("RestApiId")) or {}).get(properties.get("StageName"))
        if stage is not None:
            stage["accessLogSettings"] = _camel(properties.get("AccessLogSetting") or {})

    def plan(plan_id: str) -> None:
        record = gateway.usage_plans[plan_id]
        for stage in record.get("apiStages") or []:
            limits = _camel_limits(stage.get("throttle") or {})
            stage["throttle"] = limits
        for name in ("throttle", "quota"):
            record[name] = {
                key: setting if key == "period" else _number(setting)
                for key, setting in (record.get(name) or {}).items()
            }

    def described(properties: Record) -> None:
        """Let a stage that a deployment makes be as its StageDescription says."""
        stage = (gateway.stages_v1.get(properties.get("RestApiId")) or {}).get(properties.get("StageName"))
        description = properties.get("StageDescription")
        if stage is None or not isinstance(description, dict):
            return
        stage["methodSettings"] = provisioners.apigw_method_settings(description.get("MethodSettings"))
        stage["accessLogSettings"] = _camel(description.get("AccessLogSetting") or {})
        stage["tracingEnabled"] = _flag(description.get("TracingEnabled"))

    for verb in ("create", "update"):

        @wrap_handler("AWS::ApiGateway::Deployment", verb)
        def _(before: Function) -> Function:
            def put(first: Any, *properties: Any) -> Any:
                done = before(first, *properties)
                described(_last(properties))
                return done

            return put

        @wrap_handler("AWS::ApiGateway::Stage", verb)
        def _(before: Function) -> Function:
            def put(first: Any, *properties: Any) -> Any:
                done = before(first, *properties)
                complete(_last(properties))
                return done

            return put

        @wrap_handler("AWS::ApiGateway::UsagePlan", verb)
        def _(before: Function) -> Function:
            def put(first: Any, *properties: Any) -> Any:
                done = before(first, *properties)
                plan(done[0])
                return done

            return put


def _camel_limits(throttle: Any) -> Record:
    if isinstance(throttle, str):
        throttle = json.loads(throttle)
    return {
        path: {name: _number(limit) for name, limit in _camel(limits).items()}
        for path, limits in throttle.items()
    }
