"""CloudFormation's change sets."""

from __future__ import annotations

import json
from typing import Any

from localcloud.engine.ministack.changesets import Changesets, changesets
from localcloud.engine.ministack.cloudformation import cloudformation
from localcloud.engine.ministack.stack_handlers import StackHandlers
from localcloud.engine.ministack.stack_handlers import stack_handlers as handlers
from localcloud.engine.ministack.template_engine import TemplateEngine
from localcloud.engine.patching import Context, Function, Record, mend


@mend("cloudformation.conditions")
def _conditions(_context: Context) -> None:
    """Let a change set see what conditions add, remove and choose.

    AWS compares what each resource is after conditions. MiniStack compared the templates: with the same
    template and a parameter that turns a condition, the change set failed for want of changes, unless a
    property happened to show the difference. It resolved no property of a resource that has one which
    refers to another resource, and so overlooked ``Fn::If`` there.
    """
    evaluate = changesets.evaluate_conditions

    @Changesets.resolve_props_for_diff.wrap
    def _(before: Function) -> Function:
        def resolve(template: Record, params: Record, *rest: Any) -> Record:
            resolved: Record = before(template, params, *rest)
            if not resolved:
                return resolved
            holding = evaluate(template, params)
            resources = {}
            for logical_id, resource in resolved["Resources"].items():
                if holding.get(resource.get("Condition"), True):
                    resources[logical_id] = {
                        **resource,
                        "Properties": with_choices(resource.get("Properties", {}), holding),
                    }
            return {**resolved, "Resources": resources}

        return resolve


def with_choices(value: Any, holding: Record) -> Any:
    """Return a document with the branch that each ``Fn::If`` takes.

    Examples
    --------
    >>> with_choices({"Host": {"Fn::If": ["On", {"Ref": "Host"}, ""]}}, {"On": False})
    {'Host': ''}
    """
    if isinstance(value, list):
        return [with_choices(each, holding) for each in value]
    if not isinstance(value, dict):
        return value
    branches = value.get("Fn::If")
    if isinstance(branches, list) and len(branches) == 3 and branches[0] in holding:
        return with_choices(branches[1 if holding[branches[0]] else 2], holding)
    return {name: with_choices(each, holding) for name, each in value.items()}


@mend("cloudformation.allowed_values")
def _allowed_values(_context: Context) -> None:
    """Hold each item of a list against ``AllowedValues``.

    AWS compares each item of a CommaDelimitedList. MiniStack compared the whole text, so that ``a,b`` was
    none of ``[a, b]``.
    """
    for name in (
        TemplateEngine.resolve_parameters,
        Changesets.resolve_parameters,
        StackHandlers.resolve_parameters,
    ):
        name.wrap(_of_items)


def _of_items(before: Function) -> Function:
    def resolve(template: Record, provided: list[Record], *rest: Any) -> Any:
        declared = template.get("Parameters") or {}
        lists = {
            name: {str(each) for each in body["AllowedValues"]}
            for name, body in declared.items()
            if "AllowedValues" in body and str(body.get("Type")).startswith(("CommaDelimitedList", "List<"))
        }
        if not lists:
            return before(template, provided, *rest)
        plain = {
            name: {key: value for key, value in body.items() if key != "AllowedValues" or name not in lists}
            for name, body in declared.items()
        }
        resolved = before({**template, "Parameters": plain}, provided, *rest)
        for name, allowed in lists.items():
            wrong = {item.strip() for item in resolved[name]["Value"].split(",")} - allowed
            if wrong:
                raise ValueError(
                    f"Parameter '{name}' must be one of AllowedValues (not {', '.join(sorted(wrong))})"
                )
        return resolved

    return resolve


@mend("cloudformation.outputs")
def _outputs(_context: Context) -> None:
    """Let a change set change outputs alone.

    AWS executes it. MiniStack looked at resources only, and refused it for want of changes.
    """
    actions = handlers.action_handlers
    before = actions["CreateChangeSet"]

    def create(params: Record) -> Any:
        answer = before(params)
        if answer[0] == 200:
            change_set = list(cloudformation.change_sets.values())[-1]
            stack = cloudformation.stacks.get(change_set["StackName"], {})
            if change_set["ExecutionStatus"] == "UNAVAILABLE" and changes_outputs(change_set, stack):
                change_set.update(Status="CREATE_COMPLETE", ExecutionStatus="AVAILABLE", StatusReason="")
        return answer

    actions["CreateChangeSet"] = create


def changes_outputs(change_set: Record, stack: Record) -> bool:
    """Say whether a change set without other changes changes what the stack puts out.

    Examples
    --------
    >>> new = {"ChangeSetType": "UPDATE", "Changes": [], "_template": {"Outputs": {"A": {"Value": "1"}}}}
    >>> changes_outputs(new, {"_template": {}})
    True
    """
    if change_set["ChangeSetType"] != "UPDATE" or "import" in str(change_set.get("StatusReason")).lower():
        return False
    outputs = change_set["_template"].get("Outputs") or {}
    if outputs != (stack.get("_template", {}).get("Outputs") or {}):
        return True
    had = stack.get("_resolved_params", {})
    values = change_set.get("_resolved_params", {})
    changed = [name for name, each in values.items() if had.get(name, {}).get("Value") != each.get("Value")]
    text = json.dumps(outputs)
    return any(f'"{name}"' in text or f"${{{name}}}" in text for name in changed)
