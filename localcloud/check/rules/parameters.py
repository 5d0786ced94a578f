"""Parameters whose defaults they do not take themselves, and what a start asks for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from localcloud.check.finding import Finding, Severity
from localcloud.check.model import Located
from localcloud.stack.language import stored
from localcloud.stack.lookups import lookups
from localcloud.stack.parameter_types import described, plain, problem
from localcloud.stack.parameters import declared


def check_parameters(located: Located, values: Mapping[str, str]) -> Iterator[Finding]:
    """Find defaults that CloudFormation refuses, and what has to be named when the template is deployed.

    Parameters
    ----------
    values
        What is named already; a nested template's are passed by the one above, where another rule looks.
    """
    places = located.places
    for name, body in declared(located.part.template).items():
        constraint = problem(body, plain(body["Default"])) if "Default" in body else None
        if constraint is not None and name not in values:
            message = f"{name} has the default {plain(body['Default'])!r}, and {constraint}"
            yield Finding(places.at("Parameters", name), Severity.ERROR, "parameter-default", message)
        if "Default" not in body and name not in values and not located.part.name:
            message = f"{name} has no default: give --parameter {name}=VALUE ({described(body)})"
            yield Finding(places.at("Parameters", name), Severity.NOTE, "parameter-needed", message)
    if not located.part.name:
        yield from _looked_up(located, values)


def _looked_up(located: Located, values: Mapping[str, str]) -> Iterator[Finding]:
    needed_lookups = lookups(located.part.template, located.part.base, values)
    kinds = {
        "a parameter of the parameter store": needed_lookups.parameters,
        "a secret of Secrets Manager": needed_lookups.secrets,
        "another stack's export": needed_lookups.exports,
    }
    for what, names in kinds.items():
        for name in sorted(name for name in names if stored(name) not in values):
            message = f"{name} is {what}: give --ssm {name}=VALUE, or first the template that creates it"
            yield Finding(located.places.of(""), Severity.NOTE, "lookup-needed", message)
