"""Whether a function's resource policy lets AWS IoT invoke it for an authorizer."""

from __future__ import annotations

import json
from collections.abc import Mapping

from localcloud.iot.authorizing.model import Authorizer
from localcloud.iot.policies.documents import JSON
from localcloud.iot.policies.patterns import matches


def may_invoke(policy: str | None, authorizer: Authorizer, account: str) -> bool:
    """Return whether a permission fits: the service, the action, and the source where one is named.

    Parameters
    ----------
    policy
        The text that GetPolicy answers; None when the function has no policy.
    """
    try:
        document: JSON = json.loads(policy) if policy else None
    except ValueError:
        document = None
    statements = document.get("Statement") if isinstance(document, Mapping) else None
    each = statements if isinstance(statements, list) else [statements]
    return any(isinstance(statement, Mapping) and _fits(statement, authorizer, account) for statement in each)


def _fits(statement: Mapping[str, JSON], authorizer: Authorizer, account: str) -> bool:
    principal = statement.get("Principal")
    services = principal.get("Service") if isinstance(principal, Mapping) else principal
    actions = statement.get("Action")
    return (
        statement.get("Effect") == "Allow"
        and bool({"*", "iot.amazonaws.com"} & set(_texts(services)))
        and bool({"*", "lambda:*", "lambda:invokefunction"} & {text.lower() for text in _texts(actions)})
        and _conditions_fit(statement.get("Condition"), authorizer, account)
    )


def _conditions_fit(conditions: JSON, authorizer: Authorizer, account: str) -> bool:
    if not isinstance(conditions, Mapping):
        return True
    values = {"aws:sourcearn": authorizer.arn, "aws:sourceaccount": account}
    for keys in conditions.values():
        if not isinstance(keys, Mapping):
            return False
        for key, patterns in keys.items():
            value = values.get(key.lower())
            if value is None or not any(matches(pattern, value) for pattern in _texts(patterns)):
                return False
    return True


def _texts(value: JSON) -> list[str]:
    each = value if isinstance(value, list) else [value]
    return [text for text in each if isinstance(text, str)]
