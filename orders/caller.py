"""The caller, on every way in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from orders.model import CustomerId

STAFF = "staff"


@dataclass(frozen=True, slots=True)
class Caller:
    """A caller. Staff see and cancel everyone's orders."""

    customer_id: CustomerId
    is_staff: bool = False

    def may_see(self, owner: CustomerId) -> bool:
        """Return whether an order of ``owner`` is the caller's to see."""
        return self.is_staff or self.customer_id == owner


def caller_of_claims(claims: Mapping[str, str], client: str | None) -> Caller | None:
    """Return who brought a token, by the claims that API Gateway has verified; None for a stranger.

    Parameters
    ----------
    claims : mapping
        All of them as text, as API Gateway hands them on.
    client : str, optional
        The user pool client whose tokens count. API Gateway takes those of every client of the pool, and
        another one may be another application, whose users did not agree to hand it their orders.

    Examples
    --------
    >>> caller_of_claims({"sub": "ada", "cognito:groups": "staff,packers"}, None)
    Caller(customer_id='ada', is_staff=True)
    """
    customer = claims.get("sub")
    # An id token calls its client `aud`, an access token (which /graphql takes) `client_id`.
    if not customer or (client and client not in (claims.get("aud"), claims.get("client_id"))):
        return None
    # A list in the token.
    return Caller(CustomerId(customer), STAFF in claims.get("cognito:groups", "").split(","))
