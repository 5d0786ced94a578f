"""Upload what a template names by a local path, as ``aws cloudformation package`` does.

The convention is the AWS command line's: a property that AWS wants as an S3 location may hold a
path, relative to the template. A folder becomes a zip, and a nested template is packaged itself, from its
own folder, as deep as they are nested. Keys are digests of the contents, so an unchanged artefact is
uploaded once and an unchanged template stays byte for byte the same: what changes below shows above.

The command line itself is not used: version 1 leaves ``CodeS3Location`` of AppSync alone.
"""

from __future__ import annotations

import copy
import hashlib
import io
import os
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from localcloud.stack.body import LARGEST_TEMPLATE, template_text
from localcloud.stack.cdk import with_local_assets
from localcloud.stack.nested import child, nested
from localcloud.stack.sam_globals import with_own_code
from localcloud.stack.template import Json, TemplateError, properties, resources

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

Form = Literal["url", "bucket-key", "s3bucket-s3key"]


@dataclass(frozen=True)
class _Asset:
    """One property that may name a local path: whether it is zipped, and what AWS wants in its place."""

    zipped: bool
    form: Form


_FILE = _Asset(zipped=False, form="url")
_TEMPLATES = {
    "CodeS3Location": _FILE,
    "RequestMappingTemplateS3Location": _FILE,
    "ResponseMappingTemplateS3Location": _FILE,
}
# https://docs.aws.amazon.com/cli/latest/reference/cloudformation/package.html
ASSETS: dict[str, dict[str, _Asset]] = {
    "AWS::Lambda::Function": {"Code": _Asset(zipped=True, form="s3bucket-s3key")},
    "AWS::Lambda::LayerVersion": {"Content": _Asset(zipped=True, form="s3bucket-s3key")},
    "AWS::AppSync::GraphQLSchema": {"DefinitionS3Location": _FILE},
    "AWS::AppSync::Resolver": _TEMPLATES,
    "AWS::AppSync::FunctionConfiguration": _TEMPLATES,
    "AWS::AppSync::ChannelNamespace": {"CodeS3Location": _FILE},
    "AWS::StepFunctions::StateMachine": {"DefinitionS3Location": _Asset(zipped=False, form="bucket-key")},
    "AWS::ApiGateway::RestApi": {"BodyS3Location": _Asset(zipped=False, form="bucket-key")},
    "AWS::Serverless::Function": {"CodeUri": _Asset(zipped=True, form="url")},
    "AWS::Serverless::LayerVersion": {"ContentUri": _Asset(zipped=True, form="url")},
    "AWS::Serverless::Api": {"DefinitionUri": _FILE},
    "AWS::Serverless::StateMachine": {"DefinitionUri": _FILE},
    "AWS::Serverless::GraphQLApi": {
        "SchemaUri": _FILE,
        "Resolvers.*.*.CodeUri": _FILE,
        "Functions.*.CodeUri": _FILE,
    },
}

_NEVER_PACKED = {"__pycache__", ".git", ".mypy_cache", ".ruff_cache", ".pytest_cache", ".DS_Store"}
# The oldest time a zip can hold: artefacts must not differ by when they were made.
_EPOCH = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True)
class Package:
    """A template whose assets are in S3, and where each of them came from on disk."""

    template: dict[str, Json]
    sources: dict[str, Path] = field(default_factory=dict)
    """Logical id of a function or layer -> the folder that its artefact was made from."""
    nested: dict[str, Package] = field(default_factory=dict)
    """Logical id of a nested stack -> what its own template became."""

    @property
    def size(self) -> int:
        """How many resources it has, with those of nested stacks."""
        return len(resources(self.template)) + sum(package.size for package in self.nested.values())


def walk(folder: Path) -> Iterator[tuple[str, Path]]:
    """Yield (name in the archive, file) for all files below ``folder``, links followed, in a fixed order."""
    for root, names, files in os.walk(folder, followlinks=True):
        names[:] = sorted(name for name in names if name not in _NEVER_PACKED)
        for name in sorted(files):
            path = Path(root) / name
            if name not in _NEVER_PACKED and path.suffix != ".pyc":
                yield path.relative_to(folder).as_posix(), path


