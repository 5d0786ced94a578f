"""A definition with each kind of state, and abridged histories."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from orders.model import Timestamp
from orders.tracing.model import Event, Step

DEFINITION: dict[str, Any] = {
    "StartAt": "Check",
    "States": {
        "Check": {
            "Comment": "Is it whole?",
            "Type": "Task",
            "Catch": [
                {"ErrorEquals": ["Bad", "Worse"], "Next": "Stop"},
                {"ErrorEquals": ["States.ALL"], "Next": "Stop"},
            ],
            "Next": "Both",
        },
        "Both": {
            "Type": "Parallel",
            "Branches": [
                {
                    "StartAt": "Each",
                    "States": {
                        "Each": {
                            "Type": "Map",
                            "ItemProcessor": {
                                "StartAt": "Take",
                                "States": {"Take": {"Type": "Task", "End": True}},
                            },
                            "End": True,
                        }
                    },
                },
                {"StartAt": "Pay", "States": {"Pay": {"Type": "Task", "End": True}}},
            ],
            "Next": "Which",
        },
        "Which": {
            "Type": "Choice",
            "Choices": [{"Next": "Done"}, {"Next": "Done"}, {"Next": "Check"}],
            "Default": "Stop",
        },
        "Done": {"Type": "Succeed"},
        "Stop": {"Type": "Fail"},
    },
}

EventSpec = tuple[str, int] | tuple[str, int, str | int]


def events(*specs: EventSpec) -> list[Event]:
    """Return a history: of each event its type, the event before it, and its one detail; a second apart."""
    built = []
    for number, (kind, previous, *detail) in enumerate(specs, 1):
        event = Event(number, previous, kind, at(number))
        for value in detail:
            if isinstance(value, int):
                event = replace(event, index=value)
            elif kind.endswith(("Entered", "Exited")):
                event = replace(event, name=value)
            else:
                event = replace(event, error=value)
        built.append(event)
    return built


def at(second: int) -> Timestamp:
    """Return the time of the event of that number."""
    return Timestamp(f"2026-11-29T18:00:{second:02}.000Z")


def short(steps: tuple[Step, ...]) -> list[str]:
    """Return each step on one line: id, name, place, outcome, retries, error."""
    lines = []
    for step in steps:
        place = "" if step.parent is None else f" in {step.parent}[{step.index}]"
        retries = f" x{step.retries}" if step.retries else ""
        error = f" {step.error}" if step.error else ""
        lines.append(f"{step.id} {step.name}{place} {step.outcome}{retries}{error}")
    return lines
