"""From a template's properties to the members of the API."""

from __future__ import annotations

from typing import Any, Final

from localcloud.engine.patching import Record

# Members whose value is a structure: its names are the API's too. Of all others the names are the user's.
_STRUCTURES: Final = frozenset(
    {"corsConfiguration", "accessLogSettings", "defaultRouteSettings", "jwtConfiguration", "tlsConfig"}
)
_BY_NAME: Final = frozenset({"routeSettings", "requestParameters"})
_NUMBERS: Final = frozenset(
    {
        "timeoutInMillis",
        "authorizerResultTtlInSeconds",
        "maxAge",
        "throttlingBurstLimit",
        "throttlingRateLimit",
    }
)
_FLAGS: Final = frozenset(
    {
        *("apiKeyRequired", "autoDeploy", "disableSchemaValidation", "disableExecuteApiEndpoint"),
        *("enableSimpleResponses", "allowCredentials", "required", "detailedMetricsEnabled"),
        "dataTraceEnabled",
    }
)


def members(properties: Record) -> Record:
    """Return the members that a resource's properties stand for.

    Examples
    --------
    >>> members({"StageName": "live", "AutoDeploy": "true", "StageVariables": {"Color": "blue"}})
    {'stageName': 'live', 'autoDeploy': True, 'stageVariables': {'Color': 'blue'}}
    """
    return {name: _value(name, value) for name, value in _lowered(properties).items()}


def _lowered(document: Record) -> Record:
    return {name[:1].lower() + name[1:]: value for name, value in document.items() if value is not None}


def _value(name: str, value: Any) -> Any:
    if isinstance(value, dict):
        return _structure(name, value)
    if not isinstance(value, str):
        return value
    if name in _NUMBERS and value.isdecimal():
        return int(value)
    return value.lower() == "true" if name in _FLAGS else value


def _structure(name: str, value: Record) -> Any:
    if name in _STRUCTURES:
        return members(value)
    if name in _BY_NAME:
        return {key: members(item) if isinstance(item, dict) else item for key, item in value.items()}
    if name == "responseParameters":
        return {key: _response_parameters(item) for key, item in value.items()}
    return value


def _response_parameters(value: Any) -> Any:
    """Return the mapping of a status; templates write it as a list, or as the API's own form."""
    if not isinstance(value, dict):
        return value
    listed = value.get("ResponseParameters")
    if isinstance(listed, list):
        return {str(item["Destination"]): str(item["Source"]) for item in listed}
    return members(value) if "Required" in value else value
