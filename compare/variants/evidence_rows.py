"""What was found out of orchestrators beside times and bills, as rows and sentences."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.table import Table

from compare.report import milliseconds

if TYPE_CHECKING:
    from compare.orchestrators.crashing import Crash
    from compare.variants.comparison import Comparison
    from compare.variants.running import Row

COLUMNS = ("added p50 ms", "billed by", "code lines", "a crash", "lasts", "visible afterwards")


def facts(row: Row, compared: Comparison) -> tuple[str, ...]:
    """Return what stands in :data:`COLUMNS` of a row."""
    evidence, added = compared.evidence[row.variant.name], compared.added(row)
    after = evidence.afterwards
    if after is None:
        visible = evidence.kept
    elif after.events is None:
        visible = f"nothing by {after.operation} ({after.answer}); {evidence.kept}"
    else:
        visible = f"{after.events} events of a delivered order; {evidence.kept}"
    return (
        "-" if added is None else milliseconds(added),
        units(row, compared),
        "-" if evidence.lines is None else f"{evidence.lines:,}",
        "-" if evidence.crash is None else f"{max(0.0, evidence.crash.late_ms) / 1000:.1f} s later",
        evidence.limit,
        visible,
    )


def bound(row: Row, compared: Comparison) -> str:
    """Return what stands before a sum that lacks what has no price."""
    evidence = compared.evidence.get(row.variant.name)
    return "≥ " if evidence is not None and evidence.unpriced else ""


def units(row: Row, compared: Comparison) -> str:
    """Return what an order is billed by: transitions, operations, or the request and its time."""
    durable = compared.evidence[row.variant.name].durable.operations
    if durable:
        return f"{durable:.1f} operations"
    if row.variant.name == "express":
        return "1 request, its time"
    return f"{row.transitions:.1f} transitions"


def evidence_table(compared: Comparison) -> Table:
    """Return the table for the terminal."""
    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0))
    table.add_column("", no_wrap=True)
    for name in COLUMNS:
        table.add_column(name)
    for row in compared.rows:
        if row.variant.name in compared.evidence:
            table.add_row(row.variant.title, *facts(row, compared))
    return table


def notes(compared: Comparison) -> list[str]:
    """Return the sentences below the table: what a crash came to, and what is not in the sum."""
    lines = []
    for row in compared.rows:
        evidence = compared.evidence.get(row.variant.name)
        if evidence is None:
            continue
        if evidence.crash is not None:
            lines.append(f"{row.variant.title}, {crash_sentence(evidence.crash)}")
        if evidence.unpriced:
            amount = f"{evidence.durable.written:,.0f} bytes of results an order"
            prices = " and ".join(evidence.unpriced)
            lines.append(
                f"{row.variant.title}: no price could be found of {prices}; not in the sum ({amount})."
            )
    if compared.evidence:
        lines.append(
            f"Added: the median order's life less {compared.pauses:g} s that the shop itself waits. "
            "Code lines: what is written for it alone, without comments; a state machine's are its JSON's."
        )
    return lines


def crash_sentence(crash: Crash) -> str:
    """Say what crashes came to.

    Examples
    --------
    >>> from compare.orchestrators.crashing import Crash
    >>> crash_sentence(Crash(3, 5, 3, 0, 4000.0, 5500.0, 1.0, 0.0)).split(", ")[:3]
    ['5 environments killed in the middle of 3 orders: 3 delivered', 'no change twice', '1.5 s later']
    """
    doubled = "no change twice" if not crash.doubled else f"{crash.doubled} changes twice"
    return (
        f"{crash.killed} environments killed in the middle of {crash.orders} orders: "
        f"{crash.delivered} delivered, {doubled}, "
        f"{crash.late_ms / 1000:.1f} s later, {crash.invocations:.1f} more invocations, "
        f"{crash.transitions:.1f} more transitions."
    )
