"""What keeps a template from being started, and an edited one from being taken over by a cloud that runs."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

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


def blocking(template: dict[str, Json], path: Path, values: Mapping[str, str] | None = None) -> list[str]:
    """Return the errors of `check` that are AWS's as well, a sentence each with its line.

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
    refusals = refused(template, path, values or {}, Unplaced)
    if refusals:  # the lines are read only when there is something to say
        refusals = refused(template, path, values or {}, Positions)
    base = Path.cwd()
    lines = [
        f"{finding.display_path(base)}:{finding.place.line}: {finding.message} ({finding.rule})"
        for finding in sorted(refusals, key=lambda each: (str(each.place.path), each.place.line))
    ]
    return list(dict.fromkeys(lines))


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
                sentences.append(f"{_display_path(place.path)}:{place.line}: {message}")
    return sentences


def _display_path(path: Path) -> str:
    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else str(path)


def _unread(_part: Part, _nest: Nested, _error: TemplateError) -> None:
    """Leave it to the deployment."""
