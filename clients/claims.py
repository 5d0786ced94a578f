"""Who a token says its owner is: read, never verified, for that is the server's part."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass

from clients import reading
from clients.auth import Token

STAFF = "staff"


@dataclass(frozen=True, slots=True)
class Person:
    """Whom a token was issued to.

    Attributes
    ----------
    customer_id
        The user pool's ``sub``, by which orders name their customer.
    is_staff
        Whether they are in the pool's group of that name.
    """

    customer_id: str
    is_staff: bool = False


def person_of(token: Token) -> Person:
    """Return whom an access token was issued to.

    Raises
    ------
    reading.Unexpected
        When it is no JSON Web Token with a ``sub``. The message holds nothing of the token.
    """
    try:
        payload = token.value.split(".")[1]
        claims: object = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    except (IndexError, ValueError, RecursionError):
        raise reading.Unexpected("the access token", "a JSON Web Token", "something else") from None
    if not isinstance(claims, dict):
        raise reading.Unexpected("the access token's claims", "an object", "something else")
    groups = claims.get("cognito:groups", [])
    return Person(
        reading.text(claims.get("sub"), "the access token's sub"),
        STAFF in reading.sequence(groups, "the access token's groups"),
    )
