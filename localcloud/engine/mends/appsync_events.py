"""AppSync Events: Event APIs and namespaces by CloudFormation, with addresses that answer."""

from __future__ import annotations

import json
from typing import Any

from localcloud.engine.mends.appsync_opening import Opening, create_on_a_thread
from localcloud.engine.mends.control import ControlPlane
from localcloud.engine.mends.objects import text_at
from localcloud.engine.ministack.appsync_events import AppSyncEvents
from localcloud.engine.ministack.appsync_events import appsync_events as events
from localcloud.engine.ministack.provisioners import provisioners
from localcloud.engine.patching import (
    Context,
    Function,
    Record,
    Response,
    mend,
    wrap_handler,
)

API = "AWS::AppSync::Api"
NAMESPACE = "AWS::AppSync::ChannelNamespace"
NAMESPACE_PROPERTIES = ("SubscribeAuthModes", "PublishAuthModes", "CodeHandlers", "HandlerConfigs")
# CloudFormation passes a number on as it stands in the template, often as text.
NUMBERS = ("authorizerResultTtlInSeconds", "iatTTL", "authTTL")


def _members(value: Any) -> Any:
    """Return properties as the API's members, numbers as numbers."""

    def numbered(value: Any) -> Any:
        if isinstance(value, list):
            return [numbered(item) for item in value]
        if not isinstance(value, dict):
            return value
        return {k: int(float(v)) if k in NUMBERS else numbered(v) for k, v in value.items()}

    return numbered(provisioners.pascal_to_camel(value))


def _tags(props: Record) -> dict[str, str]:
    tags = props.get("Tags") or []
    return {tag["Key"]: tag["Value"] for tag in tags if not tag["Key"].startswith("aws:")}


def _body_of(response: Response, what: str) -> Record:
    status, _headers, body = response
    if status >= 300:
        raise ValueError(f"{what} failed: {body.decode()}")
    answer: Record = json.loads(body)
    return answer


def _api_attributes(api: Record) -> tuple[str, dict[str, Any]]:
    dns = {"Http": api["dns"]["HTTP"], "Realtime": api["dns"]["REALTIME"]}
    return api["apiArn"], {
        "ApiId": api["apiId"],
        "ApiArn": api["apiArn"],
        "Dns": dns,
        "Dns.Http": dns["Http"],
        "Dns.Realtime": dns["Realtime"],
    }


@mend("appsync.event_resources")
def event_apis_are_resources(context: Context) -> None:
    """Let templates declare AWS::AppSync::Api and AWS::AppSync::ChannelNamespace.

    AWS's CloudFormation has both, code by its place in S3 included. MiniStack serves the calls that
    they stand for and knows neither type: the stack fails.
    """
    table = provisioners.resource_handlers

    def api_body(props: Record) -> bytes:
        body = {
            "name": props.get("Name"),
            "ownerContact": props.get("OwnerContact"),
            "eventConfig": _members(props.get("EventConfig") or {}),
            "tags": _tags(props),
        }
        return json.dumps(body).encode()

    def create_api(_logical_id: str, props: Record, _stack: str) -> tuple[str, dict[str, Any]]:
        return _api_attributes(_body_of(events.create_api(api_body(props)), f"{API} create")["api"])

    def update_api(arn: str, _old: Record, new: Record, _stack: str) -> tuple[str, dict[str, Any]]:
        response = events.update_api(arn.rpartition("/")[2], api_body(new))
        return _api_attributes(_body_of(response, f"{API} update")["api"])

    def delete_api(arn: str, _props: Record) -> None:
        events.delete_api(arn.rpartition("/")[2])

    table[API] = {"create": create_api, "update": update_api, "delete": delete_api}

    def namespace_body(props: Record) -> Record:
        settings = dict(props)
        location = settings.pop("CodeS3Location", None)
        if location:
            settings["CodeHandlers"] = text_at(location, what=f"{NAMESPACE} CodeS3Location")
        # An update without a property takes it away.
        body: Record = {
            name[0].lower() + name[1:]: _members(settings.get(name)) for name in NAMESPACE_PROPERTIES
        }
        return {**body, "name": settings.get("Name"), "tags": _tags(settings)}

    def stored(response: Response, verb: str) -> tuple[str, dict[str, str]]:
        arn = _body_of(response, f"{NAMESPACE} {verb}")["channelNamespace"]["channelNamespaceArn"]
        return arn, {"ChannelNamespaceArn": arn}

    def create_namespace(_logical_id: str, props: Record, _stack: str) -> tuple[str, dict[str, str]]:
        body = json.dumps(namespace_body(props)).encode()
        return stored(events.create_channel_namespace(props.get("ApiId", ""), body), "create")

    def update_namespace(arn: str, old: Record, new: Record, stack: str) -> tuple[str, dict[str, str]]:
        if (old.get("ApiId"), old.get("Name")) != (new.get("ApiId"), new.get("Name")):
            delete_namespace(arn, old)
            return create_namespace("", new, stack)
        body = json.dumps(namespace_body(new)).encode()
        return stored(events.update_channel_namespace(new["ApiId"], new["Name"], body), "update")

    def delete_namespace(_arn: str, props: Record) -> None:
        events.delete_channel_namespace(props.get("ApiId", ""), props.get("Name", ""))

    table[NAMESPACE] = {"create": create_namespace, "update": update_namespace, "delete": delete_namespace}


