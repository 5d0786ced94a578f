"""Step Functions: tasks, their time limits, retries and callbacks."""

from __future__ import annotations

import json
import random
import threading
import time
from datetime import datetime
from typing import Any

from localcloud.engine.mends.patching import Context, Function, Record, mend, original, replace, wrap
from localcloud.engine.mends.states_execution import scope
from localcloud.engine.speed import copied

# One year, the longest that a Standard execution may last.
FOREVER = 31_536_000.0
# DynamoDB does one thing at a time, on whatever thread: handing a task over to the event loop and back
# costs more than the task.
TURN = threading.RLock()


@mend("states.callbacks")
def callbacks_keep_time(context: Context) -> None:
    """Fail a ``.waitForTaskToken`` task when its call fails, and when its heartbeat stays away.

    MiniStack swallows a Lambda error there and waits for ever, and ignores HeartbeatSeconds.
    AWS: no SendTaskHeartbeat for that long is a States.HeartbeatTimeout, which States.Timeout
    matches as well; TimeoutSeconds counts from the task's start.
    """
    from ministack.services import stepfunctions  # noqa: PLC0415

    failure = original(stepfunctions, "_ExecutionError")
    tokens = original(stepfunctions, "_task_tokens")

    def wait(info: Record, state: Record, started: float) -> None:
        """Return when the token is answered; raise when time is up."""
        limit = state.get("TimeoutSeconds", FOREVER)
        heartbeat = state.get("HeartbeatSeconds")
        while not info["event"].is_set():
            last_sign = started
            if info["heartbeat"]:
                last_sign = datetime.fromisoformat(info["heartbeat"]).timestamp()
            now = time.time()
            until_limit = started + limit - now
            until_heartbeat = last_sign + heartbeat - now if heartbeat else FOREVER
            if until_limit <= 0:
                raise failure("States.Timeout", "")
            if until_heartbeat <= 0:
                raise failure("States.HeartbeatTimeout", "")
            info["event"].wait(min(until_limit, until_heartbeat))

    def invoke(resource: str, input_data: Any, token: str, state: Record) -> Any:
        running = scope()
        info: Record = {"event": threading.Event(), "result": None, "error": None, "heartbeat": None}
        tokens[token] = info
        forget = running.on_end(info["event"].set)
        started = time.time()
        try:
            stepfunctions._invoke_resource(resource.replace(".waitForTaskToken", ""), input_data)
            wait(info, state, started)
        finally:
            forget()
            tokens.pop(token, None)
        if info["error"]:
            raise failure(info["error"].get("Error", ""), info["error"].get("Cause", ""))
        if info["result"] is None:
            running.check()
        return json.loads(info["result"])

    replace(stepfunctions, "_invoke_with_callback", invoke)

    @wrap(stepfunctions, "_send_task_success")
    def _(before: Function) -> Function:
        def send(data: Record) -> Any:
            try:
                json.loads(data.get("output", ""))
            except ValueError as error:
                message = f"Invalid output: {error}"
                return stepfunctions.error_response_json("InvalidOutput", message, 400)
            return before(data)

        return send


@mend("states.error_names")
def error_names_match_as_documented(context: Context) -> None:
    """Match ErrorEquals as the error handling guide says.

    States.Timeout matches a missed heartbeat too; States.ALL and States.TaskFailed never match
    States.Runtime or States.DataLimitExceeded, which always end the execution.
    """
    from ministack.services import stepfunctions  # noqa: PLC0415

    original(stepfunctions, "_error_matches")

    def matches(error_equals: list[str], error: str) -> bool:
        if error in error_equals:
            return True
        if error in {"States.Runtime", "States.DataLimitExceeded"}:
            return False
        if error == "States.HeartbeatTimeout" and "States.Timeout" in error_equals:
            return True
        if "States.ALL" in error_equals:
            return True
        return "States.TaskFailed" in error_equals and error not in {
            "States.Timeout",
            "States.HeartbeatTimeout",
        }

    replace(stepfunctions, "_error_matches", matches)


@mend("states.retry_delay")
def retries_wait_as_told(context: Context) -> None:
    """Heed a retrier's MaxDelaySeconds and JitterStrategy, which MiniStack does not know."""
    from ministack.services import stepfunctions  # noqa: PLC0415

    @wrap(stepfunctions, "_find_matching_retrier")
    def _(before: Function) -> Function:
        def find(retriers: list[Record], error: str, counts: dict[int, int]) -> tuple[Record | None, int]:
            retrier, index = before(retriers, error, counts)
            if retrier is None:
                return None, index
            backoff = retrier.get("BackoffRate", 2.0) ** counts.get(index, 0)
            delay = min(retrier.get("IntervalSeconds", 1) * backoff, retrier.get("MaxDelaySeconds", FOREVER))
            if retrier.get("JitterStrategy") == "FULL":
                delay = random.uniform(0, delay)  # noqa: S311 - spreads retries, guards nothing
            return {**retrier, "IntervalSeconds": delay, "BackoffRate": 1.0}, index

        return find


@mend("states.dynamodb")
def dynamodb_tasks_take_their_turn(context: Context) -> None:
    """Let the optimized DynamoDB integration and requests take turns.

    MiniStack calls its DynamoDB from the execution's own thread, while requests run on the loop:
    two conditional updates of one item can both find their condition true. Errors keep the
    optimized integration's names (``DynamoDB.ConditionalCheckFailedException``).
    """
    from ministack.services import dynamodb, stepfunctions  # noqa: PLC0415

    failure = original(stepfunctions, "_ExecutionError")
    operations = {
        "putItem": "_put_item",
        "getItem": "_get_item",
        "deleteItem": "_delete_item",
        "updateItem": "_update_item",
    }

    @wrap(dynamodb, "handle_request")
    def _(before: Function) -> Function:
        async def handle(*request: Any) -> Any:
            with TURN:  # no operation waits for anything in it
                return await before(*request)

        return handle

    def invoke(operation: str, input_data: Any) -> Any:
        carry_out = original(dynamodb, operations[operation])
        with TURN:
            # A table keeps what it is given.
            status, _headers, answer = carry_out(copied(input_data))
        result = json.loads(answer) if answer else {}
        if status >= 400:
            name = str(result.get("__type", "AmazonDynamoDBException")).rsplit("#", 1)[-1].rsplit(".", 1)[-1]
            raise failure(f"DynamoDB.{name}", str(result.get("message") or result.get("Message") or ""))
        return result

    replace(stepfunctions, "_invoke_dynamodb", invoke)


@mend("states.task_limits")
def task_limits_may_be_paths(context: Context) -> None:
    """Read TimeoutSecondsPath and HeartbeatSecondsPath, and stop before a task of an ended execution."""
    from ministack.services import stepfunctions  # noqa: PLC0415

    resolve = original(stepfunctions, "_resolve_path_or_ctx")

    @wrap(stepfunctions, "_execute_task")
    def _(before: Function) -> Function:
        def execute(state: Record, raw_input: Any, execution: Record, ctx: Record) -> Any:
            scope().check()
            for limit in ("TimeoutSeconds", "HeartbeatSeconds"):
                if f"{limit}Path" in state:
                    state = {**state, limit: resolve(state[f"{limit}Path"], raw_input, ctx)}
            return before(state, raw_input, execution, ctx)

        return execute
