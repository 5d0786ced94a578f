"""The records of nested stacks, and what the resource that stands for one asks of it."""

from __future__ import annotations

import copy
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from localcloud.engine.ministack.cloudformation import cloudformation
from localcloud.engine.ministack.responses import responses
from localcloud.engine.ministack.template_engine import template_engine as engine
from localcloud.engine.ministack.template_helpers import template_helpers as helpers
from localcloud.engine.patching import Record

# What an update may have to go back to, as MiniStack's own updates keep it.
_KEPT: Final = (
    *("_resources", "_template", "_template_body", "_resolved_params", "_conditions"),
    *("Parameters", "Tags", "Outputs"),
)


def services() -> tuple[Any, Any]:
    """Return MiniStack's stores of stacks and of their events."""
    return cloudformation.stacks, cloudformation.stack_events


@dataclass(frozen=True)
class Wanted:
    """What a nested stack is to be.

    Attributes
    ----------
    template
        With its transforms applied.
    values
        The parameters, resolved: ``{name: {"Value": ..., "NoEcho": ...}}``.
    """

    body: str
    template: Record
    values: Record
    conditions: Record
    tags: list[Record] = field(default_factory=list)

    def is_of(self, stack: Record) -> bool:
        """Say whether a stack is this already."""
        return (
            stack.get("_template") == self.template
            and stack.get("_resolved_params") == self.values
            and stack.get("Tags", []) == self.tags
        )

    def put_into(self, stack: Record) -> None:
        """Let a stack's record show what it will become."""
        stack["_template_body"] = self.body
        stack["_conditions"] = self.conditions
        stack["Tags"] = self.tags
        stack["Description"] = self.template.get("Description", "")
        stack["Parameters"] = [
            {"ParameterKey": name, "ParameterValue": value["Value"], "NoEcho": value["NoEcho"]}
            for name, value in self.values.items()
        ]


def wanted_stack(props: Record, parent: Record) -> Wanted:
    """Read what the properties of an ``AWS::CloudFormation::Stack`` ask for.

    Raises
    ------
    ValueError
        As CloudFormation's events word it: no template is there, or it and its parameters do not agree.
    """
    url = props.get("TemplateURL")
    if not url:
        raise ValueError("Property TemplateURL cannot be empty.")
    body, problem = helpers.resolve_template({"TemplateURL": [url]})
    if problem is not None or not body:
        raise ValueError(f"TemplateURL must reference a valid S3 object to which you have access. ({url})")
    passed = _passed(props.get("Parameters") or {})
    parsed = engine.parse_template(body)
    template = engine.apply_transforms(parsed, passed)
    unknown = {tag["Key"] for tag in passed} - (template.get("Parameters") or {}).keys()
    if unknown:
        raise ValueError(f"Parameters: [{', '.join(sorted(unknown))}] do not exist in the template")
    values = engine.resolve_parameters(template, passed)
    conditions = engine.evaluate_conditions(template, values)
    engine.validate_template_support(template, conditions, params=values)
    inherited = {tag["Key"]: str(tag["Value"]) for tag in parent.get("Tags") or ()}
    own = {tag["Key"]: str(tag["Value"]) for tag in props.get("Tags") or ()}
    tags = [{"Key": key, "Value": value} for key, value in {**inherited, **own}.items()]
    return Wanted(body, template, values, conditions, tags)


def _passed(arguments: Any) -> list[Record]:
    if not isinstance(arguments, dict) or any(isinstance(value, list | dict) for value in arguments.values()):
        raise ValueError(
            "Value of property Parameters must be an object with String (or simple type) properties"
        )
    return [
        {"Key": name, "Value": str(value).lower() if isinstance(value, bool) else str(value)}
        for name, value in arguments.items()
    ]


def record_of(parent: Record, logical_id: str) -> Record:
    """Return a new record for a nested stack, under a name that is the same each time.

    AWS draws the name's last part. Here it comes of the stack above and the logical id: the names of
    functions and log groups below do not change from one start to the next.
    """
    account, region = responses.get_account_id(), responses.get_region()
    path = f"{parent['StackName']}/{logical_id}"
    suffix = hashlib.sha256(path.encode()).hexdigest()[:12].upper()
    name = f"{parent['StackName'][: 128 - len(logical_id) - 14]}-{logical_id}-{suffix}"
    return {
        "StackName": name,
        "StackId": f"arn:aws:cloudformation:{region}:{account}:stack/{name}/{responses.new_uuid()}",
        "StackStatus": "CREATE_IN_PROGRESS",
        "StackStatusReason": "",
        "CreationTime": responses.now_iso(),
        "LastUpdatedTime": responses.now_iso(),
        "Capabilities": list(parent.get("Capabilities", [])),
        "Outputs": [],
        "DisableRollback": bool(parent.get("DisableRollback")),
        "ParentId": parent["StackId"],
        "RootId": parent.get("RootId") or parent["StackId"],
        "_region": parent.get("_region") or region,
        "_resources": {},
        "_parent_stack_name": parent["StackName"],
        "_logical_id": logical_id,
    }


def snapshot(stack: Record) -> Record:
    """Return what an update of a stack may have to go back to."""
    return {name: copy.deepcopy(stack[name]) for name in _KEPT if name in stack}


def by_id(physical_id: str) -> Record | None:
    """Return the record of a nested stack; by its name too."""
    stacks, _events = services()
    return next(
        (stack for name, stack in stacks.items() if physical_id in {name, stack.get("StackId")}),
        None,
    )


def left_over(parent: Record, logical_id: str) -> Record | None:
    """Return the nested stack that an end of the process left behind, unknown to the stack above."""
    stacks, _events = services()
    for stack in stacks.values():
        place = (stack.get("_parent_stack_name"), stack.get("_logical_id"), stack.get("ParentId"))
        if place == (parent["StackName"], logical_id, parent["StackId"]):
            return None if stack["StackStatus"] == "DELETE_COMPLETE" else stack
    return None


def descendants(root: Record) -> Iterator[Record]:
    """Yield the stacks that a stack nests, as deep as they go."""
    stacks, _events = services()
    for stack in list(stacks.values()):
        if stack.get("ParentId") == root["StackId"] and stack["StackStatus"] != "DELETE_COMPLETE":
            yield stack
            yield from descendants(stack)


def attributes(stack: Record) -> Record:
    """Return what ``Fn::GetAtt`` reads of a nested stack."""
    return {f"Outputs.{out['OutputKey']}": out["OutputValue"] for out in stack.get("Outputs", [])}


def why(stack: Record, since: int) -> str:
    """Return the reason that CloudFormation gives in the stack above for a nested stack that failed.

    Parameters
    ----------
    since
        How many events it had before.
    """
    _stacks, events = services()
    for verb in ("create", "update", "delete"):
        failed = [
            event["LogicalResourceId"]
            for event in events.get(stack["StackId"], [])[since:]
            if event["ResourceStatus"] == f"{verb.upper()}_FAILED"
            and event["LogicalResourceId"] != stack["StackName"]
        ]
        if failed:
            return f"The following resource(s) failed to {verb}: [{', '.join(dict.fromkeys(failed))}]."
    reasons: list[str] = [event["ResourceStatusReason"] for event in events.get(stack["StackId"], [])[since:]]
    return next((reason for reason in reasons if reason), str(stack.get("StackStatusReason", "")))
