"""Write the workflow's files: ``python tools/workflow.py``, and ``--check`` to compare.

``order.asl.json`` is brought into its one form: an object stands on one line where it fits, which keeps
a state machine of dozens of states readable. ``express.asl.json`` is generated from it: the same states
without those that wait for a human, and before them what an Express execution needs because its name
is not its own.
"""

from __future__ import annotations

import copy
import json
import sys
from pathlib import Path
from typing import Any

WIDTH = 110
FOLDER = Path(__file__).resolve().parents[1] / "appsync" / "workflow"
STANDARD = FOLDER / "order.asl.json"
EXPRESS = FOLDER / "express.asl.json"


WAITING = {"MarkAwaitingApproval", "AwaitDecision", "MarkExpired"}
"""States that only an order which waits for a human comes to."""

LEASE_MILLISECONDS = 330_000
"""An Express execution ends after 300 s: a claim older than this has no run behind it."""

_ENTERED = "$toMillis($states.context.State.EnteredTime)"
_CLAIM: dict[str, Any] = {
    "Comment": "A name is no guard here, so the order is claimed before anything else, for longer than an "
    "Express execution may last. A second run ends without a trace; one that comes when the claim is over "
    "takes up what the first has left.",
    "QueryLanguage": "JSONata",
    "Type": "Task",
    "Resource": "arn:aws:states:::dynamodb:putItem",
    "Arguments": {
        "TableName": "${OrdersTable}",
        "Item": {
            "pk": {"S": "{% 'ORDER#' & $states.input.orderId %}"},
            "sk": {"S": "CLAIM"},
            "execution": {"S": "{% $states.context.Execution.Id %}"},
            "claimedUntil": {"N": f"{{% $string({_ENTERED} + {LEASE_MILLISECONDS}) %}}"},
        },
        "ConditionExpression": "attribute_not_exists(pk) OR claimedUntil < :now OR execution = :execution",
        "ExpressionAttributeValues": {
            ":now": {"N": f"{{% $string({_ENTERED}) %}}"},
            ":execution": {"S": "{% $states.context.Execution.Id %}"},
        },
        "ReturnValues": "ALL_OLD",
    },
    "Output": {
        "orderId": "{% $states.input.orderId %}",
        "again": "{% $exists($states.result.Attributes) %}",
    },
    "Catch": [
        {"ErrorEquals": ["DynamoDB.ConditionalCheckFailedException"], "Next": "ClaimedByAnother"},
        {"ErrorEquals": ["States.ALL"], "Next": "NotClaimed"},
    ],
    "Next": "Validate",
}
_RESUME = {
    "RECEIVED": "MarkValidated",
    "VALIDATED": "ReserveAndAuthorize",
    "CONFIRMED": "WaitToPack",
    "PACKED": "WaitToShip",
    "SHIPPED": "WaitToDeliver",
    "CANCELLED": "Overtaken",
    "FAILED": "Overtaken",
}
"""Where a run goes on that takes up an order in such a status: each task does its work once."""


