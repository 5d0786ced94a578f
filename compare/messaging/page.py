"""docs/messaging-or-streaming.md: the classical two tables, with a measured line for each row."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from compare.latency import Part, read_parts
from compare.messaging import asking, costs
from compare.messaging.prose import paragraph
from compare.messaging.report import Report, Row, read
from compare.prices import PriceBook, read_prices

RATES = (1, 100, 1000)

HEAD = """\
# Messaging or streaming?

<!-- Written by `make messaging` from `docs/measured/{report}`; do not edit. -->

A queue gives each message to one consumer and forgets it. A stream keeps records, in order, for
every consumer that reads it. Textbooks compare the two in a table; this page measures each row of
it on the local cloud. The software's behaviour is AWS's; its speed is one machine's. AWS's own
latency has a separate row, from published figures, and costs come from the price file ({prices},
us-east-1).

`make messaging` measures again and writes this page. The stack is
`bench/messaging/template.yaml`: a standard queue, a FIFO queue (group = key) and a stream of two
shards (partition key = key), each consumed by the same function with the settings that AWS
recommends.

## In short

- **A job to be done once, by any free consumer**: a standard queue. It retries each message
  separately, and is the cheapest below {single} messages a second, or {batched} in batches of ten.
  It does not keep the order: write handlers that do not need it.
- **Jobs that must follow each other**: a FIFO queue, with the customer or order as group.
  A failing message blocks its group, and nothing else.
- **Facts for several readers, now or later**: a stream. It is the only one of the three that
  can be replayed, and the cheapest at high rates. A failing record blocks its shard, so bisect
  the batch, limit the attempts and give it an on-failure destination.

Orderwire uses all three: a queue between AppSync and the workflow, a FIFO queue where a customer's
orders must start in order, and table streams and Kinesis for what changed.

