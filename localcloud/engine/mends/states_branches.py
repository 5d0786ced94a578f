"""Step Functions: Parallel and Map. Branches of their own, and all ended when one fails."""

from __future__ import annotations

import contextvars
import json
import queue
import threading
from typing import Any

from localcloud.engine.mends.patching import Context, Function, Record, mend, original, replace, wrap
from localcloud.engine.mends.states_execution import SCOPE, scope
from localcloud.engine.speed import copied

Outcome = tuple[int, Any, Exception | None]


@mend("states.branches")
def branches_are_apart(context: Context) -> None:
    """Give each branch a context of its own, and its states a place in the history.

    ``$$.State.Name`` in a branch is the branch's own state. MiniStack shares one context among
    the branches of a Parallel, so a state can read a sibling's name, and writes no history of
    what runs inside.
    """
    from ministack.services import stepfunctions  # noqa: PLC0415

    failure = original(stepfunctions, "_ExecutionError")
    add_event = original(stepfunctions, "_add_event")

    def step(name: str, state: Record, data: Any, execution: Record, ctx: Record) -> tuple[Any, str | None]:
        kind = state.get("Type", "")
        if kind == "Succeed":
            selected = stepfunctions._apply_input_path(state, data, ctx)
            return stepfunctions._apply_output_path(state, selected, ctx), None
        if kind == "Fail":
            raise failure(*stepfunctions._fail_state_error(state, data, ctx))
        run = getattr(stepfunctions, f"_execute_{kind.lower()}", None)
        if run is None:
            raise failure("States.Runtime", f"Unknown state type: {kind}")
        result: tuple[Any, str | None]
        if kind in {"Task", "Parallel", "Map"}:
            result = run(state, data, execution, ctx)
        else:
            result = run(state, data, ctx)
        return result

    def run_branch(states: Record, start: str | None, input_data: Any, execution: Record, ctx: Record) -> Any:
        running = scope()
        own = {**ctx, "variables": dict(ctx.get("variables") or {})}
        data = copied(input_data)
        name = start
        while name:
            running.check()
            state = states.get(name)
            if not state:
                raise failure("States.Runtime", f"State '{name}' not found")
            own["State"] = {"Name": name, "EnteredTime": stepfunctions.now_iso(), "RetryCount": 0}
            details = {"name": name, "input": json.dumps(data)}
            add_event(execution, f"{state.get('Type')}StateEntered", {"stateEnteredEventDetails": details})
            left, (data, name) = name, step(name, state, data, execution, own)
            details = {"name": left, "output": json.dumps(data)}
            add_event(execution, f"{state.get('Type')}StateExited", {"stateExitedEventDetails": details})
        return data

    replace(stepfunctions, "_run_sub_machine", run_branch)


@mend("states.fail_fast")
def one_failed_branch_fails_all(context: Context) -> None:
    """Fail a Parallel or Map with its first failed branch, and end the others there and then.

    AWS: the state fails at once and its other branches are stopped (a function that one of them
    invoked runs on, but nothing comes of it). MiniStack waits for all branches to end by themselves.
    """
    from ministack.services import stepfunctions  # noqa: PLC0415

    failure = original(stepfunctions, "_ExecutionError")

    def parallel(state: Record, raw_input: Any, execution: Record, ctx: Record) -> Any:
        selected = stepfunctions._apply_input_path(state, raw_input, ctx)
        effective = stepfunctions._apply_parameters(state, selected, ctx)
        branches = state.get("Branches", [])
        shared = scope().child()
        outcomes: queue.SimpleQueue[Outcome] = queue.SimpleQueue()

        def run(index: int, branch: Record) -> None:
            SCOPE.set(shared)
            states, start = branch.get("States", {}), branch.get("StartAt")
            try:
                result = stepfunctions._run_sub_machine(states, start, effective, execution, ctx)
                outcomes.put((index, result, None))
            except Exception as error:
                outcomes.put((index, None, error))

        shared.on_end(lambda: outcomes.put((-1, None, shared.reason)))
        for index, branch in enumerate(branches):
            context_of_branch = contextvars.copy_context()
            threading.Thread(target=context_of_branch.run, args=(run, index, branch), daemon=True).start()
        results: list[Any] = [None] * len(branches)
        for _ in branches:
            index, result, error = outcomes.get()
            if error is not None:
                shared.end(error)
                raise error if isinstance(error, failure) else failure("States.BranchFailed", str(error))
            results[index] = result
        selected = stepfunctions._apply_result_selector(state, results)
        output = stepfunctions._apply_result_path(state, raw_input, selected)
        return stepfunctions._apply_output_path(state, output, ctx), stepfunctions._next_or_end(state)

    replace(stepfunctions, "_run_parallel_branches", parallel)

    @wrap(stepfunctions, "_run_sub_machine")
    def _(before: Function) -> Function:
        def run(*args: Any) -> Any:
            try:
                return before(*args)
            except Exception as error:
                # The siblings share this scope: one failed branch ends them all.
                if scope().fails_whole:
                    scope().end(error)
                raise

        return run

    @wrap(stepfunctions, "_run_map_items")
    def _(before: Function) -> Function:
        def run_map(state: Record, raw_input: Any, execution: Record, ctx: Record) -> Any:
            # Items copy this context, so they all live in the scope that the first failure ends,
            # but for a distributed map's, which counts the failures that it tolerates.
            mode = (state.get("ItemProcessor") or {}).get("ProcessorConfig", {}).get("Mode")
            token = SCOPE.set(scope().child(fails_whole=mode != "DISTRIBUTED"))
            try:
                return before(state, raw_input, execution, ctx)
            finally:
                SCOPE.reset(token)

        return run_map
