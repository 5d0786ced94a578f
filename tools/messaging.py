"""Measures queues, streams and ways of calling, and writes docs/messaging-or-streaming.md.

python -m tools.messaging [--quick] [REPORT]

With a report, such as docs/measured/messaging.json, nothing is measured: the page is written from it.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from bench.messaging.document import measure
from bench.runner import FAILURES
from clients import BadSettings
from compare.messaging.page import render

DOCS: Final = Path(__file__).resolve().parent.parent / "docs"
PAGE: Final = DOCS / "messaging-or-streaming.md"
MEASURED: Final = DOCS / "measured" / "messaging.json"


def main(arguments: Sequence[str]) -> int:
    """Measure, unless there is a report, and write the page; return the exit code."""
    parser = argparse.ArgumentParser(prog="make messaging", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("report", nargs="?", type=Path, help="write the page from it and measure nothing")
    parser.add_argument("--quick", action="store_true", help="measure shortly and print the page alone")
    options = parser.parse_args(arguments)
    try:
        if options.report is not None:
            page = render(options.report)
            MEASURED.write_text(options.report.read_text(encoding="utf-8"), encoding="utf-8")
        else:
            page = _measure(quick=options.quick)
    except (BadSettings, *FAILURES) as error:
        print(f"make messaging: {error}", file=sys.stderr)
        return 1
    if options.quick:
        print(page)
    else:
        PAGE.write_text(page, encoding="utf-8")
        print(PAGE)
    return 0


def _measure(*, quick: bool) -> str:
    with tempfile.TemporaryDirectory(prefix="orderwire-messaging-") as folder:
        document = asyncio.run(measure(Path(folder), quick=quick, say=lambda text: print(f"  {text}")))
        path = Path(folder) / MEASURED.name if quick else MEASURED
        path.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
        return render(path)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
