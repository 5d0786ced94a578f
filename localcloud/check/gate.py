"""What keeps a template from being started, and an edited one from being taken over by a cloud that runs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from localcloud.check.positions import Positions, Unplaced
from localcloud.check.rules.apis import apis_elsewhere
from localcloud.check.rules.http_apis import unserved_http_apis
from localcloud.check.rules.integrations import unserved_integrations
from localcloud.check.rules.macros import unserved_macros
from localcloud.check.rules.support import unserved_resources
from localcloud.check.run import refused
from localcloud.stack.buckets import missing_objects
from localcloud.stack.nested import Nested, Part, parts
from localcloud.stack.template import Json, TemplateError

HANDLER_RULES: Final = {
    "js": "its field fails, and AWS refuses the stack",
    "vtl": "its field fails",
}
"""What the rules for the code of resolvers begin with, and what becomes of an error."""


@dataclass(frozen=True)
class Refusals:
    """The errors of a template, a sentence each with its line.

    Attributes
    ----------
    whole
        What keeps the stack from being created.
    handlers
        What keeps a resolver's handler from being loaded, and what comes of it: its field answers with that
        error, the others work.
    """

    whole: list[str]
    handlers: dict[str, str]


def refusals(template: dict[str, Json], path: Path, values: Mapping[str, str] | None = None) -> Refusals:
    """Return the errors of `check` that are AWS's as well.

    Parameters
    ----------
    template
        As :func:`localcloud.stack.template.read_template` returns it.
    path
        The file that it was read from.
    values
        Those of parameters, where they are not the defaults.

    Raises
    ------
    localcloud.stack.template.TemplateError
        A manifest of CDK's assets cannot be read.
    """
    findings = refused(template, path, values or {}, Unplaced)
    if findings:  # the lines are read only when there is something to say
        findings = refused(template, path, values or {}, Positions)
    base = Path.cwd()
    whole: dict[str, None] = {}
    handlers: dict[str, str] = {}
    for finding in sorted(findings, key=lambda each: (str(each.place.path), each.place.line)):
        line = f"{finding.place.display(base)}: {finding.message} ({finding.rule})"
        outcome = HANDLER_RULES.get(finding.rule.partition("-")[0])
        if outcome is None:
            whole[line] = None
        else:
            handlers[line] = outcome
    return Refusals(list(whole), handlers)


def blocking(template: dict[str, Json], path: Path, values: Mapping[str, str] | None = None) -> list[str]:
    """Return all of a template's refusals: an edit with any of them is not applied."""
    errors = refusals(template, path, values)
    return [*errors.whole, *errors.handlers]


def unstartable(
    template: dict[str, Json], path: Path, values: Mapping[str, str], *, kept: bool = False
) -> list[str]:
    """Return what this machine cannot run of a template and what it nests, a sentence each with its line.

    Parameters
    ----------
    values
        The parameters' values, where they are not the defaults.
    kept
        Whether APIs of an earlier start may be there.
    """
    sentences = []
    for part in parts(template, path.resolve().parent, path.resolve(), problem=_unread, values=values):
        refused: list[tuple[str, tuple[str, ...], str]] = [
            (resource.logical_id, (), resource.message)
            for resource in unserved_resources(part.template, part.values)
        ]
        refused += unserved_integrations(part.template, part.values)
        refused += [(logical_id, (), sentence) for logical_id, sentence in unserved_macros(part.template)]
        refused += unserved_http_apis(part.template, part.values)
        refused += [
            (missing.logical_id, (missing.pattern,), missing.message)
            for missing in missing_objects(part.template, part.base, part.values)
        ]
        if not part.name and not kept:
            elsewhere = apis_elsewhere(part.template, part.values)
            refused += [(logical_id, ("ApiId",), sentence) for logical_id, sentence in elsewhere]
        if refused and part.path is not None:
            places = Positions(part.path)
            for logical_id, names, message in refused:
                place = places.of(logical_id, *names)
                sentences.append(f"{place.display()}: {message}")
    return sentences


def _unread(_part: Part, _nest: Nested, _error: TemplateError) -> None:
    """Leave it to the deployment."""
