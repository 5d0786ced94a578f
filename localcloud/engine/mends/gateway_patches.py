"""API Gateway's REST APIs: what PATCH makes of methods, integrations, authorizers, keys and usage plans.

Source: "Patch operations" in API Gateway's API reference.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from localcloud.engine.ministack.apigateway_v1 import RestAPIs
from localcloud.engine.patching import Context, Function, Record, mend

FLAGS = ("apiKeyRequired", "enabled", "tracingEnabled", "cacheClusterEnabled")
NUMBERS: dict[str, Callable[[str], Any]] = {
    "timeoutInMillis": int,
    "authorizerResultTtlInSeconds": int,
    "limit": int,
    "offset": int,
    "burstLimit": int,
    "rateLimit": float,
}


def _typed(names: list[str], value: Any) -> Any:
    """Return a patch's value as its member has it: the values of patches are texts."""
    if not isinstance(value, str):
        return value
    name = names[-1]
    if name in FLAGS or names[0] == "requestParameters":
        # Of an integration they are texts, and of a method flags.
        return {"true": True, "false": False}.get(value.lower(), value)
    try:
        return NUMBERS[name](value) if name in NUMBERS else value
    except ValueError:
        return value


def _stage_of(plan: Record, name: str) -> Record | None:
    api_id, _, stage = name.partition(":")
    matches = (
        stage_entry
        for stage_entry in plan.get("apiStages") or []
        if (stage_entry["apiId"], stage_entry["stage"]) == (api_id, stage)
    )
    return next(matches, None)


def _patch_stages(plan: Record, names: list[str], operation: Record) -> None:
    """Add a stage to a usage plan, take it away, or limit its methods: ``/apiStages/ID:NAME/throttle/…``."""
    removing = operation.get("op") == "remove"
    if len(names) == 1:
        name = str(operation.get("value"))
        there = _stage_of(plan, name)
        if removing and there is not None:
            plan["apiStages"].remove(there)
        elif not removing and there is None:
            api_id, _, stage = name.partition(":")
            plan.setdefault("apiStages", []).append({"apiId": api_id, "stage": stage, "throttle": {}})
        return
    limited = _stage_of(plan, names[1])
    if limited is None or names[2:3] != ["throttle"]:
        return
    limits: Record = limited.setdefault("throttle", {})
    if removing:
        limits.pop("/".join(names[3:]), None)
    elif names[-1] in NUMBERS:
        limits.setdefault("/".join(names[3:-1]), {})[names[-1]] = _typed(names, operation.get("value"))


@mend("gateway.patches")
def patches_have_types_and_pointers(context: Context) -> None:
    """Read paths as JSON Pointers and values as their members' types, and patch usage plans' stages.

    MiniStack keeps ``application~1json`` as it is and every value as text, so that a method asks for
    an API key once ``/apiKeyRequired`` is ``false``; ``/apiStages`` becomes a text.
    """

    @RestAPIs.apply_patch.wrap
    def _(before: Function) -> Function:
        def patch(record: Record, operations: list[Record]) -> Any:
            for operation in operations:
                path = str(operation.get("path", "")).removeprefix("/")
                names = [name.replace("~1", "/").replace("~0", "~") for name in path.split("/")]
                if names[0] == "apiStages":
                    _patch_stages(record, names, operation)
                elif names[0] == "providerARNs" and isinstance(operation.get("value"), str):
                    arns = [arn for arn in record.get("providerARNs") or [] if arn != operation["value"]]
                    record["providerARNs"] = arns + (
                        [] if operation.get("op") == "remove" else [operation["value"]]
                    )
                elif len(names) > 1 and operation.get("op") != "remove":
                    target = record
                    for name in names[:-1]:
                        if not isinstance(target.get(name), dict):
                            target[name] = {}
                        target = target[name]
                    target[names[-1]] = _typed(names, operation.get("value"))
                elif len(names) > 1 and "~" in path:
                    inner = record.get(names[0])
                    if isinstance(inner, dict):
                        inner.pop(names[-1], None)
                else:
                    before(record, [{**operation, "value": _typed(names, operation.get("value"))}])
            return record

        return patch
