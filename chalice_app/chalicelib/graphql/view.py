"""Strawberry's own view for Chalice, with AppSync's manners: how it reads a request and reports an error."""

from __future__ import annotations

import json
from collections.abc import Callable

from chalice.app import Request, Response, UnauthorizedError
from cross_web import HTTPException, SyncHTTPRequestAdapter
from graphql import GraphQLError, GraphQLSyntaxError
from strawberry.chalice.views import GraphQLView
from strawberry.http import GraphQLHTTPResponse, GraphQLRequestData
from strawberry.http.temporal_response import TemporalResponse
from strawberry.types import ExecutionResult

from chalicelib import log
from chalicelib.graphql.context import Context
from chalicelib.graphql.errors import BAD_REQUEST, UNAUTHORIZED, NotServed, error_view, root_of
from chalicelib.graphql.request import MalformedRequest, RefusedRequest, read_request
from chalicelib.graphql.schema import SCHEMA
from chalicelib.problems import OUR_FAULT
from orders.answers import INTERNAL


class OrderwireView(GraphQLView[Context, None]):
    """Answers the requests of people who have signed in.

    Parameters
    ----------
    context_of
        Returns what the resolvers of a request are given.
    """

    def __init__(self, context_of: Callable[[Request], Context]) -> None:
        super().__init__(SCHEMA, graphql_ide=None, allow_queries_via_get=False)
        self._context_of = context_of

    def get_context(self, request: Request, response: TemporalResponse) -> Context:
        """Return the context of one request."""
        return self._context_of(request)

    def parse_http_body(self, request: SyncHTTPRequestAdapter) -> GraphQLRequestData:
        """Read the body; Chalice has looked at its content type."""
        try:
            body = request.body
        except UnicodeError:
            raise MalformedRequest from None
        return read_request(body)

    def process_result(self, request: Request, result: ExecutionResult) -> GraphQLHTTPResponse:
        """Return the answer's document."""
        errors = result.errors or []
        for error in errors:
            if _is_unreadable(error):
                raise MalformedRequest(f"Unable to parse GraphQL query. {error.message}")
            if isinstance(error, NotServed):
                raise RefusedRequest(error.message, error.kind)
        answer: GraphQLHTTPResponse = {"data": result.data}
        if errors:
            answer["errors"] = [error_view(error) for error in errors]
        return answer

    def execute_request(self, request: Request) -> Response:
        """Answer a request; one that cannot be served gets an error in the usual form."""
        try:
            return self.run(request)
        except RefusedRequest as refused:
            return _refusal(refused.status_code, refused.kind, refused.reason)
        except HTTPException as refused:
            return _refusal(refused.status_code, BAD_REQUEST, refused.reason)
        except UnauthorizedError as refused:
            return _refusal(refused.STATUS_CODE, UNAUTHORIZED, str(refused))
        except Exception:
            log.exception("request failed")
            return _refusal(500, INTERNAL.graphql, OUR_FAULT)


def _refusal(status: int, kind: str, message: str) -> Response:
    document = {"errors": [{"errorType": kind, "message": message}]}
    return Response(
        body=json.dumps(document, separators=(",", ":")),
        status_code=status,
        headers={"Content-Type": "application/json", "x-amzn-ErrorType": kind},
    )


def _is_unreadable(error: GraphQLError) -> bool:
    """Return whether a request's document was no GraphQL, or too much nested to be read."""
    return isinstance(error, GraphQLSyntaxError) or (
        error.path is None and isinstance(root_of(error), RecursionError)
    )
