"""The local files of a template, besides itself: what packaging would upload."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from localcloud.stack.assets import ASSETS, local_path, places
from localcloud.stack.building import recipe_of, watched
from localcloud.stack.cdk import with_local_assets
from localcloud.stack.nested import Nested, Part, nested, parts
from localcloud.stack.own_code import shared_of_functions, with_own_code
from localcloud.stack.template import Json, TemplateError, properties, resources


@dataclass(frozen=True)
class LocalFile:
    """A file or a folder that a property of a resource names.

    Attributes
    ----------
    logical_id
        Of a nested stack's resource, behind the logical ids of the stacks that lead to it, with dots.
    property
        Its name, or for one further down its path, with ``*`` for what differs.
    zipped
        Whether a folder of this property becomes an archive.
    inputs
        What decides how such a folder is built: its ``requirements.txt``, for one, or the whole folder.
    """

    logical_id: str
    resource_type: str
    property: str
    path: Path
    zipped: bool
    inputs: frozenset[Path] = frozenset()


def local_files(
    template: dict[str, Json], base: Path, values: Mapping[str, str] | None = None
) -> list[LocalFile]:
    """Return what a template and its nested templates name on disk, whether it is there or not.

    Parameters
    ----------
    base
        The folder that relative paths start from: the template's own.
    values
        The parameters' values, where they are not the defaults.

    Raises
    ------
    TemplateError
        A manifest of CDK's assets cannot be read.
    """
    files: list[LocalFile] = []
    for part in parts(template, base, problem=_left_out, values=values):
        whole = with_own_code(with_local_assets(part.template, part.base))
        shared = shared_of_functions(whole)
        for logical_id, resource in resources(whole).items():
            kind, name = str(resource["Type"]), part.display_name(logical_id)
            for pattern, asset in ASSETS.get(kind, {}).items():
                for owner, key in places(properties(resource), pattern):
                    path = local_path(owner.get(key), part.base)
                    if path is not None:
                        recipe = recipe_of(logical_id, resource, path, shared) if asset.zipped else None
                        inputs = frozenset(watched(recipe, path)) if recipe else frozenset()
                        files.append(LocalFile(name, kind, pattern, path, asset.zipped, inputs))
        for nest in nested(part.template, part.base):
            kind = str(resources(part.template)[nest.logical_id]["Type"])
            name = part.display_name(nest.logical_id)
            files.append(LocalFile(name, kind, nest.property, nest.path, zipped=False))
    return files


def _left_out(_part: Part, _nest: Nested, _error: TemplateError) -> None:
    """Go on without what is below a nested template that cannot be read: its own file is among the files."""


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
    files: dict[str, Path] = {}
    for part in parts(template, base, problem=_left_out):
        files |= _code_names(part)
    return files


def _code_names(part: Part) -> dict[str, Path]:
    files: dict[str, Path] = {}
    for resource in resources(with_local_assets(part.template, part.base)).values():
        values = properties(resource)
        code_values: dict[str, Json] = {}
        match resource["Type"], values:
            case "AWS::AppSync::Resolver", {"TypeName": str(kind), "FieldName": str(name)}:
                code_values = {f"{kind}.{name}{ending}": values.get(key) for key, ending in _CODE.items()}
            case "AWS::AppSync::FunctionConfiguration", {"Name": str(name)}:
                code_values = {f"{name}{ending}": values.get(key) for key, ending in _CODE.items()}
            case "AWS::AppSync::ChannelNamespace", {"Name": str(name)}:
                code_values = {f"{name}.js": values.get("CodeS3Location")}
            case "AWS::Serverless::GraphQLApi", _:
                code_values = dict(_sam_code(values))
        paths = {name: local_path(value, part.base) for name, value in code_values.items()}
        files |= {name: path for name, path in paths.items() if path is not None}
    return files


def _sam_code(values: dict[str, Json]) -> Iterator[tuple[str, Json]]:
    for kind, fields in _mapping(values.get("Resolvers")).items():
        for key, body in _mapping(fields).items():
            name = _mapping(body).get("FieldName", key)
            yield f"{kind}.{name}.js", _mapping(body).get("CodeUri")
    for key, body in _mapping(values.get("Functions")).items():
        yield f"{_mapping(body).get('Name', key)}.js", _mapping(body).get("CodeUri")


def _mapping(value: Json) -> dict[str, Json]:
    return value if isinstance(value, dict) else {}
