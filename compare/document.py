"""The report as a JSON document; ``report.schema.json`` describes it, and ``format`` counts its versions."""

from __future__ import annotations

from dataclasses import asdict
from decimal import Decimal

from compare.costs import Bill
from compare.latency import Modelled
from compare.report import CAVEATS, Report
from compare.results import Row
from compare.usage import ServerUse

FORMAT = 1


def name_of(report: Report) -> str:
    """Return what the report's files are called, without their ends."""
    return f"{report.date:%Y-%m-%dT%H%M%SZ}"


def document(report: Report) -> dict[str, object]:
    """Return the report in JSON's terms."""
    return {
        "format": FORMAT,
        "page": f"{name_of(report)}.html",
        "date": report.date.isoformat(timespec="seconds"),
        "machine": report.machine,
        "orders": report.orders,
        "rate": report.rate,
        "pollSeconds": report.poll_seconds,
        "timedFrom": report.timed_from,
        "caveats": list(CAVEATS),
        "worries": report.worries,
        "undecided": report.undecided,
        "runs": {
            title: {
                "orders": facts.orders,
                "delivered": facts.delivered,
                "refused": list(facts.refused),
                "atOnce": facts.at_once,
                "rate": round(facts.rate, 3),
                "lifeSeconds": round(facts.life, 3),
                "load": round(facts.load, 2),
                "submitMs": round(facts.submitting * 1000, 1),
                "timelinesMs": [[round(at * 1000) for at in line] for line in facts.timelines],
            }
            for title, facts in report.facts.items()
        },
        "channels": [_row(row) for row in report.rows],
        "prices": {
            "date": report.book.date.isoformat(),
            "region": report.book.region,
            "currency": "USD",
            "confidence": dict(report.book.meaning),
            "latencyConfidence": dict(report.latency_meaning),
        },
        "sample": None
        if report.sample is None
        else {
            "orderId": report.sample.order_id,
            "commits": [{"status": status, "ms": round(ms, 1)} for status, ms in report.sample.commits],
            "receipts": {
                channel: {str(version): round(ms, 1) for version, ms in sorted(times.items())}
                for channel, times in report.sample.receipts.items()
            },
        },
    }


def _row(row: Row) -> dict[str, object]:
    clients = max(1, row.orders + len(row.failed))
    return {
        "name": row.channel.name,
        "title": row.channel.title,
        "how": row.channel.how,
        "mode": row.mode,
        "orders": row.orders,
        "changes": row.changes,
        "commitToReceiptMs": None
        if row.latency is None
        else {name: round(value, 2) for name, value in asdict(row.latency).items()},
        "timedFromCommit": row.exact,
        "turnMediansMs": [] if row.turns is None else [round(ms, 2) for ms in row.turns.turns],
        "perOrder": {
            name: round(value / clients, 3)
            for name, value in asdict(row.client).items()
            if name != "duplicates"
        },
        "receiptsMs": [[round(at) for at in line] for line in row.receipts] if row.mode == "alone" else [],
        "missed": row.missed,
        "lost": row.lost,
        "dropped": row.client.duplicates,
        "failed": list(row.failed),
        "aws": None if row.server is None else _server(row.server, clients),
        "cost": None if row.bill is None else bill_document(row.bill),
        "modelledAwsMs": _modelled(row.modelled),
    }


def _server(server: ServerUse, clients: int) -> dict[str, object]:
    return {
        "operationsPerOrder": {name: round(n / clients, 3) for name, n in sorted(server.operations.items())},
        "readUnitsPerOrder": round(server.reads / clients, 3),
        "writeUnitsPerOrder": round(server.writes / clients, 3),
        "functionsPerOrder": {
            name: {
                "invocations": round(use.invocations / clients, 3),
                "gbSeconds": round(use.gb_seconds / clients, 6),
                "architecture": use.architecture,
            }
            for name, use in sorted(server.functions.items())
        },
    }


def bill_document(bill: Bill) -> dict[str, object]:
    """Return a bill with its whole arithmetic."""
    return {
        "usdPerMillionOrders": digits(bill.usd),
        "confidence": bill.confidence,
        "items": [
            {
                "price": line.price.key,
                "service": line.price.service,
                "item": line.price.item,
                "why": line.why,
                "units": digits(line.units),
                "unit": line.price.unit,
                "usd": digits(line.price.usd),
                "per": line.price.per,
                "amountUsd": digits(line.usd),
                "confidence": line.price.confidence,
                "sources": list(line.price.sources),
                "note": line.price.note,
            }
            for line in bill.lines
        ],
    }


def _modelled(modelled: Modelled) -> dict[str, object]:
    return {
        "p50": _ends(modelled.p50),
        "p99": _ends(modelled.p99),
        "p50AtLeast": modelled.p50_bound,
        "p99AtLeast": modelled.p99_bound,
        "confidence": modelled.confidence,
        "parts": [
            {
                "what": part.what,
                "p50": _ends(part.p50),
                "p99": _ends(part.p99),
                "confidence": part.confidence,
                "source": part.source,
            }
            for part in modelled.parts
        ],
    }


def _ends(ends: tuple[float, float] | None) -> list[float] | None:
    return None if ends is None else [round(end, 1) for end in ends]


def digits(value: Decimal) -> float:
    """Return a number with ten significant digits: more than any of it is worth, few enough to read."""
    return float(f"{value:.10g}")
