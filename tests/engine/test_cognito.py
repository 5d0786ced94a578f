"""Cognito: tokens that a verifier accepts."""

from __future__ import annotations

import json
from typing import Any

import jwt
import pytest
from botocore.exceptions import ClientError

from tests.engine.world import World


def pool_of(**properties: Any) -> dict[str, Any]:
    return {
        "Pool": {"Type": "AWS::Cognito::UserPool", "Properties": {"UserPoolName": "customers", **properties}},
        "Client": {
            "Type": "AWS::Cognito::UserPoolClient",
            "Properties": {
                "UserPoolId": {"Ref": "Pool"},
                "ExplicitAuthFlows": ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
            },
        },
        "Staff": {
            "Type": "AWS::Cognito::UserPoolGroup",
            "Properties": {"UserPoolId": {"Ref": "Pool"}, "GroupName": "staff"},
        },
    }


OUTPUTS = {"Pool": {"Ref": "Pool"}, "Client": {"Ref": "Client"}}


def check_provider_url(world: World) -> None:
    attributes = {name: {"Fn::GetAtt": f"Pool.{name}"} for name in ("ProviderName", "ProviderURL", "Arn")}
    stack = world.deploy(pool_of(), OUTPUTS | attributes)
    assert stack.status == "CREATE_COMPLETE", stack.reasons()
    name = f"cognito-idp.us-east-1.amazonaws.com/{stack.outputs['Pool']}"
    assert (stack.outputs["ProviderName"], stack.outputs["ProviderURL"]) == (name, f"https://{name}")


def test_provider_url_of_a_user_pool_is_an_attribute(world: World) -> None:
    check_provider_url(world)


def test_tokens_verify_with_the_keys_of_the_pool(world: World) -> None:
    stack = world.deploy(pool_of(), OUTPUTS)
    pool, client = stack.outputs["Pool"], stack.outputs["Client"]
    cognito = world.client("cognito-idp")
    cognito.admin_create_user(UserPoolId=pool, Username="ada", MessageAction="SUPPRESS")
    cognito.admin_set_user_password(UserPoolId=pool, Username="ada", Password="Orderwire-1", Permanent=True)
    cognito.admin_add_user_to_group(UserPoolId=pool, Username="ada", GroupName="staff")
    answer = cognito.initiate_auth(
        ClientId=client,
        AuthFlow="USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": "ada", "PASSWORD": "Orderwire-1"},
    )["AuthenticationResult"]
    status, body = world.get(f"/{pool}/.well-known/jwks.json")
    assert status == 200
    keys = {key["kid"]: jwt.PyJWK(key) for key in json.loads(body)["keys"]}
    issuer = f"https://cognito-idp.us-east-1.amazonaws.com/{pool}"
    [user] = cognito.list_users(UserPoolId=pool)["Users"]
    sub = {attribute["Name"]: attribute["Value"] for attribute in user["Attributes"]}["sub"]

    def claims(token: str, audience: str | None) -> dict[str, Any]:
        key = keys[jwt.get_unverified_header(token)["kid"]]
        verified: dict[str, Any] = jwt.decode(
            token,
            key.key,
            algorithms=["RS256"],
            issuer=issuer,
            audience=audience,
            options={"require": ["exp", "iat"]},
        )
        return verified

    identity = claims(answer["IdToken"], client)
    assert (identity["sub"], identity["cognito:groups"], identity["token_use"]) == (sub, ["staff"], "id")
    assert identity["cognito:username"] == "ada"
    access = claims(answer["AccessToken"], None)
    assert (access["sub"], access["cognito:groups"], access["token_use"]) == (sub, ["staff"], "access")
    assert (access["client_id"], access["username"]) == (client, "ada")
    again = cognito.initiate_auth(
        ClientId=client,
        AuthFlow="REFRESH_TOKEN_AUTH",
        AuthParameters={"REFRESH_TOKEN": answer["RefreshToken"]},
    )["AuthenticationResult"]
    assert claims(again["IdToken"], client)["sub"] == sub
    with pytest.raises(ClientError) as refused:
        cognito.initiate_auth(
            ClientId=client,
            AuthFlow="USER_PASSWORD_AUTH",
            AuthParameters={"USERNAME": "ada", "PASSWORD": "wrong"},
        )
    assert refused.value.response["Error"]["Code"] == "NotAuthorizedException"
