"""Step Functions: StartExecution's idempotent names, and what Express refuses."""

from __future__ import annotations

import json
import re
import uuid
from contextvars import ContextVar

from localcloud.engine.mends.patching import Context, Function, Record, Response, mend, original, wrap
from localcloud.engine.mends.states_retention import RETENTION

# API reference, StartExecution, name: these may not occur.
FORBIDDEN = re.compile(r'[\s<>{}\[\]?*"#%\\^|~`$&,;:/\x00-\x1f\x7f-\x9f\ufffe\uffff\U00010000-\U0010ffff]')
NESTED: ContextVar[bool] = ContextVar("states_nested", default=False)


def _refused(code: str, message: str) -> Response:
    from ministack.core.responses import error_response_json  # noqa: PLC0415

    refusal: Response = error_response_json(code, message, 400)
    return refusal


def _problem(data: Record) -> Response | None:
    """Return AWS's refusal of a StartExecution's name or input."""
    name = data.get("name")
    if name is not None and (not 1 <= len(name) <= 80 or FORBIDDEN.search(name)):
        return _refused("InvalidName", f"Invalid Name: '{name}'")
    try:
        json.loads(data.get("input") or "{}")
    except ValueError as error:
        return _refused("InvalidExecutionInput", f"Invalid State Machine Execution Input: '{error}'")
    return None


@mend("states.express")
def express_is_express(context: Context) -> None:
    """Hold Express to its rules: no idempotent names, nothing to stop or describe afterwards.

    AWS runs every Express start as a new execution (its ARN says ``express`` and ends in an id of
    its own) and refuses StopExecution, DescribeExecution and GetExecutionHistory for it;
    StartSyncExecution takes Express machines only. MiniStack does the opposite of each.
    """
    from ministack.services import stepfunctions  # noqa: PLC0415

    machines = original(stepfunctions, "_state_machines")

    def is_express(data: Record) -> bool:
        arn = stepfunctions._resolve_state_machine_arn(data.get("stateMachineArn", "").split("#")[0])
        return bool(arn) and machines[arn].get("type") == "EXPRESS"

    def run_again(data: Record, start: Function) -> Response:
        """Start under a name of the execution's own, and answer with Express's ARN."""
        name = data.get("name") or str(uuid.uuid4())
        own = str(uuid.uuid4())
        status, headers, body = start({**data, "name": f"{name}:{own}"})
        if status != 200:
            return status, headers, body
        answer = json.loads(body)
        if "name" in answer:
            answer["name"] = name
        answer["executionArn"] = answer["executionArn"].replace(":execution:", ":express:", 1)
        return status, headers, json.dumps(answer).encode()

    @wrap(stepfunctions, "_start_execution")
    def _(before: Function) -> Function:
        def start(data: Record) -> Response:
            if is_express(data):
                return _problem(data) or run_again(data, before)
            response: Response = before(data)
            return response

        return start

    @wrap(stepfunctions, "_start_sync_execution")
    def _(before: Function) -> Function:
        def start(data: Record) -> Response:
            if is_express(data):
                return _problem(data) or run_again(data, before)
            if NESTED.get() or data.get("stateMachineArn") not in machines:
                response: Response = before(data)
                return response
            message = "This operation is not supported by this type of state machine"
            return _refused("StateMachineTypeNotSupported", message)

        return start

    @wrap(stepfunctions, "_invoke_nested_start_execution_sync")
    def _(before: Function) -> Function:
        def invoke(resource: str, input_data: Record) -> Record:
            token = NESTED.set(True)
            try:
                result: Record = before(resource, input_data)
                return result
            finally:
                NESTED.reset(token)

        return invoke

    def refuse(name: str) -> None:
        @wrap(stepfunctions, name)
        def _(before: Function) -> Function:
            def look(data: Record) -> Response:
                if ":express:" in str(data.get("executionArn")):
                    message = "Invalid Arn: 'Resource type not valid in this context: express'"
                    return _refused("InvalidArn", message)
                response: Response = before(data)
                return response

            return look

    for operation in ("_stop_execution", "_describe_execution", "_get_execution_history"):
        refuse(operation)

    @wrap(stepfunctions, "_list_executions")
    def _(before: Function) -> Function:
        def look(data: Record) -> Response:
            if data.get("stateMachineArn") and is_express(data):
                message = "This operation is not supported by this type of state machine"
                return _refused("StateMachineTypeNotSupported", message)
            response: Response = before(data)
            return response

        return look

    @wrap(stepfunctions, "_emit_execution_status_event")
    def _(before: Function) -> Function:
        def emit(execution: Record) -> None:
            if (machines.get(execution["stateMachineArn"]) or {}).get("type") != "EXPRESS":
                before(execution)

        return emit


@mend("states.idempotent_start")
def starting_twice_is_starting_once(context: Context) -> None:
    """Answer a repeated StartExecution as AWS does.

    The same name and input while the execution runs: 200, the same ARN and startDate. Another
    input, or the execution has ended: ExecutionAlreadyExists. MiniStack refuses every repetition,
    so a client that lost the first answer could not tell. Bad names and inputs are refused too.
    """
    from ministack.core import responses  # noqa: PLC0415
    from ministack.services import stepfunctions  # noqa: PLC0415

    executions = original(stepfunctions, "_executions")

    @wrap(stepfunctions, "_start_execution")
    def _(before: Function) -> Function:
        def start(data: Record) -> Response:
            machine_arn = stepfunctions._resolve_state_machine_arn(
                data.get("stateMachineArn", "").split("#")[0]
            )
            machine = stepfunctions._state_machines.get(machine_arn) if machine_arn else None
            problem = _problem(data)
            if machine is None or problem is not None:
                return problem or before(data)
            name = data.get("name")
            if not name or machine.get("type") == "EXPRESS":
                response: Response = before(data)
                return response
            arn = machine_arn.replace(":stateMachine:", ":execution:") + f":{name}"
            running = executions.get(arn)
            same = running is not None and running["input"] == data.get("input", "{}")
            if running is not None and same and running["status"] == "RUNNING":
                repeated: Response = responses.json_response(
                    {"executionArn": arn, "startDate": running["startDate"]}
                )
                return repeated
            forgotten = RETENTION.knows((responses.get_account_id(), responses.get_region(), arn))
            if running is not None or forgotten:
                return _refused("ExecutionAlreadyExists", f"Execution Already Exists: '{arn}'")
            first: Response = before(data)
            return first

        return start
