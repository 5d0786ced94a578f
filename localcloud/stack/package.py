"""Upload what a template names by a local path, as ``aws cloudformation package`` does.

The convention is the AWS command line's: a property that AWS wants as an S3 location may hold a
path, relative to the template. A folder becomes a zip, and a nested template is packaged itself, from its
own folder, as deep as they are nested. Keys are digests of the contents, so an unchanged artefact is
uploaded once and an unchanged template stays byte for byte the same: what changes below shows above.

The command line itself is not used: version 1 leaves ``CodeS3Location`` of AppSync alone.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from localcloud.lambda_rules import is_bootstrapped
from localcloud.stack.archives import zip_file, zip_folder
from localcloud.stack.assets import ASSETS, Form, local_path, places
from localcloud.stack.body import LARGEST_TEMPLATE, template_text
from localcloud.stack.building import FUNCTIONS, Builder, Built, Recipe, recipe_of
from localcloud.stack.cdk import with_local_assets
from localcloud.stack.document import copied
from localcloud.stack.nested import child, nested, values_below
from localcloud.stack.own_code import layers_of, shared_of_functions, with_own_code
from localcloud.stack.template import Json, TemplateError, properties, resources
from localcloud.stack.unbuilt import code_problem, name_image, placeholder

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


@dataclass(frozen=True)
class Package:
    """A template whose assets are in S3, and where each of them came from on disk."""

    template: dict[str, Json]
    sources: dict[str, Path] = field(default_factory=dict)
    """Logical id of a function or layer -> the folder that its artefact was built from."""
    packages: dict[str, tuple[Path, ...]] = field(default_factory=dict)
    """Logical id of a function -> the folders of packages that its artefact has beside that."""
    published: dict[str, Path] = field(default_factory=dict)
    """A layer that another account published, as JSON -> the folder of the packages that it holds."""
    nested: dict[str, Package] = field(default_factory=dict)
    """Logical id of a nested stack -> what its own template became."""

    @property
    def size(self) -> int:
        """How many resources it has, with those of nested stacks."""
        return len(resources(self.template)) + sum(package.size for package in self.nested.values())


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
    builder: Builder | None = None

    @property
    def is_local(self) -> bool:
        """Whether what is uploaded runs on this machine."""
        return self.builder is not None and self.builder.is_local

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
    values: Mapping[str, str] | None = None,
    builder: Builder | None = None,
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
    values
        The parameters' values, where they are not the defaults: loops of nested templates go over them.
    builder
        Builds folders that are not artefacts as they are; without it they are packaged as they are.

    Raises
    ------
    TemplateError
        A path does not exist, or is a file where a folder is wanted; a nested template cannot be read, is
        nested in itself, or is larger than CloudFormation takes.
    """
    address = url or (lambda key: f"https://s3.amazonaws.com/{bucket}/{key}")
    return _package(template, base, _Uploads(s3, bucket, owner, address, builder), frozenset(), values or {})


def _package(
    template: dict[str, Json], base: Path, to: _Uploads, above: frozenset[Path], parameters: Mapping[str, str]
) -> Package:
    packaged = copied(with_own_code(with_local_assets(template, base)))
    sources: dict[str, Path] = {}
    packages: dict[str, tuple[Path, ...]] = {}
    uploaded: dict[Built, str] = {}
    published: dict[str, Path] = {}
    shared = shared_of_functions(packaged)
    for logical_id, resource in resources(packaged).items():
        if to.is_local:
            name_image(resource, shared)
        if to.builder and resource["Type"] in FUNCTIONS:
            published |= to.builder.published(layers_of(resource, shared))
        for pattern, asset in ASSETS.get(str(resource["Type"]), {}).items():
            for values, name in places(properties(resource), pattern):
                path = local_path(values.get(name), base)
                if path is None:
                    continue
                if to.is_local and code_problem(resource, shared, path) is not None:
                    if path.is_dir():
                        sources[logical_id] = path  # once it is built, it runs
                    values[name] = _location(asset.form, to.bucket, to.put(placeholder(), ".zip"))
                    continue
                if not path.exists():
                    raise TemplateError(
                        f"{logical_id}.{pattern}: {values[name]!r} does not exist (looked for {path})"
                    )
                built = Built(path)
                if asset.zipped and path.is_dir():
                    recipe = recipe_of(logical_id, resource, path, shared) if to.builder else None
                    built = _built(recipe, path, to) if recipe else built
                    sources[logical_id], packages[logical_id] = built.folder, built.packages
                if built not in uploaded:
                    uploaded[built] = to.put(*_content(built, zipped=asset.zipped))
                values[name] = _location(asset.form, to.bucket, uploaded[built])
    return Package(packaged, sources, packages, published, _children(packaged, base, to, above, parameters))


def _built(recipe: Recipe, path: Path, to: _Uploads) -> Built:
    """Build a folder; a function whose executable cannot be built here is created all the same."""
    assert to.builder is not None
    try:
        return to.builder.build(recipe, path)
    except TemplateError as error:
        if not to.is_local or not is_bootstrapped(recipe.runtime):
            raise
        to.builder.say(f"{error}: each invocation of {recipe.logical_id} fails")
        return Built(path)


def _content(built: Built, *, zipped: bool) -> tuple[bytes, str]:
    """Return what is uploaded, and the ending of its key."""
    path = built.folder
    if path.is_dir():
        return zip_folder(path, packages=built.packages), ".zip"
    if zipped and path.suffix not in {".zip", ".jar"}:
        return zip_file(path), ".zip"
    return path.read_bytes(), path.suffix


def _children(
    packaged: dict[str, Json], base: Path, to: _Uploads, above: frozenset[Path], parameters: Mapping[str, str]
) -> dict[str, Package]:
    """Package the nested templates, and put their addresses into the one that names them."""
    below: dict[str, Package] = {}
    for nest in nested(packaged, base):
        values = values_below(packaged, nest.logical_id, parameters)
        package = _package(child(nest, above, values), nest.path.parent, to, above | {nest.path}, values)
        body = template_text(package.template).encode()
        if len(body) > LARGEST_TEMPLATE:
            raise TemplateError(
                f"{nest.path}: {len(body):,} bytes; CloudFormation takes {LARGEST_TEMPLATE:,} of a template"
            )
        own = properties(resources(packaged)[nest.logical_id])
        own[nest.property] = to.url(to.put(body, ".template.json"))
        below[nest.logical_id] = package
    return below
