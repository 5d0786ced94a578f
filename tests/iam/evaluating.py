"""Our verdict on a simulation as ``iam-simulate`` takes it."""

from __future__ import annotations

from typing import Any

from localcloud.iam.documents import Policy, read_policy
from localcloud.iam.evaluation import AccessRequest, Grants, evaluate
from localcloud.iam.principals import IamCaller
from tests.iam.cases import ACCOUNT, ROLE, SESSION


def verdict(simulation: dict[str, Any]) -> str:
    """Return ``Allowed``, ``ImplicitlyDenied`` or ``ExplicitlyDenied``."""
    simulated = simulation["request"]
    principal = simulated["principal"]
    caller = IamCaller(principal, ACCOUNT, ROLE if principal == SESSION else "")
    context = {
        key.lower(): tuple(value) if isinstance(value, list) else value
        for key, value in simulated["contextVariables"].items()
    }
    request = AccessRequest(caller, simulated["action"], simulated["resource"]["resource"], context)
    boundary = simulation.get("permissionBoundaryPolicies")
    of_resource = simulation.get("resourcePolicy")
    grants = Grants(
        identity=_policies(simulation["identityPolicies"]),
        boundary=None if boundary is None else _policies(boundary),
        resource=None if of_resource is None else read_policy(of_resource),
        resource_account=simulated["resource"]["accountId"],
        resource_decides=simulated["action"].startswith("kms:"),
    )
    decision = evaluate(request, grants)
    if decision.allowed:
        return "Allowed"
    return "ExplicitlyDenied" if decision.explicit else "ImplicitlyDenied"


def _policies(listed: list[dict[str, Any]]) -> list[Policy]:
    return [read_policy(each["policy"], each["name"]) for each in listed]
