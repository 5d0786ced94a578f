"""What keeps an edited template from being taken over by a cloud that runs."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from localcloud.check.finding import Severity
from localcloud.check.reading import read_project
from localcloud.check.rules.code import check_code
from localcloud.check.rules.machines import check_machines
from localcloud.check.rules.nested import check_nested
from localcloud.check.rules.references import check_references
from localcloud.check.schemas import check_schema
from localcloud.stack.template import Json


def blocking(template: dict[str, Json], path: Path, values: Mapping[str, str] | None = None) -> list[str]:
    """Return what AWS would refuse in a template's files, schemas and code, a sentence each with its line.

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
    project = read_project(template, path, values)
    found = [*project.findings, *check_code(project)]
    for located in project.templates:
        places = located.places
        found += [*check_references(located.part.template, places), *check_nested(located)]
        found += check_machines((one for one in project.machines if one.place.path == places.path), places)
    for api in project.apis:
        found += check_schema(api)[1]
    base = Path.cwd()
    return [
        f"{one.shown(base)}:{one.place.line}: {one.message} ({one.rule})"
        for one in found
        if one.severity is Severity.ERROR
    ]
