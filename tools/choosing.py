"""Writes docs/choosing.md, which channel to take, from a measured report and the model.

python -m tools.choosing [REPORT]

With a report of `orderwire compare` (such as .local/compare/latest.json) that one is first put in the place
of docs/measured/comparison.json, from which the page is generated.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from clients import BadSettings
from compare.choosing import render

DOCS: Final = Path(__file__).resolve().parent.parent / "docs"
PAGE: Final = DOCS / "choosing.md"
MEASURED: Final = DOCS / "measured" / "comparison.json"


def main(arguments: Sequence[str]) -> int:
    """Write the page; return the exit code."""
    try:
        if arguments:
            report = Path(arguments[0])
            page = render(report)  # before anything is replaced by what may be no report
            MEASURED.write_text(report.read_text(encoding="utf-8"), encoding="utf-8")
        page = render(MEASURED)
    except BadSettings as error:
        print(f"tools.choosing: {error}", file=sys.stderr)
        return 2
    PAGE.write_text(page, encoding="utf-8")
    print(PAGE)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
