"""Details of events as the journal holds them: a value that is there already is not written again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from localcloud.states.language.scope import ABSENT, Json

# The members whose values pass from event to event.
SHARED = ("input", "output", "parameters")
INPUT, LATEST, PARTS, HEADERS = "i", "l", "p", "h"
# A result's headers are in it twice; the first time each is a list.
METADATA, ALL, PLAIN = "SdkHttpMetadata", "AllHttpHeaders", "HttpHeaders"


class Values:
    """The values of one line of control, each written once.

    Parameters
    ----------
    data
        The execution's input.

    Attributes
    ----------
    latest
        The value that was written last, here or on the line around it.
    flow
        What the last state was given, or left.

    Examples
    --------
    >>> order = {"id": 1}
    >>> Values(order).written({"input": order, "name": "A"})
    ({'input': None, 'name': 'A'}, {'input': 'i'})
    """

    __slots__ = ("_data", "flow", "latest")

    def __init__(self, data: Json) -> None:
        self._data = data
        self.latest: Json = ABSENT
        self.flow: Json = ABSENT

    def written(self, details: Mapping[str, Any]) -> tuple[dict[str, Json], dict[str, str]]:
        """Return details without the values that are known, and where those are."""
        written, references = dict(details), dict[str, str]()
        for name in SHARED:
            if name not in written:
                continue
            value = written[name]
            if value is self._data:
                references[name] = INPUT
            elif value is self.latest:
                references[name] = LATEST
            if name in references:
                written[name] = None
            elif type(value) is dict:
                parts = None if self.flow is ABSENT else self._parts(value)
                if parts is not None:
                    references[name], written[name] = PARTS, parts
                elif METADATA in value and (shorter := _without_headers(value)) is not None:
                    references[name], written[name] = HEADERS, shorter
            self._keep(details, value)
        return written, references

    def _parts(self, value: dict[str, Json]) -> Json:
        """Return what differs from the flow: a result put beside it, or the flow within a request."""
        flow = self.flow
        if type(flow) is dict and flow:
            own = {name: item for name, item in value.items() if flow.get(name, ABSENT) is not item}
            # Members keep their places: the rest is what the flow has, and nothing else.
            if len(own) < len(value) and [*{**flow, **own}] == [*value]:
                return [own]
        inside = [name for name, item in value.items() if item is flow]
        if not inside or type(flow) not in {dict, list}:
            return None
        return [{name: None if item is flow else item for name, item in value.items()}, inside]

    def _whole(self, parts: Json) -> Json:
        if len(parts) == 1:
            return {**self.flow, **parts[0]}
        value, inside = parts
        return {name: self.flow if name in inside else item for name, item in value.items()}

    def _keep(self, details: Mapping[str, Any], value: Json) -> None:
        self.latest = value
        # A state's own events have its name.
        if "name" in details:
            self.flow = value

    def read(self, written: dict[str, Json], references: Mapping[str, str]) -> dict[str, Json]:
        """Return the details that were written; the opposite of :meth:`written`."""
        for name in SHARED:
            if name not in written:
                continue
            match references.get(name):
                case "i":
                    written[name] = self._data
                case "l":
                    written[name] = self.latest
                case "p":
                    written[name] = self._whole(written[name])
                case "h":
                    written[name] = _with_headers(written[name])
            self._keep(written, written[name])
        return written


def _without_headers(value: dict[str, Json]) -> dict[str, Json] | None:
    metadata = value[METADATA]
    if type(metadata) is not dict or next(iter(metadata), "") != ALL:
        return None
    rest = {name: item for name, item in metadata.items() if name != ALL}
    shorter = {**value, METADATA: rest}
    return shorter if PLAIN in rest and metadata[ALL] == _listed(rest[PLAIN]) else None


def _with_headers(value: dict[str, Json]) -> dict[str, Json]:
    metadata = value[METADATA]
    return {**value, METADATA: {ALL: _listed(metadata[PLAIN]), **metadata}}


def _listed(headers: Mapping[str, Json]) -> dict[str, Json]:
    return {name: [text] for name, text in headers.items()}
