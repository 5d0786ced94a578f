"""Function URLs: addresses that answer, and what is refused."""

from __future__ import annotations

import json

from tests.engine.test_gateway_rest import refusal
from tests.engine.world import FUNCTION_URLS, World


def check_url_addresses(world: World) -> None:
    client, name = world.client("lambda"), world.function(lambda event: event)
    config = client.create_function_url_config(
        FunctionName=name, AuthType="NONE", InvokeMode="RESPONSE_STREAM", Cors={"AllowOrigins": ["*"]}
    )
    url_id = config["FunctionUrl"].removeprefix(f"{FUNCTION_URLS}/").removesuffix("/")
    assert config["FunctionUrl"] == f"{FUNCTION_URLS}/{url_id}/" and len(url_id) == 32
    assert client.get_function_url_config(FunctionName=name)["FunctionUrl"] == config["FunctionUrl"]
    changed = client.update_function_url_config(FunctionName=name, AuthType="AWS_IAM")
    assert (changed["FunctionUrl"], changed["AuthType"]) == (config["FunctionUrl"], "AWS_IAM")
    listed = json.loads(world.get("/_localcloud/function-urls")[1])["urls"]
    (mine,) = [entry for entry in listed if entry["function"] == name]
    assert mine["config"]["InvokeMode"] == "RESPONSE_STREAM"
    client.delete_function_url_config(FunctionName=name)
    listed = json.loads(world.get("/_localcloud/function-urls")[1])["urls"]
    assert all(entry["function"] != name for entry in listed)


def test_function_url_has_a_local_address(world: World) -> None:
    check_url_addresses(world)


def test_unknown_values_of_a_function_url_are_refused(world: World) -> None:
    client, name = world.client("lambda"), world.function(lambda event: event)
    create = client.create_function_url_config
    status, code, message = refusal(create, FunctionName=name, AuthType="ANYONE")
    assert (status, code) == (400, "ValidationException") and "[NONE, AWS_IAM]" in message
    status, code, _ = refusal(create, FunctionName=name, AuthType="NONE", InvokeMode="STREAM")
    assert (status, code) == (400, "ValidationException")
