"""Where states go: every target is there, every state is reached, and one of them ends."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from localcloud.states.language.scope import Json
from localcloud.states.validation.diagnostic import Report


def check_transitions(report: Report, machine: Mapping[str, Json], at: str) -> None:
    """Check the graph of a machine whose ``States`` is an object with members."""
    states = machine["States"]
    start = machine.get("StartAt")
    edges = {name: list(_edges(state)) if isinstance(state, dict) else [] for name, state in states.items()}
    starts = isinstance(start, str) and start in states
    if isinstance(start, str) and not starts:
        report.error("MISSING_TRANSITION_TARGET", f"Missing 'StartAt' target: {start}", f"{at}/StartAt")
    complete = True
    for name, targets in edges.items():
        for place, target in targets:
            if target not in states:
                complete = False
                message = f"Missing '{place.rpartition('/')[2]}' target: {target}"
                report.error("MISSING_TRANSITION_TARGET", message, f"{at}/States/{name}/{place}")
    if starts:
        reached = _reached(str(start), edges)
        for name in states:
            if name not in reached:
                message = f'State "{name}" is not reachable.'
                report.error("MISSING_TRANSITION_TARGET", message, f"{at}/States/{name}")
    # A target that is missing may be what ends the machine.
    if complete and not any(_ends(state) for state in states.values()):
        report.error("MISSING_END_STATE", "Workflow has no terminal state", at or "/")


def _edges(state: Mapping[str, Json]) -> Iterator[tuple[str, str]]:
    """Yield where a target is named and the target; one that is no text has another error."""
    for field in ("Next", "Default"):
        if isinstance(state.get(field), str):
            yield field, state[field]
    for field in ("Choices", "Catch"):
        rules = state.get(field)
        for number, rule in enumerate(rules if isinstance(rules, list) else ()):
            if isinstance(rule, dict) and isinstance(rule.get("Next"), str):
                yield f"{field}[{number}]/Next", rule["Next"]


def _reached(start: str, edges: Mapping[str, list[tuple[str, str]]]) -> set[str]:
    reached: set[str] = set()
    pending = [start]
    while pending:
        name = pending.pop()
        if name in edges and name not in reached:
            reached.add(name)
            pending += [target for _, target in edges[name]]
    return reached


def _ends(state: Json) -> bool:
    return isinstance(state, dict) and (state.get("End") is True or state.get("Type") in ("Succeed", "Fail"))
