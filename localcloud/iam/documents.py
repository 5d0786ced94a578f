"""Policy documents, read once.

Source: "Grammar of the IAM JSON policy language" in the IAM user guide.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final, Literal

from localcloud.iam.patterns import variables_of

VARIABLES_SINCE: Final = "2012-10-17"
Principals = Mapping[str, tuple[str, ...]]


class MalformedPolicy(Exception):
    """A document that is no policy; the message says why."""


@dataclass(frozen=True)
class PolicyCondition:
    """One line of a condition block: an operator, a key, and the values that it is compared with."""

    operator: str
    key: str
    values: tuple[str, ...]


@dataclass(frozen=True)
class Statement:
    """A statement. Each ``not_…`` is None where the positive element stands, and the other way round."""

    effect: Literal["Allow", "Deny"]
    actions: tuple[str, ...] | None = None
    not_actions: tuple[str, ...] | None = None
    resources: tuple[str, ...] | None = None
    not_resources: tuple[str, ...] | None = None
    principals: Principals | None = None
    not_principals: Principals | None = None
    conditions: tuple[PolicyCondition, ...] = ()
    variables: bool = False
    sid: str = ""
    keys: frozenset[str] = field(default_factory=frozenset)
    """The condition keys that its outcome may depend on, in lower case."""


@dataclass(frozen=True)
class Policy:
    """A policy document.

    Attributes
    ----------
    name
        Of the policy, as a report shows it.
    """

    name: str
    statements: tuple[Statement, ...]


def read_policy(document: object, name: str = "") -> Policy:
    """Read a policy document: JSON text, or what it says.

    Raises
    ------
    MalformedPolicy

    Examples
    --------
    >>> policy = read_policy('{"Statement": {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}}')
    >>> policy.statements[0].actions
    ('s3:*',)
    """
    if isinstance(document, str):
        return _read_text(document, name)
    return _read(document, name)


@lru_cache(maxsize=2048)
def _read_text(document: str, name: str) -> Policy:
    try:
        return _read(json.loads(document), name)
    except ValueError as error:
        raise MalformedPolicy(f"{name or 'the policy'} is no JSON: {error}") from None


def _read(document: object, name: str) -> Policy:
    if not isinstance(document, dict):
        raise MalformedPolicy(f"{name or 'the policy'} is no JSON object")
    statements = document.get("Statement", [])
    written = statements if isinstance(statements, list) else [statements]
    variables = document.get("Version") == VARIABLES_SINCE
    return Policy(name, tuple(_statement(statement, name, variables) for statement in written))


def _statement(written: object, name: str, variables: bool) -> Statement:
    where = name or "the policy"
    if not isinstance(written, dict):
        raise MalformedPolicy(f"a statement of {where} is no JSON object")
    effect = written.get("Effect")
    if effect not in {"Allow", "Deny"}:
        raise MalformedPolicy(f"a statement of {where} has the effect {effect!r}: Allow or Deny")
    lists = {
        element: _texts(written[element], where) if element in written else None
        for element in ("Action", "NotAction", "Resource", "NotResource")
    }
    conditions = _conditions(written.get("Condition") or {}, where)
    resources = (*(lists["Resource"] or ()), *(lists["NotResource"] or ()))
    compared = [value for condition in conditions for value in condition.values]
    keys = {condition.key for condition in conditions}
    if variables:
        keys.update(key for text in (*resources, *compared) for key in variables_of(text))
    return Statement(
        effect="Allow" if effect == "Allow" else "Deny",
        actions=lists["Action"],
        not_actions=lists["NotAction"],
        resources=lists["Resource"],
        not_resources=lists["NotResource"],
        principals=_principals(written.get("Principal"), where),
        not_principals=_principals(written.get("NotPrincipal"), where),
        conditions=conditions,
        variables=variables,
        sid=str(written.get("Sid", "")),
        keys=frozenset(keys),
    )


def _texts(value: object, where: str) -> tuple[str, ...]:
    values = value if isinstance(value, list) else [value]
    if not all(isinstance(text, str) for text in values):
        raise MalformedPolicy(f"{where}: expected texts, not {value!r}")
    return tuple(str(text) for text in values)


def _principals(written: object, where: str) -> Principals | None:
    if written is None:
        return None
    if isinstance(written, str):
        return {"AWS": (written,)}
    if not isinstance(written, dict):
        raise MalformedPolicy(f"{where}: a principal is a text or a JSON object")
    return {str(kind): _texts(names, where) for kind, names in written.items()}


def _conditions(written: object, where: str) -> tuple[PolicyCondition, ...]:
    if not isinstance(written, dict) or not all(isinstance(block, dict) for block in written.values()):
        raise MalformedPolicy(f"{where}: a condition is a JSON object of JSON objects")
    return tuple(
        PolicyCondition(str(operator), str(key).lower(), _compared(values))
        for operator, block in written.items()
        for key, values in block.items()
    )


def _compared(values: object) -> tuple[str, ...]:
    return tuple(
        ("true" if value else "false") if isinstance(value, bool) else str(value)
        for value in (values if isinstance(values, list) else [values])
    )
