"""The local files that a template is made of, besides itself: what packaging would upload."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from localcloud.stack.cdk import with_local_assets
from localcloud.stack.package import ASSETS, local_path, places
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
    for logical_id, resource in resources(with_local_assets(template, base)).items():
        kind = str(resource["Type"])
        for pattern, asset in ASSETS.get(kind, {}).items():
            for values, name in places(properties(resource), pattern):
                path = local_path(values.get(name), base)
                if path is not None:
                    found.append(LocalFile(logical_id, kind, pattern, path, asset.zipped))
    return found


def code_names(template: dict[str, Json], base: Path) -> dict[str, Path]:
    """Return where the code of resolvers and functions is, by the name that errors of a request have for it.

    Examples
    --------
    >>> resolver = {"TypeName": "Query", "FieldName": "order", "CodeS3Location": "js/order.js"}
    >>> code_names({"Resources": {"R": {"Type": "AWS::AppSync::Resolver", "Properties": resolver}}}, Path("/x"))
    {'Query.order.js': PosixPath('/x/js/order.js')}
    """
    found: dict[str, Path] = {}
    known = resources(template)
    for file in local_files(template, base):
        values = properties(known[file.logical_id]) if file.logical_id in known else {}
        parts = (
            (values.get("TypeName"), values.get("FieldName"))
            if file.resource_type == "AWS::AppSync::Resolver"
            else (values.get("Name"),)
        )
        if file.property == "CodeS3Location" and all(isinstance(part, str) for part in parts):
            found[f"{'.'.join(str(part) for part in parts)}.js"] = file.path
    return found
