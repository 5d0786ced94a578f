"""A trace put together from the documents that were sent for it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from localcloud.watchtower.traces.documents import Document, children, ended, started, walk


@dataclass
class Trace:
    """A trace's segments, each with the subsegments that were sent apart.

    Attributes
    ----------
    orphans
        Subsegments whose segment has not arrived (yet), or was dropped.
    """

    id: str
    segments: list[Document] = field(default_factory=list)
    orphans: list[Document] = field(default_factory=list)

    @property
    def start(self) -> float:
        """When its first segment began, in seconds since 1970."""
        return min(map(started, self.segments), default=0.0)

    @property
    def duration(self) -> float:
        """Seconds from the first beginning to the last end."""
        return (
            max((ended(part) for segment in self.segments for part in walk(segment)), default=0.0)
            - self.start
        )

    @property
    def root(self) -> Document | None:
        """The segment that nothing in the trace called: of several the first."""
        inside = {str(part.get("id")) for segment in self.segments for part in walk(segment)}
        tops = [segment for segment in self.segments if segment.get("parent_id") not in inside]
        return min(tops or self.segments, key=started, default=None)

    @property
    def partial(self) -> bool:
        """Whether something of it is still missing."""
        return bool(self.orphans) or any(segment.get("in_progress") is True for segment in self.segments)


def assemble(trace_id: str, documents: Iterable[Document]) -> Trace:
    """Put a trace together.

    A document replaces an earlier one of the same id, as a finished segment does its first
    half; a subsegment that was sent apart goes into its parent, at whatever depth that is.
    """
    latest: dict[str, Document] = {}
    for document in documents:
        before = latest.get(str(document["id"]))
        # UDP may swap them: what is complete stays.
        if before is None or document.get("in_progress") is not True:
            latest[str(document["id"])] = document
    trace = Trace(trace_id)
    apart = [document for document in latest.values() if document.get("type") == "subsegment"]
    trace.segments = sorted(
        (document for document in latest.values() if document.get("type") != "subsegment"), key=started
    )
    places = {str(part["id"]): part for top in [*trace.segments, *apart] for part in walk(top)}
    for subsegment in sorted(apart, key=started):
        parent = places.get(str(subsegment.get("parent_id")))
        if parent is None:
            trace.orphans.append(subsegment)
            continue
        inner = {name: value for name, value in subsegment.items() if name not in _APART}
        within: list[Document] = [child for child in children(parent) if child.get("id") != inner["id"]]
        parent["subsegments"] = [*sorted([*within, inner], key=started)]
        places[str(inner["id"])] = inner
        # What is already inside the one that was sent apart stays inside the copy.
        places |= {str(part["id"]): part for part in walk(inner)}
    return trace


# What only a subsegment that travels alone needs to say.
_APART = frozenset({"type", "trace_id", "parent_id"})
