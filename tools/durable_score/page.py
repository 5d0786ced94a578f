"""The score as text: for the terminal, and as the part of docs/durable.md between two marks."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from tools.durable_score.judging import Verdict

BEGIN: Final = "<!-- Made by `make durable-score`; do not edit. -->"
END: Final = "<!-- The score ends here. -->"
_WIDTH: Final = 100


@dataclass(frozen=True, slots=True)
class Score:
    """What came of a run.

    Attributes
    ----------
    sdks
        The version of the SDK that each suite's handlers ran with.
    """

    date: str
    suite_version: str
    commit: str
    sdks: Mapping[str, str]
    verdicts: Sequence[Verdict]

    @property
    def met(self) -> int:
        """How many requirements are met."""
        return sum(verdict.met for verdict in self.verdicts)


def render(score: Score) -> str:
    """Return the score in Markdown, marks included."""
    usual = max(score.sdks.values(), key=list(score.sdks.values()).count)
    rows = [_row(suite, score, usual) for suite in score.sdks]
    lines = [
        BEGIN,
        "",
        *_wrapped(
            f"Measured on {score.date}, strict: `aws-durable-execution-conformance-tests` "
            f"{score.suite_version}, `aws-durable-execution-sdk-python` {usual}, handlers and templates of "
            f"the SDK's repository at commit {score.commit}."
        ),
        "",
        "| suite | met |",
        "|---|---|",
        *rows,
        f"| **all** | **{score.met} of {len(score.verdicts)}** |",
        "",
    ]
    missed = [verdict for verdict in score.verdicts if not verdict.met]
    for verdict in missed:
        text = "; ".join(verdict.errors).replace("\n", " ").replace("|", "\\|")
        lines += _wrapped(f"- not met: {verdict.requirement}, `{verdict.function}`: {text}", "  ")
    return "\n".join([*lines, *([""] if missed else []), END])


def _row(suite: str, score: Score, usual: str) -> str:
    verdicts = [verdict for verdict in score.verdicts if verdict.suite == suite]
    sdk = score.sdks[suite]
    with_sdk = "" if sdk == usual else f" (with SDK {sdk})"
    return f"| {suite}{with_sdk} | {sum(verdict.met for verdict in verdicts)} of {len(verdicts)} |"


def _wrapped(text: str, indent: str = "") -> list[str]:
    return textwrap.wrap(
        text, _WIDTH, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False
    )


def put_into(page: str, block: str) -> str:
    r"""Return a page with its score replaced.

    Raises
    ------
    ValueError
        The page has no place for it.

    Examples
    --------
    >>> put_into(f"before\n{BEGIN}\nold\n{END}\nafter", "new")
    'before\nnew\nafter'
    """
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"the page has no score between {BEGIN!r} and {END!r}")
    return before + block + after
