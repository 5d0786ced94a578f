"""What a campaign prints and writes."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from campaign.plan import CampaignPlan
from campaign.run import Outcome

# More would hide the count; the rest is in the file.
SHOWN = 12


def show(console: Console, plan: CampaignPlan, outcome: Outcome, file: Path, replay: str) -> None:
    """Print the verdict, what struck, and how to run the same campaign again."""
    verdict = outcome.verdict
    table = Table(title=f"{len(plan.purchases)} orders, seed {plan.seed}, {outcome.seconds:.0f} s")
    for title in ("accepted", "delivered", "lost", "doubled", "stuck"):
        table.add_column(title, justify="right")
    wrong = [Text(str(len(lines)), "green" if not lines else "bold red") for lines in _wrong(outcome)]
    table.add_row(str(verdict.accepted), str(verdict.delivered), *wrong)
    console.print(table)
    struck = ", ".join(f"{count} {what}" for what, count in outcome.strikes.items() if count)
    console.print(f"struck: {struck}; {outcome.sales.attempts} submissions sent", soft_wrap=True)
    starts = ", ".join(f"{seconds:.1f}" for seconds in outcome.starts)
    console.print(f"starts of the local cloud: {starts} s")
    for record in outcome.records:
        brought = sum(len(versions) for versions in record.versions.values())
        console.print(
            f"{record.channel}: {brought} versions of {len(record.versions)} orders, "
            f"{record.dropped} repeated ones left out"
        )
    letters = {queue: depth for queue, depth in outcome.dead_letters.items() if depth}
    console.print(f"dead letters before the redrive: {letters or 'none'}")
    for word, lines in zip(("lost", "doubled", "stuck"), _wrong(outcome), strict=True):
        for line in lines[:SHOWN]:
            console.print(Text(f"{word}: {line}", "red"), soft_wrap=True)
        if len(lines) > SHOWN:
            console.print(f"… and {len(lines) - SHOWN} more in {file}")
    if outcome.changed:
        edited = ", ".join(outcome.changed[:SHOWN]) + (" …" if len(outcome.changed) > SHOWN else "")
        words = f"void: edited while it ran, so some functions ran other code: {edited}"
        console.print(Text(words, "bold red"), soft_wrap=True)
    console.print(f"again: {replay}", soft_wrap=True)


def write(file: Path, plan: CampaignPlan, outcome: Outcome) -> None:
    """Write everything as JSON."""
    verdict = outcome.verdict
    document = {
        "seed": plan.seed,
        "orders": len(plan.purchases),
        "accepted": verdict.accepted,
        "delivered": verdict.delivered,
        "lost": verdict.lost,
        "doubled": verdict.doubled,
        "stuck": verdict.stuck,
        "strikes": dict(outcome.strikes),
        "submissions": outcome.sales.attempts,
        "edited": list(outcome.changed),
        "deadLetters": outcome.dead_letters,
        "startsSeconds": [round(seconds, 3) for seconds in outcome.starts],
        "seconds": round(outcome.seconds, 1),
    }
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(document, indent=2) + "\n", "utf-8")


def _wrong(outcome: Outcome) -> Sequence[list[str]]:
    return outcome.verdict.lost, outcome.verdict.doubled, outcome.verdict.stuck
