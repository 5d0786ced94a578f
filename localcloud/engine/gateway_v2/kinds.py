"""The members of each part of an API, by the names of the API (``CreateRoute`` and so on).

Source: botocore's model of ``apigatewayv2`` and the resource reference of CloudFormation.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final

_NONE: Final[Mapping[str, Any]] = MappingProxyType({})


@dataclass(frozen=True)
class Kind:
    """A kind of parts.

    Attributes
    ----------
    name
        As errors name it.
    id
        The member that holds its id.
    members
        What it takes.
    defaults
        What is there where nothing is said.
    required
        What must be said.
    """

    name: str
    id: str
    members: frozenset[str]
    defaults: Mapping[str, Any] = field(default_factory=lambda: _NONE)
    required: tuple[str, ...] = ()


def _kind(
    name: str,
    key: str,
    members: str,
    defaults: Mapping[str, Any] = _NONE,
    required: tuple[str, ...] = (),
) -> Kind:
    return Kind(name, key, frozenset(members.split()), defaults, required)


API: Final = _kind(
    "Api",
    "apiId",
    "name protocolType apiKeySelectionExpression corsConfiguration description disableSchemaValidation"
    " disableExecuteApiEndpoint ipAddressType routeSelectionExpression version tags",
    {
        "apiKeySelectionExpression": "$request.header.x-api-key",
        "disableExecuteApiEndpoint": False,
        "ipAddressType": "ipv4",
    },
    ("name", "protocolType"),
)
ROUTE: Final = _kind(
    "Route",
    "routeId",
    "apiKeyRequired authorizationScopes authorizationType authorizerId modelSelectionExpression"
    " operationName requestModels requestParameters routeKey routeResponseSelectionExpression target",
    {"apiKeyRequired": False, "authorizationType": "NONE"},
    ("routeKey",),
)
INTEGRATION: Final = _kind(
    "Integration",
    "integrationId",
    "connectionId connectionType contentHandlingStrategy credentialsArn description integrationMethod"
    " integrationSubtype integrationType integrationUri passthroughBehavior payloadFormatVersion"
    " requestParameters requestTemplates responseParameters templateSelectionExpression timeoutInMillis"
    " tlsConfig",
    {"connectionType": "INTERNET", "payloadFormatVersion": "1.0"},
    ("integrationType",),
)
AUTHORIZER: Final = _kind(
    "Authorizer",
    "authorizerId",
    "authorizerCredentialsArn authorizerPayloadFormatVersion authorizerResultTtlInSeconds authorizerType"
    " authorizerUri enableSimpleResponses identitySource identityValidationExpression jwtConfiguration name",
    required=("name", "authorizerType"),
)
STAGE: Final = _kind(
    "Stage",
    "stageName",
    "accessLogSettings autoDeploy clientCertificateId defaultRouteSettings deploymentId description"
    " routeSettings stageName stageVariables tags",
    {"autoDeploy": False, "defaultRouteSettings": {}, "routeSettings": {}, "stageVariables": {}, "tags": {}},
    ("stageName",),
)
MODEL: Final = _kind("Model", "modelId", "contentType description name schema", required=("name",))
ROUTE_RESPONSE: Final = _kind(
    "RouteResponse",
    "routeResponseId",
    "modelSelectionExpression responseModels responseParameters routeResponseKey",
    required=("routeResponseKey",),
)
INTEGRATION_RESPONSE: Final = _kind(
    "IntegrationResponse",
    "integrationResponseId",
    "contentHandlingStrategy integrationResponseKey responseParameters responseTemplates"
    " templateSelectionExpression",
    required=("integrationResponseKey",),
)
