"""Name what the local cloud does not do with a template, before a user relies on it."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from urllib.parse import urlsplit

from localcloud.contracts.supported import HONOURED, HONOURED_ATTRIBUTES, UNDELIVERED
from localcloud.stack.building import FUNCTIONS, elsewhere
from localcloud.stack.harmless import WITHOUT_EFFECT
from localcloud.stack.nested import Nested, Part, parts
from localcloud.stack.own_code import layers_of, shared_of_functions
from localcloud.stack.template import Json, TemplateError, properties, resources
from localcloud.stack.unserved import is_custom, unserved
from localcloud.stack.verdicts import TypeVerdict, judge, refusal


def unsupported(template: dict[str, Json], base: Path | None = None) -> list[str]:
    """Return a sentence for each resource type or property that is not supported here.

    Resources that share a finding share the sentence, and everything that cannot matter on one
    machine (logs, encryption, backups) shares the last one. The deployment goes on. Of stand-ins the gate
    speaks (``localcloud.check.gate``): it knows which of them conditions exclude.

    Parameters
    ----------
    base
        The template's folder, for the templates that it nests to be looked at too; those that cannot be read
        are left to the deployment.

    Examples
    --------
    >>> unsupported({"Resources": {"A": {"Type": "AWS::ECS::Clustre"}}})
    ['AWS::ECS::Clustre is not served by the local cloud: AWS has no such type (A)']
    """
    problems: defaultdict[str, list[str]] = defaultdict(list)
    harmless: set[str] = set()
    whole = [Part("", template, Path())] if base is None else parts(template, base, problem=_unread)
    for part in whole:
        _look(part, problems, harmless)
    sentences = [f"{sentence} ({', '.join(sorted(names))})" for sentence, names in sorted(problems.items())]
    if harmless:
        sentences.append(f"without effect on one machine: {', '.join(sorted(harmless))}")
    return sentences


def _unread(_part: Part, _nest: Nested, _error: TemplateError) -> None:
    """Leave it to the deployment."""


def _look(part: Part, problems: defaultdict[str, list[str]], harmless: set[str]) -> None:
    declared, shared = resources(part.template), shared_of_functions(part.template)
    for logical_id, resource in declared.items():
        kind, name = str(resource["Type"]), part.display_name(logical_id)
        for problem in without_layers(resource, shared):
            problems[f"{kind}: {problem}"].append(name)
        for problem in unserved(resource, declared):
            problems[f"{kind}: {problem}"].append(name)
        if kind.startswith("AWS::Serverless::") or is_custom(kind):
            continue  # the engine translates these; what they become is not seen here
        judgement = judge(kind)
        if judgement.verdict is TypeVerdict.REFUSED:
            problems[str(refusal(kind))].append(name)
        elif judgement.verdict is TypeVerdict.ACCEPTED:
            harmless.add(f"{kind.removeprefix('AWS::')} ({judgement.reason})")
        if judgement.verdict is not TypeVerdict.SERVED:
            continue
        for attribute in resource.keys() - HONOURED_ATTRIBUTES:
            problems[f"{kind}: the attribute {attribute} is ignored"].append(name)
        for key in properties(resource).keys() - HONOURED[kind]:
            if key in WITHOUT_EFFECT.get(kind, {}):
                harmless.add(f"{kind.removeprefix('AWS::')} {key} ({WITHOUT_EFFECT[kind][key]})")
            else:
                problems[f"{kind}: {key} is not supported"].append(name)
        for place in undelivered(resource):
            problems[f"{kind}: nothing is delivered {place}"].append(name)


def without_layers(resource: dict[str, Json], shared: dict[str, Json]) -> list[str]:
    """Return which layers a function runs without, since their files are in other accounts.

    Parameters
    ----------
    shared
        What SAM's ``Globals`` say of all functions.
    """
    if resource["Type"] not in FUNCTIONS:
        return []
    return [f"runs without the layer {name}" for name in elsewhere(layers_of(resource, shared))]


def undelivered(resource: dict[str, Json]) -> list[str]:
    """Return by what, or whereto, a resource sends something that nothing is delivered here.

    Examples
    --------
    >>> undelivered({"Type": "AWS::SNS::Subscription", "Properties": {"Protocol": "email"}})
    ['by email']
    """
    whole = properties(resource)
    inline = whole.get("Subscription")
    if resource["Type"] == "AWS::Events::ApiDestination":
        endpoint = whole.get("InvocationEndpoint")
        away = isinstance(endpoint, str) and not _here(endpoint)
        return [f"to {urlsplit(str(endpoint)).hostname}, which is not on this machine"] if away else []
    if resource["Type"] == "AWS::SNS::Subscription":
        subscriptions: list[Json] = [whole]
    elif resource["Type"] == "AWS::SNS::Topic" and isinstance(inline, list):
        subscriptions = inline
    else:
        return []
    places: set[str] = set()
    for subscription in subscriptions:
        if isinstance(subscription, dict):
            protocol, endpoint = subscription.get("Protocol"), subscription.get("Endpoint")
            if isinstance(protocol, str) and protocol in UNDELIVERED:
                places.add(f"by {protocol}")
            elif protocol in ("http", "https") and isinstance(endpoint, str) and not _here(endpoint):
                places.add(f"to {urlsplit(endpoint).hostname}, which is not on this machine")
    return sorted(places)


def _here(address: str) -> bool:
    """Say whether an address is one of loopback; no name is looked up for it."""
    host = urlsplit(address).hostname or "localhost"
    if ".execute-api." in host:
        return True  # leads to the engine's APIs
    return host == "localhost" or host.endswith(".localhost") or host == "::1" or host.startswith("127.")
