"""A request's credential, and the caller that it proved."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from localcloud.appsync.definition import JSON, AuthType


class Credential(NamedTuple):
    """The headers that carry a credential (names in lower case), and the request that they authorize.

    Attributes
    ----------
    request_context
        What a Lambda authorizer gets of the request beside the API's and the request's ids; None for
        GraphQL, where it is read from the request itself.
    """

    headers: Mapping[str, str]
    body: bytes
    source_ip: str
    method: str = "POST"
    path: str = "/graphql"
    query: str = ""
    request_context: Mapping[str, JSON] | None = None


@dataclass(frozen=True)
class Caller:
    """Who calls.

    Attributes
    ----------
    identity
        ``ctx.identity`` as AppSync documents it for the mode; None with an API key.
    groups
        The user pool groups of the token; None when it names none.
    expires_at
        When the credential ends, in seconds since the epoch; None when it does not say.
    denied_fields
        The fields that a Lambda authorizer took away from the caller, each ``Type.field``.
    resolver_context
        What a Lambda authorizer passes to the resolvers; None in every other mode.
    """

    mode: AuthType
    identity: JSON = field(default=None, hash=False, repr=False)
    groups: tuple[str, ...] | None = None
    expires_at: float | None = None
    denied_fields: frozenset[str] = frozenset()
    resolver_context: Mapping[str, JSON] | None = field(default=None, hash=False, repr=False)

    @property
    def field_class(self) -> tuple[AuthType, tuple[str, ...] | None, frozenset[str]]:
        """Return what decides which fields may be seen: callers that agree here see the same fields."""
        return (self.mode, self.groups, self.denied_fields)
