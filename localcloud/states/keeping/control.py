"""The control plane: machines with their versions and aliases, activities, tags."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict

from localcloud.states.api.records import ActivityRecord, Alias, StateMachine, Version, compiled
from localcloud.states.api.region import Region
from localcloud.states.language.scope import Json
from localcloud.states.running.durable import JournalStore
from localcloud.states.running.revision import Revision

MACHINES, REVISIONS = "states/machines", "states/revisions"
ACTIVITIES, TAGS = "states/activities", "states/tags"
# Operations that change what is described here.
CHANGING = re.compile(r"(Create|Delete|Update|Publish)(StateMachine|Activity)\w*|(Tag|Untag)Resource")
# A machine's ARN, without the version or the alias.
BASE = re.compile(r"(arn:[^:]+:states:[^:]+:[^:]+:(?:stateMachine|activity):[^:]+)(?::.+)?")


def write_control(region: Region, operation: str, request: Json, answer: Json) -> None:
    """Write down what an operation has changed."""
    if region.journal is None or not CHANGING.fullmatch(operation):
        return
    store = region.journal.store
    with store.batch():
        for arn in sorted({form[1] for form in map(BASE.fullmatch, _texts([request, answer])) if form}):
            _write(region, store, arn)


def _texts(value: Json) -> Iterator[str]:
    """Yield all strings in a request, but for definitions."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for member, item in value.items():
            if member != "definition":
                yield from _texts(item)
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item)


def _write(region: Region, store: JournalStore, arn: str) -> None:
    machine, activity = region.machines.get(arn), region.activities.get(arn)
    if machine is not None:
        for revision in (machine.revision, *(version.revision for version in machine.versions.values())):
            store.put(REVISIONS, revision.id, write_revision(revision))
        store.put(MACHINES, arn, _machine(machine))
    elif activity is not None:
        store.put(ACTIVITIES, arn, asdict(activity))
    else:
        store.delete(ACTIVITIES if ":activity:" in arn else MACHINES, arn)
    if arn in region.tags:
        store.put(TAGS, arn, region.tags[arn])
    else:
        store.delete(TAGS, arn)


def read_control(
    region_of: Callable[[str], Region], store: JournalStore, revisions: Mapping[str, Revision]
) -> None:
    """Take what was written.

    Parameters
    ----------
    region_of
        The region of an ARN.
    revisions
        By id.
    """
    for arn, record in store.take(MACHINES).items():
        region_of(arn).machines[arn] = _read_machine(record, revisions)
    for arn, record in store.take(ACTIVITIES).items():
        region_of(arn).activities[arn] = ActivityRecord(**record)
    for arn, tags in store.take(TAGS).items():
        region_of(arn).tags[arn] = tags


def write_revision(revision: Revision) -> dict[str, Json]:
    """Return a revision as it is written down."""
    members = ("definition", "role", "id", "created", "logging", "tracing", "encryption")
    return {member: getattr(revision, member) for member in members}


def read_revision(record: dict[str, Json]) -> Revision:
    """Return a revision that was written down."""
    return Revision(machine=compiled(record["definition"]), **record)


def _machine(machine: StateMachine) -> dict[str, Json]:
    members = ("arn", "name", "kind", "created", "updated", "last_version")
    return {
        **{member: getattr(machine, member) for member in members},
        "revision": machine.revision.id,
        "versions": [
            {
                "arn": version.arn,
                "number": version.number,
                "description": version.description,
                "created": version.created,
                "revision": version.revision.id,
            }
            for version in machine.versions.values()
        ],
        "aliases": [asdict(alias) for alias in machine.aliases.values()],
    }


def _read_machine(record: dict[str, Json], revisions: Mapping[str, Revision]) -> StateMachine:
    versions, aliases = record.pop("versions"), record.pop("aliases")
    machine = StateMachine(**{**record, "revision": revisions[record["revision"]]})
    for version in versions:
        machine.versions[version["number"]] = Version(
            **{**version, "revision": revisions[version["revision"]]}
        )
    machine.aliases.update({alias["name"]: Alias(**alias) for alias in aliases})
    return machine
