"""What roles used and lacked, and which of their statements allowed something."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from localcloud.iam.documents import Statement
from localcloud.iam.patterns import matches

# How many resources of an action are listed before they are folded into one pattern.
_MOST: Final = 12
# Parts of an ARN that differ from one call to the next, and would be no use in a policy.
_FOLDED: Final = (
    (re.compile(r"^(arn:aws:s3:::[^/]+)/.*", re.DOTALL), r"\1/*"),
    (re.compile(r"^(arn:aws:logs:.*:log-group:[^:]+):log-stream:.*"), r"\1:*"),
    (re.compile(r"^(arn:aws:states:.*:(?:execution|express):[^:]+):.*"), r"\1:*"),
    (
        re.compile(r"^(arn:aws:lambda:.*:function:[^:/]+):[^/]*/durable-execution/.*"),
        r"\1:*/durable-execution/*",
    ),
    (re.compile(r"^(arn:aws:execute-api:[^/]+/[^/]+/[^/]+)/@connections/.*"), r"\1/@connections/*"),
)


def folded(resource: str) -> str:
    """Return a resource as a policy would name it: without what differs from call to call.

    Examples
    --------
    >>> folded("arn:aws:s3:::uploads/customers/1/photo.png")
    'arn:aws:s3:::uploads/*'
    """
    for pattern, shape in _FOLDED if resource else ():
        resource, replaced = pattern.subn(shape, resource)
        if replaced:
            break
    return resource or "*"


@dataclass(frozen=True)
class Allowance:
    """The part of a statement that allowed a call: one pattern of its actions, one of its resources."""

    action: str
    resource: str


@dataclass
class RoleUse:
    """What a role did.

    Attributes
    ----------
    used
        The resources of each action.
    lacked
        The reason of each refusal, by action and resource.
    allowing
        What of its policies allowed something.
    """

    used: dict[str, dict[str, None]] = field(default_factory=dict)
    lacked: dict[tuple[str, str], str] = field(default_factory=dict)
    allowing: set[Allowance] = field(default_factory=set)

    def use(self, action: str, resource: str, statement: Statement | None) -> None:
        """Take note of a call that the policies allow."""
        _add(self.used, action, folded(resource))
        if statement is not None:
            self.allowing.update(allowances(statement, action, resource))

    def lack(self, action: str, resource: str, reason: str) -> bool:
        """Take note of a call that they do not allow; say whether it is the first of its kind."""
        key = (action, folded(resource))
        if key in self.lacked:
            return False
        self.lacked[key] = reason
        return True


def _add(resources: dict[str, dict[str, None]], action: str, resource: str) -> None:
    listed = resources.setdefault(action, {})
    listed[resource] = None
    if len(listed) > _MOST:
        prefix = _common(list(listed))
        listed.clear()
        listed[f"{prefix}*"] = None


def _common(texts: list[str]) -> str:
    first, last = min(texts), max(texts)
    length = next((n for n, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), len(first))
    return first[:length].rstrip("*")


def allowances(statement: Statement, action: str, resource: str) -> Iterator[Allowance]:
    """Yield the patterns of a statement that speak of a call; policy variables stand for anything."""
    actions = statement.actions or ("*",)
    resources = statement.resources or ("*",)
    for pattern in actions:
        if matches(pattern, action, ignore_case=True):
            for declared in resources:
                if not resource or matches(re.sub(r"\$\{[^}]*\}", "*", declared), resource):
                    yield Allowance(pattern, declared)


class Ledger:
    """The roles of one local cloud, each with what it did."""

    def __init__(self) -> None:
        self.roles: dict[str, RoleUse] = {}

    def of(self, role: str) -> RoleUse:
        """Return what a role did so far."""
        return self.roles.setdefault(role, RoleUse())
