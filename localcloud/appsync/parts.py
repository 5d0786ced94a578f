"""What both kinds of API have, read out of the control plane: modes, data sources and keys."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, cast

from localcloud.appsync.definition import (
    ApiKey,
    AuthMode,
    AuthType,
    DataSource,
    DataSourceConfig,
    DeltaSyncConfig,
    DynamoDBConfig,
    EventBridgeConfig,
    HttpConfig,
    LambdaAuthorizerConfig,
    LambdaConfig,
    OpenIdConfig,
    UserPoolConfig,
)

if TYPE_CHECKING:
    from mypy_boto3_appsync import AppSyncClient

# What boto3 gives is typed dictionaries, deep and mostly optional: they are read here, and in the loaders.
Record = Mapping[str, Any]


def pages(client: AppSyncClient, call: str, key: str, **arguments: str) -> Iterable[Record]:
    """Yield the records of every page that a call answers."""
    paginator = client.get_paginator(cast("Any", call))
    for page in paginator.paginate(**cast("Any", arguments)):
        yield from cast("Record", page).get(key, ())


def _delta(table: Record) -> DeltaSyncConfig | None:
    delta = table.get("deltaSyncConfig")
    if not table.get("versioned") or not delta:
        return None
    return DeltaSyncConfig(
        delta["deltaSyncTableName"], int(delta["baseTableTTL"]), int(delta["deltaSyncTableTTL"])
    )


def _source_config(record: Record, region: str) -> DataSourceConfig | None:
    match record["type"]:
        case "AWS_LAMBDA":
            return LambdaConfig(record["lambdaConfig"]["lambdaFunctionArn"])
        case "AMAZON_DYNAMODB":
            table = record["dynamodbConfig"]
            return DynamoDBConfig(table["tableName"], table.get("awsRegion") or region, _delta(table))
        case "HTTP":
            http = record["httpConfig"]
            signing = (http.get("authorizationConfig") or {}).get("awsIamConfig") or {}
            return HttpConfig(
                http["endpoint"],
                signing.get("signingServiceName") or None,
                signing.get("signingRegion") or None,
            )
        case "AMAZON_EVENTBRIDGE":
            return EventBridgeConfig(record["eventBridgeConfig"]["eventBusArn"])
        case _:
            return None


def load_auth_mode(kind: AuthType, record: Record, pool: Record, region: str) -> AuthMode:
    """Return one way to authorize of an API of either kind; they name it, and its user pool, differently."""
    oidc = record.get("openIDConnectConfig") or {}
    authorizer = record.get("lambdaAuthorizerConfig") or {}
    return AuthMode(
        kind,
        user_pool=UserPoolConfig(
            pool["userPoolId"],
            pool.get("awsRegion") or region,
            "DENY" if pool.get("defaultAction") == "DENY" else "ALLOW",  # an Event API's has none
            pool.get("appIdClientRegex") or None,
        )
        if kind == "AMAZON_COGNITO_USER_POOLS" and pool
        else None,
        open_id=OpenIdConfig(
            oidc["issuer"],
            oidc.get("clientId") or None,
            int(oidc.get("iatTTL") or 0),
            int(oidc.get("authTTL") or 0),
        )
        if kind == "OPENID_CONNECT" and oidc
        else None,
        lambda_authorizer=LambdaAuthorizerConfig(
            authorizer["authorizerUri"],
            int(authorizer.get("authorizerResultTtlInSeconds") or 0),
            authorizer.get("identityValidationExpression") or None,
        )
        if kind == "AWS_LAMBDA" and authorizer
        else None,
    )


def load_data_sources(client: AppSyncClient, api_id: str, region: str) -> list[DataSource]:
    """Return the data sources of an API of either kind. It blocks."""
    return [
        DataSource(r["name"], r["type"], _source_config(r, region), r.get("serviceRoleArn"))
        for r in pages(client, "list_data_sources", "dataSources", apiId=api_id)
    ]


def load_api_keys(client: AppSyncClient, api_id: str) -> list[ApiKey]:
    """Return the keys of an API of either kind. It blocks."""
    return [
        ApiKey(r["id"], datetime.fromtimestamp(r["expires"], UTC))
        for r in pages(client, "list_api_keys", "apiKeys", apiId=api_id)
    ]
