"""Running executions: what each of them does again and again, done once or in less time.

All of it rests on one property of MiniStack's Step Functions: the data that passes between states,
and a parsed definition, are never changed in place.
"""

from __future__ import annotations

import json
import threading
import time
from functools import lru_cache
from types import SimpleNamespace
from typing import Any

from localcloud.engine.mends.patching import Function, Record, original, replace, wrap
from localcloud.engine.speed import copied

# Paths and intrinsic functions, and definitions, which are large.
KEPT = 4096
DEFINITIONS = 64


def take_short_cuts() -> None:
    """Put the short ways into MiniStack's Step Functions; to be called after the mends."""
    from ministack.services import dynamodb, stepfunctions  # noqa: PLC0415

    _remember_texts(stepfunctions)
    replace(stepfunctions, "copy", SimpleNamespace(deepcopy=copied))
    replace(stepfunctions, "_apply_result_path_raw", with_result)
    for module in (stepfunctions, dynamodb):
        replace(module, "now_iso", now_iso)
    definitions = _Definitions()
    replace(stepfunctions, "json", definitions)
    machines = original(stepfunctions, "_state_machines")

    @wrap(stepfunctions, "_run_execution")
    def _(before: Function) -> Function:
        def run(arn: str) -> None:
            execution = stepfunctions._executions.get(arn) or {}
            machine = machines.get(execution.get("stateMachineArn", "")) or {}
            definitions.know(machine.get("definition", ""))
            before(arn)

        return run


def _remember_texts(stepfunctions: Any) -> None:
    """Read each path and each intrinsic function once."""
    read_path = original(stepfunctions, "_parse_jsonpath_tokens")
    read_call = original(stepfunctions, "_parse_intrinsic_call")
    replace(stepfunctions, "_parse_jsonpath_tokens", lru_cache(maxsize=KEPT)(read_path))
    replace(stepfunctions, "_parse_intrinsic_call", lru_cache(maxsize=KEPT)(read_call))


class _Definitions:
    """Stands in for ``json`` in MiniStack's Step Functions: parses each definition once.

    What a state leaves is what the next one enters with: it is written once as well.
    """

    def __init__(self) -> None:
        self._parsed: dict[str, Any] = {}
        self._written = threading.local()

    def __getattr__(self, name: str) -> Any:
        return getattr(json, name)

    def know(self, definition: str) -> None:
        """Keep a definition that is about to be read."""
        if definition not in self._parsed:
            if len(self._parsed) >= DEFINITIONS:
                self._parsed.clear()
            try:
                self._parsed[definition] = json.loads(definition)
            except ValueError:
                return

    def loads(self, text: Any, **options: Any) -> Any:
        if type(text) is str and text in self._parsed:
            return self._parsed[text]
        return json.loads(text, **options)

    def dumps(self, value: Any, **options: Any) -> str:
        if options or type(value) is not dict:
            return json.dumps(value, **options)
        last = self._written
        # Held, so that no other object can have taken its place in memory.
        if getattr(last, "value", None) is not value:
            last.text = json.dumps(value)
            last.value = value
        text: str = last.text
        return text


def with_result(path: str | None, data: Any, result: Any) -> Any:
    """Return a state's input with its result put in where ResultPath says, sharing the rest.

    Examples
    --------
    >>> with_result("$.a.b", {"a": {"c": 1}, "d": 2}, 3)
    {'a': {'c': 1, 'b': 3}, 'd': 2}
    """
    if path is None:
        return data
    if path == "$":
        return result
    output: Record = dict(data) if isinstance(data, dict) else {}
    *parents, last = path.lstrip("$.").split(".")
    inner = output
    for name in parents:
        held = inner.get(name)
        inner[name] = dict(held) if isinstance(held, dict) else {}
        inner = inner[name]
    inner[last] = result
    return output


def now_iso() -> str:
    """Return the time as AWS writes it, such as ``2026-11-29T08:00:00.123Z``."""
    seconds, nanoseconds = divmod(time.time_ns(), 1_000_000_000)
    return f"{_second(seconds)}.{nanoseconds // 1_000_000:03d}Z"


@lru_cache(maxsize=8)
def _second(seconds: int) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds))
