"""SQS: message move tasks, which bring dead letters back, and the queues that a dead-letter queue serves.

Source: StartMessageMoveTask and its kin in the SQS API reference, "Learn how to configure a dead-letter queue
redrive" in the developer guide, and the error texts that AWS answers with.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any, NoReturn

from localcloud.engine.mends.sqs_actions import refuse, refuse_value
from localcloud.engine.mends.sqs_moving import Mover
from localcloud.engine.mends.sqs_tasks import described, handle_of, new_task, read_handle
from localcloud.engine.mends.sqs_xml import written
from localcloud.engine.ministack.sqs import SQS, sqs
from localcloud.engine.patching import Context, Function, Record, mend

# How many tasks of a queue are kept, as ListMessageMoveTasks shows no more.
KEPT = 10
ACTIVE = frozenset({"RUNNING", "CANCELLING"})
FASTEST = 500
MOST_SOURCES = 1000
PARAMETERS = ("SourceArn", "DestinationArn", "MaxNumberOfMessagesPerSecond", "TaskHandle")


def _missing(parameter: str) -> NoReturn:
    refuse(
        "ResourceNotFoundException",
        f"The resource that you specified for the {parameter} parameter doesn't exist.",
        404,
    )


def _number(data: Record, name: str, most: int) -> int | None:
    value = data.get(name)
    if value is None:
        return None
    if not str(value).isdigit() or not 1 <= int(value) <= most:
        refuse_value(name, value, f"Must be between 1 and {most}, if provided.")
    return int(value)


# What serves them, once the mend is in place.
IN_PLACE: list[Moves] = []


def resume_moves() -> None:
    """Go on with the tasks that the engine's last end cut off."""
    for moves in IN_PLACE:
        moves.resume()


def wrap_moves(make: Callable[[Function], Function]) -> None:
    """Wrap what moves a message from one queue to another."""
    for moves in IN_PLACE:
        moves.mover.move = make(moves.mover.move)


