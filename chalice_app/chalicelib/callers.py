"""Who calls, by the claims that API Gateway's authorizer has verified."""

from __future__ import annotations

import os
from collections.abc import Mapping

from chalice.app import Request, UnauthorizedError

from orders.caller import Caller
from orders.model import CustomerId

STAFF = "staff"


def caller_of(request: Request) -> Caller:
    """Return who sent ``request``.

    Raises
    ------
    UnauthorizedError
        When there are no verified claims: a route without its authorizer must let nobody in.

    Examples
    --------
    >>> class Authorized:
    ...     context = {"authorizer": {"claims": {"sub": "ada", "cognito:groups": "staff,packers"}}}
    >>> caller_of(Authorized())
    Caller(customer_id='ada', is_staff=True)
    """
    claims = _claims(request.context)
    customer = claims.get("sub")
    if not customer or not _is_ours(claims):
        raise UnauthorizedError("Send an id token of this application's user pool as Authorization.")
    return Caller(CustomerId(customer), STAFF in _groups(claims))


def _claims(context: Mapping[str, object]) -> Mapping[str, str]:
    authorizer = context.get("authorizer")
    claims = authorizer.get("claims") if isinstance(authorizer, dict) else None
    return claims if isinstance(claims, dict) else {}


def _is_ours(claims: Mapping[str, str]) -> bool:
    """Tell whether the token was made for this application, where its client is known.

    API Gateway takes the tokens of every client of the pool. Another client may be another
    application, whose users did not agree to hand it their orders.
    """
    client = os.environ.get("USER_POOL_CLIENT_ID")
    # An id token calls its client `aud`, an access token (which /graphql takes) `client_id`.
    return not client or client in (claims.get("aud"), claims.get("client_id"))


def _groups(claims: Mapping[str, str]) -> list[str]:
    # A list in the token; as all claims, API Gateway hands it on as text.
    return claims.get("cognito:groups", "").split(",")
