"""Connections: what DescribeConnection shows of them, which is everything but their secrets."""

from __future__ import annotations

import json
from typing import Any, Final

from localcloud.engine.ministack.eventbridge import EventBridge
from localcloud.engine.patching import Function, Record, Response

_SECRETS: Final = {
    "BasicAuthParameters": "Password",
    "ApiKeyAuthParameters": "ApiKeyValue",
}


class ConnectionSecrets:
    """Hides secrets in what MiniStack answers.

    Parameters
    ----------
    events
        MiniStack's module.
    """

    def __init__(self, events: EventBridge) -> None:
        self._events = events

    def install(self) -> None:
        """Take the place of DescribeConnection."""

        @EventBridge.describe_connection.wrap
        def _(before: Function) -> Function:
            def describe(request: Record) -> Response:
                status, headers, body = before(request)
                if status == 200:
                    body = json.dumps(public(json.loads(body))).encode()
                return status, headers, body

            return describe


def secret_arn(connection: str) -> str:
    """Return the ARN of the secret that AWS would keep a connection's credentials in.

    Examples
    --------
    >>> secret_arn("arn:aws:events:us-east-1:000000000000:connection/shop")
    'arn:aws:secretsmanager:us-east-1:000000000000:secret:events!connection/shop'
    """
    head, _, name = connection.replace(":events:", ":secretsmanager:", 1).partition(":connection/")
    return f"{head}:secret:events!connection/{name}"


def public(record: Record) -> Record:
    """Return a connection's record without its secrets.

    Examples
    --------
    >>> auth = {"BasicAuthParameters": {"Username": "u", "Password": "p"}}
    >>> public({"ConnectionArn": "arn:aws:events:r:1:connection/c", "AuthParameters": auth})["AuthParameters"]
    {'BasicAuthParameters': {'Username': 'u'}}
    """
    parameters = dict(record.get("AuthParameters") or {})
    for name, secret in _SECRETS.items():
        if name in parameters:
            parameters[name] = {key: value for key, value in parameters[name].items() if key != secret}
    oauth = parameters.get("OAuthParameters")
    if oauth:
        client = {
            key: value for key, value in (oauth.get("ClientParameters") or {}).items() if key == "ClientID"
        }
        parameters["OAuthParameters"] = {
            **oauth,
            "ClientParameters": client,
            **(
                {"OAuthHttpParameters": _open(oauth["OAuthHttpParameters"])}
                if oauth.get("OAuthHttpParameters")
                else {}
            ),
        }
    if parameters.get("InvocationHttpParameters"):
        parameters["InvocationHttpParameters"] = _open(parameters["InvocationHttpParameters"])
    return {**record, "AuthParameters": parameters, "SecretArn": secret_arn(str(record["ConnectionArn"]))}


def _open(document: Record) -> Record:
    """Return parameters without the values that are secret."""
    return {
        group: [
            {
                key: value
                for key, value in item.items()
                if key != "Value" or not _truth(item.get("IsValueSecret"))
            }
            for item in items or ()
        ]
        for group, items in document.items()
    }


def _truth(value: Any) -> bool:
    return str(value).lower() == "true"
