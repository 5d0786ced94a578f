"""The operations of the start: how each is sent, and how its pages follow.

The values are those of botocore's models (``tests/aws/test_plain.py`` holds them against those).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Operation:
    """One operation.

    Attributes
    ----------
    name
        As the service calls it: ``GetFunction``.
    path
        With the names of members in braces; empty where a form names the operation.
    query
        The members that the query carries, under their own names.
    pages
        The member that takes the token of the next page, and the one that gives it.
    payload
        The member that is the answer's whole body, if there is one.
    renamed
        Members of the answer that botocore calls otherwise.
    body
        The member that is the request's body; a form has none.
    """

    name: str
    path: str = ""
    query: tuple[str, ...] = ()
    pages: tuple[str, str] | None = None
    payload: str = ""
    renamed: Mapping[str, str] | None = None
    method: str = "GET"
    body: str = ""


@dataclass(frozen=True)
class Service:
    """A service's operations by their methods' names.

    Attributes
    ----------
    version
        Of the API; only a form has to name it.
    times
        Members that are times.
    lists
        Members of an answer in XML that are lists.
    """

    operations: Mapping[str, Operation]
    version: str = ""
    times: frozenset[str] = frozenset()
    lists: frozenset[str] = frozenset()
    json: bool = False
    """Whether it answers in JSON, else in XML."""


_LISTED: Final = ("nextToken", "maxResults")
_TOKENS: Final = ("nextToken", "nextToken")
_API: Final = "/v1/apis/{apiId}"
_MARKED: Final = ("Marker", "MaxItems")
_MARKS: Final = ("Marker", "NextMarker")
_NEXT: Final = ("NextToken", "NextToken")

_REST: Final = "/restapis/{restApiId}"


def _listing(name: str, path: str, *query: str) -> Operation:
    """Return an operation of API Gateway that lists something."""
    pages = ("position", "position")
    return Operation(name, path, ("position", "limit", *query), pages, renamed={"item": "items"})


SERVICES: Final[Mapping[str, Service]] = {
    "appsync": Service(
        {
            "get_graphql_api": Operation("GetGraphqlApi", _API),
            "list_graphql_apis": Operation("ListGraphqlApis", "/v1/apis", _LISTED, _TOKENS),
            "get_introspection_schema": Operation(
                "GetIntrospectionSchema", f"{_API}/schema", ("format", "includeDirectives"), payload="schema"
            ),
            "list_data_sources": Operation("ListDataSources", f"{_API}/datasources", _LISTED, _TOKENS),
            "list_functions": Operation("ListFunctions", f"{_API}/functions", _LISTED, _TOKENS),
            "list_resolvers": Operation(
                "ListResolvers", f"{_API}/types/{{typeName}}/resolvers", _LISTED, _TOKENS
            ),
            "list_api_keys": Operation("ListApiKeys", f"{_API}/apikeys", _LISTED, _TOKENS),
            "get_api_cache": Operation("GetApiCache", f"{_API}/ApiCaches"),
            "get_graphql_api_environment_variables": Operation(
                "GetGraphqlApiEnvironmentVariables", f"{_API}/environmentVariables"
            ),
            "list_apis": Operation("ListApis", "/v2/apis", _LISTED, _TOKENS),
            "get_api": Operation("GetApi", "/v2/apis/{apiId}"),
            "list_channel_namespaces": Operation(
                "ListChannelNamespaces", "/v2/apis/{apiId}/channelNamespaces", _LISTED, _TOKENS
            ),
        },
        times=frozenset({"created", "lastModified"}),
        json=True,
    ),
    "lambda": Service(
        {
            "get_function": Operation("GetFunction", "/2015-03-31/functions/{FunctionName}", ("Qualifier",)),
            "list_functions": Operation("ListFunctions", "/2015-03-31/functions", _MARKED, _MARKS),
            "get_function_event_invoke_config": Operation(
                "GetFunctionEventInvokeConfig",
                "/2019-09-25/functions/{FunctionName}/event-invoke-config",
                ("Qualifier",),
            ),
            "list_event_source_mappings": Operation(
                "ListEventSourceMappings",
                "/2015-03-31/event-source-mappings",
                ("EventSourceArn", "FunctionName", *_MARKED),
                _MARKS,
            ),
        },
        # A function's LastModified is text; the times of the others are numbers.
        times=frozenset({"LastModified", "StartingPositionTimestamp"}),
        json=True,
    ),
    "apigateway": Service(
        {
            "get_rest_apis": _listing("GetRestApis", "/restapis"),
            "get_authorizers": _listing("GetAuthorizers", f"{_REST}/authorizers"),
            "get_resources": _listing("GetResources", f"{_REST}/resources", "embed"),
            "get_stages": Operation("GetStages", f"{_REST}/stages", ("deploymentId",)),
            "get_request_validators": _listing("GetRequestValidators", f"{_REST}/requestvalidators"),
            "get_gateway_responses": _listing("GetGatewayResponses", f"{_REST}/gatewayresponses"),
            "get_models": _listing("GetModels", f"{_REST}/models"),
            "get_api_keys": _listing("GetApiKeys", "/apikeys", "customerId", "includeValues"),
            "get_usage_plans": _listing("GetUsagePlans", "/usageplans", "keyId"),
            "get_usage_plan_keys": _listing("GetUsagePlanKeys", "/usageplans/{usagePlanId}/keys"),
        },
        times=frozenset({"createdDate", "lastUpdatedDate"}),
        json=True,
    ),
    "s3": Service(
        {
            "create_bucket": Operation("CreateBucket", "/{Bucket}", method="PUT"),
            "put_object": Operation("PutObject", "/{Bucket}/{Key}", method="PUT", body="Body"),
        }
    ),
    "cloudformation": Service(
        {
            "create_change_set": Operation("CreateChangeSet"),
            "describe_change_set": Operation("DescribeChangeSet", pages=_NEXT),
            "execute_change_set": Operation("ExecuteChangeSet"),
            "delete_change_set": Operation("DeleteChangeSet"),
            "describe_stacks": Operation("DescribeStacks", pages=_NEXT),
            "describe_stack_events": Operation("DescribeStackEvents", pages=_NEXT),
            "list_stack_resources": Operation("ListStackResources", pages=_NEXT),
        },
        version="2010-05-15",
        times=frozenset({"Timestamp", "CreationTime", "LastUpdatedTime", "DeletionTime"}),
        lists=frozenset({"Stacks", "Outputs", "Parameters", "Tags", "StackEvents", "StackResourceSummaries",
                         "Changes", "Capabilities", "Scope", "Details", "NotificationARNs"}),
    ),
}  # fmt: skip
