"""Records the moment of each change of a table with a stream."""

from __future__ import annotations

from typing import Any

from localcloud.engine.commits import Commits
from localcloud.engine.ministack.dynamodb import DynamoDB
from localcloud.engine.patching import Function, Record


def note_commits(commits: Commits) -> None:
    """Note each change with its stream record's sequence number.

    The record itself keeps AWS's form: its ApproximateCreationDateTime is in whole seconds.
    """

    @DynamoDB.build_change_record.wrap
    def _(before: Function) -> Function:
        def build(*args: Any) -> Record:
            record: Record = before(*args)
            change = record["dynamodb"]
            commits.note(record["eventSourceARN"], change["SequenceNumber"], change["Keys"])
            return record

        return build
