"""A template brought into the engine: packaged, deployed by CloudFormation, its functions' folders known."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from localcloud.aws import EngineAddress
from localcloud.aws.plain import plain_client
from localcloud.deploying.filling import fill
from localcloud.functions import SourceTree
from localcloud.reporting.progress import Progress
from localcloud.stack.api_keys import expired_keys
from localcloud.stack.body import url_in_bucket
from localcloud.stack.buckets import buckets_of
from localcloud.stack.building import FUNCTIONS, Builder
from localcloud.stack.copies import LocalCopy, local_copies
from localcloud.stack.deploy import deploy
from localcloud.stack.inspection import Stack
from localcloud.stack.language import stored
from localcloud.stack.lookups import lookups
from localcloud.stack.nested import parts
from localcloud.stack.own_code import layers_of, shared_of_functions
from localcloud.stack.package import Package, package
from localcloud.stack.regions import replaced_regions
from localcloud.stack.support import unsupported
from localcloud.stack.template import Json, properties, resources

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_s3 import S3Client

ASSET_BUCKET = "localcloud-assets"


@dataclass(frozen=True)
class DeploymentTarget:
    """What a template is deployed as, each time that it is.

    Attributes
    ----------
    base
        The folder that the template's local paths start from.
    live_sources
        Run functions from the folders their artefacts were made from, so that an edit is live; else from the
        uploaded artefact, as AWS does.
    pseudo
        The values of pseudo parameters, such as ``AWS::Region``.
    elsewhere
        What the template looks up and others have stored, by name: the option ``--ssm``.
    buckets
        The local folders that stand for buckets: the option ``--bucket``.
    """

    base: Path
    stack_name: str
    parameters: Mapping[str, str] = field(default_factory=dict)
    live_sources: bool = True
    pseudo: Mapping[str, str] = field(default_factory=dict)
    elsewhere: Mapping[str, str] = field(default_factory=dict)
    buckets: Mapping[str, str] = field(default_factory=dict)

    @property
    def values(self) -> dict[str, str]:
        """All values that are known before the stack is there, as templates are read with them."""
        looked_up = {stored(name): value for name, value in self.elsewhere.items()}
        return {**self.pseudo, **looked_up, **buckets_of(self.buckets, self.base), **self.parameters}


@dataclass(frozen=True)
class Planned:
    """A template as it was read, and what it is deployed as."""

    document: dict[str, Json]
    target: DeploymentTarget


@lru_cache(maxsize=4)
def _clients(address: EngineAddress) -> tuple[S3Client, CloudFormationClient]:
    """Return clients that are kept: making them is a large part of the time that an edit takes to be live."""
    return plain_client(address, "s3"), plain_client(address, "cloudformation")


def warn(planned: Planned, progress: Progress) -> None:
    """Say what of a template, and of those that it nests, is not served here."""
    for sentence in unsupported(planned.document, planned.target.base):
        progress.warning(sentence)
    whole = parts(planned.document, planned.target.base, values=planned.target.values)
    copies: list[LocalCopy] = []
    for part in whole:
        copies += local_copies(part.template)
        for _, _, sentence in expired_keys(part.template, part.values):
            progress.warning(sentence)
        for _, sentence in replaced_regions(part.template):
            progress.warning(sentence)
    for copied in copies:
        if not copied.path:
            progress.warning(copied.message)
    paths = list(dict.fromkeys(copied.path for copied in copies if copied.path))
    if paths:
        shown = ", ".join(paths[:3]) + (f" and {len(paths) - 3} more" if len(paths) > 3 else "")
        progress.step(f"files that stand for objects in buckets (check --all names them): {shown}")


def how_many(planned: Planned) -> str:
    """Say how many resources a template and those that it nests have.

    Raises
    ------
    localcloud.stack.template.TemplateError
        One that is nested cannot be read.
    """
    whole = parts(planned.document, planned.target.base, values=planned.target.values)
    sizes = [len(resources(part.template)) for part in whole]
    below = f", {sum(sizes[1:])} of them in {len(sizes) - 1} nested" if len(sizes) > 1 else ""
    return f"{of_resources(sum(sizes))}{below}"


def of_resources(count: int) -> str:
    """Say how many resources.

    Examples
    --------
    >>> of_resources(1), of_resources(2)
    ('1 resource', '2 resources')
    """
    return f"{count} resource{'' if count == 1 else 's'}"


def put_in_place(address: EngineAddress, planned: Planned, progress: Progress) -> tuple[Package, Stack]:
    """Package a template and deploy it; a stack that is there is updated. It blocks.

    Raises
    ------
    localcloud.stack.template.TemplateError, localcloud.stack.deploy.DeployError
    """
    s3, cloudformation = _clients(address)
    document, target = planned.document, planned.target
    needed_lookups = lookups(document, target.base, target.values)
    if needed_lookups or target.elsewhere:
        from localcloud.deploying.elsewhere import supply  # noqa: PLC0415 - most templates look nothing up

        supply(address, cloudformation, needed_lookups, target.elsewhere)
    try:
        s3.create_bucket(Bucket=ASSET_BUCKET)
    except ClientError as error:
        if error.response["Error"]["Code"] != "BucketAlreadyOwnedByYou":
            raise
    if target.buckets:
        present = {bucket["Name"] for bucket in s3.list_buckets()["Buckets"]}
        for name, folder in target.buckets.items():
            if name not in present:
                fill(s3, name, Path(folder))
    packaged = package(
        document,
        target.base,
        s3,
        ASSET_BUCKET,
        url=lambda key: f"{address.endpoint.rstrip('/')}/{ASSET_BUCKET}/{key}",
        values=target.values,
        builder=Builder(progress.step),
    )
    stack = deploy(
        cloudformation,
        name=target.stack_name,
        template=packaged.template,
        template_url=url_in_bucket(s3, ASSET_BUCKET, packaged.template, address.endpoint),
        parameters=target.parameters,
        on_event=progress.resource,
        poll_seconds=0.02,
    )
    return packaged, stack


def source_trees(
    packaged: Package, stack: Stack, passed: Mapping[str, Path] | None = None
) -> dict[str, SourceTree]:
    """Return each function's own folders, by its physical name; none for one that a condition leaves out.

    The functions of nested stacks are among them.

    Parameters
    ----------
    passed
        The folders of layers that the stack above passes on, by the parameter.
    """
    trees: dict[str, SourceTree] = {}
    folders = {**packaged.sources, **(passed or {})}
    template_resources = resources(packaged.template)
    for logical_id, folder in packaged.sources.items():
        resource = template_resources[logical_id]
        if resource["Type"] not in FUNCTIONS or logical_id not in stack.physical_ids:
            continue
        layers = layers_of(resource, shared_of_functions(packaged.template))
        present = [
            folders.get(_referred(layer)) or packaged.published.get(json.dumps(layer)) for layer in layers
        ]
        trees[stack.physical_ids[logical_id]] = SourceTree(
            code=folder,
            layers=tuple(folder for folder in present if folder is not None),
            packages=packaged.packages.get(logical_id, ()),
        )
    for logical_id, below in packaged.nested.items():
        if logical_id in stack.nested:
            arguments = properties(template_resources[logical_id]).get("Parameters")
            members = arguments.items() if isinstance(arguments, dict) else ()
            layers_below = {
                name: folders[_referred(value)] for name, value in members if _referred(value) in folders
            }
            trees |= source_trees(below, stack.nested[logical_id], layers_below)
    return trees


def _referred(value: Json) -> str:
    """Return the name in ``Ref``; empty for anything else."""
    return str(value.get("Ref", "")) if isinstance(value, dict) else ""
