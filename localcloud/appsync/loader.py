"""Reads a GraphQL API out of the control plane, so that whatever tool deployed it can be served."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

from botocore.exceptions import BotoCoreError, ClientError
from graphql import GraphQLError, ObjectTypeDefinitionNode, ObjectTypeExtensionNode

from localcloud.appsync.definition import (
    ApiCacheConfig,
    ApiDefinition,
    AuthMode,
    CachingConfig,
    PipelineFunction,
    Resolver,
    Runtime,
)
from localcloud.appsync.errors import NoSchema, NotLoaded
from localcloud.appsync.execution.schema import parsed
from localcloud.appsync.parts import Record as _Record
from localcloud.appsync.parts import load_api_keys, load_auth_mode, load_data_sources, pages

if TYPE_CHECKING:
    from mypy_boto3_appsync import AppSyncClient

_Value = TypeVar("_Value")


def _frozen(values: Mapping[Any, _Value]) -> Mapping[Any, _Value]:
    return MappingProxyType(dict(values))


def _auth_mode(record: _Record, region: str) -> AuthMode:
    return load_auth_mode(record["authenticationType"], record, record.get("userPoolConfig") or {}, region)


def _runtime(record: _Record) -> Runtime | None:
    """JavaScript where there is code, VTL where there are templates, else a direct Lambda resolver."""
    if record.get("code") or (record.get("runtime") or {}).get("name") == "APPSYNC_JS":
        return "APPSYNC_JS"
    if record.get("requestMappingTemplate") or record.get("responseMappingTemplate"):
        return "VTL"
    return None


def _caching(record: _Record) -> CachingConfig | None:
    config = record.get("cachingConfig")
    return CachingConfig(int(config["ttl"]), tuple(config.get("cachingKeys") or ())) if config else None


def _resolver(record: _Record) -> Resolver:
    return Resolver(
        record["typeName"],
        record["fieldName"],
        kind="PIPELINE" if record.get("kind") == "PIPELINE" else "UNIT",
        data_source=record.get("dataSourceName") or None,
        function_ids=tuple((record.get("pipelineConfig") or {}).get("functions") or ()),
        code=record.get("code") or None,
        runtime=_runtime(record),
        max_batch_size=int(record.get("maxBatchSize") or 0),
        request_template=record.get("requestMappingTemplate") or None,
        response_template=record.get("responseMappingTemplate") or None,
        caching=_caching(record),
    )


def _function(record: _Record) -> PipelineFunction:
    return PipelineFunction(
        record["functionId"],
        record["name"],
        record["dataSourceName"],
        record.get("code") or "",
        runtime=_runtime(record),
        max_batch_size=int(record.get("maxBatchSize") or 0),
        request_template=record.get("requestMappingTemplate") or None,
        response_template=record.get("responseMappingTemplate") or None,
    )


def _type_names(sdl: str) -> list[str]:
    """Return the object types: the control plane lists resolvers type by type."""
    try:
        document = parsed(sdl)
    except GraphQLError as problem:
        raise NotLoaded(f"The schema cannot be read: {problem}") from None
    nodes = (ObjectTypeDefinitionNode, ObjectTypeExtensionNode)
    return list(dict.fromkeys(n.name.value for n in document.definitions if isinstance(n, nodes)))


def _cache(client: AppSyncClient, api_id: str) -> ApiCacheConfig | None:
    try:
        record = client.get_api_cache(apiId=api_id)["apiCache"]
    except ClientError as problem:
        if problem.response["Error"]["Code"] == "NotFoundException":
            return None
        raise
    return ApiCacheConfig(record["apiCachingBehavior"], int(record["ttl"]))


def _warnings(api: _Record) -> tuple[str, ...]:
    where = f"AppSync API {api['name']}"
    if api.get("apiType", "GRAPHQL") != "GRAPHQL":
        return (f"{where}: ApiType {api['apiType']} is not supported.",)
    return ()


def load_api(client: AppSyncClient, api_id: str, *, region: str, account: str) -> ApiDefinition:
    """Return an API as the control plane has it now. It blocks: call it in a thread.

    Raises
    ------
    NoSchema
        When it has none yet.
    NotLoaded
        When there is no such API, or the control plane does not answer.
    """
    try:
        api: _Record = client.get_graphql_api(apiId=api_id)["graphqlApi"]
        sdl = client.get_introspection_schema(apiId=api_id, format="SDL")["schema"].read().decode()
        sources = load_data_sources(client, api_id, region)
        functions = [_function(r) for r in pages(client, "list_functions", "functions", apiId=api_id)]
        resolvers = [
            _resolver(r)
            for name in _type_names(sdl)
            for r in pages(client, "list_resolvers", "resolvers", apiId=api_id, typeName=name)
        ]
        keys = load_api_keys(client, api_id)
        cache = _cache(client, api_id)
        environment = client.get_graphql_api_environment_variables(apiId=api_id).get("environmentVariables")
    except (ClientError, BotoCoreError) as problem:
        if isinstance(problem, ClientError) and problem.response["Error"]["Code"] == "GraphQLSchemaException":
            raise NoSchema(f"The API {api_id} has no schema.") from None
        raise NotLoaded(f"The API {api_id} is not ready: {problem}") from None
    return ApiDefinition(
        id=api_id,
        name=api["name"],
        schema_sdl=sdl,
        default_auth=_auth_mode(api, region),
        additional_auth=tuple(
            _auth_mode(r, region) for r in api.get("additionalAuthenticationProviders") or ()
        ),
        data_sources=_frozen({s.name: s for s in sources}),
        functions=_frozen({f.id: f for f in functions}),
        resolvers=_frozen({(r.type_name, r.field_name): r for r in resolvers}),
        api_keys=tuple(keys),
        environment=_frozen(environment or {}),
        introspection=api.get("introspectionConfig") != "DISABLED",
        query_depth_limit=int(api.get("queryDepthLimit") or 0),
        resolver_count_limit=int(api.get("resolverCountLimit") or 0),
        region=region,
        account=account,
        cache=cache,
        warnings=_warnings(api),
        xray=bool(api.get("xrayEnabled")),
    )


def list_apis(client: AppSyncClient) -> list[tuple[str, str]]:
    """Return the id and name of every GraphQL API in the control plane. It blocks."""
    return [(r["apiId"], r["name"]) for r in pages(client, "list_graphql_apis", "graphqlApis")]


def addressed_ports(client: AppSyncClient) -> list[tuple[str, str, int]]:
    """Return the id, name and port of every GraphQL API whose address is on this machine. It blocks."""
    ports: list[tuple[str, str, int]] = []
    for record in pages(client, "list_graphql_apis", "graphqlApis"):
        address = urlsplit(str((record.get("uris") or {}).get("GRAPHQL", "")))
        if address.hostname == "127.0.0.1" and address.port:
            ports.append((record["apiId"], record["name"], address.port))
    return ports
