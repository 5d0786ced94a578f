"""``--log``: each request to a GraphQL API as a tree of lines."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Final

from localcloud.appsync.definition import JSON
from localcloud.appsync.tracing import DataSourceCall, RequestTrace, Resolved

LONGEST_VARIABLES: Final = 200
_SHORT: Final = {
    "AMAZON_COGNITO_USER_POOLS": "Cognito",
    "AWS_IAM": "IAM",
    "API_KEY": "API key",
    "OPENID_CONNECT": "OIDC",
    "AWS_LAMBDA": "Lambda",
    "AMAZON_DYNAMODB": "DynamoDB",
    "AMAZON_EVENTBRIDGE": "EventBridge",
}
_BAD: Final = 400
# How an error names the place where a handler crashed.
_PLACE: Final = re.compile(r"\(([^\s():]+\.(?:js|vtl)):(\d+)\)")


def lines(trace: RequestTrace, files: Mapping[str, str] = MappingProxyType({})) -> Iterator[str]:
    r"""Yield the lines of a request's tree. Variables are shown cut short; headers and tokens never.

    Parameters
    ----------
    files
        Where each resolver's and function's code is on disk, by the name that errors have for it.

    Examples
    --------
    >>> trace = RequestTrace("shop", "query", "Order", "AWS_IAM", {"id": "7"}, 200, 12.34)
    >>> question = DataSourceCall("orders", "AMAZON_DYNAMODB", "GetItem")
    >>> trace.resolved.append(Resolved("Query", "order", 11.5, [question]))
    >>> print("\n".join(lines(trace)))
    shop  query Order  200  12.3 ms  IAM  {"id": "7"}
    └─ Query.order  11.5 ms
       └─ orders (DynamoDB GetItem)  0.0 ms
    """
    yield "  ".join(part for part in _head(trace) if part)
    below: list[list[str]] = [_resolver(runs) for runs in _alike(trace.resolved)]
    below += [
        [f"{', '.join(event.subscriptions)}: an event for {event.receivers} subscriber(s)"]
        for event in trace.published
    ]
    below += [[f"✗ {error}"] for error in trace.errors]
    for line in _tree(below):
        yield _PLACE.sub(lambda match: f"({files.get(match[1], match[1])}:{match[2]})", line)


def is_bad(trace: RequestTrace) -> bool:
    """Return whether anything of a request failed."""
    return bool(trace.errors) or trace.status >= _BAD or any(resolved.errors for resolved in trace.resolved)


def _head(trace: RequestTrace) -> Iterator[str]:
    yield trace.api
    subscription = trace.kind in {"start", "stop", "refused"}
    yield f"{'subscription ' if subscription else ''}{trace.kind or 'request'} {trace.name}".rstrip()
    yield str(trace.status or "")
    yield "" if subscription else f"{trace.ms:.1f} ms"
    yield _SHORT.get(trace.mode, trace.mode)
    yield _variables(trace.variables)


def _variables(variables: JSON) -> str:
    if not variables:
        return ""
    text = json.dumps(variables, ensure_ascii=False, default=str)
    return text if len(text) <= LONGEST_VARIABLES else f"{text[:LONGEST_VARIABLES]}…"


def _alike(resolved: list[Resolved]) -> Iterator[list[Resolved]]:
    """Yield the runs of one resolver that went well together: a list of a hundred has a hundred of them."""
    groups: dict[tuple[str, str, bool], list[Resolved]] = {}
    for resolver in resolved:
        groups.setdefault((resolver.type_name, resolver.field_name, bool(resolver.errors)), []).append(
            resolver
        )
    yield from groups.values()


def _resolver(runs: list[Resolved]) -> list[str]:
    first = runs[0]
    times = f" x {len(runs)}" if len(runs) > 1 else ""
    described = [f"{first.type_name}.{first.field_name}{times}  {max(run.ms for run in runs):.1f} ms"]
    below = [[_question(question)] for question in first.questions]
    reported = {question.error for question in first.questions}
    errors = dict.fromkeys(error for run in runs for error in run.errors if error not in reported)
    below += [[f"✗ {error}"] for error in errors]
    return described + list(_tree(below))


def _question(question: DataSourceCall) -> str:
    what = " ".join(part for part in (_SHORT.get(question.type, question.type), question.operation) if part)
    function = f"{question.function} → " if question.function else ""
    error = f"  ✗ {question.error}" if question.error else ""
    return f"{function}{question.source} ({what})  {question.ms:.1f} ms{error}"


def _tree(below: list[list[str]]) -> Iterator[str]:
    for index, block in enumerate(below):
        last = index == len(below) - 1
        yield f"{'└─' if last else '├─'} {block[0]}"
        for line in block[1:]:
            yield f"{'  ' if last else '│ '} {line}"
