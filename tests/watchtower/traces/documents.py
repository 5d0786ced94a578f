"""Segments as tests send them."""

from __future__ import annotations

import json

TRACE = "1-5759e988-bd862e3fe1be46a994272793"
START = int("5759e988", 16) + 0.5
JSON = dict[str, "JSON"] | list["JSON"] | str | int | float | bool | None


def segment(number: int, **members: JSON) -> str:
    """Return the document of a segment whose id is a number; it lasts ``seconds``, by default 1."""
    seconds = members.pop("seconds", 1.0)
    assert isinstance(seconds, float)
    document: dict[str, JSON] = {
        "id": f"{number:016x}",
        "trace_id": TRACE,
        "name": "shop",
        "start_time": START + number / 1000,
        **({} if members.get("in_progress") else {"end_time": START + number / 1000 + seconds}),
        **members,
    }
    return json.dumps(document)


def subsegment(number: int, **members: JSON) -> dict[str, JSON]:
    """Return a subsegment that goes inside of another document."""
    document: dict[str, JSON] = json.loads(segment(number, **members))
    del document["trace_id"]
    return document
