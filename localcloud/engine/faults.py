"""Faults on demand: which call fails, and how. The same seed and the same calls fail the same.

Each fault draws from a generator of its own, seeded by the plan's seed and its place in the list,
once per call that it could hit: calls of other operations change nothing about it.

A fault of ``lambda.Invoke`` meets every caller that invokes through the engine: clients, and Step Functions'
tasks. AppSync's Lambda data sources and event source mappings invoke without it.
"""

from __future__ import annotations

import random
import threading
from dataclasses import asdict, dataclass, field

from localcloud.engine.operations import OperationCall
from localcloud.engine.rules import ObjectFields

KINDS = ("throttle", "error", "delay", "timeout", "drop-answer", "duplicate")


@dataclass(frozen=True)
class Fault:
    """One way in which calls of an operation fail.

    Attributes
    ----------
    service, operation
        Which calls; ``operation`` ``*`` is any of the service's.
    kind
        ``throttle``: refused with the service's own throttling error. ``error``: refused with
        ``status``, ``code`` and ``message``. ``delay``: carried out after ``seconds``. ``timeout``:
        not carried out, the connection closes after ``seconds``. ``drop-answer``: carried out, and
        the connection closes without an answer. ``duplicate``: carried out twice, one after the
        other; the first answer is returned.
    rate
        How likely a call is hit, 0 to 1.
    times
        How many calls are hit at most; None is no limit.
    body_contains
        Only calls whose body contains this text.
    """

    service: str
    operation: str
    kind: str
    rate: float = 1.0
    times: int | None = None
    status: int = 500
    code: str = ""
    message: str = ""
    seconds: float = 1.0
    body_contains: str = ""

    def fits(self, call: OperationCall) -> bool:
        """Say whether the fault could hit a call."""
        return (
            self.service == call.service
            and self.operation in {call.operation, "*"}
            and (not self.body_contains or self.body_contains.encode() in call.body)
        )


@dataclass(frozen=True)
class FaultPlan:
    """A seed and the faults, the first that hits a call counts."""

    seed: int = 0
    faults: tuple[Fault, ...] = ()


NO_FAULTS = FaultPlan()


def parse_faults(document: object) -> FaultPlan:
    """Read ``{"seed": 7, "faults": [{"service", "operation", "kind", ...}, ...]}``.

    Raises
    ------
    localcloud.engine.rules.RulesError

    Examples
    --------
    >>> plan = parse_faults({"seed": 7, "faults": [
    ...     {"service": "states", "operation": "StartExecution", "kind": "drop-answer", "times": 1}]})
    >>> plan.faults[0].kind, plan.faults[0].rate
    ('drop-answer', 1.0)
    """
    top = ObjectFields(document, "")
    faults: list[Fault] = []
    for fields in top.objects("faults"):
        match = fields.object("match")
        faults.append(
            Fault(
                service=fields.text("service"),
                operation=fields.text("operation"),
                kind=fields.choice("kind", KINDS),
                rate=fields.number("rate", 1.0, low=0, high=1),
                times=fields.whole("times", low=0) if fields.has("times") else None,
                status=fields.whole("status", 500, low=400, high=599),
                code=fields.text("code", ""),
                message=fields.text("message", ""),
                seconds=fields.number("seconds", 1.0, low=0, high=3600),
                body_contains=match.text("bodyContains", ""),
            )
        )
        match.end()
        fields.end()
    seed = top.whole("seed", 0, low=0)
    top.end()
    return FaultPlan(seed, tuple(faults))


@dataclass
class _Live:
    fault: Fault
    generator: random.Random
    hits: int = 0


@dataclass
class Faults:
    """The plan at work; asked from the event loop and from Step Functions' threads."""

    _seed: int = 0
    _live: list[_Live] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def set(self, plan: FaultPlan) -> None:
        """Put another plan in place, from its beginning."""
        with self._lock:
            self._seed = plan.seed
            self._live = [
                # Seeding with a text is the same on every machine and in every process.
                _Live(fault, random.Random(f"{plan.seed}:{at}"))  # noqa: S311 - decides faults, guards nothing
                for at, fault in enumerate(plan.faults)
            ]

    def describe(self) -> dict[str, object]:
        """Return the plan in the form of its file, and how many calls each fault has hit."""
        with self._lock:
            faults: list[dict[str, object]] = []
            for live in self._live:
                document = {
                    name: value for name, value in asdict(live.fault).items() if value not in {None, ""}
                }
                contains = document.pop("body_contains", None)
                faults.append(document | ({"match": {"bodyContains": contains}} if contains else {}))
                faults[-1]["hits"] = live.hits
            return {"seed": self._seed, "faults": faults}

    @property
    def any(self) -> bool:
        """Whether there is any fault."""
        return bool(self._live)

    def hit(self, call: OperationCall) -> Fault | None:
        """Return the fault that this call meets."""
        if not self._live:
            return None
        with self._lock:
            for live in self._live:
                fault = live.fault
                if not fault.fits(call) or (fault.times is not None and live.hits >= fault.times):
                    continue
                if live.generator.random() < fault.rate:
                    live.hits += 1
                    return fault
        return None
