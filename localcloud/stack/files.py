"""The local files that a template is made of, besides itself: what packaging would upload."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from localcloud.stack.cdk import with_local_assets
from localcloud.stack.package import ASSETS, local_path, places
from localcloud.stack.sam_globals import with_own_code
from localcloud.stack.template import Json, properties, resources


@dataclass(frozen=True)
class LocalFile:
    """A file or a folder that a property of a resource names.

    Attributes
    ----------
    property
        Its name, or for one further down its path, with ``*`` for what differs.
    zipped
        Whether a folder of this property becomes an archive.
    """

    logical_id: str
    resource_type: str
    property: str
    path: Path
    zipped: bool


def local_files(template: dict[str, Json], base: Path) -> list[LocalFile]:
    """Return what a template names on disk, whether it is there or not.

    Parameters
    ----------
    base
        The folder that relative paths start from: the template's own.

    Raises
    ------
    TemplateError
        A manifest of CDK's assets cannot be read.
    """
    found: list[LocalFile] = []
    for logical_id, resource in resources(with_own_code(with_local_assets(template, base))).items():
        kind = str(resource["Type"])
        for pattern, asset in ASSETS.get(kind, {}).items():
            for values, name in places(properties(resource), pattern):
                path = local_path(values.get(name), base)
                if path is not None:
                    found.append(LocalFile(logical_id, kind, pattern, path, asset.zipped))
    return found


_CODE: Final = {
    "CodeS3Location": ".js",
    "RequestMappingTemplateS3Location": ".request.vtl",
    "ResponseMappingTemplateS3Location": ".response.vtl",
}


def code_names(template: dict[str, Json], base: Path) -> dict[str, Path]:
    """Return where the code of resolvers and functions is, by the name that errors of a request have for it.

    Examples
    --------
    >>> values = {"TypeName": "Query", "FieldName": "order", "CodeS3Location": "js/order.js"}
    >>> template = {"Resources": {"R": {"Type": "AWS::AppSync::Resolver", "Properties": values}}}
    >>> code_names(template, Path("/x"))
    {'Query.order.js': PosixPath('/x/js/order.js')}
    """
    found: dict[str, Path] = {}
    for resource in resources(with_local_assets(template, base)).values():
        values = properties(resource)
        named: dict[str, Json] = {}
        match resource["Type"], values:
            case "AWS::AppSync::Resolver", {"TypeName": str(kind), "FieldName": str(name)}:
                named = {f"{kind}.{name}{ending}": values.get(key) for key, ending in _CODE.items()}
            case "AWS::AppSync::FunctionConfiguration", {"Name": str(name)}:
                named = {f"{name}{ending}": values.get(key) for key, ending in _CODE.items()}
            case "AWS::AppSync::ChannelNamespace", {"Name": str(name)}:
                named = {f"{name}.js": values.get("CodeS3Location")}
            case "AWS::Serverless::GraphQLApi", _:
                named = dict(_sam_code(values))
        paths = {name: local_path(value, base) for name, value in named.items()}
        found |= {name: path for name, path in paths.items() if path is not None}
    return found


def _sam_code(values: dict[str, Json]) -> Iterator[tuple[str, Json]]:
    for kind, fields in _mapping(values.get("Resolvers")).items():
        for key, body in _mapping(fields).items():
            name = _mapping(body).get("FieldName", key)
            yield f"{kind}.{name}.js", _mapping(body).get("CodeUri")
    for key, body in _mapping(values.get("Functions")).items():
        yield f"{_mapping(body).get('Name', key)}.js", _mapping(body).get("CodeUri")


def _mapping(value: Json) -> dict[str, Json]:
    return value if isinstance(value, dict) else {}
