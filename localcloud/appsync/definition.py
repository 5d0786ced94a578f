"""What an AppSync API *is*: the frozen model that the loader reads and everything else serves.

The names are those of AppSync's control plane, so that a value here can be found again in a template.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Final, Literal, TypeAlias

JSON: TypeAlias = "dict[str, JSON] | list[JSON] | str | int | float | bool | None"
"""Any JSON document, decoded."""

AuthType = Literal["API_KEY", "AWS_IAM", "AMAZON_COGNITO_USER_POOLS", "OPENID_CONNECT", "AWS_LAMBDA"]
ResolverKind = Literal["UNIT", "PIPELINE"]
Runtime = Literal["APPSYNC_JS", "VTL"]
CachingBehavior = Literal["FULL_REQUEST_CACHING", "PER_RESOLVER_CACHING", "OPERATION_LEVEL_CACHING"]


@dataclass(frozen=True)
class LambdaConfig:
    """Where a data source of type ``AWS_LAMBDA`` sends its payload."""

    function_arn: str


@dataclass(frozen=True)
class DeltaSyncConfig:
    """Where a versioned table's writes are recorded, and how long what is deleted, or recorded, is kept."""

    table: str
    base_ttl_minutes: int
    delta_ttl_minutes: int


@dataclass(frozen=True)
class DynamoDBConfig:
    """The table of a data source of type ``AMAZON_DYNAMODB``; ``delta`` makes it a versioned one."""

    table: str
    region: str
    delta: DeltaSyncConfig | None = None


@dataclass(frozen=True)
class HttpConfig:
    """The endpoint of a data source of type ``HTTP``; signed with IAM when it names a service."""

    endpoint: str
    signing_service: str | None = None
    signing_region: str | None = None


@dataclass(frozen=True)
class EventBridgeConfig:
    """The event bus of a data source of type ``AMAZON_EVENTBRIDGE``."""

    event_bus_arn: str


DataSourceConfig = LambdaConfig | DynamoDBConfig | HttpConfig | EventBridgeConfig
SERVED_SOURCES: Final = frozenset({"NONE", "AWS_LAMBDA", "AMAZON_DYNAMODB", "HTTP", "AMAZON_EVENTBRIDGE"})
"""The types of data source that can be asked here."""


@dataclass(frozen=True)
class DataSource:
    """A data source. ``config`` is None for ``NONE`` and for the types that are not supported.

    ``type`` is AppSync's own word (``NONE``, ``AWS_LAMBDA``, ``AMAZON_DYNAMODB``, ``HTTP``, and those
    not served, such as ``AMAZON_OPENSEARCH_SERVICE``), so that a warning can quote it.
    """

    name: str
    type: str
    config: DataSourceConfig | None = None
    role_arn: str | None = None


@dataclass(frozen=True)
class PipelineFunction:
    """One step of a pipeline.

    ``runtime`` is ``APPSYNC_JS`` with ``code``, ``VTL`` with mapping templates (either may be missing),
    or None for a direct Lambda step, which has neither.
    """

    id: str
    name: str
    data_source: str
    code: str
    runtime: Runtime | None = "APPSYNC_JS"
    max_batch_size: int = 0
    request_template: str | None = None
    response_template: str | None = None


@dataclass(frozen=True)
class CachingConfig:
    """What a resolver caches: for how long, and which parts of the request form its key.

    ``keys`` are AppSync's own words, such as ``$context.arguments.id``.
    """

    ttl_seconds: int
    keys: tuple[str, ...] = ()


@dataclass(frozen=True)
class ApiCacheConfig:
    """An API's cache."""

    behavior: CachingBehavior
    ttl_seconds: int


