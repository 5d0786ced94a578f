"""What an order's workflow went through, typed; for staff."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from clients import reading


@dataclass(frozen=True, slots=True)
class TraceStep:
    """A state that was entered. ``parent`` is the step of the Parallel or Map around it.

    Attributes
    ----------
    index
        The Parallel's branch or the Map's iteration, from 0.
    left_at
        None while it runs, and where it is not kept.
    """

    id: int
    name: str
    type: str
    entered_at: datetime
    left_at: datetime | None
    outcome: str
    retries: int
    error: str | None
    parent: int | None
    index: int | None

    @property
    def seconds(self) -> float | None:
        """How long it took; None where that is not known."""
        return None if self.left_at is None else (self.left_at - self.entered_at).total_seconds()

    @classmethod
    def parse(cls, value: object, where: str = "step") -> TraceStep:
        """Read GraphQL's ``TraceStep``."""
        data = reading.mapping(value, where)
        return cls(
            id=reading.whole(data.get("id"), f"{where}.id"),
            name=reading.text(data.get("name"), f"{where}.name"),
            type=reading.text(data.get("type"), f"{where}.type"),
            entered_at=reading.instant(data.get("enteredAt"), f"{where}.enteredAt"),
            left_at=_instant(data.get("leftAt"), f"{where}.leftAt"),
            outcome=reading.text(data.get("outcome"), f"{where}.outcome"),
            retries=reading.whole(data.get("retries"), f"{where}.retries"),
            error=reading.optional_text(data.get("error"), f"{where}.error"),
            parent=_whole(data.get("parent"), f"{where}.parent"),
            index=_whole(data.get("index"), f"{where}.index"),
        )


@dataclass(frozen=True, slots=True)
class TraceSpan:
    """A piece of work. ``parent`` is the span that it is a part of, or that called it.

    Attributes
    ----------
    origin
        The AWS service; None of a part.
    ended_at
        None while it is in progress.
    """

    id: str
    parent: str | None
    name: str
    origin: str | None
    started_at: datetime
    ended_at: datetime | None
    failed: bool
    detail: str | None

    @classmethod
    def parse(cls, value: object, where: str = "span") -> TraceSpan:
        """Read GraphQL's ``TraceSpan``."""
        data = reading.mapping(value, where)
        return cls(
            id=reading.text(data.get("id"), f"{where}.id"),
            parent=reading.optional_text(data.get("parent"), f"{where}.parent"),
            name=reading.text(data.get("name"), f"{where}.name"),
            origin=reading.optional_text(data.get("origin"), f"{where}.origin"),
            started_at=reading.instant(data.get("startedAt"), f"{where}.startedAt"),
            ended_at=_instant(data.get("endedAt"), f"{where}.endedAt"),
            failed=reading.flag(data.get("failed"), f"{where}.failed"),
            detail=reading.optional_text(data.get("detail"), f"{where}.detail"),
        )


@dataclass(frozen=True, slots=True)
class Trace:
    """What an order's workflow went through.

    Attributes
    ----------
    workflow
        None while the order has not been started.
    source
        ``EXECUTION``, or ``STATUSES`` where there is no history but the order's own.
    outcome
        None where it is not kept.
    document
        GraphQL's whole answer, the definition's graph included.
    """

    order_id: str
    workflow: str | None
    source: str
    outcome: str | None
    started_at: datetime | None
    ended_at: datetime | None
    redrives: int
    error: str | None
    steps: tuple[TraceStep, ...]
    trace_id: str | None
    spans: tuple[TraceSpan, ...]
    document: dict[str, object]

    @classmethod
    def parse(cls, value: object, where: str = "trace") -> Trace:
        """Read GraphQL's ``OrderTrace``."""
        data = reading.mapping(value, where)
        steps = reading.sequence(data.get("steps"), f"{where}.steps")
        spans = reading.sequence(data.get("spans"), f"{where}.spans")
        return cls(
            order_id=reading.text(data.get("orderId"), f"{where}.orderId"),
            workflow=reading.optional_text(data.get("workflow"), f"{where}.workflow"),
            source=reading.text(data.get("source"), f"{where}.source"),
            outcome=reading.optional_text(data.get("outcome"), f"{where}.outcome"),
            started_at=_instant(data.get("startedAt"), f"{where}.startedAt"),
            ended_at=_instant(data.get("endedAt"), f"{where}.endedAt"),
            redrives=reading.whole(data.get("redrives"), f"{where}.redrives"),
            error=reading.optional_text(data.get("error"), f"{where}.error"),
            steps=tuple(TraceStep.parse(step, f"{where}.steps[{n}]") for n, step in enumerate(steps)),
            trace_id=reading.optional_text(data.get("traceId"), f"{where}.traceId"),
            spans=tuple(TraceSpan.parse(span, f"{where}.spans[{n}]") for n, span in enumerate(spans)),
            document=data,
        )


def _instant(value: object, where: str) -> datetime | None:
    return None if value is None else reading.instant(value, where)


def _whole(value: object, where: str) -> int | None:
    return None if value is None else reading.whole(value, where)
