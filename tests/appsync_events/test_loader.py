"""The reader of Event APIs: what the control plane says, and which modes count where."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from localcloud.appsync.definition import (
    AuthMode,
    DataSource,
    LambdaAuthorizerConfig,
    OpenIdConfig,
    UserPoolConfig,
)
from localcloud.appsync.errors import NotLoaded
from localcloud.appsync.events.definition import HandlerConfig, Namespace
from localcloud.appsync.events.loader import list_event_apis, load_event_api

POOL = {"userPoolId": "pool", "awsRegion": "eu-west-1", "appIdClientRegex": "x.*"}
RECORDS: dict[str, list[Any]] = {
    "channelNamespaces": [
        {"name": "plain", "publishAuthModes": [], "subscribeAuthModes": []},
        {
            "name": "own",
            "publishAuthModes": [{"authType": "AWS_LAMBDA"}],
            "codeHandlers": "export …",
            "handlerConfigs": {
                "onPublish": {"behavior": "CODE", "integration": {"dataSourceName": "nothing"}},
                "onSubscribe": {
                    "behavior": "DIRECT",
                    "integration": {"dataSourceName": "f", "lambdaConfig": {"invokeType": "EVENT"}},
                },
            },
        },
    ],
    "dataSources": [{"name": "nothing", "type": "NONE"}],
    "apiKeys": [{"id": "da2-x", "expires": 1_800_000_000}],
    "apis": [
        {"apiId": "a", "name": "A", "dns": {"HTTP": "127.0.0.1:4570", "REALTIME": "127.0.0.1:4570"}},
        {"apiId": "b", "name": "B", "dns": {"HTTP": "b.appsync-api.us-east-1.amazonaws.com"}},
        {"apiId": "c", "name": "C"},
    ],
}
KEYS = {
    "list_channel_namespaces": "channelNamespaces",
    "list_data_sources": "dataSources",
    "list_api_keys": "apiKeys",
    "list_apis": "apis",
}
CONFIG = {
    "authProviders": [
        {"authType": "AMAZON_COGNITO_USER_POOLS", "cognitoConfig": POOL},
        {"authType": "OPENID_CONNECT", "openIDConnectConfig": {"issuer": "https://i", "authTTL": 5}},
        {"authType": "AWS_LAMBDA", "lambdaAuthorizerConfig": {"authorizerUri": "arn:f"}},
        {"authType": "AWS_IAM"},
    ],
    "connectionAuthModes": [{"authType": "AWS_IAM"}, {"authType": "OPENID_CONNECT"}],
    "defaultPublishAuthModes": [{"authType": "AWS_IAM"}],
    "defaultSubscribeAuthModes": [{"authType": "AMAZON_COGNITO_USER_POOLS"}],
}


class FakeControlPlane:
    """The control plane's answers, one record to a page."""

    def get_api(self, apiId: str) -> Any:  # noqa: N803 - boto3's name
        if apiId != "abc":
            raise ClientError({"Error": {"Code": "NotFoundException", "Message": "No API"}}, "GetApi")
        return {"api": {"apiId": apiId, "name": "live", "eventConfig": CONFIG}}

    def get_paginator(self, call: str) -> Any:
        class Paginator:
            def paginate(self, **_: Any) -> Iterator[Any]:
                for record in RECORDS[KEYS[call]]:
                    yield {KEYS[call]: [record]}

        return Paginator()


CLIENT: Any = FakeControlPlane()


def test_an_event_api_is_read_from_the_control_plane() -> None:
    api = load_event_api(CLIENT, "abc", region="us-east-1", account="1")
    assert (api.id, api.name, api.region, api.account) == ("abc", "live", "us-east-1", "1")
    assert api.auth_modes == (
        AuthMode(
            "AMAZON_COGNITO_USER_POOLS",
            user_pool=UserPoolConfig("pool", "eu-west-1", app_id_client_regex="x.*"),
        ),
        AuthMode("OPENID_CONNECT", open_id=OpenIdConfig("https://i", None, 0, 5)),
        AuthMode("AWS_LAMBDA", lambda_authorizer=LambdaAuthorizerConfig("arn:f")),
        AuthMode("AWS_IAM"),
    )
    assert api.connect_modes == {"AWS_IAM", "OPENID_CONNECT"}
    assert api.namespaces == {
        "plain": Namespace("plain", frozenset({"AWS_IAM"}), frozenset({"AMAZON_COGNITO_USER_POOLS"})),
        "own": Namespace(
            "own",
            frozenset({"AWS_LAMBDA"}),
            frozenset({"AMAZON_COGNITO_USER_POOLS"}),
            "export …",
            HandlerConfig("CODE", "nothing"),
            HandlerConfig("DIRECT", "f", "EVENT"),
        ),
    }
    assert api.data_sources == {"nothing": DataSource("nothing", "NONE")}
    assert [key.id for key in api.api_keys] == ["da2-x"]


def test_missing_event_api_is_not_loaded() -> None:
    with pytest.raises(NotLoaded, match=r"The Event API other is not ready: .*No API"):
        load_event_api(CLIENT, "other", region="us-east-1", account="1")


def test_list_has_the_ports_of_served_event_apis() -> None:
    assert list_event_apis(CLIENT) == [("a", "A", 4570), ("b", "B", 0), ("c", "C", 0)]
