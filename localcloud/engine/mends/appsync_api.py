"""AppSync: GraphQL APIs have addresses that answer, all their attributes, and keys like AWS's."""

from __future__ import annotations

import json
import secrets
import string
import time
from typing import Any
from urllib.parse import urlsplit

from localcloud.engine.mends.appsync_opening import Opening, create_on_a_thread
from localcloud.engine.mends.control import ControlPlane
from localcloud.engine.ministack.appsync import AppSync, appsync
from localcloud.engine.patching import (
    Context,
    Function,
    Record,
    Response,
    mend,
    replace_handlers,
    wrap_handler,
)

API = "AWS::AppSync::GraphQLApi"
KEY_ALPHABET = string.ascii_lowercase + string.digits
LONGEST = 365 * 24 * 3600  # seconds that a key is valid for at most


def _opened(control: ControlPlane, api_id: str, name: str) -> dict[str, str]:
    """Return the ``uris`` of an API that the data plane opens."""
    addresses = control.open(api_id, name)
    try:
        return {"GRAPHQL": str(addresses["graphql"]), "REALTIME": str(addresses["realtime"])}
    except KeyError as error:
        raise ValueError(f"the AppSync data plane gave API {api_id} no address: {error!r}") from error


def _attributes(api: Record) -> dict[str, str]:
    uris = api["uris"]
    return {
        "ApiId": api["apiId"],
        "Arn": api["arn"],
        "GraphQLUrl": uris["GRAPHQL"],
        "GraphQLDns": urlsplit(uris["GRAPHQL"]).netloc,
        "GraphQLEndpointArn": api["arn"].replace(":apis/", ":endpoints/graphql-api/"),
        "RealtimeUrl": uris["REALTIME"],
        "RealtimeDns": urlsplit(uris["REALTIME"]).netloc,
    }


@mend("appsync.addresses")
def apis_have_addresses(context: Context) -> None:
    """Give each GraphQL API the addresses that our data plane serves it at.

    AWS answers CreateGraphqlApi with endpoints that work, and CloudFormation's GetAtt knows
    GraphQLUrl, GraphQLDns, RealtimeUrl, RealtimeDns and GraphQLEndpointArn. MiniStack names hosts
    under amazonaws.com, and a stack with GetAtt RealtimeUrl or GraphQLDns fails.
    """
    control = ControlPlane(context.settings.control_url, "apis")
    apis = appsync.apis

    def opened(api_id: str) -> None:
        api = apis[api_id]
        try:
            api["uris"] = _opened(control, api_id, api["name"])
        except ValueError:
            apis.pop(api_id)
            raise

    create_on_a_thread(API)
    opening = Opening(appsync, control)
    describe = appsync.get_graphql_api
    opening.answer_created(AppSync.handle_request, "/v1/apis", "graphqlApi", opened, describe)
    opening.close_deleted(AppSync.delete_graphql_api)

    @wrap_handler(API, "create")
    def _(before: Function) -> Function:
        def create(*args: Any) -> tuple[str, dict[str, str]]:
            api_id, _attrs = before(*args)
            opened(api_id)
            return api_id, _attributes(apis[api_id])

        return create

    @wrap_handler(API, "update")
    def _(before: Function) -> Function:
        def update(*args: Any, **keywords: Any) -> tuple[str, dict[str, str]]:
            api_id, _attrs = before(*args, **keywords)
            return api_id, _attributes(apis[api_id])

        return update


@mend("appsync.update_api")
def update_keeps_limits(context: Context) -> None:
    """Let UpdateGraphqlApi change introspection and the limits.

    AWS takes introspectionConfig, queryDepthLimit, resolverCountLimit and ownerContact there;
    MiniStack ignores them in silence.
    """

    @AppSync.update_graphql_api.wrap
    def _(before: Function) -> Function:
        def update(api_id: str, body: Record) -> Response:
            api = appsync.apis.get(api_id)
            if api is not None:
                for member in (
                    "introspectionConfig",
                    "queryDepthLimit",
                    "resolverCountLimit",
                    "ownerContact",
                ):
                    if member in body:
                        api[member] = body[member]
            response: Response = before(api_id, body)
            return response

        return update


@mend("appsync.api_keys")
def api_keys_look_like_keys(context: Context) -> None:
    """Make API keys of AWS's shape: ``da2-`` and 26 letters and digits, which is both id and value.

    MiniStack cuts a UUID, dashes and all; CloudFormation's key is eight hex digits, and its Ref
    is that instead of the key's ARN.
    """

    @AppSync.create_api_key.wrap
    def _(before: Function) -> Function:
        def create(api_id: str, body: Record) -> Response:
            status, headers, answer = before(api_id, body)
            if status != 200:
                return status, headers, answer
            keys = appsync.api_keys[api_id]
            record = keys.pop(json.loads(answer)["apiKey"]["id"])
            record["id"] = "da2-" + "".join(secrets.choice(KEY_ALPHABET) for _ in range(26))
            keys[record["id"]] = record
            response: Response = appsync.json_module(200, {"apiKey": record})
            return response

        return create

    def answer(props: Record, key_id: str) -> tuple[str, dict[str, str]]:
        arn = f"{appsync.api_arn(props['ApiId'])}/apikeys/{key_id}"
        return arn, {"ApiKey": key_id, "ApiKeyId": key_id, "Arn": arn}

    def members(props: Record) -> Record:
        body: Record = {"description": props.get("Description", "")}
        if props.get("Expires"):
            # CloudFormation passes a number on as it stands in the template, often as text.
            # One that is over by now gets the most that AWS gives, as check and the start say.
            named, now = int(float(props["Expires"])), int(time.time())
            body["expires"] = named if named > now else now + LONGEST
        return body

    def create(_logical_id: str, props: Record, _stack: str) -> tuple[str, dict[str, str]]:
        status, _headers, body = appsync.create_api_key(props.get("ApiId", ""), members(props))
        if status != 200:
            raise ValueError(f"AWS::AppSync::ApiKey create failed: {body.decode()}")
        return answer(props, json.loads(body)["apiKey"]["id"])

    def update(
        physical_id: str, old: Record, new: Record, stack: str, logical_id: str = ""
    ) -> tuple[str, dict[str, str]]:
        if old.get("ApiId") != new.get("ApiId"):
            delete(physical_id, old)
            return create(logical_id, new, stack)
        key_id = physical_id.rsplit("/", 1)[-1]
        status, _headers, body = appsync.update_api_key(new["ApiId"], key_id, members(new))
        if status != 200:
            raise ValueError(f"AWS::AppSync::ApiKey update failed: {body.decode()}")
        return answer(new, key_id)

    def delete(physical_id: str, props: Record) -> None:
        appsync.api_keys.get(props.get("ApiId", ""), {}).pop(physical_id.rsplit("/", 1)[-1], None)

    replace_handlers("AWS::AppSync::ApiKey", create=create, update=update, delete=delete)
