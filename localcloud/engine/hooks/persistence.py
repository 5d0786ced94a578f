"""What MiniStack's own way of keeping its state over a stop leaves out."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

from localcloud.engine.mends.patching import Function, Record, original, replace, wrap

ATTEMPTS = 5
RESTART = {"error": "States.ServiceRestart", "cause": "The local cloud was stopped while the execution ran"}


def keep_state() -> None:
    """Save a state that is at rest, and with it the names that executions may not have again."""
    from ministack import app  # noqa: PLC0415
    from ministack.services import stepfunctions  # noqa: PLC0415

    save = original(app, "save_all")

    def save_at_rest(services: Mapping[str, Callable[[], Record | None]]) -> None:
        _end_executions(stepfunctions)
        save({name: _settled(get_state) for name, get_state in services.items()})

    replace(app, "save_all", save_at_rest)
    _keep_names(stepfunctions)


def _end_executions(stepfunctions: Any) -> None:
    """End what runs as MiniStack marks it when it starts again, so that no Catch answers to the stop.

    The order matters: an execution that no longer is RUNNING makes no further step.
    """
    # As in integrations.py: mends are imported where they are used.
    from localcloud.engine.mends.states_execution import RUNNING  # noqa: PLC0415

    failure = original(stepfunctions, "_ExecutionError")
    for execution in stepfunctions._executions.all_values():
        if execution.get("status") == "RUNNING":
            execution.update(status="FAILED", stopDate=stepfunctions.now_iso(), **RESTART)
    for running in list(RUNNING.values()):
        running.end(failure(RESTART["error"], RESTART["cause"]))


def _settled(get_state: Callable[[], Record | None]) -> Callable[[], Record | None]:
    """Read a service's state again when a thread changed it meanwhile; else the service is lost."""

    def read() -> Record | None:
        for _ in range(ATTEMPTS - 1):
            try:
                return get_state()
            except RuntimeError:  # "dictionary changed size during iteration"
                time.sleep(0.05)
        return get_state()

    return read


def _keep_names(stepfunctions: Any) -> None:
    """Keep the names of executions whose records were dropped, and go on dropping after a start.

    A name that could be used again would break StartExecution's idempotency.
    """
    from localcloud.engine.mends.states_retention import RETENTION  # noqa: PLC0415

    @wrap(stepfunctions, "get_state")
    def _(before: Function) -> Function:
        return lambda: {**before(), "forgotten_names": [list(key) for key in RETENTION.forgotten()]}

    @wrap(stepfunctions, "load_persisted_state")
    def _(before: Function) -> Function:
        def load(data: Record) -> None:
            before(data)
            RETENTION.remember((key[0], key[1], key[2]) for key in data.get("forgotten_names", []))
            held = sorted(
                stepfunctions._executions.all_items(), key=lambda pair: str(pair[1].get("stopDate"))
            )
            for key, _execution in held:
                RETENTION.finished(key)

        return load
