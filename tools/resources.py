"""Writes docs/resources.md: what becomes here of the resource types that templates of others use.

python -m tools.resources [--count GIT_DIRECTORY]

The verdicts are the product's own (`localcloud.stack.verdicts`), so that the page says what `check` and the
start do. `--count` first counts anew in a clone of AWS's pattern collection, into
docs/measured/resource-types.json.
"""

from __future__ import annotations

import argparse
import json
import sys
import textwrap
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from localcloud.contracts.accepted_types import ACCEPTED
from localcloud.stack.supported import HONOURED
from localcloud.stack.unserved import is_custom
from localcloud.stack.verdicts import SERVED_OF_SAM, TypeVerdict, judge
from tools.resource_counts import count

WIDTH: Final = 100
DOCS: Final = Path(__file__).resolve().parent.parent / "docs"
PAGE: Final = DOCS / "resources.md"
MEASURED: Final = DOCS / "measured" / "resource-types.json"
_MARKS: Final = {
    TypeVerdict.SERVED: "served",
    TypeVerdict.ACCEPTED: "without effect",
    TypeVerdict.REFUSED: "refused",
}


@dataclass(frozen=True)
class Counts:
    """The types of each template of a collection.

    Attributes
    ----------
    templates
        For each template the places of its types in ``types``.
    """

    source: str
    commit: str
    date: str
    types: list[str]
    templates: list[list[int]]

    @classmethod
    def read(cls, path: Path) -> Counts:
        """Return what a file of ``tools.resource_counts`` holds."""
        return cls(**json.loads(path.read_text(encoding="utf-8")))

    def by_type(self) -> Counter[str]:
        """Return in how many templates each type is; custom resources count as one type."""
        return Counter(
            name for template in self.templates for name in {named(self.types[number]) for number in template}
        )


def named(kind: str) -> str:
    """Return a type as the page names it.

    Examples
    --------
    >>> named("Custom::Thing"), named("AWS::SQS::Queue")
    ('Custom::…', 'AWS::SQS::Queue')
    """
    return "Custom::…" if is_custom(kind) else kind


def render(counts: Counts) -> str:
    """Return the page."""
    by_type = counts.by_type()
    whole = sum(
        all(judge(counts.types[number]).verdict is not TypeVerdict.REFUSED for number in template)
        for template in counts.templates
    )
    verdicts = Counter(judge(kind).verdict for kind in by_type)
    rest = sorted((*HONOURED, *SERVED_OF_SAM))
    lines = [
        "# Resource types",
        "",
        "<!-- Made by `make resources` from the tables that `check` and the start use, and",
        "     docs/measured/resource-types.json. -->",
        "",
        *textwrap.wrap(
            "A type is **served**: it works here (`check` warns of ignored properties); **without effect**: "
            "it is created, named and read back, and changes nothing on one machine, as `check --all` and "
            "the start say; or **refused**: `check` ends with an error and the start with the same line, "
            "before it creates anything. Unknown types are refused. Resources that a condition excludes "
            "do not count.",
            WIDTH,
        ),
        "",
        *textwrap.wrap(
            f"Counted in the {len(counts.templates)} SAM and CloudFormation templates of "
            f"[{counts.source}](https://github.com/{counts.source}) at `{counts.commit[:12]}` "
            f"({counts.date}): {len(by_type)} types, of which {verdicts[TypeVerdict.SERVED]} are served, "
            f"{verdicts[TypeVerdict.ACCEPTED]} without effect and {verdicts[TypeVerdict.REFUSED]} refused. "
            f"{whole} templates ({100 * whole // len(counts.templates)} %) have no refused type. Types that "
            "SAM's transform generates are not counted.",
            WIDTH,
            break_on_hyphens=False,
        ),
        "",
        "| type | templates | here | why |",
        "|---|--:|---|---|",
        *(
            _row(kind, str(number))
            for kind, number in sorted(by_type.items(), key=lambda item: (-item[1], item[0]))
        ),
        "",
        "## Served, and in none of these templates",
        "",
        *textwrap.wrap(
            ", ".join(f"`{kind}`" for kind in rest if kind not in by_type) + ".",
            WIDTH,
            break_on_hyphens=False,
        ),
        "",
        "## Without effect, and in none of these templates",
        "",
        "| type | why |",
        "|---|---|",
        *(f"| `{kind}` | {ACCEPTED[kind]} |" for kind in sorted(ACCEPTED) if kind not in by_type),
        "",
    ]
    return "\n".join(lines)


def _row(kind: str, number: str) -> str:
    judgement = judge(kind)
    return f"| `{kind}` | {number} | {_MARKS[judgement.verdict]} | {judgement.reason} |"


def main(arguments: Sequence[str]) -> int:
    """Write the page; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tools.resources")
    parser.add_argument("--count", type=Path, metavar="GIT_DIRECTORY")
    options = parser.parse_args(arguments)
    if options.count is not None:
        MEASURED.write_text(json.dumps(count(options.count), separators=(",", ":")) + "\n", encoding="utf-8")
    counts = Counts.read(MEASURED)
    PAGE.write_text(render(counts), encoding="utf-8")
    print(PAGE)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
