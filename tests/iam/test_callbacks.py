"""Who may answer a callback of a durable execution: those who may do so for its function's versions."""

from __future__ import annotations

from typing import Any, cast

from localcloud.functions.durable.tokens import new_callback_id
from localcloud.iam.actions.call import ApiCall
from localcloud.iam.actions.compute import lambda_

ARN = "arn:aws:lambda:us-east-1:000000000000:function:run-order:1/durable-execution/order/1f"


def test_callback_answer_is_authorized_on_its_execution() -> None:
    path = f"/2025-12-01/durable-execution-callbacks/{new_callback_id(ARN)}/succeed"
    call = ApiCall("lambda", "SendDurableExecutionCallbackSuccess", "000000000000", "us-east-1", path=path)
    [need] = lambda_(call, cast("Any", None))
    assert (need.action, need.resource) == ("lambda:SendDurableExecutionCallbackSuccess", ARN)
