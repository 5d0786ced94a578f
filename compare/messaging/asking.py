"""Synchronous or asynchronous: the page's second table."""

from __future__ import annotations

from collections.abc import Iterator

from compare.messaging.prose import paragraph
from compare.messaging.report import Report, Row

PLACES = ("the caller", "the caller", "the on-failure destination", "the dead-letter queue")
NAMES = ("waits, once", "waits, backs off", "event", "by a queue")


def section(report: Report) -> Iterator[str]:
    """Yield the section's lines."""
    once, _, event, queue = rows = report.asking
    yield "## Synchronous or asynchronous, measured with faults\n"
    yield from paragraph(
        f"The same function, asked {once.whole('calls')} times in each of four ways; {report.percent:g} % of "
        "its attempts fail, and each way meets the same faults. A caller that *waits* calls it "
        "synchronously, once or up to four times with exponential backoff and full jitter; an *event* is "
        "invoked asynchronously, with two retries and an on-failure destination; *by a queue*, a message is "
        "sent, received up to three times and then left to a dead-letter queue."
    )
    yield f"| | {' | '.join(NAMES)} |"
    yield "|---|---|---|---|---|"

    def line(name: str, *cells: str) -> str:
        return f"| {' | '.join((name, *cells))} |"

    yield line("The caller gets", "the result", "the result", "an acknowledgement", "an acknowledgement")
    yield line("Callers that got it", *(_of(row, "answered") for row in rows))
    yield line("Work that was done in the end", *(_of(row, "done") for row in rows))
    yield line("Attempts for each piece of work", *(f"{row['attempts'] / row['calls']:.2f}" for row in rows))
    yield line(
        "The caller waits, p50 and p95",
        *(f"{row['wait_p50']:.1f} ms, {row['wait_p95']:.0f} ms" for row in rows),
    )
    yield line(
        "Call to the work done, p50, p95 and longest",
        *(", ".join(_time(row[f"end_seconds_{which}"]) for which in ("p50", "p95", "max")) for row in rows),
    )
    yield line("Retries are the business of", "nobody", "the caller", "Lambda", "SQS")
    yield line(
        "What fails for good ends with",
        *(f"{place} ({round(row['calls'] - row['done'])})" for place, row in zip(PLACES, rows, strict=True)),
    )
    yield line(
        "At most",
        "29 s behind API Gateway, 15 min",
        "the same, all tries together",
        "15 min, for 6 h",
        "15 min, for 14 days",
    )
    yield ""
    yield from paragraph(
        f"A synchronous call has no retry but its caller's: {round(once['calls'] - once['done'])} of "
        f"{once.whole('calls')} pieces of work were lost where the caller tried once. Lambda retries an "
        "event after one minute, then after two: what fails is done late "
        f"({event['end_seconds_max']:.0f} s) without any client waiting. A queue retries as soon as its "
        f"visibility timeout says ({queue['end_seconds_max']:.0f} s at most here), and absorbs bursts. "
        "The price of both is that the caller must learn when the work is done, which is what the rest "
        "of Orderwire compares ([choosing.md](choosing.md))."
    )


def _of(row: Row, name: str) -> str:
    return f"{row.whole(name)} of {row.whole('calls')}"


def _time(seconds: float) -> str:
    return f"{seconds * 1000:.0f} ms" if seconds < 1 else f"{seconds:.1f} s"
