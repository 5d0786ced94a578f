"""The results of child executions, as a distributed Map returns and exports them."""

from __future__ import annotations

from collections.abc import Iterable

from localcloud.states.language.scope import Json
from localcloud.states.language.text import to_text
from localcloud.states.running.child import Child
from localcloud.states.running.clock import iso
from localcloud.states.running.map_run import MapRun


def transformed(run: MapRun, children: Iterable[Child], transformation: str = "COMPACT") -> list[Json]:
    """Return the results of a run's children in the order of the items.

    A child that failed always shows all that is to be said of it.

    Parameters
    ----------
    transformation
        ``NONE``: a record of each execution; ``COMPACT``: its output; ``FLATTEN``: the items of
        outputs that are arrays.
    """
    results: list[Json] = []
    for child in children:
        if transformation == "NONE" or child.status != "SUCCEEDED":
            results.append(record(run, child))
        elif transformation == "FLATTEN" and isinstance(child.output, list):
            results += child.output
        else:
            results.append(child.output)
    return results


def record(run: MapRun, child: Child) -> Json:
    """Return what AWS exports of a child execution."""
    # Express executions start over with their map run only.
    redrivable = "REDRIVABLE_BY_MAP_RUN" if run.express else "REDRIVABLE"
    succeeded = child.status == "SUCCEEDED"
    members = {
        "Cause": None if succeeded else child.cause,
        "Error": None if succeeded else child.error,
        "ExecutionArn": child.arn,
        "Input": child.text,
        "InputDetails": {"Included": True},
        "Name": child.name,
        "Output": to_text(child.output) if succeeded else None,
        "OutputDetails": {"Included": True},
        "RedriveCount": child.redrives,
        "RedriveStatus": "NOT_REDRIVABLE" if succeeded else redrivable,
        "RedriveStatusReason": "Execution is SUCCEEDED and cannot be redriven" if succeeded else None,
        "StartDate": iso(child.started),
        "StateMachineArn": child.machine_arn,
        "Status": child.status,
        "StopDate": None if child.stopped is None else iso(child.stopped),
    }
    return {name: value for name, value in members.items() if value is not None}


def pending_record(data: Json) -> Json:
    """Return what AWS exports of an input for which no child execution was started.

    Examples
    --------
    >>> pending_record(1)
    {'Input': '1', 'InputDetails': {'Included': True}, 'Status': 'PENDING'}
    """
    return {"Input": to_text(data), "InputDetails": {"Included": True}, "Status": "PENDING"}
