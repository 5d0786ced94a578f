"""The sweep as one self-contained HTML page: no script, no font, no image and no request to anywhere."""

from __future__ import annotations

from collections.abc import Sequence

from jinja2 import Environment, PackageLoader, StrictUndefined

from compare.model import figures, table
from compare.model.claims import claims
from compare.model.estimate import Books, Estimate
from compare.model.scenario import Scenario
from compare.model.sweep import Line


def render(
    scenario: Scenario,
    books: Books,
    estimates: Sequence[Estimate],
    rates: Sequence[Line],
    lives: Sequence[Line],
) -> str:
    """Return the page."""
    environment = Environment(
        loader=PackageLoader("compare", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"seconds": table.seconds}
    return environment.get_template("model.html.j2").render(
        scenario=scenario,
        books=books,
        estimates=estimates,
        notes=table.notes(books),
        claims=claims(),
        limits=figures.limits(estimates),
        rates=figures.plot(
            rates,
            lambda point: point.scenario.rate,
            lambda point: float(point.usd),
            x_name=lambda value: f"{value:,.0f}/s",
            breaks=True,
        ),
        lives=figures.plot(
            lives,
            lambda point: point.scenario.life,
            lambda point: float(point.bill.usd),
            x_name=_duration,
            breaks=False,
        ),
        quotas=sorted(
            {
                ceiling.quota.key: ceiling.quota for estimate in estimates for ceiling in estimate.ceilings
            }.items()
        ),
    )


def _duration(seconds: float) -> str:
    return f"{seconds:,.0f} s"
