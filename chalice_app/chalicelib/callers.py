"""Who calls, by the claims that API Gateway's authorizer has verified."""

from __future__ import annotations

import os
from collections.abc import Mapping

from chalice.app import Request, UnauthorizedError

from orders.caller import Caller, caller_of_claims


def caller_of(request: Request) -> Caller:
    """Return who sent ``request``.

    Raises
    ------
    UnauthorizedError
        When there are no verified claims: a route without its authorizer must refuse every caller.

    Examples
    --------
    >>> class Authorized:
    ...     context = {"authorizer": {"claims": {"sub": "ada", "cognito:groups": "staff,packers"}}}
    >>> caller_of(Authorized())
    Caller(customer_id='ada', is_staff=True)
    """
    caller = caller_of_claims(_claims(request.context), os.environ.get("USER_POOL_CLIENT_ID"))
    if caller is None:
        raise UnauthorizedError("Send an id token of this application's user pool as Authorization.")
    return caller


def _claims(context: Mapping[str, object]) -> Mapping[str, str]:
    authorizer = context.get("authorizer")
    claims = authorizer.get("claims") if isinstance(authorizer, dict) else None
    return claims if isinstance(claims, dict) else {}