@dataclass(frozen=True)
class Resolver:
    """What resolves one field.

    ``runtime`` is ``APPSYNC_JS`` with ``code``, ``VTL`` with mapping templates (either may be missing),
    or None for a direct Lambda resolver, which has neither.
    """

    type_name: str
    field_name: str
    kind: ResolverKind = "UNIT"
    data_source: str | None = None
    function_ids: tuple[str, ...] = ()
    code: str | None = None
    runtime: Runtime | None = "APPSYNC_JS"
    max_batch_size: int = 0
    request_template: str | None = None
    response_template: str | None = None
    caching: CachingConfig | None = None


@dataclass(frozen=True)
class UserPoolConfig:
    """A Cognito user pool as an authorization provider.

    ``default_action`` matters where the pool is the API's default mode: with ``DENY`` a field without
    ``@aws_auth``/``@aws_cognito_user_pools`` is refused. ``app_id_client_regex`` limits the clients.
    """

    user_pool_id: str
    region: str
    default_action: Literal["ALLOW", "DENY"] = "ALLOW"
    app_id_client_regex: str | None = None


@dataclass(frozen=True)
class OpenIdConfig:
    """An OpenID Connect issuer; the two times to live are in milliseconds, 0 for none."""

    issuer: str
    client_id: str | None = None
    iat_ttl_ms: int = 0
    auth_ttl_ms: int = 0


@dataclass(frozen=True)
class LambdaAuthorizerConfig:
    """A Lambda authorizer; its answers are kept for ``ttl_seconds``, 0 to 3600."""

    function_arn: str
    ttl_seconds: int = 0
    identity_validation_expression: str | None = None


@dataclass(frozen=True)
class AuthMode:
    """One authorization provider of an API; at most one of the configurations is set, as ``type`` says."""

    type: AuthType
    user_pool: UserPoolConfig | None = None
    open_id: OpenIdConfig | None = None
    lambda_authorizer: LambdaAuthorizerConfig | None = None


@dataclass(frozen=True)
class ApiKey:
    """An API key; ``expires`` is rounded down to the hour by AppSync itself."""

    id: str = field(repr=False)
    expires: datetime


@dataclass(frozen=True)
class ApiDefinition:
    """A whole API: schema, resolvers and who may call.

    Attributes
    ----------
    resolvers
        By ``(type name, field name)``.
    functions
        By function id, which is what a pipeline resolver names.
    data_sources
        By name.
    query_depth_limit, resolver_count_limit
        0 means AppSync's own defaults (75 levels, 10,000 resolvers).
    cache
        None when the API has no cache, whatever its resolvers say about caching.
    warnings
        What the loader found and nothing here serves, each naming the resource.
    """

    id: str
    name: str
    schema_sdl: str
    default_auth: AuthMode
    additional_auth: tuple[AuthMode, ...] = ()
    data_sources: Mapping[str, DataSource] = field(default_factory=lambda: MappingProxyType({}))
    functions: Mapping[str, PipelineFunction] = field(default_factory=lambda: MappingProxyType({}))
    resolvers: Mapping[tuple[str, str], Resolver] = field(default_factory=lambda: MappingProxyType({}))
    api_keys: tuple[ApiKey, ...] = ()
    environment: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    introspection: bool = True
    query_depth_limit: int = 0
    resolver_count_limit: int = 0
    region: str = "us-east-1"
    account: str = "000000000000"
    cache: ApiCacheConfig | None = None
    warnings: tuple[str, ...] = ()
    xray: bool = False

    @property
    def auth_modes(self) -> tuple[AuthMode, ...]:
        """Return every provider, the default one first."""
        return (self.default_auth, *self.additional_auth)

    def may_wait(self, type_name: str, field_name: str) -> bool:
        """Return whether a field's resolver may ask a data source outside; one that is not known may."""
        resolver = self.resolvers.get((type_name, field_name))
        if resolver is None:
            return True
        names = [resolver.data_source]
        if resolver.kind == "PIPELINE":
            functions = map(self.functions.get, resolver.function_ids)
            names = [None if function is None else function.data_source for function in functions]
        sources = [self.data_sources.get(name or "") for name in names]
        return any(source is None or source.type != "NONE" for source in sources)