## Messaging or streaming, measured
"""


def render(path: Path) -> str:
    """Return the page.

    Raises
    ------
    clients.BadSettings
        ``path`` is no report of ``make messaging``.

    Examples
    --------
    >>> page = render(Path("docs/measured/messaging.json"))
    >>> page.splitlines()[0]
    '# Messaging or streaming?'
    """
    report = read(path)
    book = read_prices("us-east-1")
    head = HEAD.format(
        report=path.name,
        prices=book.date.isoformat(),
        single=costs.crossover(book, 1),
        batched=costs.crossover(book, 10),
    )
    return "\n".join(
        [
            head,
            *_handing_on(report, book),
            *_cost(book),
            *asking.section(report),
            *_method(report),
        ]
    )


def _handing_on(report: Report, book: PriceBook) -> Iterator[str]:
    standard, fifo, stream = rows = report.handing_on
    parts = read_parts()
    size = report.size
    failing = round(size["failing"] / 10)
    yield "| | standard queue | FIFO queue | stream |"
    yield "|---|---|---|---|"

    def line(name: str, *cells: str) -> str:
        return f"| {' | '.join((name, *cells))} |"

    yield line("What a consumer gets", "any messages", "the next of each group", "the next of each shard")
    yield line("After it is handled", "deleted", "deleted", "kept until its retention ends")
    yield line(
        f"**Order**: of {round(size['burst']):,} sent at once, handled after a later one of their key",
        *(row.whole("late_in_order") for row in rows),
    )
    yield line(
        f"Order when {failing} of {round(size['failing'])} fail once: handled after a later one of their key",
        *(row.whole("late_after_failure") for row in rows),
    )
    yield line(
        "**Replay**: of all messages sent, those that can be read once more",
        *(f"{row.whole('read_again')} of {row.whole('sent')}" for row in rows),
    )
    yield line(
        "**Retry**: from the failure to the handling, median and longest",
        *(f"{row['recovery_seconds_p50']:.1f} s, {row['recovery_seconds_max']:.1f} s" for row in rows),
    )
    yield line(
        "Handled again although they had been handled",
        *(row.whole("repeated") for row in rows),
    )
    yield line(
        "**Poison**: attempts at a message that always fails, and the time until it is put aside",
        *(f"{row.whole('poison_attempts')} in {row['poison_seconds']:.1f} s" for row in rows),
    )
    yield line("The next message of its key", *map(_behind, rows))
    yield line(
        "Messages of other keys wait at most",
        *(f"{row['poison_others_seconds']:.1f} s" for row in rows),
    )
    yield line(
        "**Throughput** here, messages a second",
        *(f"{row['handled_per_second']:,.0f}" for row in rows),
    )
    yield line(
        "Throughput on AWS",
        "nearly unlimited",
        "300 calls a second and action, of ten messages each; far more in high-throughput mode",
        "1,000 records or 1 MB a second and shard",
    )
    yield line(
        "**Latency** here, send to handler, p50 and p95",
        *(f"{row['p50']:.1f} ms, {row['p95']:.1f} ms" for row in rows),
    )
    published = [parts[name] for name in ("queue-to-lambda", "fifo-to-lambda", "kinesis-to-lambda")]
    fanned = parts["kinesis-fanout-to-lambda"]
    cells = [_published(part) for part in published]
    yield line(
        "Latency on AWS, as published, p50 and p99", *cells[:2], f"{cells[2]} (fan-out: {_published(fanned)})"
    )
    yield line(
        f"**Cost** of {RATES[1]} messages of 1 KB a second, a day, in batches of ten",
        *(f"${usd:.2f}" for usd in _daily(book, RATES[1])),
    )
    yield ""
    yield from paragraph(
        "A message that fails is seen again when its visibility timeout ends (6 s in this stack, six times "
        "the function's timeout), and is put aside after three receives; the function reports which messages "
        "of a batch failed (`ReportBatchItemFailures`), so that nothing else comes again. A stream's batch "
        "fails as a whole and is halved until the failing record is alone (`BisectBatchOnFunctionError`), "
        "which is put aside after two retries; what stood before it in the batch is handled again."
    )
    held_up = f"{fifo['poison_blocked_seconds']:.1f} s" if "poison_blocked_seconds" in fifo else "for good"
    yield from paragraph(
        f"The poison message held up its own group in the FIFO queue ({held_up}) and its whole shard in the "
        f"stream ({stream['poison_others_seconds']:.1f} s at most for other keys); nothing waited for it in "
        f"the standard queue ({standard['poison_others_seconds']:.1f} s)."
    )
    yield from paragraph(
        "**A FIFO queue's trap**: each receive counts for every message of the batch. What lies behind the "
        "poison in its group and in its batch is given back with it, is received as often, and goes to the "
        f"dead-letter queue with it ({fifo.whole('poison_companions')} here), never having been tried. "
        "Receive few of a group at once, allow many receives, and redrive the queue once the poison is gone."
    )


def _behind(row: Row) -> str:
    if "poison_blocked_seconds" in row:
        return f"waits {row['poison_blocked_seconds']:.1f} s"
    return "is put aside with it, untried"


def _published(part: Part) -> str:
    p50, p99 = (f"{value[0]:g} ms" if value else "not published" for value in (part.p50, part.p99))
    return f"{p50}, {p99}"


def _daily(book: PriceBook, rate: int) -> tuple[object, object, object]:
    return (
        costs.queue(book, "sqs.request", rate, 10),
        costs.queue(book, "sqs.fifo", rate, 10),
        costs.stream(book, rate),
    )


def _cost(book: PriceBook) -> Iterator[str]:
    yield "## What it costs\n"
    yield from paragraph(
        "Dollars a day for messages of 1 KB, evenly spread, without the function: three calls of SQS for a "
        "message or a batch of ten, or as many shards as the rate needs. A queue costs nothing while it is "
        "empty; a shard costs by the hour."
    )
    yield "| messages a second | standard, one by one | standard, by ten | FIFO, by ten | stream |"
    yield "|---:|---:|---:|---:|---:|"
    for rate in RATES:
        single = costs.queue(book, "sqs.request", rate, 1)
        cells = (single, *_daily(book, rate))
        yield f"| {rate:,} | {' | '.join(f'${usd:,.2f}' for usd in cells)} |"
    yield ""


def _method(report: Report) -> Iterator[str]:
    size = report.size
    yield "## How it was measured\n"
    yield from paragraph(f"On {report.date[:10]}, {report.machine}.")
    yield from paragraph(
        f"For each way: {round(size['steady'])} messages at {size['rate']:g} a second (latency), "
        f"{round(size['burst']):,} as fast as one client sends them (order, throughput), "
        f"{round(size['failing'])} of which each tenth fails once (retry), and one that always fails among "
        f"{round(size['keys'] * 3)} (poison), over {round(size['keys'])} keys. The function writes each "
        "attempt to a table, with the time at which its invocation began; the figures are computed from "
        "that table. Throughput includes writing it. Latency measured on one machine is the software's "
        "overhead, not AWS's."
    )
    if report.quick:
        yield from paragraph("**A quick run**: its figures show that everything works, and no more.")
