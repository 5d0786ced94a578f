"""Every rule over a template and those that it nests."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from localcloud.check.documents import find_documents
from localcloud.check.finding import Finding, Severity
from localcloud.check.model import ApiModel, Located, MachineModel, Project
from localcloud.check.positions import Positions
from localcloud.check.reading import read_project
from localcloud.check.rules.access import check_access
from localcloud.check.rules.alarms import check_alarms
from localcloud.check.rules.api_keys import check_api_keys
from localcloud.check.rules.apis import check_apis
from localcloud.check.rules.building import check_building
from localcloud.check.rules.code import check_code
from localcloud.check.rules.delivery_streams import check_delivery_streams
from localcloud.check.rules.durable import check_durable
from localcloud.check.rules.enum_comments import check_enum_comments
from localcloud.check.rules.events import check_events
from localcloud.check.rules.http_apis import check_http_apis
from localcloud.check.rules.integrations import check_integrations
from localcloud.check.rules.invocations import check_invocations
from localcloud.check.rules.kinesis import check_kinesis
from localcloud.check.rules.locations import check_locations
from localcloud.check.rules.loops import check_loops
from localcloud.check.rules.machines import check_machines
from localcloud.check.rules.macros import check_macros
from localcloud.check.rules.nested import check_nested
from localcloud.check.rules.notifications import check_notifications
from localcloud.check.rules.parameters import check_parameters
from localcloud.check.rules.publishers import check_publishers
from localcloud.check.rules.references import check_references
from localcloud.check.rules.resolvers import check_fields, check_steps
from localcloud.check.rules.runtimes import check_runtimes
from localcloud.check.rules.stand_ins import check_stand_ins
from localcloud.check.rules.streaming import check_streaming
from localcloud.check.rules.subscriptions import check_subscriptions
from localcloud.check.rules.support import check_support
from localcloud.check.rules.values import check_values
from localcloud.check.rules.visibility import check_visibility
from localcloud.check.schemas import Checked, check_schema
from localcloud.check.values import Values, with_values
from localcloud.stack.buckets import buckets_of, read_local
from localcloud.stack.template import Json, resources


def check(
    path: Path,
    sources: Sequence[Path] = (),
    values: Mapping[str, str] | None = None,
    buckets: Mapping[str, str] | None = None,
) -> list[Finding]:
    """Return what is found in a template, its schemas and its code, in the order of files and lines.

    Parameters
    ----------
    sources
        Files and folders with the documents of publishers, beside those that lie by the template.
    values
        Those of parameters, where they are not the defaults.
    buckets
        The local folders that stand for buckets.

    Raises
    ------
    localcloud.stack.template.TemplateError
        It cannot be read, or is no template.
    """
    base = path.resolve().parent
    parameters = {**(values or {}), **buckets_of(buckets or {}, base)}
    template = read_local(path.resolve(), parameters)
    project = read_project(template, path, parameters)
    findings = list(project.findings)
    for located in project.templates:
        findings += [
            *_check_one(located, project),
            *check_parameters(located, parameters),
            *check_locations(located),
            *check_api_keys(located),
            *(() if located.part.name else check_apis(located.part.template, located.places, parameters)),
        ]
    documents = list(find_documents([project.template.parent, *project.folders, *sources]))
    findings += check_code(project)
    for api in project.apis:
        checked, problems = _check_api(api)
        findings += problems
        if checked is not None:
            findings += [*check_publishers(checked, documents), *check_access(checked)]
    return sorted(
        dict.fromkeys(findings),
        key=lambda finding: (str(finding.place.path), finding.place.line, -finding.severity, finding.rule),
    )


def refused(
    template: dict[str, Json], path: Path, values: Mapping[str, str], positions: Callable[[Path], Positions]
) -> list[Finding]:
    """Return the errors among the findings, but those of what a condition leaves out: AWS does not see it.

    Clients' documents and comments are not looked at: they have no errors.

    Raises
    ------
    localcloud.stack.template.TemplateError
        A manifest of CDK's assets cannot be read.
    """
    project = read_project(template, path, values, positions)
    findings = [*project.findings, *check_code(project)]
    for located in project.templates:
        findings += [*_check_created(located, project), *check_parameters(located, values)]
    for api in project.apis:
        findings += _check_api(api)[1]
    return [finding for finding in findings if finding.severity is Severity.ERROR]


def _check_api(api: ApiModel) -> tuple[Checked | None, list[Finding]]:
    """Apply the rules that look at an API."""
    findings = list(check_steps(api))
    checked, problems = check_schema(api)
    findings += problems
    if checked is not None:
        findings += [*check_fields(checked), *check_subscriptions(checked), *check_enum_comments(checked)]
    return checked, findings


def _check_created(located: Located, project: Project) -> Iterator[Finding]:
    """Apply the rules that look at a template to what is created of it."""
    part = located.part
    read = Values(with_values(part.template, part.values))
    left_out = {
        logical_id for logical_id, resource in resources(part.template).items() if read.is_left_out(resource)
    }
    if left_out:
        section = part.template["Resources"]
        assert isinstance(section, dict)
        created = {name: body for name, body in section.items() if name not in left_out}
        located = Located(replace(part, template={**part.template, "Resources": created}), located.places)
    names = {part.display_name(logical_id) for logical_id in left_out} | left_out
    machines = [each for each in project.machines if each.logical_id not in names]
    # What a template refers to may be left out with what refers to it.
    yield from check_references(part.template, located.places)
    yield from _check_resources(located, machines)


def _check_one(located: Located, project: Project) -> Iterator[Finding]:
    """Apply the rules that look at a single template."""
    template, places = located.part.template, located.places
    yield from check_references(template, places)
    yield from check_loops(places)
    yield from _check_unserved(located)
    yield from _check_resources(located, project.machines)


def _check_unserved(located: Located) -> Iterator[Finding]:
    """Apply the rules that say what does not run here: a start refuses it by ``gate.unstartable``."""
    template, places = located.part.template, located.places
    yield from check_support(template, places, located.part.values)
    yield from check_stand_ins(located.part, places)
    yield from check_macros(template, places)
    yield from check_runtimes(template, places)
    yield from check_integrations(template, places)
    yield from check_http_apis(template, places)


def _check_resources(located: Located, machines: Sequence[MachineModel]) -> Iterator[Finding]:
    """Apply the rules that look at the resources of a template."""
    template, places = located.part.template, located.places
    own = [machine for machine in machines if places.hold(machine.place)]
    yield from check_values(template, places)
    yield from check_nested(located)
    yield from check_building(located)
    yield from check_streaming(template, places)
    yield from check_notifications(template, places)
    yield from check_invocations(template, places)
    yield from check_durable(template, places, own)
    yield from check_events(template, places)
    yield from check_delivery_streams(template, places)
    yield from check_kinesis(template, places)
    yield from check_alarms(template, places)
    yield from check_visibility(template, places)
    yield from check_machines(own, places)
