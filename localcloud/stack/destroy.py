"""Delete a stack: empty what must be empty, report its progress, say what stays."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Set
from dataclasses import dataclass
from typing import TYPE_CHECKING

import yaml
from botocore.exceptions import ClientError

from localcloud.stack.deploy import DeployError
from localcloud.stack.events import STACK, EventReader, ResourceEvent, causes

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_cloudformation.type_defs import StackTypeDef
    from mypy_boto3_s3 import S3Client

_RETAINED = {"Retain", "RetainExceptOnCreate"}


class NoSuchStack(DeployError):
    """There is no stack of that name in this account and region."""


@dataclass(frozen=True)
class Resource:
    """A resource of the stack, or of one that it nests: the ids of the stacks that lead to it come first."""

    logical_id: str
    resource_type: str
    physical_id: str


@dataclass(frozen=True)
class DeletionPlan:
    """What deleting a stack will do."""

    stack_id: str
    deleted: tuple[Resource, ...]
    retained: tuple[Resource, ...]
    """What the template keeps (``DeletionPolicy``)."""


def plan(cloudformation: CloudFormationClient, name: str) -> DeletionPlan:
    """Look at the stack and its template.

    Raises
    ------
    NoSuchStack, DeployError
        It is not there; it is protected, or something is being done to it.
    """
    stack = find(cloudformation, name)
    if stack.get("EnableTerminationProtection"):
        raise DeployError(
            f"stack {name} is protected: to delete it all the same, first run `aws cloudformation "
            f"update-termination-protection --no-enable-termination-protection --stack-name {name}`"
        )
    status = stack["StackStatus"]
    if status.endswith("IN_PROGRESS") and status != "REVIEW_IN_PROGRESS":
        raise DeployError(f"stack {name} is in {status}: wait until that is done, then destroy it")
    # A creation that failed has left nothing: RetainExceptOnCreate says so of what it had made.
    keep = {"Retain"} if status.startswith("ROLLBACK") else _RETAINED
    # In review it has nothing yet, not even a template.
    deleted, retained = ([], []) if status == "REVIEW_IN_PROGRESS" else _split(cloudformation, name, keep)
    return DeletionPlan(stack_id=stack["StackId"], deleted=tuple(deleted), retained=tuple(retained))


def _split(
    cloudformation: CloudFormationClient, name: str, keep: Set[str], above: str = ""
) -> tuple[list[Resource], list[Resource]]:
    """Return what goes and what stays of a stack, and of each stack that it nests and that goes."""
    policies = _policies(cloudformation, name)
    pages = cloudformation.get_paginator("list_stack_resources").paginate(StackName=name)
    deleted: list[Resource] = []
    retained: list[Resource] = []
    for summary in [summary for page in pages for summary in page["StackResourceSummaries"]]:
        logical_id, kind = summary["LogicalResourceId"], summary["ResourceType"]
        physical_id = summary.get("PhysicalResourceId")
        if not physical_id or summary["ResourceStatus"] == "DELETE_COMPLETE":
            continue
        resource = Resource(f"{above}{logical_id}", kind, physical_id)
        stays = policies.get(logical_id) in keep
        (retained if stays else deleted).append(resource)
        if kind == STACK and not stays:
            inner = _split(cloudformation, physical_id, keep, f"{above}{logical_id}.")
            deleted += inner[0]
            retained += inner[1]
    return deleted, retained


def destroy(
    cloudformation: CloudFormationClient,
    s3: S3Client,
    intended: DeletionPlan,
    *,
    on_event: Callable[[ResourceEvent], None] = lambda event: None,
    poll_seconds: float = 0.05,
    timeout_seconds: float = 1800,
) -> None:
    """Carry out a plan and wait for its end.

    Raises
    ------
    DeployError
        A resource could not be deleted (its own reason is in the message), or time ran out.
    """
    for resource in intended.deleted:
        if resource.resource_type == "AWS::S3::Bucket":
            empty(s3, resource.physical_id)
    stack_id = intended.stack_id
    events = EventReader(cloudformation, stack_id)
    events.skip()
    cloudformation.delete_stack(StackName=stack_id)
    deadline = time.monotonic() + timeout_seconds
    steps: list[ResourceEvent] = []
    while True:
        status = _status(cloudformation, stack_id)
        for event in _fresh(events, final=not status.endswith("IN_PROGRESS")):
            on_event(event)
            steps.append(event)
        if status == "DELETE_COMPLETE":
            return
        if status == "DELETE_FAILED":
            failed = [event for event in causes(steps) if event.resource_type != STACK]
            reasons = "; ".join(f"{f.logical_id} ({f.resource_type}): {f.reason}" for f in failed)
            raise DeployError(f"the stack could not be deleted: {reasons or 'CloudFormation gave no reason'}")
        if time.monotonic() > deadline:
            raise DeployError(f"the stack is still {status} after {timeout_seconds:.0f} s")
        time.sleep(poll_seconds)


def empty(s3: S3Client, bucket: str) -> int:
    """Delete all objects of a bucket, their versions too; return how many. CloudFormation deletes none."""
    deleted = 0
    for page in s3.get_paginator("list_object_versions").paginate(Bucket=bucket):
        versions = [*page.get("Versions", []), *page.get("DeleteMarkers", [])]
        if versions:
            s3.delete_objects(
                Bucket=bucket,
                Delete={
                    "Objects": [
                        {"Key": version["Key"], "VersionId": version["VersionId"]} for version in versions
                    ],
                    "Quiet": True,
                },
            )
        deleted += len(versions)
    return deleted


def find(cloudformation: CloudFormationClient, name: str) -> StackTypeDef:
    """Return what CloudFormation says of a stack. Raises ``NoSuchStack``."""
    try:
        return cloudformation.describe_stacks(StackName=name)["Stacks"][0]
    except ClientError as error:
        if error.response["Error"]["Code"] == "ValidationError":
            raise NoSuchStack(f"there is no stack {name} in this account and region") from error
        raise


def _status(cloudformation: CloudFormationClient, stack_id: str) -> str:
    try:
        return find(cloudformation, stack_id)["StackStatus"]
    except NoSuchStack:  # AWS knows a deleted stack by its id; others forget it
        return "DELETE_COMPLETE"


def _fresh(events: EventReader, *, final: bool) -> list[ResourceEvent]:
    try:
        return events.fresh(final=final)
    except ClientError as error:
        if error.response["Error"]["Code"] != "ValidationError":
            raise
        return []  # gone with the stack


def _policies(cloudformation: CloudFormationClient, name: str) -> Mapping[str, str]:
    """Return the DeletionPolicy of each resource that has one, from the template that was deployed."""
    body: object = cloudformation.get_template(StackName=name)["TemplateBody"]
    # boto3 reads JSON by itself; what was deployed by others may be YAML.
    document = yaml.load(body, Loader=_Tolerant) if isinstance(body, str) else body  # noqa: S506 - a SafeLoader
    resources = document.get("Resources", {}) if isinstance(document, dict) else {}
    return {
        name: str(resource["DeletionPolicy"])
        for name, resource in resources.items()
        if "DeletionPolicy" in resource
    }


class _Tolerant(yaml.SafeLoader):
    """Reads intrinsic functions as nothing: only the policies matter here."""


_Tolerant.add_multi_constructor("!", lambda loader, suffix, node: None)
