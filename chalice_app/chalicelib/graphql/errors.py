"""Errors as AppSync's clients read them: ``errorType`` and ``errorInfo`` beside ``message``.

GraphQL's own place for such things is ``extensions``. AppSync is older than that, so a client that was
written for AppSync looks for them at the top of each error, and finds them there.
"""

from __future__ import annotations

from typing import TypedDict

from graphql import GraphQLError

from chalicelib.problems import OUR_FAULT
from orders.answers import answer_for, message_for
from orders.errors import CallerError

MALFORMED = "MalformedHttpRequestException"
"""AppSync's type of a request that is no GraphQL request."""

BAD_REQUEST = "BadRequestException"
"""AppSync's type of a request that can be read and cannot be served."""

UNAUTHORIZED = "UnauthorizedException"
"""AppSync's type of a request without a good token."""

TOO_LARGE = "RequestEntityTooLargeException"
"""AppSync's type of a request that is larger than 1 MiB."""


class TypedError(GraphQLError):
    """An error that only GraphQL knows, with the type that AppSync or its resolvers give it."""

    def __init__(self, message: str, kind: str, info: dict[str, str] | None = None) -> None:
        super().__init__(message)
        self.kind = kind
        self.info = info


class TooManyResolvers(TypedError):
    """The request asks for more reads than one request may."""

    def __init__(self, limit: int) -> None:
        super().__init__(f"Resolver limit of {limit} exceeded.", "ResolverExecutionLimitReached")


class TooDeep(TypedError):
    """The query has more levels than one may have."""

    def __init__(self, limit: int, depth: int) -> None:
        super().__init__(
            f"Query depth limit of {limit} exceeded: the query is {depth} levels deep.",
            "QueryDepthLimitReached",
        )


class NotServed(TypedError):
    """The request is GraphQL, and names no operation that could be run here."""

    def __init__(self, message: str) -> None:
        super().__init__(message, BAD_REQUEST)


class BadLimit(TypedError):
    """A page of so many orders is not given."""

    def __init__(self, largest: int, limit: int) -> None:
        super().__init__(f"limit must be 1 to {largest}, not {limit}", "BadRequest", {"path": "limit"})


class BadToken(TypedError):
    """The `nextToken` is none that a page of this caller gave. The words are DynamoDB's."""

    def __init__(self) -> None:
        super().__init__("Invalid pagination token given.", BAD_REQUEST)


class Place(TypedDict):
    """Where in the query; AppSync always gives the source's name, which is null."""

    line: int
    column: int
    sourceName: None


class ErrorView(TypedDict, total=False):
    """One error of an answer. What fails before any field has run has no type."""

    path: list[str | int] | None
    data: None
    errorType: str
    errorInfo: dict[str, str] | None
    locations: list[Place] | None
    message: str


def error_view(error: GraphQLError) -> ErrorView:
    """Return ``error`` in AppSync's shape."""
    view: ErrorView = {
        "path": error.path,
        "locations": [
            {"line": place.line, "column": place.column, "sourceName": None}
            for place in error.locations or ()
        ]
        or None,
        "message": error.message,
    }
    cause = root_of(error)
    if isinstance(cause, TypedError):
        return {**view, "data": None, "errorType": cause.kind, "errorInfo": cause.info}
    if isinstance(cause, GraphQLError):
        # The query or its variables do not fit the schema.
        return view
    return {
        **view,
        "data": None,
        "errorType": answer_for(cause).graphql,
        "errorInfo": (cause.info or None) if isinstance(cause, CallerError) else None,
        "message": message_for(cause, otherwise=OUR_FAULT),
    }


def root_of(error: GraphQLError) -> Exception:
    """Return what a resolver raised, or the GraphQL error itself."""
    root: Exception = error
    while isinstance(root, GraphQLError) and root.original_error is not None:
        root = root.original_error
    return root
