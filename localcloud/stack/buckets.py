"""What a template names in buckets that others filled, replaced by the local files that it was uploaded from.

A template that a person or a pipeline deploys names its schema, code and nested templates by where they were
put. Here they are taken from a folder that stands for the bucket (the option ``--bucket``), or from the
template's surroundings. A function whose code is nowhere becomes a stand-in; anything else that is missing is
an error of ``check``.
"""

from __future__ import annotations

import copy
import json
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from localcloud.stack.assets import ASSETS, Asset, places
from localcloud.stack.cdk import with_local_assets
from localcloud.stack.copies import LocalCopy, MissingObject, note_copy
from localcloud.stack.document import Json
from localcloud.stack.language import Literals
from localcloud.stack.parameters import declared
from localcloud.stack.regions import with_local_regions
from localcloud.stack.remote import ASSET_PARAMETER, GAP, RemoteObject, remote_object
from localcloud.stack.search import Search, within_project
from localcloud.stack.stand_in_code import replace_code, replaces
from localcloud.stack.template import properties, read_template, resources

_HERE: Final = "{{folder}}"
_BUCKET: Final = "{{bucket:"
_URL: Final = Asset(zipped=False, form="url")
_NESTED: Final = {
    "AWS::CloudFormation::Stack": {"TemplateURL": _URL},
    "AWS::Serverless::Application": {"Location": _URL},
}
_REFERENCE: Final = re.compile(r'"Ref": "(\w+)"|"Fn::GetAtt": \["(\w+)"|\$\{(\w+)')


@dataclass(frozen=True)
class _Named:
    """A property that names an object."""

    logical_id: str
    pattern: str
    owner: dict[str, Json]
    name: str
    asset: Asset
    target: RemoteObject


def buckets_of(folders: Mapping[str, str], base: Path) -> dict[str, str]:
    """Return what a template is read with so that objects of buckets are looked for on disk.

    Parameters
    ----------
    folders
        The local folder that stands for each bucket: what ``--bucket NAME=FOLDER`` named.
    base
        The folder of the template.
    """
    return {_HERE: str(base), **{f"{_BUCKET}{name}}}}}": folder for name, folder in folders.items()}}


def inherited(values: Mapping[str, str]) -> dict[str, str]:
    """Return those of a template's values that are no parameters of its own: they hold for what it nests."""
    shared = ("{{", "AWS::Region", "AWS::AccountId")
    return {name: value for name, value in values.items() if name.startswith(shared)}


def with_local_objects(template: dict[str, Json], base: Path, values: Mapping[str, str]) -> dict[str, Json]:
    """Return a template whose objects in buckets are local paths, where a file stands for them.

    Parameters
    ----------
    base
        The template's own folder.
    values
        The parameters' values, where they are not the defaults, and :func:`buckets_of`; without the latter
        the template is returned as it is.

    Raises
    ------
    TemplateError
        A manifest of CDK's assets cannot be read.
    """
    if _HERE not in values:
        return template
    local = copy.deepcopy(with_local_assets(template, base))
    _fill_asset_parameters(local)
    search = _Surroundings(base, values)
    complete = _is_complete(local, values)
    for each in list(_named(local, Literals(local, values))):
        resource = resources(local)[each.logical_id]
        paths = _staged(resource, base) or search.paths(each.target, archived=each.asset.zipped)
        if len(paths) == 1:
            path = os.path.relpath(paths[0], base)
            each.owner[each.name] = path
            note_copy(resource, LocalCopy(each.logical_id, each.pattern, str(each.target), path))
        elif replaces(resource) and not _is_own(each, local) and (complete or each.target.path):
            copied = LocalCopy(each.logical_id, each.pattern, str(each.target), "")
            replace_code(
                resource, f"the code of {each.logical_id} is {each.target}, which is not on this machine"
            )
            note_copy(resource, copied)
    return local


def read_local(path: Path, values: Mapping[str, str]) -> dict[str, Json]:
    """Read a template as it is on this machine: :func:`with_local_objects`, and in the start's region.

    Raises
    ------
    TemplateError
    """
    local = with_local_objects(read_template(path, values), path.parent, values)
    return with_local_regions(local, values) if _HERE in values else local


def missing_objects(
    template: dict[str, Json], base: Path, values: Mapping[str, str]
) -> Iterator[MissingObject]:
    """Yield what :func:`with_local_objects` left in place: nothing on this machine stands for it.

    An object in a bucket that the template creates itself is not among them: the stack may put it there. Nor
    is one whose name a parameter without a value is to complete.
    """
    if _HERE not in values:
        return
    search = _Surroundings(base, values)
    complete = _is_complete(template, values)
    for each in _named(template, Literals(template, values)):
        if not _is_own(each, template) and (complete or each.target.path):
            several = search.paths(each.target, archived=each.asset.zipped)
            names = tuple(os.path.relpath(path, base) for path in several)
            yield MissingObject(each.logical_id, each.pattern, each.target, names)


def bucket_folders(values: Mapping[str, str]) -> dict[str, Path]:
    """Return the folder that stands for each bucket.

    Examples
    --------
    >>> bucket_folders(buckets_of({"media": "dist"}, Path()))
    {'media': PosixPath('dist')}
    """
    return {
        name.removeprefix(_BUCKET).removesuffix("}}"): Path(folder)
        for name, folder in values.items()
        if name.startswith(_BUCKET)
    }


class _Surroundings:
    """Where an object may be on disk: its bucket's folder, else near the template."""

    def __init__(self, base: Path, values: Mapping[str, str]) -> None:
        root = Path(values[_HERE]).resolve()
        self._near = Search(tuple(dict.fromkeys((base.resolve(), *within_project(root)))))
        self._folders = {name: folder.resolve() for name, folder in bucket_folders(values).items()}

    def paths(self, target: RemoteObject, *, archived: bool) -> list[Path]:
        folder = self._folders.get(target.bucket)
        if folder is None:
            return self._near.find(target.path, archived=archived)
        exact = folder / target.key
        if GAP not in target.key and exact.exists():
            return [exact]
        return Search((folder,)).find(target.path, archived=archived)


def _named(template: dict[str, Json], literals: Literals) -> Iterator[_Named]:
    for logical_id, resource in resources(template).items():
        kind = str(resource["Type"])
        for pattern, asset in (ASSETS.get(kind) or _NESTED.get(kind) or {}).items():
            for owner, name in places(properties(resource), pattern):
                target = remote_object(owner[name], literals) if name in owner else None
                if target is not None:
                    yield _Named(logical_id, pattern, owner, name, asset, target)


def _is_complete(template: dict[str, Json], values: Mapping[str, str]) -> bool:
    """Say whether each parameter has a value."""
    return all(name in values or "Default" in body for name, body in declared(template).items())


def _staged(resource: dict[str, Json], base: Path) -> list[Path]:
    """Return where CDK says that it put a resource's asset, if it is there."""
    match resource.get("Metadata"):
        case {"aws:asset:path": str(path)} if (base / path).exists():
            return [base / path]
    return []


def _fill_asset_parameters(template: dict[str, Json]) -> None:
    """Give the parameters of CDK 1's assets values: its deployment fills them, not a person."""
    for name, body in declared(template).items():
        parameter = ASSET_PARAMETER.match(name)
        if parameter is not None:
            body.setdefault("Default", "||" if parameter[2] == "S3VersionKey" else "none")


def _is_own(named: _Named, template: dict[str, Json]) -> bool:
    """Say whether an object is in a bucket that the template creates."""
    names = {name for match in _REFERENCE.findall(json.dumps(named.owner[named.name])) for name in match}
    return not names.isdisjoint(resources(template))
