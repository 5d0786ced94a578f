"""Create or update a stack by a change set, tell its progress, and read what it made."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from localcloud.stack.template import Json

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_cloudformation.literals import CapabilityType, ChangeSetTypeType
    from mypy_boto3_cloudformation.type_defs import StackEventTypeDef, StackTypeDef

CAPABILITIES: tuple[CapabilityType, ...] = (
    "CAPABILITY_IAM",
    "CAPABILITY_NAMED_IAM",
    "CAPABILITY_AUTO_EXPAND",
)


class DeployError(Exception):
    """The stack was not created or updated; the message names the resource and CloudFormation's reason."""


@dataclass(frozen=True)
class ResourceEvent:
    """One step of the deployment, as CloudFormation tells it."""

    logical_id: str
    resource_type: str
    status: str
    reason: str | None = None


@dataclass(frozen=True)
class Stack:
    """What a deployment made."""

    name: str
    stack_id: str
    outputs: dict[str, str]
    physical_ids: dict[str, str]
    """Logical id -> physical id."""


def deploy(
    cloudformation: CloudFormationClient,
    *,
    name: str,
    template: dict[str, Json],
    template_url: str | None = None,
    parameters: Mapping[str, str] | None = None,
    on_event: Callable[[ResourceEvent], None] = lambda event: None,
    poll_seconds: float = 0.05,
    timeout_seconds: float = 1800,
) -> Stack:
    """Bring the stack ``name`` to ``template`` and return what it made.

    Parameters
    ----------
    cloudformation
        A client of AWS or of the local engine.
    name
        The stack's name; it is created when there is none.
    template
        The packaged template. Sent in the call unless ``template_url`` is given, which AWS
        wants beyond 51,200 bytes.
    parameters
        Values of the template's parameters; those not named keep the template's default.
    on_event
        Called for each resource's step, in order.
    poll_seconds, timeout_seconds
        How often to ask, and when to give up.

    Raises
    ------
    DeployError
        A resource failed (its own reason is in the message), or time ran out.
    """
    kind, seen = _change_set_kind(cloudformation, name)
    change_set = f"{name}-{time.time_ns():x}"
    body = {"TemplateURL": template_url} if template_url else {"TemplateBody": json.dumps(template)}
    created = cloudformation.create_change_set(
        StackName=name,
        ChangeSetName=change_set,
        ChangeSetType=kind,
        Capabilities=list(CAPABILITIES),
        Parameters=[{"ParameterKey": k, "ParameterValue": v} for k, v in (parameters or {}).items()],
        **body,  # type: ignore[arg-type]
    )
    deadline = time.monotonic() + timeout_seconds
    if not _wait_for_change_set(cloudformation, created["Id"], poll_seconds, deadline):
        return describe(cloudformation, name)
    cloudformation.execute_change_set(ChangeSetName=created["Id"])
    failures: list[ResourceEvent] = []
    while True:
        status = _stack(cloudformation, name)["StackStatus"]
        for event in _new_events(cloudformation, name, seen):
            on_event(event)
            # "cancelled" is what CloudFormation says of the others once one has failed.
            if event.status.endswith("FAILED") and "cancelled" not in (event.reason or ""):
                failures.append(event)
        if not status.endswith("IN_PROGRESS"):
            break
        if time.monotonic() > deadline:
            raise DeployError(f"stack {name}: still {status} after {timeout_seconds:.0f} s")
        time.sleep(poll_seconds)
    if status not in {"CREATE_COMPLETE", "UPDATE_COMPLETE"}:
        told = "; ".join(f"{f.logical_id} ({f.resource_type}): {f.reason}" for f in failures)
        raise DeployError(f"stack {name} ended as {status}: {told or 'CloudFormation gave no reason'}")
    return describe(cloudformation, name)


def describe(cloudformation: CloudFormationClient, name: str) -> Stack:
    """Return the stack's outputs and the physical ids of its resources."""
    stack = _stack(cloudformation, name)
    pages = cloudformation.get_paginator("list_stack_resources").paginate(StackName=name)
    return Stack(
        name=name,
        stack_id=stack["StackId"],
        outputs={out["OutputKey"]: out["OutputValue"] for out in stack.get("Outputs", [])},
        physical_ids={
            summary["LogicalResourceId"]: summary.get("PhysicalResourceId", "")
            for page in pages
            for summary in page["StackResourceSummaries"]
        },
    )


def _stack(cloudformation: CloudFormationClient, name: str) -> StackTypeDef:
    return cloudformation.describe_stacks(StackName=name)["Stacks"][0]


def _change_set_kind(cloudformation: CloudFormationClient, name: str) -> tuple[ChangeSetTypeType, set[str]]:
    """Say whether the stack is to be created or updated, and which events are old news."""
    try:
        status = _stack(cloudformation, name)["StackStatus"]
    except ClientError as error:
        if error.response["Error"]["Code"] == "ValidationError":  # "Stack with id … does not exist"
            return "CREATE", set()
        raise
    if status == "REVIEW_IN_PROGRESS":
        return "CREATE", set()
    return "UPDATE", {event["EventId"] for event in _events(cloudformation, name)}


def _wait_for_change_set(
    cloudformation: CloudFormationClient, change_set_id: str, poll_seconds: float, deadline: float
) -> bool:
    """Wait until the change set can be executed; False when there is nothing to change."""
    while True:
        told = cloudformation.describe_change_set(ChangeSetName=change_set_id)
        if told["Status"] == "CREATE_COMPLETE":
            return True
        reason = told.get("StatusReason", "")
        if told["Status"] == "FAILED":
            if "didn't contain changes" in reason or "No updates are to be performed" in reason:
                cloudformation.delete_change_set(ChangeSetName=change_set_id)
                return False
            raise DeployError(f"the change set failed: {reason}")
        if time.monotonic() > deadline:
            raise DeployError(f"the change set is still {told['Status']}")
        time.sleep(poll_seconds)


def _events(cloudformation: CloudFormationClient, name: str) -> list[StackEventTypeDef]:
    pages = cloudformation.get_paginator("describe_stack_events").paginate(StackName=name)
    return [event for page in pages for event in page["StackEvents"]]


def _new_events(cloudformation: CloudFormationClient, name: str, seen: set[str]) -> list[ResourceEvent]:
    """Return the events not in ``seen``, oldest first, and add them to it."""
    fresh = [event for event in reversed(_events(cloudformation, name)) if event["EventId"] not in seen]
    seen.update(event["EventId"] for event in fresh)
    return [
        ResourceEvent(
            logical_id=event.get("LogicalResourceId", name),
            resource_type=event.get("ResourceType", ""),
            status=event.get("ResourceStatus", ""),
            reason=event.get("ResourceStatusReason"),
        )
        for event in fresh
    ]
