"""A report's contents, put together once: the table, the JSON document and the page read it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from compare.prices import PriceBook
from compare.results import Mode, Row
from compare.runfacts import RunFacts, Sample
from compare.runner import TURN
from compare.spread import undecided

CAVEATS = (
    "Times are this machine's: clients, local cloud and all its functions share it. They show the "
    "software's overhead and how long a channel makes its client wait, not AWS's latency. What AWS adds is "
    "modelled from published figures, in a column of its own, and never added to what was measured.",
    "One client follows one order over a connection of its own, as one open page does. Clients that share "
    "a connection for many orders pay less for it.",
    "A held request holds a Lambda environment, so long polling and the synchronous call follow at most 20 "
    "orders at a time here; a run in which they take part sends the next order when one has ended.",
    "Each channel alone follows orders of its own, of the same mix, 25 or more at a turn, so that a machine "
    "that is busy for a while is so for all; all at once, they follow the same ones.",
    "Dollars: what following adds to the order itself, at the first tier of prices, without any free tier. "
    "Not in them: submitting, the workflow, its status writes, logs, the sign-in. Lambda's time is this "
    "machine's. A channel that is pushed to pays for each of the fan-out's invocations and for their whole "
    "time, though that publishes on the other channels meanwhile: it pays no more than that.",
    "An order that moves on once a second and a client that asks once a second fall in step: then the p50 of "
    "fixed polling shows where in the second it asks; only p95 and p99 show how long a change may wait.",
    "An order's life decides what polling and held requests cost: they pay for waiting.",
    "For all at once no AWS operations and dollars are shown: the meter cannot attribute them.",
)


@dataclass(frozen=True, slots=True)
class Report:
    """One comparison."""

    date: datetime
    machine: str
    orders: int
    rate: float
    poll_seconds: float
    rows: tuple[Row, ...]
    facts: dict[str, RunFacts]
    book: PriceBook
    latency_meaning: dict[str, str] = field(default_factory=dict)
    sample: Sample | None = None
    cores: int = 1

    def of(self, mode: Mode) -> list[Row]:
        """Return the rows of one kind of run."""
        return [row for row in self.rows if row.mode == mode]

    @property
    def exact(self) -> tuple[int, int]:
        """How many changes were timed from the commit itself, and how many there are."""
        timed = [(row.exact, row.latency.count) for row in self.rows if row.latency is not None]
        return sum(exact for exact, _ in timed), sum(count for _, count in timed)

    @property
    def timed_from(self) -> str:
        """What the times begin at, in words."""
        exact, count = self.exact
        if exact == count and count:
            return "the commit of the change in DynamoDB, as the local engine noted it"
        if exact == 0:
            return "the time that the change carries, when the workflow came to the state that writes it"
        return (
            f"the commit of the change for {exact} of {count} receipts, "
            "and for the others the time that the change carries"
        )

    @property
    def busy(self) -> str:
        """What to think of the times when other programs kept the machine busy; empty when none did."""
        heavy = {title: facts.load for title, facts in self.facts.items() if facts.load > self.cores}
        if not heavy:
            return ""
        runs = ", ".join(f"{title} {load:.1f}" for title, load in heavy.items())
        if len(heavy) > 3:
            runs = f"in {len(heavy)} runs {min(heavy.values()):.1f} to {max(heavy.values()):.1f}"
        return (
            f"The machine had more to do than its {self.cores} cores can ({runs} processes "
            "wanted to run): the times show that load more than the channels, and so does Lambda's "
            "part of the dollars."
        )

    @property
    def undecided(self) -> list[str]:
        """Neighbours whose medians differ less than the turns of one do: no difference is proven."""
        pairs = undecided(row.turns for row in self.of("alone") if row.turns is not None)
        return [f"{first} and {second}" for first, second in pairs]

    @property
    def noise(self) -> str:
        """What the machine's noise leaves open; empty when it leaves nothing open."""
        spreads = [row.turns for row in self.of("alone") if row.turns is not None]
        if not self.undecided:
            return ""
        if all(len(spread.turns) == 1 for spread in spreads):
            return (
                "Each channel had one turn, so nothing is known of the machine's noise: "
                f"{2 * TURN} orders or more take several turns."
            )
        rows: list[list[str]] = []  # who stands in one row with whom, the soonest first
        for first, second in undecided(spreads):
            if rows and rows[-1][-1] == first:
                rows[-1].append(second)
            else:
                rows.append([first, second])
        ties = "; ".join(" ≈ ".join(titles) for titles in rows)
        return f"The medians of these differ less than the turns of one channel do: {ties}."

    @property
    def worries(self) -> list[str]:
        """What is not as it should be; empty when all is."""
        worries = []
        for title, facts in self.facts.items():
            if facts.refused:
                worries.append(f"{title}: {len(facts.refused)} orders were refused ({facts.refused[0]})")
        for row in self.rows:
            where = f"{row.channel.title}, {words(row.mode)}"
            if row.lost:
                worries.append(f"{where}: {row.lost} changes were never learned of")
            if row.failed:
                worries.append(f"{where}: {len(row.failed)} clients gave up ({row.failed[0]})")
            if not row.orders:
                worries.append(f"{where}: no order was followed to its end")
        return worries


def words(mode: Mode) -> str:
    """Return a mode as people say it."""
    return "alone" if mode == "alone" else "all at once"


def milliseconds(value: float | None) -> str:
    """Return milliseconds with as many digits as matter.

    Examples
    --------
    >>> milliseconds(4.56), milliseconds(45.6), milliseconds(4560), milliseconds(None)
    ('4.6', '46', '4,560', '-')
    """
    if value is None:
        return "-"
    return f"{value:,.0f}" if abs(value) >= 9.95 else f"{value:.1f}"


def span(ends: tuple[float, float] | None, *, bound: bool = False) -> str:
    """Return a modelled range; with ``bound`` it is at least that.

    Examples
    --------
    >>> span((273.0, 273.0)), span((228.0, 313.0)), span((500.0, 500.0), bound=True)
    ('273', '228-313', '≥ 500')
    """
    if ends is None:
        return "?"
    low, high = (milliseconds(end) for end in ends)
    return ("≥ " if bound else "") + (low if low == high else f"{low}-{high}")
