"""SQS's older Query protocol: the answers of message move tasks in XML, lists flattened."""

from __future__ import annotations

from xml.sax.saxutils import escape

from localcloud.engine.patching import Record

# The list of a result, and its elements' name.
LISTS = {
    "ListMessageMoveTasks": ("Results", "ListMessageMoveTasksResultEntry"),
    "ListDeadLetterSourceQueues": ("queueUrls", "QueueUrl"),
}
ACTIONS = frozenset({*LISTS, "StartMessageMoveTask", "CancelMessageMoveTask"})


def written(action: str, result: Record) -> str | None:
    """Return the inside of an action's response; None for actions that MiniStack writes itself.

    Examples
    --------
    >>> written("StartMessageMoveTask", {"TaskHandle": "h"})
    '<StartMessageMoveTaskResult><TaskHandle>h</TaskHandle></StartMessageMoveTaskResult>'
    >>> written("ListDeadLetterSourceQueues", {"queueUrls": ["u"]})
    '<ListDeadLetterSourceQueuesResult><QueueUrl>u</QueueUrl></ListDeadLetterSourceQueuesResult>'
    """
    if action not in ACTIONS:
        return None
    name, element = LISTS.get(action, ("", ""))
    parts = [f"<{element}>{_value(entry)}</{element}>" for entry in result.get(name, [])]
    parts += [f"<{key}>{_value(value)}</{key}>" for key, value in result.items() if key != name]
    return f"<{action}Result>{''.join(parts)}</{action}Result>"


def _value(value: object) -> str:
    if isinstance(value, dict):
        return "".join(f"<{key}>{_value(entry)}</{key}>" for key, entry in value.items())
    return escape(str(value))
