"""What the feed reports: streams, queues (in ``sqs``), and the control planes that others serve from."""

from __future__ import annotations

import re
from typing import Any

from localcloud.engine.ministack.apigateway import APIGateway
from localcloud.engine.ministack.appsync import AppSync
from localcloud.engine.ministack.dynamodb import DynamoDB, dynamodb
from localcloud.engine.ministack.lambda_svc import Lambda
from localcloud.engine.ministack.provisioners import provisioners
from localcloud.engine.ministack.resource_types import verb_of
from localcloud.engine.patching import Context, Function, Record, Response, mend

API_PATH = re.compile(r"^/v[12]/apis/([^/]+)")
FUNCTION_TYPES = (
    "AWS::Lambda::Function",
    "AWS::Lambda::LayerVersion",
    "AWS::Lambda::Version",
    "AWS::Lambda::Alias",
    "AWS::Lambda::EventInvokeConfig",
)
GATEWAY_TYPES = tuple(
    f"ApiGateway::{name}"
    for name in (
        *("RestApi", "Resource", "Method", "Authorizer", "Deployment", "Stage", "Model"),
        *("RequestValidator", "GatewayResponse", "ApiKey", "UsagePlan", "UsagePlanKey"),
    )
)
APPSYNC_TYPES = (
    *("GraphQLApi", "GraphQLSchema", "DataSource", "FunctionConfiguration", "Resolver", "ApiKey"),
    *("Api", "ChannelNamespace", "ApiCache"),
)


def _after_each_verb(resource_type: str, notify: Function) -> None:
    """Call ``notify(arguments, result)`` after each create, update and delete of a resource type."""

    def notifying(handler: Function) -> Function:
        def run(*args: Any, **keywords: Any) -> Any:
            result = handler(*args, **keywords)
            notify(args, result)
            return result

        return run

    for verb in (verb_of(resource_type, name) for name in ("create", "update", "delete")):
        if verb.exists:
            verb.wrap(notifying)


@mend("feed.streams")
def stream_records_are_reported(context: Context) -> None:
    """Report each new record in a table's stream, from whatever thread wrote the item."""

    @DynamoDB.emit_stream_event.wrap
    def _(before: Function) -> Function:
        def emit(table_name: str, *rest: Any, **keywords: Any) -> None:
            before(table_name, *rest, **keywords)
            table = dynamodb.tables.get(table_name) or {}
            if (table.get("StreamSpecification") or {}).get("StreamEnabled"):
                context.feed.publish({"kind": "stream", "arn": table["LatestStreamArn"]})

        return emit


@mend("feed.functions")
def function_changes_are_reported(context: Context) -> None:
    """Report functions, layers and event source mappings that come, change or go."""

    def notify(kind: str) -> None:
        context.feed.publish({"kind": kind})

    for resource_type in FUNCTION_TYPES:
        _after_each_verb(resource_type, lambda _args, _result: notify("functions"))
    _after_each_verb("AWS::Lambda::Url", lambda _args, _result: notify("functions"))
    _after_each_verb("AWS::Lambda::EventSourceMapping", lambda _args, _result: notify("mappings"))

    @Lambda.handle_request.wrap
    def _(before: Function) -> Function:
        async def handle(method: str, path: str, *rest: Any) -> Response:
            response: Response = await before(method, path, *rest)
            if method not in {"GET", "HEAD"} and response[0] < 300:
                if "/event-source-mappings" in path:
                    notify("mappings")
                elif not path.rstrip("/").endswith(("/invocations", "/invoke-async")):
                    notify("functions")
            return response

        return handle


@mend("feed.appsync")
def api_changes_are_reported(context: Context) -> None:
    """Report each change of a GraphQL or Event API, by the API and by CloudFormation."""

    def notify(api_id: str) -> None:
        if api_id:
            context.feed.publish({"kind": "appsync", "api": api_id})

    def notify_of(args: tuple[Any, ...], result: Any) -> None:
        # create(logical_id, props, stack) -> (id, attributes); update(id, old, new, ...); delete(id, props)
        props: list[Record] = [value for value in args if isinstance(value, dict)]
        physical_id = str(props[-1].get("ApiId") or (result[0] if isinstance(result, tuple) else args[0]))
        notify(physical_id.rpartition("/")[2])  # an Event API's physical id is its ARN

    handlers = provisioners.resource_handlers
    for name in APPSYNC_TYPES:
        if f"AWS::AppSync::{name}" in handlers:  # those of Event APIs are there by a mend alone
            _after_each_verb(f"AWS::AppSync::{name}", notify_of)

    @AppSync.handle_request.wrap
    def _(before: Function) -> Function:
        async def handle(method: str, path: str, *rest: Any) -> Response:
            response: Response = await before(method, path, *rest)
            match = API_PATH.match(path)
            if match and method not in {"GET", "HEAD"} and response[0] < 300:
                notify(match[1])
            return response

        return handle


@mend("feed.gateway")
def gateway_changes_are_reported(context: Context) -> None:
    """Report each change of REST APIs, their methods and stages, from every source."""

    def notify() -> None:
        context.feed.publish({"kind": "gateway"})

    for resource_type in GATEWAY_TYPES:
        _after_each_verb(f"AWS::{resource_type}", lambda _args, _result: notify())

    @APIGateway.handle_request.wrap
    def _(before: Function) -> Function:
        async def handle(method: str, *rest: Any) -> Response:
            # REST APIs' requests come by here; those of HTTP and WebSocket APIs report their own.
            response: Response = await before(method, *rest)
            if method not in {"GET", "HEAD"} and response[0] < 300:
                notify()
            return response

        return handle
