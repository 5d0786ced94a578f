"""What keeps an edited template from being taken over by a cloud that runs."""

from __future__ import annotations

from pathlib import Path

from localcloud.check.finding import Severity
from localcloud.check.positions import Positions
from localcloud.check.reading import read_project
from localcloud.check.rules.code import check_code
from localcloud.check.rules.references import check_references
from localcloud.check.schemas import check_schema
from localcloud.stack.template import read_template


def blocking(path: Path) -> list[str]:
    """Return what AWS would refuse in a template's files, schemas and code, a sentence each with its line.

    Raises
    ------
    localcloud.stack.template.TemplateError
        It cannot be read, or is no template.
    """
    template = read_template(path)
    project = read_project(template, path)
    found = [*project.findings, *check_references(template, Positions(path))]
    found += check_code(project)
    for api in project.apis:
        found += check_schema(api)[1]
    base = Path.cwd()
    return [
        f"{one.shown(base)}:{one.place.line}: {one.message} ({one.rule})"
        for one in found
        if one.severity is Severity.ERROR
    ]
