"""A definition, read as a graph."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from orders.status import OrderStatus
from orders.tracing.definition import Definition, graph_of
from orders.tracing.model import Kind, Node
from orders.tracing.statuses import writers_of
from tests.orders.tracing.samples import DEFINITION

WORKFLOWS = Path(__file__).parents[3] / "appsync" / "workflow"


def test_each_state_is_a_node_with_its_place() -> None:
    nodes = {node.name: node for node in graph_of(DEFINITION).nodes}
    assert nodes["Check"] == Node("Check", "Task", start=True, comment="Is it whole?")
    assert nodes["Each"] == Node("Each", "Map", "Both", 0, start=True, end=True)
    assert nodes["Take"] == Node("Take", "Task", "Each", 0, start=True, end=True)
    assert nodes["Pay"] == Node("Pay", "Task", "Both", 1, start=True, end=True)
    assert nodes["Done"].end and nodes["Stop"].end and not nodes["Which"].end
    assert list(nodes) == ["Check", "Both", "Each", "Take", "Pay", "Which", "Done", "Stop"]


def test_rules_with_one_target_are_one_transition() -> None:
    transitions = {(t.source, t.target, t.kind): t.errors for t in graph_of(DEFINITION).transitions}
    assert transitions == {
        ("Check", "Both", Kind.NEXT): (),
        ("Check", "Stop", Kind.CATCH): ("Bad", "Worse", "States.ALL"),
        ("Both", "Which", Kind.NEXT): (),
        ("Which", "Done", Kind.CHOICE): (),
        ("Which", "Check", Kind.CHOICE): (),
        ("Which", "Stop", Kind.DEFAULT): (),
    }


def deployed(name: str) -> Definition:
    """Return a workflow as the demonstration has it."""
    text = (WORKFLOWS / f"{name}.asl.json").read_text("utf-8")
    definition: Definition = json.loads(text.replace("${AfterConfirmed}", "WaitToPack"))
    return definition


@pytest.mark.parametrize("name", ["order", "express"])
def test_transitions_lead_to_states_of_the_same_machine(name: str) -> None:
    graph = graph_of(deployed(name))
    places = {node.name: (node.parent, node.branch) for node in graph.nodes}
    assert len(places) == len(graph.nodes)
    assert all(places[t.source] == places[t.target] for t in graph.transitions)


@pytest.mark.parametrize("name", ["order", "express"])
def test_workflow_writes_each_status_in_one_state(name: str) -> None:
    writers = writers_of(deployed(name))
    by_the_workflow = set(OrderStatus) - {OrderStatus.RECEIVED, OrderStatus.CANCELLED, OrderStatus.REJECTED}
    waiting = {OrderStatus.AWAITING_APPROVAL, OrderStatus.EXPIRED} if name == "express" else set()
    assert set(writers) == by_the_workflow - waiting
    assert writers["VALIDATED"] == ("MarkValidated", "Task")
