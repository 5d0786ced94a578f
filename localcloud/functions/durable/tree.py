"""``--log``: what an invocation of a durable execution did, as a tree of the execution's operations."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final

from localcloud.clock import in_words
from localcloud.functions.durable.execution import Execution
from localcloud.functions.durable.invocations import crash_of
from localcloud.functions.durable.model import DurableOperation, ErrorObject
from localcloud.functions.model import InvokeResult

WIDTH: Final = 88
"""A line's columns: twelve more stand before it."""
MOST: Final = 10
"""So many operations in a row are shown one by one where more are alike."""
REPLAY: Final = "↻ "
FAILED: Final = "✗ "
_NAMES: Final = {"CHAINED_INVOKE": "Invoke", "CONTEXT": "Context", "STEP": "Step", "WAIT": "Wait"}


@dataclass(frozen=True)
class Invocation:
    """One invocation of an execution's function that has ended.

    Attributes
    ----------
    number
        How many there have been of the execution, with this one.
    started, ended
        Moments of the clock that the execution goes by, in seconds since 1970.
    news
        Operations that ended or changed outside before it began: what it was invoked for.
    crash
        What it ended with instead of an answer.
    """

    execution: Execution
    number: int
    started: float
    ended: float
    news: frozenset[str] = frozenset()
    crash: ErrorObject | None = None

    @property
    def failed(self) -> bool:
        """Whether it crashed, or the execution has failed with it."""
        return self.crash is not None or self.execution.status in ("FAILED", "TIMED_OUT", "STOPPED")


Shows = Callable[[Invocation], None]


def invocation_of(
    execution: Execution, started: float, ended: float, news: frozenset[str], result: InvokeResult
) -> Invocation:
    """Return an invocation that has just been noted in an execution's history."""
    number = sum(event.type == "InvocationCompleted" for event in execution.events)
    crash = None if result.function_error is None else crash_of(result.payload)
    return Invocation(execution, number, started, ended, news, crash)


def lines(invocation: Invocation) -> Iterator[str]:
    """Yield the lines of an invocation's tree.

    What was answered from the record is marked ``↻``; what ended meanwhile (a wait, a callback) is not.
    """
    execution = invocation.execution
    duration = in_words(invocation.ended - invocation.started)
    function = f"{_short(execution.function, 20)}:{_short(execution.function_arn.split(':')[-1], 8)}"
    head = f"durable {function} {_short(execution.name, 12)}  invocation {invocation.number}"
    since = in_words(invocation.ended - execution.started)
    yield _fitting(f"{head}  {_status(invocation)}  {duration}, {since} since its start")
    children: defaultdict[str | None, list[DurableOperation]] = defaultdict(list)
    for operation in execution.operations.values():
        if operation.type != "EXECUTION":
            parent = operation.parent if operation.parent != execution.id else None
            children[parent].append(operation)
    blocks = _blocks(children[None], children, invocation)
    error = invocation.crash or (execution.error if not execution.live else None)
    if error:
        blocks.append([f"{FAILED}{_error(error)}"])
    for line in _tree(blocks):
        yield _fitting(line)


def _status(invocation: Invocation) -> str:
    if invocation.crash is not None and invocation.execution.live:
        return "crashed"
    return "suspended" if invocation.execution.status == "RUNNING" else invocation.execution.status


def _blocks(
    operations: Sequence[DurableOperation],
    children: dict[str | None, list[DurableOperation]],
    invocation: Invocation,
) -> list[list[str]]:
    """Return the lines of each of some siblings, or of many that are alike."""
    blocks: list[list[str]] = []
    for _, run in groupby(
        operations, key=lambda operation: (_replayed(operation, invocation), operation.status)
    ):
        alike = list(run)
        visible = alike if len(alike) <= MOST else alike[: MOST // 2]
        blocks += [_block(operation, children, invocation) for operation in visible]
        rest = alike[len(visible) :]
        if rest:
            mark = REPLAY if _replayed(rest[0], invocation) else ""
            blocks.append([f"{mark}and {len(rest)} more  {rest[0].status}, to {_title(rest[-1])}"])
    return blocks


def _block(
    operation: DurableOperation, children: dict[str | None, list[DurableOperation]], invocation: Invocation
) -> list[str]:
    below: list[list[str]] = []
    # What is within a context that had ended already, the function did not come to.
    if operation.replay_children or not _replayed(operation, invocation):
        below = _blocks(children.get(operation.id, []), children, invocation)
    return [_line(operation, invocation), *_tree(below)]


def _line(operation: DurableOperation, invocation: Invocation) -> str:
    failed = operation.status in ("FAILED", "TIMED_OUT", "STOPPED")
    mark = (REPLAY if _replayed(operation, invocation) else "") + (FAILED if failed else "")
    parts = [f"{mark}{_title(operation)}", operation.status]
    if operation.ended is not None:
        parts.append(in_words(operation.ended - operation.started))
    elif operation.due is not None and invocation.execution.live:
        moment = time.strftime("%d %b %H:%M:%S", time.localtime(operation.due))
        parts.append(f"until {moment} (in {in_words(operation.due - invocation.ended)})")
    attempts = operation.attempt + (operation.open and operation.status != "PENDING")
    if operation.type == "STEP" and attempts > 1:
        parts.append(f"{attempts} attempts")
    if operation.function:
        parts.append(operation.function.split(":function:")[-1])
    if operation.error and operation.status != "SUCCEEDED":
        parts.append(_error(operation.error))
    return "  ".join(parts)


def _title(operation: DurableOperation) -> str:
    kind = operation.sub_type or _NAMES.get(operation.type, operation.type.capitalize())
    return f"{kind} {operation.name}" if operation.name else kind


def _replayed(operation: DurableOperation, invocation: Invocation) -> bool:
    """Say whether the function was answered from the record, with nothing new."""
    if operation.ended is None or operation.id in invocation.news:
        return False
    return operation.ended < invocation.started


def _error(error: ErrorObject) -> str:
    kind, message = error.get("ErrorType") or "error", str(error.get("ErrorMessage") or "")
    return f"{kind}: {message}".partition("\n")[0].rstrip(": ")


def _short(name: str, most: int) -> str:
    return name if len(name) <= most else f"{name[: most - 1]}…"


def _fitting(line: str) -> str:
    return line if len(line) <= WIDTH else f"{line[: WIDTH - 1]}…"


def _tree(below: Sequence[Sequence[str]]) -> Iterator[str]:
    for index, block in enumerate(below):
        last = index == len(below) - 1
        yield f"{'└─' if last else '├─'} {block[0]}"
        for line in block[1:]:
            yield f"{'  ' if last else '│ '} {line}"
