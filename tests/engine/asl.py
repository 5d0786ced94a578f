"""State machines in a few words, for the tests of Step Functions."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.engine.standins import FunctionError
from tests.engine.world import World

INVOKE = "arn:aws:states:::lambda:invoke"
DONE = {"Type": "Succeed"}


def code_of(refused: pytest.ExceptionInfo[ClientError]) -> str:
    code: str = refused.value.response["Error"]["Code"]
    return code


def invoke(function: str, **fields: Any) -> dict[str, Any]:
    state = {
        "Type": "Task",
        "Resource": INVOKE,
        "Parameters": {"FunctionName": function, "Payload.$": "$"},
        "ResultSelector": {"answer.$": "$.Payload"},
        **fields,
    }
    return state if "Next" in fields else {**state, "End": True}


def table(world: World) -> str:
    name = world.name("table")
    world.client("dynamodb").create_table(
        TableName=name,
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    return name


def raiser(name: str) -> Any:
    def function(_event: Any) -> Any:
        raise FunctionError(name, "sold out")

    return function
