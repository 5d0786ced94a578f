"""A GraphQL request as it comes in over HTTP, or inside a ``start`` frame."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Final

from localcloud.appsync.definition import JSON
from localcloud.appsync.errors import MalformedRequest


def _no_json(word: str) -> JSON:
    # Python reads NaN and Infinity; JSON has neither.
    raise ValueError(word)


_decode: Final = json.JSONDecoder(parse_constant=_no_json).decode


@dataclass(frozen=True)
class GraphQLRequest:
    """What to run: the document's text, its variables, and which of its operations."""

    query: str
    variables: dict[str, JSON] = field(default_factory=dict)
    operation_name: str | None = None


def read_request(body: bytes | str) -> GraphQLRequest:
    """Return the request in a body: a JSON object with ``query``, or a bare GraphQL document.

    An array is refused: AppSync does not batch.

    Raises
    ------
    MalformedRequest
        When the body is empty or neither of the two.

    Examples
    --------
    >>> read_request('{"query": "{ now }"}')
    GraphQLRequest(query='{ now }', variables={}, operation_name=None)
    """
    if not body.strip():
        raise MalformedRequest("Request body is empty.")
    try:
        # Decoded here: given bytes, `json` would take UTF-16 as well, and halves of surrogate pairs in UTF-8.
        text = body if isinstance(body, str) else body.decode().removeprefix("\ufeff")
        document: JSON = _decode(text)
    except (ValueError, RecursionError):
        # AppSync takes `application/graphql` as well: the parser decides whether this is a document.
        return GraphQLRequest(body if isinstance(body, str) else body.decode("utf-8", "replace"))
    query = document.get("query") if isinstance(document, dict) else None
    if not isinstance(document, dict) or not isinstance(query, str) or not query.strip():
        raise MalformedRequest("Unable to parse GraphQL query.")
    variables, operation = document.get("variables"), document.get("operationName")
    if isinstance(variables, str) and variables.strip():
        variables = _object(variables)
    if not (variables is None or variables == "" or isinstance(variables, dict)):
        raise MalformedRequest("Unable to parse GraphQL query.")
    if not (operation is None or isinstance(operation, str)):
        raise MalformedRequest("Unable to parse GraphQL query.")
    return GraphQLRequest(query, variables if isinstance(variables, dict) else {}, operation or None)


def _object(text: str) -> JSON:
    try:
        document: JSON = _decode(text)
    except (ValueError, RecursionError):
        raise MalformedRequest("Unable to parse GraphQL query.") from None
    return document
