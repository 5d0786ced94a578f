"""Reads what a stack contains: its outputs, resources and parameters."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from localcloud.stack.events import STACK

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_cloudformation.type_defs import StackTypeDef


@dataclass(frozen=True)
class Stack:
    """What a deployment created."""

    name: str
    stack_id: str
    outputs: dict[str, str]
    physical_ids: dict[str, str]
    """Logical id -> physical id."""
    nested: dict[str, Stack] = field(default_factory=dict)
    """Logical id of a nested stack -> that stack."""

    @property
    def size(self) -> int:
        """How many resources it has, with those of nested stacks."""
        return len(self.physical_ids) + sum(stack.size for stack in self.nested.values())


def describe(cloudformation: CloudFormationClient, name: str) -> Stack:
    """Return the stack's outputs and the physical ids of its resources, and those of the stacks it nests."""
    stack = described(cloudformation, name)
    pages = cloudformation.get_paginator("list_stack_resources").paginate(StackName=name)
    summaries = [summary for page in pages for summary in page["StackResourceSummaries"]]
    return Stack(
        name=stack["StackName"],
        stack_id=stack["StackId"],
        outputs={out["OutputKey"]: out["OutputValue"] for out in stack.get("Outputs", [])},
        physical_ids={
            summary["LogicalResourceId"]: summary.get("PhysicalResourceId", "") for summary in summaries
        },
        nested={
            summary["LogicalResourceId"]: describe(cloudformation, summary["PhysicalResourceId"])
            for summary in summaries
            if summary["ResourceType"] == STACK
            and summary.get("PhysicalResourceId")
            and summary["ResourceStatus"] != "DELETE_COMPLETE"
        },
    )


def previous_values(cloudformation: CloudFormationClient, name: str) -> dict[str, str]:
    """Return the parameters that a stack has; none when there is no such stack."""
    try:
        stack = described(cloudformation, name)
    except ClientError as error:
        if error.response["Error"]["Code"] == "ValidationError":
            return {}
        raise
    parameters = stack.get("Parameters", [])
    return {each["ParameterKey"]: each.get("ParameterValue", "") for each in parameters}


def described(cloudformation: CloudFormationClient, name: str) -> StackTypeDef:
    """Return CloudFormation's description of a stack."""
    return cloudformation.describe_stacks(StackName=name)["Stacks"][0]
