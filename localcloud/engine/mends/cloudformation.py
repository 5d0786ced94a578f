"""CloudFormation's change sets."""

from __future__ import annotations

from typing import Any

from localcloud.engine.mends.patching import Context, Function, Record, mend, original, wrap


@mend("cloudformation.conditions")
def _conditions(_context: Context) -> None:
    """Let a change set see what conditions add, remove and choose.

    AWS compares what each resource is after conditions. MiniStack compared the templates: with the same
    template and a parameter that turns a condition, the change set failed for want of changes, unless a
    property happened to show the difference. It resolved no property of a resource that has one which
    refers to another resource, and so overlooked ``Fn::If`` there.
    """
    from ministack.services.cloudformation import changesets  # noqa: PLC0415

    evaluate = original(changesets, "_evaluate_conditions")

    @wrap(changesets, "_resolve_props_for_diff")
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
                        "Properties": chosen(resource.get("Properties", {}), holding),
                    }
            return {**resolved, "Resources": resources}

        return resolve


def chosen(value: Any, holding: Record) -> Any:
    """Return a document with the branch that each ``Fn::If`` takes.

    Examples
    --------
    >>> chosen({"Host": {"Fn::If": ["On", {"Ref": "Host"}, ""]}}, {"On": False})
    {'Host': ''}
    """
    if isinstance(value, list):
        return [chosen(each, holding) for each in value]
    if not isinstance(value, dict):
        return value
    branches = value.get("Fn::If")
    if isinstance(branches, list) and len(branches) == 3 and branches[0] in holding:
        return chosen(branches[1 if holding[branches[0]] else 2], holding)
    return {name: chosen(each, holding) for name, each in value.items()}
