"""What a request did, for its observers: its resolvers, their questions, its end.

Nothing of it runs unless there is a :class:`Tracer`: then the handler, resolvers, data sources and hub of an
API are wrapped (``traced.py``). Of a credential nothing is noted but its mode.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Final, Protocol, TypeVar

from graphql import GraphQLError, OperationDefinitionNode, get_operation_ast, parse

from localcloud.appsync.definition import JSON
from localcloud.appsync.execution.request import GraphQLRequest


@dataclass
class DataSourceCall:
    """One question to a data source.

    Attributes
    ----------
    operation
        What the request document asked for: ``GetItem``, ``Invoke``, ``POST /path``.
    function
        The function of a pipeline that asked; empty in a unit resolver.
    """

    source: str
    type: str
    operation: str = ""
    function: str = ""
    ms: float = 0.0
    error: str = ""


@dataclass
class Resolved:
    """One run of a field's resolver; ``errors`` name the file and the line where a handler crashed."""

    type_name: str
    field_name: str
    ms: float = 0.0
    questions: list[DataSourceCall] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)


@dataclass
class Published:
    """An event that a mutation published, and to how many subscribers it went."""

    subscriptions: tuple[str, ...]
    receivers: int


@dataclass
class RequestTrace:
    """A request to an API, from its arrival to its answer.

    Attributes
    ----------
    kind
        ``query`` or ``mutation``; of a subscription ``start``, ``stop`` and ``refused``; empty when the
        request never got as far.
    mode
        How the caller was let in.
    status
        Of the answer over HTTP; 0 where there is none.
    errors
        What the answer says that no resolver said: a request that is not valid, a field that is refused.
    """

    api: str
    kind: str = ""
    name: str = ""
    mode: str = ""
    variables: JSON = None
    status: int = 0
    ms: float = 0.0
    resolved: list[Resolved] = field(default_factory=list)
    published: list[Published] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)


class Tracer(Protocol):
    """Given each request once it has been answered."""

    def __call__(self, trace: RequestTrace, /) -> None:
        """Show it."""


_request: Final[ContextVar[RequestTrace | None]] = ContextVar("localcloud_request", default=None)
_resolver: Final[ContextVar[Resolved | None]] = ContextVar("localcloud_resolver", default=None)


def current() -> RequestTrace | None:
    """Return the request that is being traced; None when it has no observer."""
    return _request.get()


def current_resolver() -> Resolved | None:
    """Return the resolver's run that is being traced."""
    return _resolver.get()


class _Timed(Protocol):
    ms: float


_T = TypeVar("_T", bound=_Timed)


@contextmanager
def _timed(timed: _T) -> Iterator[_T]:
    started = time.perf_counter()
    try:
        yield timed
    finally:
        timed.ms = (time.perf_counter() - started) * 1000


@contextmanager
def request(trace: RequestTrace, tracer: Tracer) -> Iterator[RequestTrace]:
    """Trace what the block does as one request, and report it at the end."""
    token = _request.set(trace)
    try:
        with _timed(trace):
            yield trace
    finally:
        _request.reset(token)
        tracer(trace)


@contextmanager
def resolver(resolved: Resolved) -> Iterator[Resolved]:
    """Trace what the block does as one run of a resolver."""
    token = _resolver.set(resolved)
    try:
        with _timed(resolved):
            yield resolved
    finally:
        _resolver.reset(token)


@contextmanager
def question(question: DataSourceCall) -> Iterator[DataSourceCall]:
    """Trace what the block does as a question to a data source; what it raises is its error."""
    try:
        with _timed(question):
            yield question
    except Exception as failure:
        question.error = str(failure)
        raise


def note(request: GraphQLRequest, mode: str, errors: list[JSON]) -> None:
    """Note what a request asked for, and what its answer says is wrong; nothing without an observer."""
    trace = _request.get()
    if trace is None:
        return
    operation = _operation(request.query, request.operation_name)
    trace.kind = operation.operation.value if operation else "request"
    trace.name = operation.name.value if operation and operation.name else ""
    trace.mode, trace.variables = mode, request.variables or None
    messages = {message for resolved in trace.resolved for message in resolved.errors}
    for error in errors:
        message = str(error.get("message")) if isinstance(error, dict) else str(error)
        if not any(noted == message or noted.startswith(f"{message} (") for noted in messages):
            trace.errors.append(message)


def _operation(query: str, name: str | None) -> OperationDefinitionNode | None:
    try:
        return get_operation_ast(parse(query, no_location=True), name)
    except (GraphQLError, RecursionError):
        return None
