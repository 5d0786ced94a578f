"""A service's state over a stop: machines, ended executions, activities, tags, taken names."""

from __future__ import annotations

import time
from dataclasses import asdict
from typing import Any

from localcloud.states.api.records import (
    ActivityRecord,
    Alias,
    StateMachine,
    Version,
    compiled,
)
from localcloud.states.api.region import Region
from localcloud.states.language.scope import Json
from localcloud.states.running.execution import Execution
from localcloud.states.running.frame import Frame
from localcloud.states.running.history import Event, History
from localcloud.states.running.lines import Lines
from localcloud.states.running.revision import Revision
from localcloud.states.service import Service

# What has run when the local cloud was stopped has lost its place.
ERROR = "States.ServiceRestart"
CAUSE = "The local cloud was stopped while the execution ran"


def saved(service: Service) -> dict[str, Json]:
    """Return the state as JSON."""
    return {
        "regions": [
            {
                "account": account,
                "region": name,
                "machines": [_machine(machine) for machine in region.machines.values()],
                "activities": [asdict(activity) for activity in region.activities.values()],
                "tags": region.tags,
                "executions": [_execution(execution) for execution in region.executions.values()],
                "names": region.retention.forgotten(),
            }
            for (account, name), region in service.regions.items()
        ]
    }


def saved_control(service: Service) -> dict[str, Json]:
    """Return machines, activities and tags by ``account/region``: a journal keeps them one by one."""
    return {
        f"{account}/{name}": {
            "machines": {arn: _machine(machine) for arn, machine in region.machines.items()},
            "activities": {arn: asdict(activity) for arn, activity in region.activities.items()},
            "tags": region.tags,
        }
        for (account, name), region in service.regions.items()
    }


def load(service: Service, state: dict[str, Json] | None) -> None:
    """Take a state that was saved; what another version wrote is left alone."""
    for entry in (state or {}).get("regions") or ():
        region = service.region(entry["account"], entry["region"])
        for machine in entry["machines"]:
            region.machines[machine["arn"]] = _read_machine(machine)
        for activity in entry["activities"]:
            region.activities[activity["arn"]] = ActivityRecord(**activity)
        region.tags.update(entry["tags"])
        region.retention.remember(entry["names"])
        for execution in sorted(entry["executions"], key=lambda record: record["stopped"] or 0):
            region.executions[execution["arn"]] = _read_execution(region, execution)
            region.retention.ended(execution["arn"])


def _revision(revision: Revision) -> dict[str, Json]:
    members = ("definition", "role", "id", "created", "logging", "tracing", "encryption")
    return {member: getattr(revision, member) for member in members}


def _read_revision(record: dict[str, Json]) -> Revision:
    return Revision(machine=compiled(record["definition"]), **record)


def _machine(machine: StateMachine) -> dict[str, Json]:
    return {
        "arn": machine.arn,
        "name": machine.name,
        "kind": machine.kind,
        "created": machine.created,
        "updated": machine.updated,
        "last_version": machine.last_version,
        "revision": _revision(machine.revision),
        "versions": [
            {
                "arn": version.arn,
                "number": version.number,
                "description": version.description,
                "created": version.created,
                "revision": _revision(version.revision),
            }
            for version in machine.versions.values()
        ],
        "aliases": [asdict(alias) for alias in machine.aliases.values()],
    }


def _read_machine(record: dict[str, Json]) -> StateMachine:
    machine = StateMachine(
        record["arn"],
        record["name"],
        record["kind"],
        _read_revision(record["revision"]),
        record["created"],
        record["updated"],
        last_version=record["last_version"],
    )
    for version in record["versions"]:
        revision = _read_revision(version["revision"])
        if revision.id == machine.revision.id:
            revision = machine.revision
        machine.versions[version["number"]] = Version(
            version["arn"], version["number"], revision, version["description"], version["created"]
        )
    for alias in record["aliases"]:
        machine.aliases[alias["name"]] = Alias(**alias)
    return machine


PLAIN = (
    *("arn", "name", "machine_arn", "machine_name", "text", "role", "started", "stopped", "status"),
    *("output", "error", "cause", "redrives", "redriven", "map_run", "version_arn", "alias_arn"),
    "trace_header",
)


def _execution(execution: Execution) -> dict[str, Json]:
    record: dict[str, Any] = {name: getattr(execution, name) for name in PLAIN}
    record["revision"] = None if execution.revision is None else _revision(execution.revision)
    record["events"] = [_event(event, execution) for event in execution.history.events]
    record["stripped"] = execution.history.stripped
    record["place"] = _place(execution.top)
    record["data"] = execution.data
    if execution.status == "RUNNING":
        record.update(status="FAILED", stopped=time.time(), error=ERROR, cause=CAUSE)
        failed = [
            "ExecutionFailed",
            len(execution.history),
            record["stopped"],
            {"error": ERROR, "cause": CAUSE},
            [],
        ]
        record["events"].append(failed)
    return record


def _read_execution(region: Region, record: dict[str, Json]) -> Execution:
    revision = None if record["revision"] is None else _read_revision(record["revision"])
    machine = region.machines.get(record["machine_arn"])
    if revision is not None:
        compiled_machine = revision.machine
    elif machine is not None:
        compiled_machine = machine.revision.machine
    else:
        compiled_machine = compiled('{"StartAt": "Gone", "States": {"Gone": {"Type": "Succeed"}}}')
    execution = Execution(
        arn=record["arn"],
        name=record["name"],
        machine_arn=record["machine_arn"],
        machine_name=record["machine_name"],
        machine=compiled_machine,
        text=record["text"],
        data=record["data"],
        role=record["role"],
        host=region,
    )
    for name in PLAIN:
        setattr(execution, name, record[name])
    execution.revision = revision
    history = History(execution.data)
    history.events = [_read_event(event, execution) for event in record["events"]]
    history.stripped = record["stripped"]
    execution.history = history
    _read_place(execution.top, record["place"])
    return execution


def _event(event: Event, execution: Execution) -> list[Json]:
    """Return an event's members, and which of its details are the execution's own input."""
    details: Json = dict(event.details) if event.details is not None else None
    own = [name for name, value in (details or {}).items() if value is execution.data]
    for name in own:
        details[name] = None
    return [*event[:3], details, own]


def _read_event(record: list[Json], execution: Execution) -> Event:
    kind, previous, timestamp, details, own = record
    for name in own:
        details[name] = execution.data
    return Event(kind, previous, timestamp, details)


def _place(frame: Frame) -> dict[str, Json]:
    """Return where a frame is, and the lines within: a redrive goes on from there."""
    lines = frame.lines
    place: dict[str, Json] = {"at": frame.at, "variables": frame.variables, "lines": None}
    if lines is not None:
        frames = [[number, _place(inner)] for number, inner in lines.frames.items()]
        place["lines"] = {"frames": frames, "results": list(lines.results.items())}
    return place


def _read_place(frame: Frame, place: dict[str, Json]) -> None:
    frame.at = None if place["at"] is None else (place["at"][0], place["at"][1])
    frame.variables = place["variables"]
    if place["lines"] is not None:
        frame.lines = Lines(results=dict(place["lines"]["results"]))
        for number, inner in place["lines"]["frames"]:
            frame.lines.frames[number] = frame.inner()
            _read_place(frame.lines.frames[number], inner)
