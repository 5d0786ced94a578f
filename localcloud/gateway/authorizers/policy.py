"""Whether the policy of a Lambda authorizer allows a request.

An explicit deny wins, and what nothing allows is denied. A statement with a condition that cannot be judged
here counts against the request: its allow is none, its deny is one.
"""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Mapping
from enum import Enum, auto
from functools import lru_cache
from typing import Final

from localcloud.gateway.errors import AccessDenied, AuthorizerFailed
from localcloud.gateway.requests import JSON

_ACTION: Final = "execute-api:Invoke"


class PolicyVerdict(Enum):
    """What a policy says."""

    ALLOWED = auto()
    DENIED = auto()
    EXPLICITLY_DENIED = auto()


def judge(policy: JSON, method_arn: str) -> PolicyVerdict:
    """Return what a policy document says of invoking a method.

    Raises
    ------
    AuthorizerFailed
        When it is no policy.
    """
    statements = policy.get("Statement") if isinstance(policy, Mapping) else None
    if isinstance(statements, Mapping):
        statements = [statements]
    if not isinstance(statements, list):
        raise AuthorizerFailed
    verdict = PolicyVerdict.DENIED
    for statement in statements:
        if not isinstance(statement, Mapping) or statement.get("Effect") not in {"Allow", "Deny"}:
            raise AuthorizerFailed
        if not (_names(statement, "Action", _ACTION) and _names(statement, "Resource", method_arn)):
            continue
        if statement["Effect"] == "Deny":
            return PolicyVerdict.EXPLICITLY_DENIED
        if not statement.get("Condition"):
            verdict = PolicyVerdict.ALLOWED
    return verdict


def demand(policy: JSON, method_arn: str) -> None:
    """Refuse what a policy does not allow, in API Gateway's words.

    Raises
    ------
    AccessDenied
        When the policy does not allow it.
    AuthorizerFailed
        When it is no policy.
    """
    verdict = judge(policy, method_arn)
    if verdict is PolicyVerdict.EXPLICITLY_DENIED:
        raise AccessDenied("User is not authorized to access this resource with an explicit deny")
    if verdict is PolicyVerdict.DENIED:
        raise AccessDenied


def _names(statement: Mapping[str, JSON], key: str, name: str) -> bool:
    inverted = f"Not{key}"
    if inverted in statement:
        return not _any_matches(statement[inverted], name, key)
    return _any_matches(statement.get(key), name, key)


def _any_matches(patterns: JSON, name: str, key: str) -> bool:
    listed = [patterns] if isinstance(patterns, str) else patterns
    if not isinstance(listed, list) or not all(isinstance(pattern, str) for pattern in listed):
        raise AuthorizerFailed
    return any(_compiled(str(pattern), key == "Action").fullmatch(name) is not None for pattern in listed)


@lru_cache(maxsize=512)
def _compiled(pattern: str, ignoring_case: bool) -> re.Pattern[str]:
    # IAM knows `*` and `?`; brackets are themselves.
    literal = pattern.replace("[", "[[]")
    return re.compile(fnmatch.translate(literal), re.IGNORECASE if ignoring_case else 0)
