"""A state machine's definition in the Amazon States Language, read as a graph."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from orders.tracing.model import Graph, Kind, Node, Transition

Definition = Mapping[str, Any]
"""A state machine, a branch or an iteration: `StartAt` and `States`."""


def graph_of(definition: Definition) -> Graph:
    """Return the states and what may follow what; states inside a Parallel or Map name it as parent.

    Examples
    --------
    >>> graph = graph_of({"StartAt": "A", "States": {"A": {"Type": "Pass", "Next": "B"},
    ...                                              "B": {"Type": "Succeed"}}})
    >>> [(node.name, node.start, node.end) for node in graph.nodes]
    [('A', True, False), ('B', False, True)]
    >>> [(t.source, t.target, t.kind.value) for t in graph.transitions]
    [('A', 'B', 'NEXT')]
    """
    nodes: list[Node] = []
    transitions: list[Transition] = []
    for name, state, machine, parent, branch in walk(definition):
        kind = str(state.get("Type", ""))
        nodes.append(
            Node(
                name=name,
                type=kind,
                parent=parent,
                branch=branch,
                start=machine.get("StartAt") == name,
                end=state.get("End") is True or kind in {"Succeed", "Fail"},
                comment=state.get("Comment"),
            )
        )
        transitions += _leaving(name, state)
    return Graph(tuple(nodes), tuple(transitions))


def walk(
    machine: Definition, parent: str | None = None, branch: int | None = None
) -> Iterator[tuple[str, Definition, Definition, str | None, int | None]]:
    """Yield each state with its name, its machine, and the parent and branch that this one is."""
    for name, state in machine["States"].items():
        yield name, state, machine, parent, branch
        inner: Sequence[Definition] = state.get("Branches", ())
        if state.get("Type") == "Map":
            inner = (state.get("ItemProcessor") or state["Iterator"],)
        for number, part in enumerate(inner):
            yield from walk(part, name, number)


def _leaving(name: str, state: Definition) -> Iterator[Transition]:
    if "Next" in state:
        yield Transition(name, state["Next"], Kind.NEXT)
    targets = [rule["Next"] for rule in state.get("Choices", ())]
    for target in dict.fromkeys(targets):
        yield Transition(name, target, Kind.CHOICE)
    if "Default" in state:
        yield Transition(name, state["Default"], Kind.DEFAULT)
    caught: dict[str, list[str]] = {}
    for catcher in state.get("Catch", ()):
        caught.setdefault(catcher["Next"], []).extend(catcher["ErrorEquals"])
    for target, errors in caught.items():
        yield Transition(name, target, Kind.CATCH, tuple(errors))
