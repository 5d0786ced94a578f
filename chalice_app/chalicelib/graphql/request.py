"""A GraphQL request as it comes in over HTTP, read as AppSync reads it."""

from __future__ import annotations

import json

from cross_web import HTTPException
from strawberry.http import GraphQLRequestData

from chalicelib.graphql.errors import MALFORMED, TOO_LARGE

MAX_BODY = 1024 * 1024
"""Bytes; AppSync takes no more either."""


class RefusedRequest(HTTPException):
    """A request that is refused as a whole; ``kind`` is AppSync's type of the error."""

    def __init__(self, message: str, kind: str, status: int = 400) -> None:
        super().__init__(status, message)
        self.kind = kind


class MalformedRequest(RefusedRequest):
    """The body is empty, or holds nothing that can be read as a GraphQL request."""

    def __init__(self, message: str = "Unable to parse GraphQL query.") -> None:
        super().__init__(message, MALFORMED)


def read_request(body: str | bytes) -> GraphQLRequestData:
    """Return the request in a body: a JSON object with ``query``.

    An array is refused: AppSync does not batch.

    Raises
    ------
    RefusedRequest
        Above all, ``MalformedRequest``.

    Examples
    --------
    >>> read_request(b'{"query": "{ order(id: 1) { id } }"}').query
    '{ order(id: 1) { id } }'
    """
    if len(body) > MAX_BODY:
        raise RefusedRequest(f"Request body is over {MAX_BODY} bytes.", TOO_LARGE, 413)
    if not body.strip():
        raise MalformedRequest("Request body is empty.")
    document = _json(body)
    query = document.get("query") if isinstance(document, dict) else None
    if not isinstance(document, dict) or not isinstance(query, str) or not query.strip():
        raise MalformedRequest
    variables, operation = document.get("variables"), document.get("operationName")
    if isinstance(variables, str) and variables.strip():
        variables = _json(variables)
    if not (variables is None or variables == "" or isinstance(variables, dict)):
        raise MalformedRequest
    if not (operation is None or isinstance(operation, str)):
        raise MalformedRequest
    return GraphQLRequestData(
        query=query,
        variables=variables if isinstance(variables, dict) else None,
        operation_name=operation or None,
        extensions=None,
    )


def _json(text: str | bytes) -> object:
    try:
        # Decoded here: given bytes, `json` would take UTF-16 as well.
        read = text if isinstance(text, str) else text.decode("utf-8-sig")
        document: object = json.loads(read, parse_constant=_no_json)
    except (ValueError, RecursionError):
        raise MalformedRequest from None
    return document


def _no_json(word: str) -> object:
    # Python reads NaN and Infinity; JSON has neither.
    raise ValueError(word)
