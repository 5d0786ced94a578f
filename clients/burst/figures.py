"""What a burst by one way in came to."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from clients.burst.order_kept import Start, overtaken
from clients.burst.records import Outcome, Record

LATE_SECONDS = 0.1
"""What is sent later than this after its time counts as late."""


@dataclass(frozen=True, slots=True)
class Figures:
    """Counts are of orders; times in milliseconds, from when an order was sent.

    Attributes
    ----------
    late, worst_late
        How many this client sent later than it should have, and by how many seconds at most.
    unsent
        Those that it did not send before its time was over.
    unanswered
        Sent, and no answer when the time was over.
    overflowed
        Accepted by direct start, throttled there, and queued; None where it is unknown.
    started
        How many are known to have begun.
    overtaken
        Orders that began after one that the same customer sent when they were accepted already.
    sent_twice, run_twice
        Orders that were sent again on purpose, and those of all that went through a state twice.
    delivered_again
        Changes that arrived more than once, and were dropped.
    """

    orders: int
    sent: int
    late: int
    worst_late: float
    unsent: int
    accepted: int
    throttled: int
    refused: int
    failed: int
    unanswered: int
    overflowed: int | None
    started: int
    overtaken: int
    sent_twice: int
    run_twice: int
    delivered_again: int
    answer_p50: float | None
    answer_p95: float | None
    start_p50: float | None
    start_p95: float | None
    sending_seconds: float
    reasons: tuple[str, ...] = ()
    accepted_at: tuple[float, ...] = field(default=(), repr=False)
    started_at: tuple[float, ...] = field(default=(), repr=False)

    @property
    def sent_rate(self) -> float:
        """Orders a second that this client really sent."""
        return self.sent / self.sending_seconds if self.sending_seconds > 0 else 0.0


def figures(records: Sequence[Record], *, overflowed: int | None = None, delivered_again: int = 0) -> Figures:
    """Count what became of the orders of one way.

    Examples
    --------
    >>> one = Record(0, "ada", "a", due=1.0, sent=1.0, answered=1.2, outcome=Outcome.ACCEPTED, started=2.0)
    >>> result = figures([one, Record(1, "ada", "b", due=1.1)])
    >>> result.accepted, result.unsent, result.answer_p50, result.start_p95
    (1, 1, 200.0, 1000.0)
    """
    sent = [(record, record.sent) for record in records if record.sent is not None]
    first_due = min((record.due for record, _ in sent), default=0.0)
    outcomes = Counter(record.outcome for record, _ in sent)
    accepted = [(record, at) for record, at in sent if record.outcome is Outcome.ACCEPTED]
    answers = [(record.answered - at) * 1000 for record, at in accepted if record.answered is not None]
    started = [(record, at, record.started) for record, at in sent if record.started is not None]
    waits = [(moment - at) * 1000 for _, at, moment in started]
    delays = [at - record.due for record, at in sent]
    return Figures(
        orders=len(records),
        sent=len(sent),
        late=sum(delay > LATE_SECONDS for delay in delays),
        worst_late=max(0.0, *delays) if delays else 0.0,
        unsent=len(records) - len(sent),
        accepted=len(accepted),
        throttled=outcomes[Outcome.THROTTLED],
        refused=outcomes[Outcome.REFUSED],
        failed=outcomes[Outcome.FAILED],
        unanswered=outcomes[None],
        overflowed=overflowed,
        started=len(started),
        overtaken=overtaken(
            Start(record.customer, at, record.answered, record.started_at.timestamp())
            for record, at in accepted
            if record.answered is not None and record.started_at is not None
        ),
        sent_twice=sum(record.sent_twice for record, _ in sent),
        run_twice=sum(len(set(record.states)) < len(record.states) for record in records),
        delivered_again=delivered_again,
        answer_p50=quantile(answers, 0.5),
        answer_p95=quantile(answers, 0.95),
        start_p50=quantile(waits, 0.5),
        start_p95=quantile(waits, 0.95),
        sending_seconds=max((at for _, at in sent), default=first_due) - first_due,
        reasons=tuple(dict.fromkeys(record.reason for record in records if record.reason))[:3],
        accepted_at=_times((record.answered for record, _ in accepted), first_due),
        started_at=_times((moment for _, _, moment in started), first_due),
    )


def quantile(values: Iterable[float], share: float) -> float | None:
    """Return the smallest value that so great a share does not exceed; None of nothing.

    Examples
    --------
    >>> quantile([4, 1, 3, 2], 0.5), quantile([4, 1, 3, 2], 0.95), quantile([], 0.5)
    (2, 4, None)
    """
    ordered = sorted(values)
    return round(ordered[max(0, math.ceil(share * len(ordered)) - 1)], 3) if ordered else None


def _times(moments: Iterable[float | None], first_due: float) -> tuple[float, ...]:
    return tuple(sorted(round(moment - first_due, 4) for moment in moments if moment is not None))