class Moves:
    """The actions.

    Parameters
    ----------
    sqs
        MiniStack's module.
    """

    def __init__(self, sqs: SQS) -> None:
        self._by_arn = sqs.queue_by_arn
        self._find = sqs.get_queue
        self._queues = sqs.queues
        self.mover = Mover(sqs)

    def sources(self, arn: str) -> list[Record]:
        """Return the queues whose dead letters go to the queue ``arn``."""
        return [queue for queue in list(self._queues.values()) if _target(queue) == arn]

    def _queue(self, arn: str | None, parameter: str) -> Record:
        if not arn:
            refuse("MissingParameter", f"The request must contain the parameter {parameter}.")
        queue: Record | None = self._by_arn(arn)
        if queue is None:
            _missing(parameter)
        return queue

    async def start(self, data: Record, _url: str) -> Record:
        """Answer StartMessageMoveTask: begin to move, and return before it is done."""
        source = self._queue(data.get("SourceArn"), "SourceArn")
        arn = source["attributes"]["QueueArn"]
        if not self.sources(arn):
            refuse("InvalidParameterValue", "Source queue must be configured as a Dead Letter Queue.")
        rate = _number(data, "MaxNumberOfMessagesPerSecond", FASTEST)
        destination = data.get("DestinationArn") or None
        if destination is not None:
            self._check_destination(source, self._queue(destination, "DestinationArn"))
        tasks: list[Record] = source.setdefault("move_tasks", [])
        if any(task["status"] in ACTIVE and self.mover.runs(task) for task in tasks):
            refuse(
                "InvalidParameterValue",
                "There is already a task running. Only one active task is allowed for a source queue "
                "arn at a given time.",
            )
        now = time.time()
        waiting = sum(message.get("visible_at", now) <= now for message in source["messages"])
        task = new_task(arn, destination, rate, waiting)
        source["move_tasks"] = [task, *tasks][:KEPT]
        self.mover.run(task)
        return {"TaskHandle": handle_of(task)}

    def _check_destination(self, source: Record, destination: Record) -> None:
        if destination is source:
            refuse("InvalidParameterValue", "Source and destination queues must not be the same.")
        if destination["is_fifo"] != source["is_fifo"]:
            refuse("InvalidParameterValue", "Source and destination queues must be of the same type.")

    async def list_tasks(self, data: Record, _url: str) -> Record:
        """Answer ListMessageMoveTasks, the latest first."""
        source = self._queue(data.get("SourceArn"), "SourceArn")
        most = _number(data, "MaxResults", KEPT) or 1
        tasks = source.get("move_tasks", [])
        self._resume(tasks)
        return {"Results": [described(task) for task in tasks[:most]]}

    async def cancel(self, data: Record, _url: str) -> Record:
        """Answer CancelMessageMoveTask; what has been moved stays where it is."""
        parsed = read_handle(data.get("TaskHandle", ""))
        if parsed is None:
            refuse("InvalidParameterValue", "Value for parameter TaskHandle is invalid.")
        source = self._queue(parsed[1], "SourceArn")
        tasks = source.get("move_tasks", [])
        self._resume(tasks)
        task = next((task for task in tasks if task["id"] == parsed[0]), None)
        if task is None:
            refuse("ResourceNotFoundException", "Task does not exist.", 404)
        if task["status"] != "RUNNING":
            refuse("InvalidParameterValue", "Only active tasks can be cancelled.")
        self.mover.cancel(task)
        return {"ApproximateNumberOfMessagesMoved": task["moved"]}

    def _resume(self, tasks: list[Record]) -> None:
        """Go on with what a stop of the engine interrupted."""
        for task in tasks:
            if task["status"] == "RUNNING" and not self.mover.runs(task):
                self.mover.run(task)
            elif task["status"] == "CANCELLING" and not self.mover.runs(task):
                task["status"] = "CANCELLED"

    def list_sources(self, data: Record, url: str) -> Record:
        """Answer ListDeadLetterSourceQueues."""
        queue = self._find(data.get("QueueUrl", url))
        urls = sorted(source["url"] for source in self.sources(queue["attributes"]["QueueArn"]))
        most = _number(data, "MaxResults", MOST_SOURCES)
        if most is None:
            return {"queueUrls": urls[:MOST_SOURCES]}
        token = data.get("NextToken") or "0"
        if not str(token).isdigit():
            refuse_value("NextToken", token, "Invalid or expired token.")
        start = int(token)
        answer: Record = {"queueUrls": urls[start : start + most]}
        if start + most < len(urls):
            answer["NextToken"] = str(start + most)
        return answer

    def resume(self) -> None:
        """Go on with all that the engine's last end cut off."""
        for _place, queue in self._queues.all_items():
            self._resume(queue.get("move_tasks", []))


def _target(queue: Record) -> str | None:
    with suppress(ValueError, AttributeError):
        target = json.loads(queue["attributes"].get("RedrivePolicy") or "{}").get("deadLetterTargetArn")
        return str(target) if target else None
    return None


@mend("sqs.moves")
def dead_letters_are_moved_back(context: Context) -> None:
    """Serve StartMessageMoveTask, ListMessageMoveTasks, CancelMessageMoveTask and ListDeadLetterSourceQueues.

    MiniStack knows none of them, in either protocol.
    """
    moves = Moves(sqs)
    IN_PLACE.append(moves)
    sqs.actions.update(
        {
            "StartMessageMoveTask": moves.start,
            "ListMessageMoveTasks": moves.list_tasks,
            "CancelMessageMoveTask": moves.cancel,
            "ListDeadLetterSourceQueues": moves.list_sources,
        }
    )

    @SQS.normalise.wrap
    def _(before: Function) -> Function:
        def normalise(action: str, parameters: Record) -> Record:
            data: Record = before(action, parameters)
            values = {name: sqs.parameter(parameters, name) for name in PARAMETERS}
            return {**data, **{name: value for name, value in values.items() if value}}

        return normalise

    @SQS.to_xml.wrap
    def _(before: Function) -> Function:
        def to_xml(action: str, result: Record) -> Any:
            inner = written(action, result)
            if inner is None:
                return before(action, result)
            return sqs.xml_resp(200, f"{action}Response", inner)

        return to_xml
