"""State machines to be measured: in JSONPath and with nothing that an older interpreter lacks."""

from __future__ import annotations

from typing import Any, Final

Definition = dict[str, Any]

# What an execution of TEN starts with, and each item of its Map.
ORDER: Final = {"orderId": "3f0c4b52", "total": 120, "items": [{"sku": "A", "quantity": 2}]}
ORDER_TRANSITIONS: Final = 15


def ten() -> Definition:
    """Return five Choice and five Pass states, in turn."""
    states: Definition = {}
    for number in range(5):
        states[f"Choice{number}"] = {
            "Type": "Choice",
            "Choices": [
                {"Variable": "$.total", "NumericLessThan": 0, "Next": "Pass4"},
                {
                    "And": [
                        {"Variable": "$.orderId", "IsPresent": True},
                        {"Variable": "$.total", "NumericGreaterThan": 100},
                    ],
                    "Next": f"Pass{number}",
                },
            ],
            "Default": "Pass4",
        }
        states[f"Pass{number}"] = {
            "Type": "Pass",
            "Parameters": {"step": number, "orderId.$": "$.orderId"},
            "ResultPath": "$.work",
            **({"Next": f"Choice{number + 1}"} if number < 4 else {"End": True}),
        }
    return {"StartAt": "Choice0", "States": states}


def mapped(processor: Definition) -> Definition:
    """Return a Map whose items each go through a machine."""
    state = {"Type": "Map", "ItemsPath": "$.items", "ItemProcessor": processor, "ResultPath": None}
    return {"StartAt": "Each", "States": {"Each": {**state, "End": True}}}


def invoking(function: str, times: int = 8) -> Definition:
    """Return Tasks in a row that each invoke a function."""
    states = {
        f"Invoke{number}": {
            "Type": "Task",
            "Resource": "arn:aws:states:::lambda:invoke",
            "Parameters": {"FunctionName": function, "Payload": {"orderId.$": "$.orderId"}},
            "ResultSelector": {"ok.$": "$.Payload.ok"},
            "ResultPath": "$.result",
            **({"Next": f"Invoke{number + 1}"} if number + 1 < times else {"End": True}),
        }
        for number in range(times)
    }
    return {"StartAt": "Invoke0", "States": states}


def tokens(table: str) -> Definition:
    """Return a Task that leaves its token in a table, always in the same item, and waits for it."""
    task = {
        "Type": "Task",
        "Resource": "arn:aws:states:::aws-sdk:dynamodb:putItem.waitForTaskToken",
        "Parameters": {
            "TableName": table,
            "Item": {"id": {"S": "token"}, "token": {"S.$": "$$.Task.Token"}},
        },
        "End": True,
    }
    return {"StartAt": "Wait", "States": {"Wait": task}}


def waiting(seconds: int) -> Definition:
    """Return a Wait state."""
    return {"StartAt": "Wait", "States": {"Wait": {"Type": "Wait", "Seconds": seconds, "End": True}}}


def order() -> Definition:
    """Return the order's workflow, its calls replaced by Pass states that write the same requests.

    It has the fifteen transitions of an order that is delivered.
    """
    states: Definition = {
        "Validate": {
            "Type": "Pass",
            "Parameters": {
                "paceSeconds.$": "States.StringToJson('0')",
                "paymentTaskSeconds.$": "States.MathAdd(States.StringToJson('3'), 5)",
            },
            "ResultPath": "$.settings",
            "Next": "MarkValidated",
        },
        "MarkValidated": _marked("RECEIVED", "VALIDATED", "ReserveAndAuthorize"),
        "ReserveAndAuthorize": {
            "Type": "Parallel",
            "Branches": [_branch("ReserveStock"), _branch("AuthorizePayment")],
            "ResultSelector": {"stock.$": "$[0]", "payment.$": "$[1]"},
            "ResultPath": "$.results",
            "Next": "BothDone",
        },
        "BothDone": {
            "Type": "Choice",
            "Choices": [
                {
                    "And": [
                        {"Variable": "$.results.stock.ok", "BooleanEquals": True},
                        {"Variable": "$.results.payment.ok", "BooleanEquals": True},
                    ],
                    "Next": "MarkConfirmed",
                },
            ],
            "Default": "Failed",
        },
        "MarkConfirmed": _marked("VALIDATED", "CONFIRMED", "WaitToPack"),
        "WaitToPack": _paced("MarkPacked"),
        "MarkPacked": _marked("CONFIRMED", "PACKED", "WaitToShip"),
        "WaitToShip": _paced("MarkShipped"),
        "MarkShipped": _marked("PACKED", "SHIPPED", "WaitToDeliver"),
        "WaitToDeliver": _paced("MarkDelivered"),
        "MarkDelivered": _marked("SHIPPED", "DELIVERED", "Finish"),
        "Finish": {
            "Type": "Choice",
            "Choices": [
                {"Variable": "$.unfinished", "IsPresent": True, "Next": "Failed"},
                {
                    "And": [
                        {"Variable": "$.failure", "IsPresent": True},
                        {"Variable": "$.failure.reason", "StringEquals": "INTERNAL_ERROR"},
                    ],
                    "Next": "Failed",
                },
            ],
            "Default": "Done",
        },
        "Failed": {"Type": "Fail"},
        "Done": {"Type": "Succeed"},
    }
    return {"StartAt": "Validate", "States": states}


def _marked(before: str, status: str, following: str) -> Definition:
    change = {"M": {"execution": {"S.$": "$$.Execution.Id"}, "state": {"S.$": "$$.State.Name"}}}
    entry = {"M": {"status": {"S": status}, "at": {"S.$": "$$.State.EnteredTime"}}}
    return {
        "Type": "Pass",
        "Parameters": {
            "TableName": "orders",
            "Key": {"pk": {"S.$": "States.Format('ORDER#{}', $.orderId)"}, "sk": {"S": "STATE"}},
            "ConditionExpression": "#status IN (:before)",
            "UpdateExpression": "SET #status = :status, version = version + :one",
            "ExpressionAttributeNames": {"#status": "status"},
            "ExpressionAttributeValues": {
                ":before": {"S": before},
                ":status": {"S": status},
                ":one": {"N": "1"},
                ":entry": {"L": [entry]},
                ":at": {"S.$": "$$.State.EnteredTime"},
                ":change": change,
            },
        },
        "ResultPath": None,
        "Next": following,
    }


def _branch(name: str) -> Definition:
    return {
        "StartAt": name,
        "States": {name: {"Type": "Pass", "Result": {"ok": True, "reason": "NONE"}, "End": True}},
    }


def _paced(following: str) -> Definition:
    return {"Type": "Wait", "SecondsPath": "$.settings.paceSeconds", "Next": following}