@mend("appsync.event_addresses")
def event_apis_have_addresses(context: Context) -> None:
    """Give each Event API the addresses that our data plane serves it at.

    AWS answers CreateApi with the hosts of endpoints that work, as `dns` HTTP and REALTIME; MiniStack
    with hosts that only itself understands. Here they are `127.0.0.1:PORT`, without TLS: publish to
    `http://HOST/event`, subscribe at `ws://HOST/event/realtime`.
    """
    control = ControlPlane(context.settings.control_url, "event-apis")
    apis = events.apis

    def opened(api_id: str) -> None:
        try:
            addresses = control.open(api_id, apis[api_id]["name"])
            apis[api_id]["dns"] = {"HTTP": addresses["http"], "REALTIME": addresses["realtime"]}
        except (KeyError, ValueError) as error:
            apis.pop(api_id)
            raise ValueError(f"the Event API {api_id} has no address: {error}") from error

    def answer(api_id: str) -> Response:
        response: Response = events.json_response({"api": events.api_response(api_id)})
        return response

    opening = Opening(events, control)
    opening.answer_created(AppSyncEvents.handle_mgmt, "/v2/apis", "api", opened, answer)
    opening.close_deleted(AppSyncEvents.delete_api)
    if API not in provisioners.resource_handlers:
        return

    create_on_a_thread(API)

    @wrap_handler(API, "create")
    def _(before: Function) -> Function:
        def create(*args: Any) -> tuple[str, dict[str, Any]]:
            api_id = before(*args)[0].rpartition("/")[2]
            opened(api_id)
            return _api_attributes(events.api_response(api_id))

        return create


@mend("appsync.event_namespaces")
def namespaces_override_what_they_say(context: Context) -> None:
    """Keep of a namespace's authorization modes those that it was given.

    On AWS a namespace without modes of its own has the API's, whatever they become. MiniStack copies
    the API's modes for publishing into both, for subscribing too.
    """

    @AppSyncEvents.create_channel_namespace.wrap
    def _(before: Function) -> Function:
        def create(api_id: str, body: bytes) -> Response:
            response: Response = before(api_id, body)
            if response[0] >= 300:
                return response
            request = json.loads(body)
            namespace = events.channel_namespaces[api_id][request["name"]]
            for member in ("publishAuthModes", "subscribeAuthModes"):
                namespace[member] = request.get(member) or []
            stored: Response = events.get_channel_namespace(api_id, request["name"])
            return stored

        return create
