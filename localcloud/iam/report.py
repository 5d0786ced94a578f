"""The report: for each role what it used, lacked and never used, and the policy that would be enough."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from localcloud.iam.documents import Policy
from localcloud.iam.ledger import Allowance, RoleUse

Json = dict[str, "Json"] | list["Json"] | str | int | float | bool | None


def role_report(use: RoleUse, policies: Sequence[Policy]) -> dict[str, Json]:
    """Return the report of one role.

    Parameters
    ----------
    policies
        Its identity policies.
    """
    lacked: dict[str, dict[str, None]] = {}
    for action, resource in use.lacked:
        lacked.setdefault(action, {})[resource] = None
    actions = {action: dict(resources) for action, resources in use.used.items()}
    for action, resources in lacked.items():
        actions.setdefault(action, {}).update(resources)
    return {
        "used": _listed(use.used),
        "lacked": [
            {"action": action, "resource": resource, "reason": reason}
            for (action, resource), reason in sorted(use.lacked.items())
        ],
        "neverUsed": never_used(policies, use.allowing),
        "policy": minimal_policy(actions),
    }


def _listed(resources: Mapping[str, Mapping[str, None]]) -> list[Json]:
    return [{"action": action, "resources": [*sorted(resources[action])]} for action in sorted(resources)]


def never_used(policies: Sequence[Policy], allowing: set[Allowance]) -> list[Json]:
    """Return what of a role's policies allowed nothing: an action as a whole, or some of its resources."""
    rows: list[Json] = []
    for policy in policies:
        for statement in policy.statements:
            if statement.effect != "Allow" or statement.actions is None:
                continue
            resources = statement.resources or ("*",)
            for action in statement.actions:
                idle = sorted(r for r in resources if Allowance(action, r) not in allowing)
                if idle:
                    rows.append({"policy": policy.name, "action": action, "resources": list(idle)})
    return rows


def minimal_policy(actions: Mapping[str, Mapping[str, None]]) -> dict[str, Json]:
    """Return the smallest policy that allows some actions on some resources.

    Examples
    --------
    >>> minimal_policy({"sqs:SendMessage": {"q": None}, "sqs:DeleteMessage": {"q": None}})["Statement"]
    [{'Effect': 'Allow', 'Action': ['sqs:DeleteMessage', 'sqs:SendMessage'], 'Resource': ['q']}]
    """
    together: dict[tuple[str, ...], list[str]] = {}
    for action in sorted(actions):
        together.setdefault(tuple(sorted(actions[action])), []).append(action)
    statements: list[Json] = [
        {"Effect": "Allow", "Action": list(actions), "Resource": list(resources)}
        for resources, actions in sorted(together.items(), key=lambda pair: pair[1])
    ]
    return {"Version": "2012-10-17", "Statement": statements}
