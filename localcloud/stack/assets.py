"""Which properties of a template may name a local path, and what AWS wants in its place.

Source: https://docs.aws.amazon.com/cli/latest/reference/cloudformation/package.html
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from localcloud.stack.document import Json

Form = Literal["url", "bucket-key", "s3bucket-s3key"]


@dataclass(frozen=True)
class Asset:
    """One property that may name a local path.

    Attributes
    ----------
    zipped
        Whether what it names becomes an archive.
    form
        How an S3 location is written in its place.
    default
        Whether the template's own folder is meant where the property is missing.
    """

    zipped: bool
    form: Form
    default: bool = False


_FILE: Final = Asset(zipped=False, form="url")
_LOCATION: Final = Asset(zipped=False, form="bucket-key")
_TEMPLATES: Final = {
    "CodeS3Location": _FILE,
    "RequestMappingTemplateS3Location": _FILE,
    "ResponseMappingTemplateS3Location": _FILE,
}
ASSETS: Final[dict[str, dict[str, Asset]]] = {
    "AWS::Lambda::Function": {"Code": Asset(zipped=True, form="s3bucket-s3key")},
    "AWS::Lambda::LayerVersion": {"Content": Asset(zipped=True, form="s3bucket-s3key")},
    "AWS::AppSync::GraphQLSchema": {"DefinitionS3Location": _FILE},
    "AWS::AppSync::Resolver": _TEMPLATES,
    "AWS::AppSync::FunctionConfiguration": _TEMPLATES,
    "AWS::AppSync::ChannelNamespace": {"CodeS3Location": _FILE},
    "AWS::StepFunctions::StateMachine": {"DefinitionS3Location": _LOCATION},
    "AWS::ApiGateway::RestApi": {"BodyS3Location": _LOCATION},
    "AWS::ApiGatewayV2::Api": {"BodyS3Location": _LOCATION},
    "AWS::Serverless::Function": {"CodeUri": Asset(zipped=True, form="url", default=True)},
    "AWS::Serverless::LayerVersion": {"ContentUri": Asset(zipped=True, form="url", default=True)},
    "AWS::Serverless::Api": {"DefinitionUri": _FILE},
    "AWS::Serverless::HttpApi": {"DefinitionUri": _FILE},
    "AWS::Serverless::StateMachine": {"DefinitionUri": _FILE},
    "AWS::Serverless::GraphQLApi": {
        "SchemaUri": _FILE,
        "Resolvers.*.*.CodeUri": _FILE,
        "Functions.*.CodeUri": _FILE,
    },
}


def places(values: dict[str, Json], pattern: str) -> Iterator[tuple[dict[str, Json], str]]:
    """Yield the mappings and their keys that a dotted pattern names; ``*`` stands for every key."""
    name, _, rest = pattern.partition(".")
    for key in list(values) if name == "*" else [name]:
        below = values.get(key)
        if not rest:
            yield values, key
        elif isinstance(below, dict):
            yield from places(below, rest)


def local_path(value: Json, base: Path) -> Path | None:
    """Return the path that a property names, or None when it already is a location or an intrinsic."""
    if not isinstance(value, str) or value.startswith(("s3://", "https://", "http://")):
        return None
    return (base / value).resolve()
