"""A caller whose credential held: the mode it came by and the identity that resolvers see."""

from __future__ import annotations

from dataclasses import dataclass, field

from localcloud.appsync.definition import JSON, AuthType


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
    """

    mode: AuthType
    identity: JSON = field(default=None, hash=False, repr=False)
    groups: tuple[str, ...] | None = None
    expires_at: float | None = None

    @property
    def field_class(self) -> tuple[AuthType, tuple[str, ...] | None]:
        """Return what decides which fields may be seen: callers that agree here see the same fields."""
        return (self.mode, self.groups)
