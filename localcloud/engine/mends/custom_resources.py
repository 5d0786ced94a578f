"""CloudFormation: custom resources whose function fails, or never answers."""

from __future__ import annotations

import threading
import time
from typing import Any, Final

from localcloud.engine.ministack.cloudformation import cloudformation
from localcloud.engine.ministack.custom_resource import CustomResource, custom_resource
from localcloud.engine.ministack.lambda_svc import Lambda
from localcloud.engine.patching import Context, Function, Record, mend

# What may still be under way when a function has ended: its own answer, or events that it sent on.
AFTER_FAILURE: Final = 1.0
AFTER_RETURN: Final = 5.0
# These go on by themselves after a function has returned, as CDK's provider framework has it.
GO_ON: Final = "AWS::StepFunctions::StateMachine"


class _Local(threading.local):
    """What the thread that waits for a custom resource has learned of its function."""

    outcome: Record | None = None


class CustomResourceAnswer(threading.Event):
    """Set once the function has answered at ResponseURL."""

    def __init__(self, token: str, local: _Local, gives_up: Function) -> None:
        super().__init__()
        self.token = token
        self._local = local
        self._gives_up = gives_up

    def wait(self, timeout: float | None = None) -> bool:
        """Wait as CloudFormation does, but no longer than an answer can come."""
        outcome, self._local.outcome = self._local.outcome or {}, None
        if self.is_set():
            return True
        reason = "it returned, and nothing has answered at ResponseURL"
        patience = AFTER_RETURN
        if outcome.get("error"):
            reason, patience = f"it failed: {_message(outcome.get('body'))}", AFTER_FAILURE
        deadline = time.monotonic() + (3600 if timeout is None else timeout)
        super().wait(min(patience, max(0.0, deadline - time.monotonic())))
        if not self.is_set():
            self._gives_up(self.token, reason, failed=bool(outcome.get("error")))
        return super().wait(max(0.0, deadline - time.monotonic()))


def _message(body: Any) -> str:
    if isinstance(body, dict) and body.get("errorType"):
        return f"{body['errorType']}: {body.get('errorMessage', '')}"
    return str(body)


@mend("cloudformation.custom_resources")
def custom_resources_end(context: Context) -> None:
    """Fail a custom resource at once whose function failed, or returned without an answer.

    CloudFormation waits for an hour, after three attempts of a function that fails, and so did MiniStack,
    without a word. Nothing comes any more unless a state machine goes on: then this waits, too.
    """
    local = _Local()
    deliver = custom_resource.deliver_response
    pending: Record = custom_resource.pending
    lock = custom_resource.lock

    def may_go_on() -> bool:
        resources = [
            resource
            for stack in list(cloudformation.stacks.values())
            for resource in stack.get("_resources", {}).values()
        ]
        return any(resource.get("ResourceType") == GO_ON for resource in resources)

    def gives_up(token: str, reason: str, *, failed: bool) -> None:
        if failed or not may_go_on():
            deliver(token, {"Status": "FAILED", "Reason": f"Its function gave no answer: {reason}"})

    def register(token: str) -> CustomResourceAnswer:
        answer = CustomResourceAnswer(token, local, gives_up)
        with lock:
            pending[token] = {"event": answer, "result": None}
        return answer

    @Lambda.execute_function_with_config_scope.wrap
    def _(before: Function) -> Function:
        def execute(*args: Any) -> Any:
            try:
                outcome = before(*args)
            except Exception as error:
                local.outcome = {"error": True, "body": str(error)}
                raise
            local.outcome = outcome
            return outcome

        return execute

    CustomResource.register_token.replace(register)
