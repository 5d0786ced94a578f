"""From the command line to what is deployed: templates in order, their stacks' names, their parameters."""

from __future__ import annotations

import argparse
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from localcloud.deploying.deployment import DeploymentTarget, Planned
from localcloud.stack.parameters import (
    UsageError,
    check_complete,
    check_values,
    declared,
    folders,
    pairs,
)

DEFAULT: Final = "local"
_PLAIN: Final = {"template", "main", "stack", "index", "cloudformation"}
_NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,127}")


def add_templates(parser: argparse.ArgumentParser) -> None:
    """Add what says which templates are deployed, and as what."""
    parser.add_argument(
        "templates",
        type=Path,
        nargs="+",
        metavar="template",
        help="the CloudFormation template, YAML or JSON; several are deployed in order: what one exports, "
        "those after it import",
    )
    parser.add_argument(
        "--stack-name",
        action="append",
        default=[],
        metavar="NAME",
        help=f"once for each template, in order (default: {DEFAULT}; of several templates their own names)",
    )
    add_values(parser)


def add_values(parser: argparse.ArgumentParser) -> None:
    """Add what gives templates values."""
    parser.add_argument(
        "--parameter",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        help="a value for a parameter, in each template that has it; may be repeated",
    )
    parser.add_argument(
        "--ssm",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="what others have put into the account: a parameter of the parameter store, and, where a "
        "template looks up a secret or another stack's export of this name, that; may be repeated",
    )
    parser.add_argument(
        "--bucket",
        action="append",
        default=[],
        metavar="NAME=FOLDER",
        help="create a bucket with the files of a local folder, as a pipeline would have filled it: what the "
        "template names in it is taken from there; may be repeated",
    )


def stack_names(templates: Sequence[Path], options: Sequence[str]) -> list[str]:
    """Return the name of each template's stack.

    Parameters
    ----------
    options
        What ``--stack-name`` named, in the order of the templates.

    Raises
    ------
    UsageError
        There are more or fewer names than templates, or one is no stack's name or is used twice.

    Examples
    --------
    >>> stack_names([Path("app.yaml")], [])
    ['local']
    >>> stack_names([Path("network.yaml"), Path("app/template.yaml")], [])
    ['network', 'app']
    """
    if options and len(options) != len(templates):
        raise UsageError(
            f"--stack-name: {len(options)} names for {len(templates)} templates; name each, or none"
        )
    names = list(options) or ([DEFAULT] if len(templates) == 1 else [_of(path) for path in templates])
    for name in names:
        if not _NAME.fullmatch(name):
            raise UsageError(
                f"--stack-name {name!r}: a stack's name has letters, digits and hyphens, a letter first"
            )
    twice = {name for name in names if names.count(name) > 1}
    if twice:
        raise UsageError(f"two stacks would be called {', '.join(sorted(twice))}: give --stack-name for each")
    return names


def _of(path: Path) -> str:
    plain = path.stem.partition(".")[0]
    name = path.resolve().parent.name if plain.lower() in _PLAIN else plain
    return re.sub(r"[^A-Za-z0-9-]+", "-", name).strip("-") or DEFAULT


def targets(options: argparse.Namespace) -> list[DeploymentTarget]:
    """Return what each template is deployed as, all with the same parameters for now.

    Raises
    ------
    UsageError
    """
    return [
        DeploymentTarget(
            path.resolve().parent,
            name,
            pairs(options.parameter),
            live_sources=not options.artefacts,
            pseudo={
                "AWS::Region": options.region,
                "AWS::AccountId": options.account,
                "AWS::StackName": name,
            },
            elsewhere=pairs(options.ssm, "--ssm"),
            buckets=folders(options.bucket),
        )
        for path, name in zip(
            options.templates, stack_names(options.templates, options.stack_name), strict=True
        )
    ]


def check_parameters(planned: Sequence[Planned], paths: Sequence[Path]) -> list[Planned]:
    """Return templates that each have those parameters alone that they declare.

    Raises
    ------
    UsageError
        No template declares a parameter that is given, one does not take its value, or one has none.
    """
    declarations = [declared(each.document) for each in planned]
    names = {name for each in declarations for name in each}
    for name in planned[0].target.parameters if planned else ():
        if name not in names:
            what = "the template has" if len(planned) == 1 else "no template has a"
            which = "no parameter" if len(planned) == 1 else "parameter"
            raise UsageError(f"{what} {which} {name}; there are: {', '.join(sorted(names)) or 'none'}")
    narrowed: list[Planned] = []
    for each, own, path in zip(planned, declarations, paths, strict=True):
        values = _own(each.target.parameters, own)
        check_values(each.document, values)
        check_complete(each.document, values, str(path))
        narrowed.append(Planned(each.document, replace(each.target, parameters=values)))
    return narrowed


def _own(values: Mapping[str, str], declarations: Mapping[str, object]) -> dict[str, str]:
    return {name: value for name, value in values.items() if name in declarations}
