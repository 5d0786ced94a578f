"""Lambda: functions are active at once, and read back as the template gave them."""

from __future__ import annotations

import json
from typing import Any

from localcloud.engine.ministack.facade import Patch
from localcloud.engine.ministack.lambda_svc import Lambda, lambda_svc
from localcloud.engine.patching import (
    Context,
    Function,
    Record,
    Response,
    mend,
    wrap_handler,
)

FUNCTION = "AWS::Lambda::Function"


@mend("lambda.active_at_once")
def functions_are_active_at_once(context: Context) -> None:
    """Report a function Active, and an update Successful, as soon as it exists.

    MiniStack imitates AWS's Pending for half a second; botocore's waiters look again after 1 to
    5 seconds. Nothing here takes time to become ready.
    """

    def settle(name: str, _delay: float) -> None:
        function = lambda_svc.functions.get(name)
        if function:
            versions = [version["config"] for version in function.get("versions", {}).values()]
            for config in (function["config"], *versions):
                config.update(
                    State="Active",
                    StateReason="",
                    StateReasonCode="",
                    LastUpdateStatus="Successful",
                    LastUpdateStatusReason="",
                    LastUpdateStatusReasonCode="",
                )

    Lambda.schedule_state_transition.replace(settle)


@mend("lambda.function_properties")
def function_properties_are_kept(context: Context) -> None:
    """Keep ReservedConcurrentExecutions, DeadLetterConfig and DurableConfig, and plain variables.

    MiniStack's CloudFormation drops the first three in silence. Environment values that a template
    writes as numbers or booleans arrive in AWS as text. Code that is not in S3 fails the resource
    there; here the function would be made without any.
    """

    def text(value: Any) -> str:
        return str(value).lower() if isinstance(value, bool) else str(value)

    def prepared(props: Record) -> Record:
        code = props.get("Code") or {}
        bucket, key = code.get("S3Bucket"), code.get("S3Key")
        if bucket and key and not lambda_svc.fetch_code_from_s3(bucket, key, code.get("S3ObjectVersion")):
            raise ValueError(f"Error occurred while GetObject. S3 Error Code: NoSuchKey. s3://{bucket}/{key}")
        variables = (props.get("Environment") or {}).get("Variables") or {}
        return {**props, "Environment": {"Variables": {name: text(v) for name, v in variables.items()}}}

    def keep(name: str, props: Record) -> None:
        function = lambda_svc.functions[name]
        reserved = props.get("ReservedConcurrentExecutions")
        function["concurrency"] = None if reserved is None else int(reserved)
        function["config"].pop("DeadLetterConfig", None)
        if (props.get("DeadLetterConfig") or {}).get("TargetArn"):
            function["config"]["DeadLetterConfig"] = dict(props["DeadLetterConfig"])
        durable = props.get("DurableConfig")
        if durable:
            numbers = {key: value if key == "KMSKeyArn" else int(value) for key, value in durable.items()}
            function["config"]["DurableConfig"] = {"RetentionPeriodInDays": 14, **numbers}

    @wrap_handler(FUNCTION, "create")
    def _(before: Function) -> Function:
        def create(logical_id: str, props: Record, stack: str) -> Any:
            name, attributes = before(logical_id, prepared(props), stack)
            keep(name, props)
            return name, attributes

        return create

    @wrap_handler(FUNCTION, "update")
    def _(before: Function) -> Function:
        def update(physical_id: str, old: Record, new: Record, *rest: Any) -> Any:
            name, attributes = before(physical_id, old, prepared(new), *rest)
            keep(name, new)
            return name, attributes

        return update


@mend("lambda.event_invoke_config")
def latest_is_the_function_itself(context: Context) -> None:
    """Take ``$LATEST`` and no qualifier for the same in event invoke configurations, as AWS does.

    A template must name ``$LATEST``; MiniStack then finds nothing when it is asked without one.
    """

    def qualify(name: Patch[Any]) -> None:
        @name.wrap
        def _(before: Function) -> Function:
            def call(function: str, qualifier: str | None = None, *rest: Any) -> Response:
                response: Response = before(function, qualifier or "$LATEST", *rest)
                return response

            return call

    qualify(Lambda.get_event_invoke_config)
    qualify(Lambda.put_event_invoke_config)
    qualify(Lambda.delete_event_invoke_config)


@mend("lambda.layer_content")
def layers_have_content(context: Context) -> None:
    """Refuse a layer whose archive is not in S3, as AWS does; MiniStack makes an empty one."""

    @Lambda.publish_layer_version.wrap
    def _(before: Function) -> Function:
        def publish(name: str, data: Record) -> Response:
            content = data.get("Content") or {}
            bucket, key = content.get("S3Bucket"), content.get("S3Key")
            if (
                bucket
                and key
                and not lambda_svc.fetch_code_from_s3(bucket, key, content.get("S3ObjectVersion"))
            ):
                message = f"Error occurred while GetObject. S3 Error Code: NoSuchKey. s3://{bucket}/{key}"
                refusal: Response = lambda_svc.error_response_json(
                    "InvalidParameterValueException", message, 400
                )
                return refusal
            response: Response = before(name, data)
            return response

        return publish


@mend("lambda.version_code")
def versions_keep_their_code(context: Context) -> None:
    """Hand out the code that a version was published with; MiniStack's location is always the latest's."""

    @Lambda.get_function.wrap
    def _(before: Function) -> Function:
        def get(name: str, qualifier: str | None = None) -> Response:
            response: Response = before(name, qualifier)
            status, headers, body = response
            answer = json.loads(body) if status == 200 else {}
            version = (answer.get("Configuration") or {}).get("Version", "$LATEST")
            location = (answer.get("Code") or {}).get("Location")
            if location is None or version == "$LATEST":
                return response
            answer["Code"]["Location"] = location.replace(f"/{name}?", f"/{name}.{version}?")
            return status, headers, json.dumps(answer).encode()

        return get

    @Lambda.serve_function_code.wrap
    def _(before: Function) -> Function:
        def serve(qualified: str, account_id: str | None = None, region: str | None = None) -> Response:
            name, _, version = qualified.partition(".")
            if not version:
                latest: Response = before(name, account_id, region)
                return latest
            function = lambda_svc.functions.get_scoped(account_id, region, name) or {}
            record = (function.get("versions") or {}).get(version)
            if record is None:
                return 404, {"Content-Type": "text/plain"}, b"Version not found"
            return 200, {"Content-Type": "application/zip"}, record.get("code_zip") or b""

        return serve
