"""``python -m localcloud check TEMPLATE``."""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from localcloud.check.finding import Finding, Severity, display_path
from localcloud.check.run import check
from localcloud.processes.program import program
from localcloud.stack.language import stored
from localcloud.stack.parameters import UsageError, folders, pairs
from localcloud.stack.template import TemplateError

DESCRIPTION = """\
Find mistakes in the GraphQL APIs of a CloudFormation, SAM or synthesized CDK template, without running it.

Each finding is `file:line: severity: rule: message`; docs/checks.md explains the rules. What intrinsic
functions come to only once the template is deployed is not looked at; --all says what that is.
"""
EPILOG = """\
examples:
  {program} check template.yaml
  {program} check network.yaml app.yaml --parameter Stage=test
  {program} check cdk.out/App.template.json --sources src --format json

exit codes: 0 no error was found (with --strict: no warning either), 1 something was, 2 wrong usage, or no
template that can be read
"""


def parser() -> argparse.ArgumentParser:
    """Return the command line's parser."""
    arguments = argparse.ArgumentParser(
        prog=f"{program()} check",
        description=DESCRIPTION,
        epilog=EPILOG.format(program=program()),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    arguments.add_argument(
        "templates", type=Path, nargs="+", metavar="template", help="the template, YAML or JSON; or several"
    )
    arguments.add_argument(
        "--sources",
        action="append",
        type=Path,
        default=[],
        metavar="PATH",
        help="look here too for the mutations that publish to subscriptions (.graphql, and strings in Python "
        "and JavaScript); the template's folder and its functions' are looked at anyway; may be repeated",
    )
    arguments.add_argument(
        "--parameter",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        help="a value for one of the parameters; may be repeated",
    )
    arguments.add_argument(
        "--ssm",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="a value that the template looks up elsewhere; may be repeated",
    )
    arguments.add_argument(
        "--bucket",
        action="append",
        default=[],
        metavar="NAME=FOLDER",
        help="a local folder that stands for a bucket which the template names objects of; may be repeated",
    )
    arguments.add_argument("--format", choices=("text", "json"), default="text", help="default: %(default)s")
    arguments.add_argument("--strict", action="store_true", help="exit with 1 for warnings too")
    arguments.add_argument(
        "--all", action="store_true", help="show notes: what was not looked at, or has no effect"
    )
    return arguments


def main(arguments: Sequence[str]) -> int:
    """Run the command line; return its exit code."""
    options = parser().parse_args(arguments)
    for path in options.sources:
        if not path.exists():
            print(f"localcloud check: --sources {path}: is not there", file=sys.stderr)  # noqa: T201
            return 2
    findings: list[Finding] = []
    try:
        values = pairs(options.parameter) | {
            stored(name): value for name, value in pairs(options.ssm, "--ssm").items()
        }
        buckets = folders(options.bucket)
        for path in options.templates:
            findings += check(path, options.sources, values, buckets)
    except (TemplateError, UsageError) as error:
        print(f"localcloud check: {error}", file=sys.stderr)  # noqa: T201
        return 2
    reported = [finding for finding in findings if options.all or finding.severity > Severity.NOTE]
    print(_json(reported) if options.format == "json" else _text(reported))  # noqa: T201
    worst = max((finding.severity for finding in findings), default=Severity.NOTE)
    return int(worst >= (Severity.WARNING if options.strict else Severity.ERROR))


def _json(findings: Sequence[Finding]) -> str:
    base = Path.cwd()
    return json.dumps(
        [
            {
                "file": display_path(finding.place.path, base),
                "line": finding.place.line,
                "severity": finding.severity.word,
                "rule": finding.rule,
                "message": finding.message,
            }
            for finding in findings
        ],
        indent=2,
    )


def _text(findings: Sequence[Finding]) -> str:
    base = Path.cwd()
    counts = Counter(finding.severity for finding in findings)
    summary = ", ".join(
        f"{counts[severity]} {severity.word}{'s' if counts[severity] != 1 else ''}"
        for severity in sorted(counts, reverse=True)
    )
    return "\n".join([*(finding.line(base) for finding in findings), summary or "nothing found"])
