"""MiniStack's operations of Pipes, which keep everything, and leave the work to the Lambda service.

MiniStack forgets a pipe's parameters and its enrichment, and hands records of tables alone to machines and
topics alone. The pollers of the Lambda service do that work; here is what they read (``every_pipe``).
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, Final

from localcloud.engine.feed import Feed
from localcloud.engine.ministack.pipes import Pipes, pipes
from localcloud.engine.ministack.provisioners import provisioners
from localcloud.engine.patching import Function, Record, Response
from localcloud.engine.pipes.rules import problem_of

KIND: Final = "AWS::Pipes::Pipe"
_KEPT: Final = (
    *("Source", "SourceParameters", "Enrichment", "EnrichmentParameters", "Target", "TargetParameters"),
    *("LogConfiguration", "KmsKeyIdentifier"),
)
_LONGEST_NAME: Final = 64
Created = tuple[str, dict[str, Any]]


class PipesAdapter:
    """Keeps what pipes are created with.

    Parameters
    ----------
    pipes
        MiniStack's module.
    """

    def __init__(self, pipes: Pipes, feed: Feed) -> None:
        self._pipes, self._feed = pipes, feed
        self._records = pipes.pipes
        self._refuse = pipes.error
        self._provisioners = provisioners

    def install(self) -> None:
        """Take over."""
        Pipes.ensure_poller.replace(lambda: None)
        Pipes.create_pipe.wrap(self._keeping)
        Pipes.update_pipe.wrap(self._keeping)
        Pipes.describe_response.wrap(_described)
        Pipes.set_state.wrap(self._notifying)
        Pipes.delete_pipe_op.wrap(self._notifying)
        handlers = self._provisioners.resource_handlers
        handlers[KIND] = {
            "create": self.create,
            "update": self.update,
            "update_with_logical_id": True,
            "delete": self.delete,
        }

    def create(self, logical_id: str, props: Record, stack: str) -> Created:
        """Create a pipe for CloudFormation.

        Raises
        ------
        ValueError
            Pipes refuses it.
        """
        made_up = self._provisioners.physical_name
        name = str(props.get("Name") or made_up(stack, logical_id, max_len=_LONGEST_NAME))
        return self._call(self._pipes.create_pipe, name, props)

    def update(
        self, physical_id: str, old: Record, new: Record, stack: str, logical_id: str | None = None
    ) -> Created:
        """Update in place; another name or source replaces the pipe."""
        if any(old.get(name) != new.get(name) for name in ("Name", "Source")):
            if old.get("Name") and old.get("Name") == new.get("Name"):
                self.delete(physical_id, old)
            return self.create(logical_id or physical_id, new, stack)
        return self._call(self._pipes.update_pipe, physical_id, new)

    def delete(self, physical_id: str, _props: Record) -> None:
        """Delete a pipe; one that has gone already is no error."""
        self._pipes.delete_pipe_op(physical_id)

    def _call(self, operation: Callable[[str, Record], Response], name: str, props: Record) -> Created:
        status, _headers, body = operation(name, {**props})
        document: Record = json.loads(body)
        if status >= 300:
            code = f"Status Code: {status}, Error Code: {document.get('__type')}"
            raise ValueError(f"{document.get('message')} (Service: Pipes, {code})")
        record = self._records[name]
        arn, states = str(record["Arn"]), ("CreationTime", "CurrentState", "LastModifiedTime", "StateReason")
        return name, {"Arn": arn, **{state: str(record.get(state, "")) for state in states}}

    def _keeping(self, before: Function) -> Function:
        def run(name: str, body: Record) -> Response:
            reason = problem_of({**(self._records.get(name) or {}), **body})
            if reason is not None:
                refusal: Response = self._refuse(400, "ValidationException", reason)
                return refusal
            response: Response = before(name, body)
            if response[0] < 300:
                record = self._records[name]
                record.update({key: body[key] for key in _KEPT if key in body})
                self._records[name] = record
                self._notify()
            return response

        return run

    def _notifying(self, before: Function) -> Function:
        def run(*args: Any) -> Response:
            response: Response = before(*args)
            self._notify()
            return response

        return run

    def _notify(self) -> None:
        self._feed.publish({"kind": "pipes"})


def _described(before: Function) -> Function:
    def describe(record: Record) -> Record:
        return {**before(record), **{name: record[name] for name in _KEPT if record.get(name)}}

    return describe


def every_pipe() -> list[Record]:
    """Return the records of all pipes."""
    return [record for _scope, record in pipes.pipes.all_items()]


def install(feed: Feed) -> None:
    """Put ours in the place of MiniStack's; to be called after the mends."""
    PipesAdapter(pipes, feed).install()
