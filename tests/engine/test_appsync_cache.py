"""AppSync: an API's cache and its resolvers' caching, read back as a template declares them."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

from tests.engine.appsync_stack import ID, JS, api_with
from tests.engine.world import World


def check_cache(world: World) -> None:
    thing = {
        "TypeName": "Query",
        "FieldName": "thing",
        "DataSourceName": "Nothing",
        "Runtime": JS,
        "Code": "export const request = () => ({})",
        "CachingConfig": {"Ttl": 60, "CachingKeys": ["$context.arguments.id"]},
    }
    cache = {"ApiCachingBehavior": "PER_RESOLVER_CACHING", "Ttl": 900, "Type": "SMALL"}
    resources = api_with(world, Thing=("Resolver", thing), Cache=("ApiCache", cache))
    stack = world.deploy(resources, ID)
    assert stack.status == "CREATE_COMPLETE", stack.reasons()
    appsync, api_id = world.client("appsync"), stack.outputs["Id"]
    [resolver] = appsync.list_resolvers(apiId=api_id, typeName="Query")["resolvers"]
    assert resolver["cachingConfig"] == {"ttl": 60, "cachingKeys": ["$context.arguments.id"]}
    read = appsync.get_api_cache(apiId=api_id)["apiCache"]
    assert (read["apiCachingBehavior"], read["ttl"], read["type"]) == ("PER_RESOLVER_CACHING", 900, "SMALL")
    appsync.flush_api_cache(apiId=api_id)

    resources["Cache"]["Properties"]["ApiCachingBehavior"] = "FULL_REQUEST_CACHING"
    world.deploy(resources, stack=stack.name)
    assert appsync.get_api_cache(apiId=api_id)["apiCache"]["apiCachingBehavior"] == "FULL_REQUEST_CACHING"
    del resources["Cache"]
    world.deploy(resources, stack=stack.name)
    with pytest.raises(ClientError, match="NotFoundException"):
        appsync.get_api_cache(apiId=api_id)


def test_template_cache_is_created_updated_and_deleted(world: World) -> None:
    check_cache(world)


def test_cache_that_aws_refuses_fails_the_stack(world: World) -> None:
    cache = {"ApiCachingBehavior": "FULL_REQUEST_CACHING", "Ttl": 3601, "Type": "SMALL"}
    stack = world.deploy(api_with(world, Cache=("ApiCache", cache)))
    assert stack.status != "CREATE_COMPLETE"
    assert "ttl must be between 1 and 3600 seconds" in str(stack.reasons())
