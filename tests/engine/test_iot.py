"""AWS IoT: authorizers by calls and by CloudFormation, the endpoint, and the HTTP data plane's topics."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.engine.world import IOT_ENDPOINT, World

KEY = "-----BEGIN PUBLIC KEY-----\nMIIB\n-----END PUBLIC KEY-----"


def code_of(world: World, operation: str, **arguments: Any) -> str:
    """Return the error that an operation answers."""
    iot = world.client("iot")
    with pytest.raises(iot.exceptions.ClientError) as caught:
        getattr(iot, operation)(**arguments)
    code: str = caught.value.response["Error"]["Code"]
    return code


def check_authorizers(world: World) -> None:
    iot, name = world.client("iot"), world.name("shop")
    function = world.function(lambda event: {"isAuthenticated": True, "principalId": event["token"]})
    arn = f"arn:aws:lambda:us-east-1:000000000000:function:{function}"
    authorizer = iot.create_authorizer(
        authorizerName=name,
        authorizerFunctionArn=arn,
        tokenKeyName="token",
        tokenSigningPublicKeys={"first": KEY},
        tags=[{"Key": "team", "Value": "shop"}],
    )
    assert authorizer["authorizerArn"] == f"arn:aws:iot:us-east-1:000000000000:authorizer/{name}"
    described = iot.describe_authorizer(authorizerName=name)["authorizerDescription"]
    assert (described["status"], described["signingDisabled"]) == ("INACTIVE", False)
    assert described["tokenSigningPublicKeys"] == {"first": KEY}
    iot.update_authorizer(authorizerName=name, status="ACTIVE")
    listed = iot.list_authorizers(status="ACTIVE")["authorizers"]
    assert {"authorizerName": name, "authorizerArn": authorizer["authorizerArn"]} in listed
    iot.set_default_authorizer(authorizerName=name)
    assert iot.describe_default_authorizer()["authorizerDescription"]["authorizerName"] == name
    assert code_of(world, "delete_authorizer", authorizerName=name) == "DeleteConflictException"
    iot.clear_default_authorizer()
    answer = iot.test_invoke_authorizer(authorizerName=name, token="ann", tokenSignature="c2ln")
    assert (answer["isAuthenticated"], answer["principalId"]) == (True, "ann")
    iot.delete_authorizer(authorizerName=name)
    assert code_of(world, "describe_authorizer", authorizerName=name) == "ResourceNotFoundException"
    deployed = world.deploy(
        {
            "Door": {
                "Type": "AWS::IoT::Authorizer",
                "Properties": {
                    "AuthorizerName": name,
                    "AuthorizerFunctionArn": arn,
                    "Status": "ACTIVE",
                    "SigningDisabled": True,
                },
            }
        },
        {"Name": {"Ref": "Door"}, "Arn": {"Fn::GetAtt": "Door.Arn"}},
    )
    assert deployed.outputs == {"Name": name, "Arn": authorizer["authorizerArn"]}
    assert iot.describe_authorizer(authorizerName=name)["authorizerDescription"]["signingDisabled"] is True


def test_authorizer_of_iot_is_created_listed_and_default(world: World) -> None:
    check_authorizers(world)


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({}, "InvalidRequestException"),  # it signs, and has no keys
        ({"signingDisabled": True, "status": "OFF"}, "InvalidRequestException"),
        ({"signingDisabled": True, "authorizerFunctionArn": "guard"}, "InvalidRequestException"),
        ({"tokenKeyName": "token", "tokenSigningPublicKeys": {"a": "no key"}}, "InvalidRequestException"),
    ],
)
def test_invalid_iot_authorizer_is_refused(world: World, more: dict[str, Any], code: str) -> None:
    arn = "arn:aws:lambda:us-east-1:000000000000:function:guard"
    whole = {"authorizerName": world.name("bad"), "authorizerFunctionArn": arn, **more}
    assert code_of(world, "create_authorizer", **whole) == code


def test_failing_authorizer_gives_no_valid_answer(world: World) -> None:
    name = world.name("failing")
    function = world.function(lambda _event: "no object")
    arn = f"arn:aws:lambda:us-east-1:000000000000:function:{function}"
    world.client("iot").create_authorizer(
        authorizerName=name, authorizerFunctionArn=arn, signingDisabled=True
    )
    code = code_of(world, "test_invoke_authorizer", authorizerName=name, token="x")
    assert code == "InvalidResponseException"
    again = {"authorizerName": name, "authorizerFunctionArn": arn, "signingDisabled": True}
    assert code_of(world, "create_authorizer", **again) == "ResourceAlreadyExistsException"


def check_endpoint(world: World) -> None:
    iot = world.client("iot")
    assert iot.describe_endpoint(endpointType="iot:Data-ATS")["endpointAddress"] == IOT_ENDPOINT


def test_iot_endpoint_is_the_local_address(world: World) -> None:
    check_endpoint(world)


def check_topic_slashes(world: World) -> None:
    data = world.client("iot-data")
    data.publish(topic="a/b/c/d/e/f/g/h", qos=1, retain=True, payload=json.dumps({"n": 1}))
    assert json.loads(data.get_retained_message(topic="a/b/c/d/e/f/g/h")["payload"]) == {"n": 1}
    with pytest.raises(data.exceptions.InvalidRequestException):
        data.publish(topic="a/b/c/d/e/f/g/h/i", payload=b"")


def test_topic_with_too_many_slashes_is_refused(world: World) -> None:
    check_topic_slashes(world)
