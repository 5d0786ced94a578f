"""Step Functions: invalid definitions are refused when the state machine is made."""

from __future__ import annotations

from typing import Any

from localcloud.engine.definitions import problems
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

    def message_on(definition: str, kind: str) -> str | None:
        found = problems(definition, express=kind == "EXPRESS")
        return f"Invalid State Machine Definition: '{', '.join(found)}'" if found else None

    def check_on(name: str) -> None:
        @wrap(stepfunctions, name)
        def _(before: Function) -> Function:
            def change(data: Record) -> Response:
                known = machines.get(data.get("stateMachineArn", "")) or {}
                kind = data.get("type") or known.get("type") or "STANDARD"
                # An update may leave the definition as it is.
                message = message_on(data["definition"], kind) if "definition" in data else None
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
            message = message_on(provisioners._sfn_definition(props), kind)
            if message:
                raise ValueError(f"{message} (Service: Sfn, Status Code: 400, Error Code: InvalidDefinition)")
            return before(logical_id, props, stack)

        return create

    def validate(data: Record) -> Response:
        found = problems(data.get("definition", ""), express=data.get("type") == "EXPRESS")
        diagnostics = []
        for problem in found:
            code, _, rest = problem.partition(": ")
            text, _, place = rest.rpartition(" at ")
            diagnostics.append(
                {"severity": "ERROR", "code": code, "message": text or rest, "location": place}
            )
        answer: Response = responses.json_response(
            {"result": "FAIL" if found else "OK", "diagnostics": diagnostics}
        )
        return answer

    replace(stepfunctions, "_validate_state_machine_definition", validate)
