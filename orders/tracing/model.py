"""The words of a trace: a definition's graph, and the steps that an execution took on it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from orders.model import OrderId, Timestamp
from orders.origins import Workflow
from orders.tracing.spans import Span


class Source(StrEnum):
    """What the steps were read from."""

    EXECUTION = "EXECUTION"
    STATUSES = "STATUSES"


class ExecutionOutcome(StrEnum):
    """What became of an execution."""

    NOT_STARTED = "NOT_STARTED"
    RUNNING = "RUNNING"
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"
    TIMED_OUT = "TIMED_OUT"
    ABORTED = "ABORTED"


class StepOutcome(StrEnum):
    """What became of one step."""

    RUNNING = "RUNNING"
    SUCCEEDED = "SUCCEEDED"
    CAUGHT = "CAUGHT"
    FAILED = "FAILED"
    ABORTED = "ABORTED"


class Kind(StrEnum):
    """Why one state follows another."""

    NEXT = "NEXT"
    CHOICE = "CHOICE"
    DEFAULT = "DEFAULT"
    CATCH = "CATCH"


@dataclass(frozen=True, slots=True)
class Node:
    """A state of the definition. Its name is unique, also among those inside other states.

    Attributes
    ----------
    parent : str or None
        The Parallel or Map that it stands in.
    branch : int or None
        Which branch of a Parallel; 0 in a Map.
    start, end : bool
        Whether its state machine, branch or iteration begins or may end with it.
    """

    name: str
    type: str
    parent: str | None = None
    branch: int | None = None
    start: bool = False
    end: bool = False
    comment: str | None = None


@dataclass(frozen=True, slots=True)
class Transition:
    """One state may follow another; of a catch, ``errors`` names what is caught."""

    source: str
    target: str
    kind: Kind
    errors: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Graph:
    """All states of a definition, and what may follow what."""

    nodes: tuple[Node, ...] = ()
    transitions: tuple[Transition, ...] = ()


@dataclass(frozen=True, slots=True)
class Event:
    """One event of an execution's history, as much of it as a trace may hold.

    Attributes
    ----------
    name : str or None
        The state that is entered or left.
    index : int or None
        Of a Map's iteration.
    error : str or None
        The error's name; never its cause, which may quote payloads.
    """

    id: int
    previous: int
    type: str
    at: Timestamp
    name: str | None = None
    index: int | None = None
    error: str | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """A state that was entered. The same state may be entered again: by each iteration, for instance.

    Attributes
    ----------
    id : int
        Counted from 1, in the order of entry.
    left_at : Timestamp or None
        None while it runs, and where it is unknown.
    retries : int
        Attempts after the first.
    error : str or None
        The name of the last error that was not made good.
    parent : int or None
        The step of the Parallel or Map around it.
    index : int or None
        The Parallel's branch or the Map's iteration.
    """

    id: int
    name: str
    type: str
    entered_at: Timestamp
    left_at: Timestamp | None
    outcome: StepOutcome
    retries: int = 0
    error: str | None = None
    parent: int | None = None
    index: int | None = None


@dataclass(frozen=True, slots=True)
class Trace:
    """What an order's workflow went through.

    Attributes
    ----------
    outcome : ExecutionOutcome or None
        None where it is not kept: of an Express execution that is over.
    trace_id : str or None
        X-Ray's, of the request that submitted the order; None when it was not traced.
    spans : tuple of Span
        All work that was done for the order, each piece behind the one that it is a part of.
    """

    order_id: OrderId
    workflow: Workflow | None
    source: Source
    outcome: ExecutionOutcome | None
    graph: Graph
    steps: tuple[Step, ...]
    started_at: Timestamp | None = None
    ended_at: Timestamp | None = None
    redrives: int = 0
    error: str | None = None
    trace_id: str | None = None
    spans: tuple[Span, ...] = ()
