"""What GraphQL's execution hands to a resolver."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from localcloud.appsync.definition import JSON

Operation = Literal["query", "mutation", "subscription"]


@dataclass
class FieldCall:
    """What one invocation of a resolver is given.

    Attributes
    ----------
    identity
        ``ctx.identity``, as AppSync documents it for the caller's mode.
    selection, selection_graphql
        ``ctx.info.selectionSetList`` and ``selectionSetGraphQL``.
    auth_type
        The caller's mode (``API_KEY``, ``AWS_IAM`` …), which ``util.authType()`` puts in words.
    operation
        What kind of operation the field is asked in.
    step
        Which of a pipeline's functions asks its data source now, for observers; None when unknown.
    request
        The same object for every call of one request: what is gathered is gathered within it.
    """

    type_name: str
    field_name: str
    arguments: dict[str, JSON]
    source: JSON = None
    identity: JSON = None
    request_headers: dict[str, str] = field(default_factory=dict)
    selection: list[str] = field(default_factory=list)
    selection_graphql: str = ""
    variables: dict[str, JSON] = field(default_factory=dict)
    auth_type: str = ""
    domain_name: str | None = None
    operation: Operation = "query"
    step: int | None = None
    request: object = None
