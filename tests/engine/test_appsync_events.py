"""AppSync Events: Event APIs by CloudFormation and by calls, and all that belongs to them."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.engine.world import World

HOST = "127.0.0.1:19998"
API_KEY = [{"AuthType": "API_KEY"}]
CONFIG = {
    "AuthProviders": [
        {"AuthType": "API_KEY"},
        {
            "AuthType": "AWS_LAMBDA",
            "LambdaAuthorizerConfig": {
                "AuthorizerUri": "arn:aws:lambda:us-east-1:000000000000:function:guard",
                "AuthorizerResultTtlInSeconds": "60",
            },
        },
    ],
    "ConnectionAuthModes": API_KEY,
    "DefaultPublishAuthModes": API_KEY,
    "DefaultSubscribeAuthModes": [{"AuthType": "AWS_LAMBDA"}],
}
ID = {"Id": {"Fn::GetAtt": "Api.ApiId"}}


def event_api(**resources: Any) -> dict[str, Any]:
    """Return the resources of an Event API named Api, and what is given."""
    return {
        "Api": {"Type": "AWS::AppSync::Api", "Properties": {"Name": "events", "EventConfig": CONFIG}},
        **{
            name: {
                "Type": f"AWS::AppSync::{kind}",
                "Properties": {"ApiId": {"Fn::GetAtt": "Api.ApiId"}, **properties},
            }
            for name, (kind, properties) in resources.items()
        },
    }


def check_event_resources(world: World) -> None:
    code = world.put("handlers.js", b"export function onPublish(ctx) { return ctx.events }")
    direct = {
        "Behavior": "DIRECT",
        "Integration": {"DataSourceName": "Function", "LambdaConfig": {"InvokeType": "EVENT"}},
    }
    resources = event_api(
        Orders=("ChannelNamespace", {"Name": "orders", "CodeS3Location": code}),
        Direct=("ChannelNamespace", {"Name": "direct", "HandlerConfigs": {"OnPublish": direct}}),
    )
    stack = world.deploy(
        resources,
        {
            **ID,
            "Arn": {"Fn::GetAtt": ["Api", "ApiArn"]},
            "Ref": {"Ref": "Api"},
            "Http": {"Fn::GetAtt": "Api.Dns.Http"},
            "Realtime": {"Fn::GetAtt": ["Api", "Dns.Realtime"]},
            "Namespace": {"Fn::GetAtt": "Orders.ChannelNamespaceArn"},
        },
    )
    assert stack.status == "CREATE_COMPLETE", stack.reasons()
    out, appsync = stack.outputs, world.client("appsync")
    arn = f"arn:aws:appsync:us-east-1:000000000000:apis/{out['Id']}"
    assert (out["Arn"], out["Ref"], out["Namespace"]) == (arn, arn, f"{arn}/channelNamespace/orders")
    read = appsync.get_api(apiId=out["Id"])["api"]
    assert read["dns"] == {"HTTP": out["Http"], "REALTIME": out["Realtime"]}
    [_, guard] = read["eventConfig"]["authProviders"]
    assert guard["lambdaAuthorizerConfig"]["authorizerResultTtlInSeconds"] == 60
    namespace = appsync.get_channel_namespace(apiId=out["Id"], name="orders")["channelNamespace"]
    assert namespace["codeHandlers"] == "export function onPublish(ctx) { return ctx.events }"
    namespace = appsync.get_channel_namespace(apiId=out["Id"], name="direct")["channelNamespace"]
    assert namespace["handlerConfigs"] == {
        "onPublish": {
            "behavior": "DIRECT",
            "integration": {"dataSourceName": "Function", "lambdaConfig": {"invokeType": "EVENT"}},
        }
    }
    resources["Api"]["Properties"]["Name"] = "renamed"
    resources["Orders"]["Properties"] = {
        "ApiId": {"Fn::GetAtt": "Api.ApiId"},
        "Name": "orders",
        "PublishAuthModes": API_KEY,
    }
    resources["Direct"]["Properties"]["Name"] = "moved"
    changed = world.deploy(resources, ID, stack=stack.name)
    assert (changed.status, changed.outputs["Id"]) == ("UPDATE_COMPLETE", out["Id"]), changed.reasons()
    assert appsync.get_api(apiId=out["Id"])["api"]["name"] == "renamed"
    namespace = appsync.get_channel_namespace(apiId=out["Id"], name="orders")["channelNamespace"]
    assert (namespace.get("codeHandlers"), namespace["publishAuthModes"]) == (None, [{"authType": "API_KEY"}])
    names = appsync.list_channel_namespaces(apiId=out["Id"])["channelNamespaces"]
    assert {name["name"] for name in names} == {"orders", "moved"}
    stack.delete()
    assert out["Id"] not in {api["apiId"] for api in appsync.list_apis()["apis"]}


def test_template_event_api_has_its_namespaces_and_authorizers(world: World) -> None:
    check_event_resources(world)


def check_event_addresses(world: World) -> None:
    appsync = world.client("appsync")
    config = {
        "authProviders": [{"authType": "API_KEY"}],
        "connectionAuthModes": [{"authType": "API_KEY"}],
        "defaultPublishAuthModes": [{"authType": "API_KEY"}],
        "defaultSubscribeAuthModes": [{"authType": "API_KEY"}],
    }
    api = appsync.create_api(name="direct", eventConfig=config)["api"]
    assert api["dns"] == {"HTTP": HOST, "REALTIME": HOST}
    assert appsync.get_api(apiId=api["apiId"])["api"]["dns"] == api["dns"]
    assert world.control.apis[api["apiId"]] == "direct"
    appsync.delete_api(apiId=api["apiId"])
    assert world.control.wait_for(lambda: api["apiId"] in world.control.deleted)
    stack = world.deploy(event_api(), {**ID, "Http": {"Fn::GetAtt": "Api.Dns.Http"}})
    assert stack.outputs["Http"] == HOST
    stack.delete()
    assert world.control.wait_for(lambda: stack.outputs["Id"] in world.control.deleted)


def test_event_api_has_local_addresses(world: World) -> None:
    check_event_addresses(world)


def check_event_namespaces(world: World) -> None:
    appsync = world.client("appsync")
    api_id = appsync.create_api(
        name="defaults",
        eventConfig={
            "authProviders": [{"authType": "API_KEY"}, {"authType": "AWS_IAM"}],
            "connectionAuthModes": [{"authType": "API_KEY"}],
            "defaultPublishAuthModes": [{"authType": "AWS_IAM"}],
            "defaultSubscribeAuthModes": [{"authType": "API_KEY"}],
        },
    )["api"]["apiId"]
    own = appsync.create_channel_namespace(
        apiId=api_id, name="own", subscribeAuthModes=[{"authType": "API_KEY"}]
    )["channelNamespace"]
    assert (own["publishAuthModes"], own["subscribeAuthModes"]) == ([], [{"authType": "API_KEY"}])


def test_namespace_keeps_its_own_authorization_modes(world: World) -> None:
    check_event_namespaces(world)


def check_event_keys(world: World) -> None:
    resources = event_api(Key=("ApiKey", {"Description": "for tests", "Expires": "1900000000"}))
    stack = world.deploy(resources, {**ID, "Key": {"Fn::GetAtt": "Key.ApiKey"}})
    assert stack.status == "CREATE_COMPLETE", stack.reasons()
    api_id, key, appsync = stack.outputs["Id"], stack.outputs["Key"], world.client("appsync")
    assert re.fullmatch(r"da2-[a-z0-9]{26}", key)
    [read] = appsync.list_api_keys(apiId=api_id)["apiKeys"]
    assert (read["id"], read["description"], read["expires"]) == (key, "for tests", 1900000000)
    changed = appsync.update_api_key(apiId=api_id, id=key, description="changed", expires=1900003600)
    assert (changed["apiKey"]["description"], changed["apiKey"]["expires"]) == ("changed", 1900003600)
    del resources["Key"]
    world.deploy(resources, stack=stack.name)
    assert appsync.list_api_keys(apiId=api_id)["apiKeys"] == []


def test_event_api_key_is_created_updated_and_deleted(world: World) -> None:
    check_event_keys(world)


def check_event_sources(world: World) -> None:
    stack = world.deploy(
        event_api(
            Nothing=("DataSource", {"Name": "Nothing", "Type": "NONE"}),
        ),
        ID,
    )
    assert stack.status == "CREATE_COMPLETE", stack.reasons()
    api_id, appsync = stack.outputs["Id"], world.client("appsync")
    appsync.create_data_source(apiId=api_id, name="Second", type="NONE")
    appsync.update_data_source(apiId=api_id, name="Second", type="NONE", description="changed")
    named = {data_source["name"] for data_source in appsync.list_data_sources(apiId=api_id)["dataSources"]}
    assert named == {"Nothing", "Second"}
    assert appsync.get_data_source(apiId=api_id, name="Second")["dataSource"]["description"] == "changed"
    appsync.delete_data_source(apiId=api_id, name="Second")
    stack.delete()
    with pytest.raises(appsync.exceptions.NotFoundException):
        appsync.list_data_sources(apiId=api_id)


def test_event_api_data_source_is_created_updated_and_deleted(world: World) -> None:
    check_event_sources(world)


def test_changes_of_event_apis_reach_the_feed(world: World) -> None:
    resources = event_api(Orders=("ChannelNamespace", {"Name": "orders"}))
    stack = world.deploy(resources, ID)
    line, appsync = {"kind": "appsync", "api": stack.outputs["Id"]}, world.client("appsync")
    with world.feed() as feed:
        resources["Orders"]["Properties"]["CodeHandlers"] = "export const onPublish = (ctx) => ctx.events"
        world.deploy(resources, stack=stack.name)
        assert feed.wait_for(line)
    with world.feed() as feed:
        resources["Api"]["Properties"]["OwnerContact"] = "somebody"
        world.deploy(resources, stack=stack.name)
        assert feed.wait_for(line)
    with world.feed() as feed:
        appsync.create_channel_namespace(apiId=stack.outputs["Id"], name="more")
        assert feed.wait_for(line)
