"""Step Functions: invalid definitions are refused when the state machine is made."""

from __future__ import annotations

from typing import Any

from localcloud.engine.mends.patching import (
    Context,
    Function,
    Record,
    Response,
    mend,
    original,
    replace,
    wrap,
    wrap_handler,
)
from localcloud.states.validation import diagnostics, refusal

MACHINE = "AWS::StepFunctions::StateMachine"


@mend("states.definitions")
def invalid_definitions_are_refused(context: Context) -> None:
    """Refuse a definition that Step Functions would refuse, by the API and by CloudFormation.

    AWS: ``InvalidDefinition: Invalid State Machine Definition: '...'``. MiniStack accepts anything
    and fails (or hangs) in the execution.
    """
    from ministack.core import responses  # noqa: PLC0415
    from ministack.services import stepfunctions  # noqa: PLC0415
    from ministack.services.cloudformation import provisioners  # noqa: PLC0415

    machines = original(stepfunctions, "_state_machines")

    def check_on(name: str) -> None:
        @wrap(stepfunctions, name)
        def _(before: Function) -> Function:
            def change(data: Record) -> Response:
                known = machines.get(data.get("stateMachineArn", "")) or {}
                kind = data.get("type") or known.get("type") or "STANDARD"
                # An update may leave the definition as it is.
                message = refusal(data["definition"], kind=kind) if "definition" in data else None
                response: Response = (
                    responses.error_response_json("InvalidDefinition", message, 400)
                    if message
                    else before(data)
                )
                return response

            return change

    check_on("_create_state_machine")
    check_on("_update_state_machine")

    @wrap_handler(MACHINE, "create")
    def _(before: Function) -> Function:
        def create(logical_id: str, props: Record, stack: str) -> Any:
            kind = props.get("StateMachineType", "STANDARD")
            message = refusal(provisioners._sfn_definition(props), kind=kind)
            if message:
                raise ValueError(f"{message} (Service: Sfn, Status Code: 400, Error Code: InvalidDefinition)")
            return before(logical_id, props, stack)

        return create

    def validate(data: Record) -> Response:
        kind = "EXPRESS" if data.get("type") == "EXPRESS" else "STANDARD"
        found = diagnostics(data.get("definition", ""), kind=kind)
        failed = any(each.severity == "ERROR" for each in found)
        if data.get("severity") != "WARNING":
            found = [each for each in found if each.severity == "ERROR"]
        answer: Response = responses.json_response(
            {
                "result": "FAIL" if failed else "OK",
                "diagnostics": [each.as_json() for each in found],
                "truncated": False,
            }
        )
        return answer

    replace(stepfunctions, "_validate_state_machine_definition", validate)
