"""Create or update a stack by a change set, and report its progress."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from localcloud.stack.body import template_text
from localcloud.stack.events import EventReader, ResourceEvent, causes
from localcloud.stack.inspection import Stack, describe, described
from localcloud.stack.template import Json

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_cloudformation.literals import CapabilityType, ChangeSetTypeType
    from mypy_boto3_cloudformation.type_defs import ParameterTypeDef

__all__ = ["Change", "DeployError", "ResourceEvent", "deploy"]

CAPABILITIES: tuple[CapabilityType, ...] = (
    "CAPABILITY_IAM",
    "CAPABILITY_NAMED_IAM",
    "CAPABILITY_AUTO_EXPAND",
)


# A stack in one of these takes no change set; what to do about it.
STUCK = {
    "ROLLBACK_COMPLETE": "its creation failed and was undone, and such a stack can only be deleted: "
    "destroy it, then deploy again",
    "ROLLBACK_FAILED": "its creation failed and could not be undone: destroy it, then deploy again",
    "DELETE_FAILED": "a part of it could not be deleted: destroy it again, then deploy",
    "UPDATE_ROLLBACK_FAILED": "an update failed and could not be undone: mend what CloudFormation's events "
    "name, then run `aws cloudformation continue-update-rollback`",
}


class DeployError(Exception):
    """The stack was not created or updated; the message names the resource and CloudFormation's reason."""


@dataclass(frozen=True)
class Change:
    """What a change set is about to do to one resource."""

    logical_id: str
    resource_type: str
    action: str
    """``Add``, ``Modify`` or ``Remove``."""
    replaces: bool = False
    """The resource is created again: what it holds stays behind in the old one."""


def deploy(
    cloudformation: CloudFormationClient,
    *,
    name: str,
    template: dict[str, Json],
    template_url: str | None = None,
    parameters: Mapping[str, str] | None = None,
    keep_parameters: bool = False,
    on_changes: Callable[[Sequence[Change]], None] = lambda changes: None,
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
    keep_parameters
        On an update, those not named keep the value that the stack has.
    on_changes
        Called once with what the change set will do, before it does it.
    on_event
        Called for each resource's step, in order.
    poll_seconds, timeout_seconds
        How often to ask, and when to give up.

    Raises
    ------
    DeployError
        A resource failed (its own reason is in the message), time ran out, or the stack is in a
        state that takes no change set.
    """
    kind, previous = _change_set_kind(cloudformation, name)
    events = EventReader(cloudformation, name)
    if kind == "UPDATE":
        events.skip()
    values: list[ParameterTypeDef] = [
        {"ParameterKey": k, "ParameterValue": v} for k, v in (parameters or {}).items()
    ]
    if keep_parameters:
        declared = template.get("Parameters")
        previous &= set(declared) if isinstance(declared, dict) else set()
        values += [
            {"ParameterKey": k, "UsePreviousValue": True} for k in sorted(previous - set(parameters or {}))
        ]
    change_set = f"{name}-{time.time_ns():x}"
    body = {"TemplateURL": template_url} if template_url else {"TemplateBody": template_text(template)}
    try:
        created = cloudformation.create_change_set(
            StackName=name,
            ChangeSetName=change_set,
            ChangeSetType=kind,
            Capabilities=list(CAPABILITIES),
            Parameters=values,
            **body,  # type: ignore[arg-type]
        )
    except ClientError as error:
        if error.response["Error"]["Code"] != "ValidationError":
            raise
        raise DeployError(
            f"CloudFormation refuses the template: {error.response['Error']['Message']}"
        ) from error
    deadline = time.monotonic() + timeout_seconds
    if not _wait_for_change_set(cloudformation, created["Id"], poll_seconds, deadline):
        return describe(cloudformation, name)
    on_changes(_changes(cloudformation, created["Id"]))
    cloudformation.execute_change_set(ChangeSetName=created["Id"])
    steps: list[ResourceEvent] = []
    while True:
        status = described(cloudformation, name)["StackStatus"]
        for event in events.fresh(final=not status.endswith("IN_PROGRESS")):
            on_event(event)
            steps.append(event)
        if not status.endswith("IN_PROGRESS"):
            break
        if time.monotonic() > deadline:
            raise DeployError(f"stack {name}: still {status} after {timeout_seconds:.0f} s")
        time.sleep(poll_seconds)
    if status not in {"CREATE_COMPLETE", "UPDATE_COMPLETE"}:
        reasons = "; ".join(f"{f.logical_id} ({f.resource_type}): {f.reason}" for f in causes(steps))
        raise DeployError(f"stack {name} ended as {status}: {reasons or 'CloudFormation gave no reason'}")
    return describe(cloudformation, name)


def _change_set_kind(cloudformation: CloudFormationClient, name: str) -> tuple[ChangeSetTypeType, set[str]]:
    """Say whether to create or update, and which parameters the stack has.

    Raises
    ------
    DeployError
        The stack takes no change set now.
    """
    try:
        stack = described(cloudformation, name)
    except ClientError as error:
        if error.response["Error"]["Code"] == "ValidationError":  # "Stack with id … does not exist"
            return "CREATE", set()
        raise
    status = stack["StackStatus"]
    if status == "REVIEW_IN_PROGRESS":
        return "CREATE", set()
    if status in STUCK:
        raise DeployError(f"stack {name} is in {status}: {STUCK[status]}")
    if status.endswith("IN_PROGRESS"):
        raise DeployError(f"stack {name} is in {status}: wait until that is done, then deploy again")
    return "UPDATE", {parameter["ParameterKey"] for parameter in stack.get("Parameters", [])}


def _changes(cloudformation: CloudFormationClient, change_set_id: str) -> list[Change]:
    pages = cloudformation.get_paginator("describe_change_set").paginate(ChangeSetName=change_set_id)
    changes = [change.get("ResourceChange", {}) for page in pages for change in page.get("Changes", [])]
    return [
        Change(
            logical_id=change.get("LogicalResourceId", ""),
            resource_type=change.get("ResourceType", ""),
            action=change.get("Action", ""),
            replaces=change.get("Replacement") == "True",
        )
        for change in changes
    ]


def _wait_for_change_set(
    cloudformation: CloudFormationClient, change_set_id: str, poll_seconds: float, deadline: float
) -> bool:
    """Wait until the change set can be executed; False when there is nothing to change."""
    while True:
        described = cloudformation.describe_change_set(ChangeSetName=change_set_id)
        if described["Status"] == "CREATE_COMPLETE":
            return True
        reason = described.get("StatusReason", "")
        if described["Status"] == "FAILED":
            if "didn't contain changes" in reason or "No updates are to be performed" in reason:
                cloudformation.delete_change_set(ChangeSetName=change_set_id)
                return False
            raise DeployError(f"the change set failed: {reason}")
        if time.monotonic() > deadline:
            raise DeployError(f"the change set is still {described['Status']}")
        time.sleep(poll_seconds)
