"""AWS IoT's custom authorizer: a token of the user pool in, a policy for that customer's topics out.

The token is the password of MQTT's CONNECT, so that it stands in no address and no log; a client that has to
may send it as the parameter ``token`` of the query or of the user name.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from typing import TYPE_CHECKING, TypeAlias, TypedDict
from urllib.parse import parse_qs

from orders.tokens import Person, TokenRefused
from orders.topics import Policy, policy
from resolvers import wiring
from resolvers.log import logger
from resolvers.tracer import traced

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

SHORTEST, LONGEST = 300, 86_400
"""Seconds: what AWS IoT takes as a connection's length."""

Event: TypeAlias = Mapping[str, object]


class AuthorizerResponse(TypedDict, total=False):
    """What AWS IoT is answered; without an authentication nothing else is in it."""

    isAuthenticated: bool
    principalId: str
    disconnectAfterInSeconds: int
    refreshAfterInSeconds: int
    policyDocuments: list[Policy]


@traced
@logger.inject_lambda_context(clear_state=True)
def handler(event: Event, context: LambdaContext) -> AuthorizerResponse:
    """Say who connects, and what that person may do."""
    now = wiring.clock().now()
    try:
        person = wiring.pool_tokens().person(token_of(event), now)
    except TokenRefused as problem:
        logger.info("token refused", reason=str(problem))
        return {"isAuthenticated": False}
    _, partition, _, region, account, *_ = context.invoked_function_arn.split(":")
    return answer(person, f"arn:{partition}:iot:{region}:{account}", now=now.timestamp())


def answer(person: Person, arn: str, *, now: float) -> AuthorizerResponse:
    """Return a person's policy, for as long as the token lasts.

    Examples
    --------
    >>> answer(Person("ada-1", frozenset(), 4600.0), "arn:aws:iot:eu-west-1:1", now=1000.0)["principalId"]
    'ada1'
    """
    life = int(min(max(person.expires - now, SHORTEST), LONGEST))
    return {
        "isAuthenticated": True,
        # Letters and digits alone, or AWS IoT refuses the answer: a customer's id has dashes.
        "principalId": "".join(filter(str.isalnum, person.customer_id)),
        "disconnectAfterInSeconds": life,
        "refreshAfterInSeconds": life,
        "policyDocuments": [policy(arn, person.customer_id, staff=person.is_staff)],
    }


def token_of(event: Event) -> str:
    """Return the token that a client shows: its password, or the parameter ``token``.

    Raises
    ------
    TokenRefused
        There is none.

    Examples
    --------
    >>> token_of({"protocolData": {"mqtt": {"password": "ZXlK"}}})
    'eyJ'
    """
    data = _part(event, "protocolData")
    mqtt, http = _part(data, "mqtt"), _part(data, "http")
    password = mqtt.get("password")
    if isinstance(password, str) and password:
        try:
            return base64.b64decode(password, validate=True).decode("ascii")
        except (ValueError, binascii.Error):
            raise TokenRefused("the password is no token") from None
    for query in (
        str(mqtt.get("username", "")).partition("?")[2],
        str(http.get("queryString", "")).lstrip("?"),
    ):
        if tokens := parse_qs(query).get("token"):
            return tokens[0]
    token = event.get("token")
    if isinstance(token, str) and token:
        return token
    raise TokenRefused("there is no token")


def _part(document: Mapping[str, object], name: str) -> Mapping[str, object]:
    part = document.get(name)
    return part if isinstance(part, Mapping) else {}