def zip_folder(folder: Path) -> bytes:
    """Return a zip of ``folder``; equal contents give equal bytes.

    Raises
    ------
    TemplateError
        The folder is empty: AWS would refuse the function much later and less clearly.
    """
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, path in walk(folder):
            entry = zipfile.ZipInfo(name, _EPOCH)
            entry.external_attr = (0o755 if os.access(path, os.X_OK) else 0o644) << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, path.read_bytes())
        if not archive.namelist():
            raise TemplateError(f"{folder}: nothing to package, the folder is empty")
    return buffer.getvalue()


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


def _location(form: Form, bucket: str, key: str) -> Json:
    if form == "url":
        return f"s3://{bucket}/{key}"
    if form == "bucket-key":
        return {"Bucket": bucket, "Key": key}
    return {"S3Bucket": bucket, "S3Key": key}


@dataclass(frozen=True)
class _Uploads:
    """Where artefacts go to."""

    s3: S3Client
    bucket: str
    owner: str | None
    url: Callable[[str], str]

    def put(self, content: bytes, suffix: str) -> str:
        """Upload contents; return their key."""
        key = hashlib.sha256(content).hexdigest()[:32] + suffix
        if self.owner is None:
            self.s3.put_object(Bucket=self.bucket, Key=key, Body=content)
        else:
            self.s3.put_object(Bucket=self.bucket, Key=key, Body=content, ExpectedBucketOwner=self.owner)
        return key


def package(
    template: dict[str, Json],
    base: Path,
    s3: S3Client,
    bucket: str,
    *,
    owner: str | None = None,
    url: Callable[[str], str] | None = None,
) -> Package:
    """Upload the local assets of ``template`` and return it with their S3 locations in place.

    Parameters
    ----------
    template
        As :func:`localcloud.stack.template.read_template` returns it; it is not changed.
    base
        The folder that relative paths start from: the template's own.
    s3, bucket
        Where to upload to; the bucket exists.
    owner
        The account that the bucket must belong to; S3 refuses the upload otherwise.
    url
        Returns the address of a key in the bucket, which CloudFormation reads nested templates from; by
        default S3's own for a bucket in us-east-1.

    Raises
    ------
    TemplateError
        A path does not exist, or is a file where a folder is wanted; a nested template cannot be read, is
        nested in itself, or is larger than CloudFormation takes.
    """
    address = url or (lambda key: f"https://s3.amazonaws.com/{bucket}/{key}")
    return _package(template, base, _Uploads(s3, bucket, owner, address), frozenset())


def _package(template: dict[str, Json], base: Path, to: _Uploads, above: frozenset[Path]) -> Package:
    packaged = copy.deepcopy(with_own_code(with_local_assets(template, base)))
    sources: dict[str, Path] = {}
    uploaded: dict[Path, str] = {}
    for logical_id, resource in resources(packaged).items():
        for pattern, asset in ASSETS.get(str(resource["Type"]), {}).items():
            for values, name in places(properties(resource), pattern):
                path = local_path(values.get(name), base)
                if path is None:
                    continue
                if not path.exists():
                    raise TemplateError(
                        f"{logical_id}.{pattern}: {values[name]!r} does not exist (looked for {path})"
                    )
                if asset.zipped and path.is_dir():
                    sources[logical_id] = path
                if path not in uploaded:
                    content = zip_folder(path) if path.is_dir() else path.read_bytes()
                    uploaded[path] = to.put(content, ".zip" if path.is_dir() else path.suffix)
                values[name] = _location(asset.form, to.bucket, uploaded[path])
    return Package(packaged, sources, _children(packaged, base, to, above))


def _children(
    packaged: dict[str, Json], base: Path, to: _Uploads, above: frozenset[Path]
) -> dict[str, Package]:
    """Package the nested templates, and put their addresses into the one that names them."""
    below: dict[str, Package] = {}
    for nest in nested(packaged, base):
        package = _package(child(nest, above), nest.path.parent, to, above | {nest.path})
        body = template_text(package.template).encode()
        if len(body) > LARGEST_TEMPLATE:
            raise TemplateError(
                f"{nest.path}: {len(body):,} bytes; CloudFormation takes {LARGEST_TEMPLATE:,} of a template"
            )
        values = properties(resources(packaged)[nest.logical_id])
        values[nest.property] = to.url(to.put(body, ".template.json"))
        below[nest.logical_id] = package
    return below
