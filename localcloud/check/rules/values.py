"""Values that AWS refuses whatever else a template holds: beyond a limit, or none of those that there are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from localcloud.check.finding import Finding, Severity
from localcloud.check.positions import Positions
from localcloud.check.reading import AUTH_TYPES
from localcloud.check.values import whole_number
from localcloud.stack.template import Json, properties, resources

_FUNCTIONS: Final = frozenset({"AWS::Lambda::Function", "AWS::Serverless::Function"})
_RANGES: Final[Mapping[str, tuple[int, int, str]]] = {
    "Timeout": (1, 900, "seconds"),
    "MemorySize": (128, 10_240, "MB"),
}
_STEPS: Final = frozenset({"AWS::AppSync::Resolver", "AWS::AppSync::FunctionConfiguration"})
_TEMPLATES: Final = (
    *("RequestMappingTemplate", "RequestMappingTemplateS3Location"),
    *("ResponseMappingTemplate", "ResponseMappingTemplateS3Location"),
)
_SOURCES: Final = frozenset(
    [
        *("AWS_LAMBDA", "AMAZON_DYNAMODB", "AMAZON_ELASTICSEARCH", "AMAZON_OPENSEARCH_SERVICE", "NONE"),
        *("HTTP", "RELATIONAL_DATABASE", "AMAZON_EVENTBRIDGE", "AMAZON_BEDROCK_RUNTIME"),
    ]
)


def check_values(template: dict[str, Json], places: Positions) -> Iterator[Finding]:
    """Find such values; what is known only when the template is deployed is left alone."""
    for logical_id, resource in resources(template).items():
        kind, values = str(resource["Type"]), properties(resource)
        if kind in _FUNCTIONS:
            problems = _function(values)
        elif kind == "AWS::AppSync::GraphQLApi":
            problems = _api(values)
        elif kind == "AWS::AppSync::DataSource":
            problems = _one_of("Type", values.get("Type"), _SOURCES)
        elif kind in _STEPS:
            problems = _step(values)
        else:
            continue
        for name, rule, message in problems:
            yield Finding(places.of(logical_id, name), Severity.ERROR, rule, f"{logical_id}: {message}")


_Problems = Iterator[tuple[str, str, str]]


def _function(values: Mapping[str, Json]) -> _Problems:
    for name, (least, most, unit) in _RANGES.items():
        number = whole_number(values.get(name))
        if number is not None and not least <= number <= most:
            yield name, "value-range", f"{name} is {number} {unit}, and AWS takes {least} to {most:,}"


def _api(values: Mapping[str, Json]) -> _Problems:
    default = values.get("AuthenticationType")
    yield from _one_of("AuthenticationType", default, AUTH_TYPES)
    others = values.get("AdditionalAuthenticationProviders")
    for other in others if isinstance(others, list) else []:
        kind = other.get("AuthenticationType") if isinstance(other, dict) else None
        for _name, rule, message in _one_of("AuthenticationType", kind, AUTH_TYPES):
            yield "AdditionalAuthenticationProviders", rule, message


def _step(values: Mapping[str, Json]) -> _Problems:
    name = next((name for name in ("Code", "CodeS3Location") if name in values), None)
    if name is None:
        return
    beside = next((other for other in _TEMPLATES if other in values), None)
    # AWS says the same of both.
    if beside is not None:
        yield name, "code-refused", f"Code not supported when using templates: {beside} stands beside it"
    elif "Runtime" not in values:
        reason = "Code not supported when using templates: there is no Runtime (APPSYNC_JS, 1.0.0)"
        yield name, "code-refused", reason


def _one_of(name: str, value: Json, allowed: Mapping[str, object] | frozenset[str]) -> _Problems:
    if isinstance(value, str) and value not in allowed:
        yield name, "value-unknown", f"{name} is {value}, and there are {', '.join(sorted(allowed))}"
