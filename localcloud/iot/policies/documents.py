"""A policy document, read strictly: what this endpoint would not heed is an error, not silence."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

from localcloud.iot.policies.conditions import ConditionInvalid, IotCondition, parse_condition

JSON: TypeAlias = dict[str, "JSON"] | list["JSON"] | str | int | float | bool | None


class PolicyInvalid(Exception):
    """A text that is no policy, or asks for what is not supported; the message says what."""


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement: it applies to every holder of the policy."""

    allows: bool
    actions: tuple[str, ...]
    resources: tuple[str, ...]
    conditions: tuple[IotCondition, ...] = ()


@dataclass(frozen=True, slots=True)
class Policy:
    """A policy's statements."""

    statements: tuple[Statement, ...]


def parse_policy(document: JSON) -> Policy:
    """Return a policy from its document, or from the document's text.

    Raises
    ------
    PolicyInvalid

    Examples
    --------
    >>> parse_policy({"Version": "2012-10-17", "Statement": {
    ...     "Effect": "Allow", "Action": "iot:Connect", "Resource": "*"}}).statements[0].actions
    ('iot:Connect',)
    """
    if isinstance(document, str):
        try:
            document = json.loads(document)
        except (ValueError, RecursionError):
            raise PolicyInvalid("a policy document is no JSON") from None
    if not isinstance(document, Mapping):
        raise PolicyInvalid("a policy document is no JSON object")
    if document.get("Version", "2012-10-17") not in {"2012-10-17", "2008-10-17"}:
        raise PolicyInvalid(f"a policy of version {document.get('Version')!r}")
    statements = document.get("Statement")
    each = statements if isinstance(statements, list) else [statements]
    return Policy(tuple(_statement(statement) for statement in each))


def _statement(statement: JSON) -> Statement:
    if not isinstance(statement, Mapping):
        raise PolicyInvalid("a policy without statements")
    unknown = statement.keys() - {"Sid", "Effect", "Action", "Resource", "Condition"}
    if unknown:
        raise PolicyInvalid(f"a statement with {', '.join(sorted(unknown))}, which is not supported")
    effect: Literal["Allow", "Deny"] | JSON = statement.get("Effect")
    if effect not in {"Allow", "Deny"}:
        raise PolicyInvalid(f"a statement whose Effect is {effect!r}")
    return Statement(
        effect == "Allow",
        _texts(statement.get("Action"), "Action"),
        _texts(statement.get("Resource"), "Resource"),
        _conditions(statement.get("Condition")),
    )


def _texts(value: JSON, name: str) -> tuple[str, ...]:
    each = value if isinstance(value, list) else [value]
    texts = tuple(text for text in each if isinstance(text, str))
    if not texts or len(texts) != len(each):
        raise PolicyInvalid(f"a statement whose {name} is neither a text nor a list of texts")
    return texts


def _conditions(value: JSON) -> tuple[IotCondition, ...]:
    if value is None:
        return ()
    if not isinstance(value, Mapping):
        raise PolicyInvalid("a Condition is no JSON object")
    conditions: list[IotCondition] = []
    for operator, keys in value.items():
        if not isinstance(keys, Mapping):
            raise PolicyInvalid(f"the Condition {operator} holds no keys")
        for key, values in keys.items():
            texts = tuple(
                str(text).lower() if isinstance(text, bool) else str(text) for text in _list(values)
            )
            try:
                conditions.append(parse_condition(operator, key, texts))
            except ConditionInvalid as problem:
                raise PolicyInvalid(str(problem)) from None
    return tuple(conditions)


def _list(value: JSON) -> list[JSON]:
    return value if isinstance(value, list) else [value]
