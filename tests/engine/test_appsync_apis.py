"""AppSync: an API's addresses, settings and keys."""

from __future__ import annotations

import re
import time

import pytest

from tests.engine.appsync_stack import ID, api_with
from tests.engine.world import World


def check_addresses(world: World) -> None:
    outputs = {
        name: {"Fn::GetAtt": f"Api.{name}"}
        for name in (
            "ApiId",
            "Arn",
            "GraphQLUrl",
            "GraphQLDns",
            "RealtimeUrl",
            "RealtimeDns",
            "GraphQLEndpointArn",
        )
    }
    stack = world.deploy(api_with(world), outputs)
    assert stack.status == "CREATE_COMPLETE", stack.reasons()
    api_id = stack.outputs["ApiId"]
    graphql, realtime = f"http://127.0.0.1:19999/graphql?{api_id}", f"ws://127.0.0.1:19999/graphql?{api_id}"
    assert stack.outputs == {
        "ApiId": api_id,
        "Arn": f"arn:aws:appsync:us-east-1:000000000000:apis/{api_id}",
        "GraphQLUrl": graphql,
        "GraphQLDns": "127.0.0.1:19999",
        "RealtimeUrl": realtime,
        "RealtimeDns": "127.0.0.1:19999",
        "GraphQLEndpointArn": f"arn:aws:appsync:us-east-1:000000000000:endpoints/graphql-api/{api_id}",
    }
    read = world.client("appsync").get_graphql_api(apiId=api_id)["graphqlApi"]
    assert read["uris"] == {"GRAPHQL": graphql, "REALTIME": realtime}
    assert world.control.apis[api_id] == "api"
    stack.delete()
    assert world.control.wait_for(lambda: api_id in world.control.deleted)


def test_template_api_has_local_addresses(world: World) -> None:
    check_addresses(world)


def test_api_created_by_a_call_has_local_addresses(world: World) -> None:
    appsync = world.client("appsync")
    graphql_api = appsync.create_graphql_api(name="direct", authenticationType="AWS_IAM")["graphqlApi"]
    assert graphql_api["uris"]["GRAPHQL"] == f"http://127.0.0.1:19999/graphql?{graphql_api['apiId']}"
    assert appsync.get_graphql_api(apiId=graphql_api["apiId"])["graphqlApi"]["uris"] == graphql_api["uris"]
    appsync.delete_graphql_api(apiId=graphql_api["apiId"])
    assert world.control.wait_for(lambda: graphql_api["apiId"] in world.control.deleted)


def check_update_api(world: World) -> None:
    appsync = world.client("appsync")
    api_id = appsync.create_graphql_api(name="limits", authenticationType="API_KEY")["graphqlApi"]["apiId"]
    appsync.update_graphql_api(
        apiId=api_id,
        name="limits",
        authenticationType="API_KEY",
        introspectionConfig="DISABLED",
        queryDepthLimit=7,
        resolverCountLimit=9,
    )
    read = appsync.get_graphql_api(apiId=api_id)["graphqlApi"]
    assert (read["introspectionConfig"], read["queryDepthLimit"], read["resolverCountLimit"]) == (
        "DISABLED",
        7,
        9,
    )


def test_update_api_changes_the_limits(world: World) -> None:
    check_update_api(world)


def check_api_keys(world: World) -> None:
    resources = api_with(world, Key=("ApiKey", {"Description": "for tests", "Expires": "1900000000"}))
    stack = world.deploy(
        resources,
        {
            **ID,
            "Key": {"Fn::GetAtt": "Key.ApiKey"},
            "KeyId": {"Fn::GetAtt": "Key.ApiKeyId"},
            "Ref": {"Ref": "Key"},
        },
    )
    api_id, key = stack.outputs["Id"], stack.outputs["Key"]
    assert re.fullmatch(r"da2-[a-z0-9]{26}", key)
    assert stack.outputs["KeyId"] == key
    assert stack.outputs["Ref"] == f"arn:aws:appsync:us-east-1:000000000000:apis/{api_id}/apikeys/{key}"
    appsync = world.client("appsync")
    [read] = appsync.list_api_keys(apiId=api_id)["apiKeys"]
    assert (read["id"], read["description"], read["expires"]) == (key, "for tests", 1900000000)
    assert re.fullmatch(r"da2-[a-z0-9]{26}", appsync.create_api_key(apiId=api_id)["apiKey"]["id"])
    resources["Key"]["Properties"]["Description"] = "changed"
    world.deploy(resources, stack=stack.name)
    keys = {
        api_key["id"]: api_key["description"] for api_key in appsync.list_api_keys(apiId=api_id)["apiKeys"]
    }
    assert keys[key] == "changed"


def test_key_whose_time_is_over_is_valid_for_a_year(world: World) -> None:
    stack = world.deploy(api_with(world, Key=("ApiKey", {"Expires": 1577836800})), ID)
    [key] = world.client("appsync").list_api_keys(apiId=stack.outputs["Id"])["apiKeys"]
    assert key["expires"] - time.time() == pytest.approx(365 * 24 * 3600, abs=7200)


def test_template_api_key_has_the_form_of_aws(world: World) -> None:
    check_api_keys(world)
