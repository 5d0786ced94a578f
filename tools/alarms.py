"""Writes docs/alarms.md, what each alarm means and what to do, from the template.

python -m tools.alarms
"""

from __future__ import annotations

import re
import sys
import textwrap
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from localcloud.stack.nested import nested
from localcloud.stack.template import Json, properties, read_template, resources

ROOT: Final = Path(__file__).resolve().parent.parent
TEMPLATE: Final = ROOT / "appsync" / "template.yaml"
PAGE: Final = ROOT / "docs" / "alarms.md"
INTRODUCTION: Final = ROOT / "docs" / "alarms.in.md"
WIDTH: Final = 100

KIND: Final = "AWS::CloudWatch::Alarm"
_COMPARISON: Final = {
    "GreaterThanThreshold": "more than",
    "GreaterThanOrEqualToThreshold": "at least",
    "LessThanThreshold": "less than",
    "LessThanOrEqualToThreshold": "at most",
}
_UNITS: Final = {
    "ApproximateAgeOfOldestMessage": " s",
    "IteratorAge": " ms",
    "CommitToPublished": " ms",
    "DeliveryToS3.DataFreshness": " s",
}
# What is typed, in the descriptions' plain text.
_COMMAND: Final = re.compile(r"\borderwire (?:dlq (?:show|redrive) [a-z-]+|trace ID|redrive)")
# Headings, each with the metrics below it: an alarm of another metric is an error of this file.
CHAPTERS: Final[Mapping[str, tuple[str, ...]]] = {
    "Dead letters, and queues that do not drain": (
        "ApproximateNumberOfMessagesVisible",
        "ApproximateAgeOfOldestMessage",
    ),
    "Workflows": (
        *("ExecutionsFailed", "ExecutionsTimedOut", "ExecutionsAborted", "ExecutionThrottled"),
        *("DurableExecutionFailed", "DurableExecutionTimedOut", "DurableExecutionStopped"),
    ),
    "Functions": ("Errors", "Throttles", "IteratorAge", "Invocations"),
    "Analytics": ("DeliveryToS3.DataFreshness", "FailedConversion.Records"),
    "Lost letters": (
        "DestinationDeliveryFailures",
        "DeadLetterErrors",
        "InvocationsFailedToBeSentToDlq",
        "NumberOfNotificationsFailedToRedriveToDlq",
    ),
    "APIs": ("5XXError",),
    "What the application counts itself": (
        "OrdersReconciled",
        "ChangesUndelivered",
        "CommitToPublished",
        "OrdersFailedInternally",
    ),
}


class AlarmError(ValueError):
    """An alarm of the template is not as the others; the message names it."""


@dataclass(frozen=True, slots=True)
class Alarm:
    """An alarm, in words."""

    name: str
    metric: str
    fires: str
    means: str
    do: str
    condition: str | None


def alarms(template: Mapping[str, Json]) -> list[Alarm]:
    """Return the template's alarms, in their order.

    Raises
    ------
    AlarmError
    """
    return [
        _read(name, resource)
        for name, resource in resources(dict(template)).items()
        if resource["Type"] == KIND
    ]


def _read(name: str, resource: dict[str, Json]) -> Alarm:
    values = properties(resource)
    means, separator, do = str(values.get("AlarmDescription", "")).partition(" Do: ")
    if not separator or not means.startswith("Means: "):
        raise AlarmError(f'{name}: its description must be "Means: … Do: …"')
    condition = resource.get("Condition")
    return Alarm(
        name=name,
        metric=str(values["MetricName"]),
        fires=_fires(values),
        means=_sentences(means.removeprefix("Means: ")),
        do=_sentences(do),
        condition=None if condition is None else str(condition),
    )


def _fires(values: Mapping[str, Json]) -> str:
    periods, seconds = int(str(values["EvaluationPeriods"])), int(str(values["Period"]))
    metric = str(values["MetricName"])
    window = "a minute" if seconds == 60 else f"{seconds // 60} minutes"
    lasting = f"{periods} times in a row, each of {window}" if periods > 1 else f"in {window}"
    comparison = _COMPARISON[str(values["ComparisonOperator"])]
    return f"{values['Statistic']} {comparison} {values['Threshold']}{_UNITS.get(metric, '')}, {lasting}"


def _sentences(text: str) -> str:
    """Return the text with a capital at its beginning and its commands as code."""
    return _COMMAND.sub(r"`\g<0>`", text if _COMMAND.match(text) else text[:1].upper() + text[1:])


def render(template: Mapping[str, Json], introduction: str) -> str:
    """Return the page.

    Raises
    ------
    AlarmError
        An alarm's metric belongs to no chapter.
    """
    every = alarms(template)
    strangers = {alarm.metric for alarm in every} - {name for names in CHAPTERS.values() for name in names}
    if strangers:
        raise AlarmError(f"no chapter has {', '.join(sorted(strangers))}")
    lines = [introduction.rstrip("\n"), ""]
    for chapter, metrics in CHAPTERS.items():
        lines += [f"## {chapter}", ""]
        for alarm in every:
            if alarm.metric in metrics:
                lines += _entry(alarm)
    return "\n".join(lines).rstrip("\n") + "\n"


def _entry(alarm: Alarm) -> Iterator[str]:
    only = "" if alarm.condition is None else f" (only where `{alarm.condition}`)"
    yield f"### {alarm.name}"
    yield ""
    yield from _wrapped(f"**Fires**: `{alarm.metric}`, {alarm.fires}{only}.")
    yield ""
    yield from _wrapped(f"**Means**: {alarm.means}")
    yield ""
    yield from _wrapped(f"**Do**: {alarm.do}")
    yield ""


def _wrapped(text: str) -> list[str]:
    whole = re.sub(r"`[^`]+`", lambda code: code[0].replace(" ", "\N{NO-BREAK SPACE}"), text)
    lines = textwrap.wrap(whole, WIDTH, break_long_words=False, break_on_hyphens=False)
    return [line.replace("\N{NO-BREAK SPACE}", " ") for line in lines]


def whole_template() -> dict[str, Json]:
    """Return the template with the resources of those nested in it, on the condition of their stacks."""
    template = read_template(TEMPLATE)
    every: dict[str, Json] = dict(resources(template))
    for nest in nested(template, TEMPLATE.parent):
        condition = resources(template)[nest.logical_id].get("Condition")
        for name, resource in resources(read_template(nest.path)).items():
            every[name] = {"Condition": condition, **resource}
    return {**template, "Resources": every}


def main() -> int:
    """Write the page; return the exit code."""
    try:
        page = render(whole_template(), INTRODUCTION.read_text(encoding="utf-8"))
    except AlarmError as error:
        print(f"tools.alarms: {error}", file=sys.stderr)
        return 2
    PAGE.write_text(page, encoding="utf-8")
    print(PAGE)
    return 0


if __name__ == "__main__":
    sys.exit(main())
