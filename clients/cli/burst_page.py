"""A burst as a page of its own: the table, and the curves of all ways over the same time."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from pathlib import Path
from typing import Final

from clients.burst import INTAKES
from clients.cli.burst_views import ROWS, Results, confessions
from clients.errors import BadSettings

WIDTH, HEIGHT = 320, 160
POINTS: Final = 200
"""Of a curve: more would not be seen."""
_STYLE: Final = """\
:root { color-scheme: light dark; font: 15px/1.5 system-ui, sans-serif; }
body { max-width: 70rem; margin: 2rem auto; padding: 0 1rem; }
table { border-collapse: collapse; } td, th { padding: .2rem .8rem; text-align: right; }
td:first-child, th:first-child { text-align: left; padding-left: 0; }
tbody tr { border-top: 1px solid #8884; } figure { display: inline-block; margin: 1rem 1rem 0 0; }
polyline { fill: none; stroke-width: 2; } .accepted { stroke: #b58900; } .started { stroke: #268bd2; }
svg { border-left: 1px solid #8888; border-bottom: 1px solid #8888; }
.key-accepted { color: #b58900; } .key-started { color: #268bd2; }
"""


def write_page(path: Path, results: Results) -> None:
    """Write the page. Raises ``BadSettings`` where it cannot be written."""
    try:
        path.write_text(page(results), encoding="utf-8")
    except OSError as error:
        raise BadSettings(f"Cannot write {path}: {error.strerror}") from error


def page(results: Results) -> str:
    """Return the page: one file that needs no other."""
    heads = "".join(f'<th scope="col">{escape(INTAKES[name].title)}</th>' for name in results)
    rows = "\n".join(
        f'<tr><th scope="row">{escape(label)}</th>{_cells(cells)}</tr>'
        for label, text in ROWS
        if any(cells := [text(figures) for figures in results.values()])
    )
    seconds = max(
        (t for each in results.values() for t in (*each.accepted_at[-1:], *each.started_at[-1:])), default=0.0
    )
    drawn = "\n".join(
        f"<figure><figcaption>{escape(INTAKES[name].title)}</figcaption>"
        f'<svg width="{WIDTH}" height="{HEIGHT}" role="img" '
        f'aria-label="{each.accepted} of {each.orders} accepted, {each.started} started">'
        f"{_curve('accepted', each.accepted_at, seconds, each.orders)}"
        f"{_curve('started', each.started_at, seconds, each.orders)}</svg></figure>"
        for name, each in results.items()
    )
    notes = "\n".join(
        f"<li>{escape(f'{INTAKES[name].title}: {sentence}')}</li>"
        for name, each in results.items()
        for sentence in (*confessions(each), *each.reasons)
    )
    return f"""\
<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>A burst of orders</title><style>{_STYLE}</style>
<h1>A burst of orders</h1>
<table><thead><tr><th></th>{heads}</tr></thead><tbody>
{rows}
</tbody></table>
{drawn}
<p><span class="key-accepted">accepted</span>, <span class="key-started">started</span>, \
of all orders, over {seconds:.1f} s from the first one that was sent.</p>
<ul>
{notes}
</ul>
</html>
"""


def _cells(texts: Sequence[str]) -> str:
    return "".join(f"<td>{escape(text)}</td>" for text in texts)


def _curve(name: str, times: Sequence[float], seconds: float, most: int) -> str:
    if not times or seconds <= 0 or most <= 0:
        return ""
    step = max(1, len(times) // POINTS)
    # Where the count climbs, and its end.
    chosen = [(times[0], 0), *((times[n], n + 1) for n in range(0, len(times), step))]
    chosen += [(times[-1], len(times)), (seconds, len(times))]
    points = " ".join(
        f"{WIDTH * at / seconds:.1f},{HEIGHT - (HEIGHT - 2) * count / most:.1f}" for at, count in chosen
    )
    return f'<polyline class="{name}" points="{points}"/>'
