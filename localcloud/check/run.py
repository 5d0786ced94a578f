"""Every rule over a template and those that it nests."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from localcloud.check.documents import find_documents
from localcloud.check.finding import Finding
from localcloud.check.model import Located, Project
from localcloud.check.reading import read_project
from localcloud.check.rules.access import check_access
from localcloud.check.rules.alarms import check_alarms
from localcloud.check.rules.apis import check_apis
from localcloud.check.rules.building import check_building
from localcloud.check.rules.code import check_code
from localcloud.check.rules.delivery_streams import check_delivery_streams
from localcloud.check.rules.durable import check_durable
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
from localcloud.check.rules.streaming import check_streaming
from localcloud.check.rules.subscriptions import check_subscriptions
from localcloud.check.rules.support import check_support
from localcloud.check.rules.values import check_values
from localcloud.check.rules.visibility import check_visibility
from localcloud.check.schemas import check_schema
from localcloud.stack.buckets import buckets_of, read_local


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
            *check_building(located),
            *check_locations(located),
            *(() if located.part.name else check_apis(located.part.template, located.places, parameters)),
        ]
    documents = list(find_documents([project.template.parent, *project.folders, *sources]))
    findings += check_code(project)
    for api in project.apis:
        findings += check_steps(api)
        checked, problems = check_schema(api)
        findings += problems
        if checked is not None:
            findings += [
                *check_fields(checked),
                *check_subscriptions(checked),
                *check_publishers(checked, documents),
                *check_access(checked),
            ]
    return sorted(
        dict.fromkeys(findings),
        key=lambda finding: (str(finding.place.path), finding.place.line, -finding.severity, finding.rule),
    )


def _check_one(located: Located, project: Project) -> Iterator[Finding]:
    """Apply the rules that look at a single template."""
    template, places = located.part.template, located.places
    machines = [machine for machine in project.machines if places.hold(machine.place)]
    yield from check_references(template, places)
    yield from check_values(template, places)
    yield from check_nested(located)
    yield from check_support(template, places)
    yield from check_macros(template, places)
    yield from check_loops(places)
    yield from check_runtimes(template, places)
    yield from check_streaming(template, places)
    yield from check_integrations(template, places)
    yield from check_http_apis(template, places)
    yield from check_notifications(template, places)
    yield from check_invocations(template, places)
    yield from check_durable(template, places, machines)
    yield from check_events(template, places)
    yield from check_delivery_streams(template, places)
    yield from check_kinesis(template, places)
    yield from check_alarms(template, places)
    yield from check_visibility(template, places)
    yield from check_machines(machines, places)
