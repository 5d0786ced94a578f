"""The report as one self-contained HTML page."""

from __future__ import annotations

from compare.report import Report


def render(report: Report) -> str:
    """Return the page."""
    return str(report.date)