def express(standard: dict[str, Any]) -> dict[str, Any]:
    """Return the Express workflow: for orders without human decisions, which end within five minutes."""
    machine = copy.deepcopy(standard)
    states: dict[str, Any] = {n: s for n, s in machine["States"].items() if n not in WAITING}
    for choice in ("BothDone", "WhoseChange"):
        rules = states[choice]["Choices"]
        states[choice]["Choices"] = [rule for rule in rules if not _of_waiting(rule)]
    settings = states["Validate"]["ResultSelector"]
    for name in ("approval.$", "approvalSeconds.$"):
        del settings[name]
    states["Validate"]["Next"] = "FirstRun"
    # A run that takes up an order may find things taken.
    states["UnknownItem"] |= {"Comment": "An earlier run may have taken something.", "Next": "Compensate"}
    retry = copy.deepcopy(states["MarkValidated"]["Retry"])
    resume: list[dict[str, Any]] = [
        {"Variable": "$.left.Item.status.S", "StringEquals": status, "Next": following}
        for status, following in _RESUME.items()
    ]
    status = "$.left.Item.status.S"
    outside: dict[str, Any] = {
        "And": [
            {"Variable": status, "IsPresent": True},
            {"Or": [{"Variable": status, "StringEquals": s} for s in ("CONFIRMED", "PACKED", "SHIPPED")]},
            {"Variable": "$.settings.fulfilment", "StringEquals": "external"},
        ],
        "Next": "Done",
    }
    read = copy.deepcopy(states["ReadOrder"]) | {
        "Comment": "An earlier run's claim is over: see how far it has come.",
        "ResultPath": "$.left",
        "Next": "Resume",
    }
    first = {"Variable": "$.again", "BooleanEquals": False, "Next": "MarkValidated"}
    gone = "Another run has this order: nothing is given back."
    return {
        "Comment": "Generated from order.asl.json by tools/workflow.py. " + machine["Comment"],
        "StartAt": "Claim",
        "States": {
            "Claim": {
                **{k: v for k, v in _CLAIM.items() if k != "Catch"},
                "Retry": retry,
                "Catch": _CLAIM["Catch"],
            },
            "ClaimedByAnother": {"Comment": gone, "Type": "Succeed"},
            "NotClaimed": {
                "Comment": "Nothing was done: the reconciler finds the order and has it started again.",
                "Type": "Fail",
                "Error": "NotClaimed",
                "Cause": "The order could not be claimed: see the table's errors. Nothing was done.",
            },
            "Validate": states.pop("Validate"),
            "FirstRun": {"Type": "Choice", "Choices": [first], "Default": "ReadLeft"},
            "ReadLeft": read,
            "Resume": {"Type": "Choice", "Choices": [outside, *resume], "Default": "Finish"},
            **states,
        },
    }


def _of_waiting(rule: dict[str, Any]) -> bool:
    decided = any(part.get("StringEquals") == "decideOrder" for part in rule.get("And", []))
    return rule["Next"] in WAITING or decided or (rule.get("And", [{}])[-1].get("StringEquals") in WAITING)


def formatted(value: Any, indent: int = 0, room: int = WIDTH) -> str:
    """Return ``value`` as JSON, each object on one line where it fits.

    Examples
    --------
    >>> formatted({"Type": "Pass", "End": True})
    '{ "Type": "Pass", "End": true }'
    """
    short = _inline(value)
    if not isinstance(value, dict | list) or not value or (len(short) <= room - indent and indent > 4):
        return short
    inner = " " * (indent + 2)
    if isinstance(value, dict):
        lines = [f"{inner}{json.dumps(k)}: {_member(k, v, indent)}" for k, v in value.items()]
        return "{\n" + ",\n".join(lines) + "\n" + " " * indent + "}"
    lines = [inner + formatted(item, indent + 2) for item in value]
    return "[\n" + ",\n".join(lines) + "\n" + " " * indent + "]"


def _member(name: str, value: Any, indent: int) -> str:
    return formatted(value, indent + 2, WIDTH - len(name) - 5)


def _inline(value: Any) -> str:
    if isinstance(value, dict) and value:
        return "{ " + ", ".join(f"{json.dumps(k)}: {_inline(v)}" for k, v in value.items()) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(map(_inline, value)) + "]"
    return json.dumps(value, ensure_ascii=False)


def files() -> dict[Path, str]:
    """Return what each file of the workflow must hold."""
    standard = json.loads(STANDARD.read_text(encoding="utf-8"))
    return {STANDARD: formatted(standard) + "\n", EXPRESS: formatted(express(standard)) + "\n"}


def main(arguments: list[str]) -> int:
    """Write the files, or with ``--check`` name those that differ."""
    differing = [
        path for path, text in files().items() if not path.exists() or path.read_text("utf-8") != text
    ]
    for path in differing:
        print(path.name)
        if "--check" not in arguments:
            path.write_text(files()[path], encoding="utf-8")
    return 1 if differing and "--check" in arguments else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
