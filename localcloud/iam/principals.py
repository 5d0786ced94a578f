"""Who calls, and which principals of a resource's policy that is.

Source: "AWS JSON policy elements: Principal" and "How AWS evaluates requests to allow or deny access" in the
IAM user guide.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from localcloud.iam.documents import Principals, Statement

_ACCOUNT: Final = re.compile(r"(?:arn:aws[a-z-]*:iam::)?(\d{12})(?::root)?")


class Closeness(IntEnum):
    """How closely a principal element names a caller: what a limit may narrow depends on it."""

    NOT = 0
    BY_ACCOUNT = 1
    """The caller's account: its identity policies decide."""
    BY_ROLE = 2
    """The caller's role: within a boundary and session policies."""
    DIRECTLY = 3
    """The session, the user or the service itself, or everybody: nothing narrows it."""


@dataclass(frozen=True)
class IamCaller:
    """Who calls.

    Attributes
    ----------
    arn
        Of the session (``arn:aws:sts::…:assumed-role/ROLE/SESSION``) or of the user; for a service its
        principal, as in ``events.amazonaws.com``.
    role
        The role's ARN, for a session.
    """

    arn: str
    account: str
    role: str = ""

    @property
    def is_service(self) -> bool:
        """Whether an AWS service calls on its own behalf."""
        return not self.arn.startswith("arn:")


def session_arn(role: str, name: str) -> str:
    """Return the ARN of a role's session.

    Examples
    --------
    >>> session_arn("arn:aws:iam::000000000000:role/path/worker", "fanout")
    'arn:aws:sts::000000000000:assumed-role/worker/fanout'
    """
    account = role.split(":")[4]
    return f"arn:aws:sts::{account}:assumed-role/{role.rpartition('/')[2]}/{name}"


def naming(statement: Statement, caller: IamCaller) -> Closeness:
    """Return how a statement of a resource's policy names a caller."""
    if statement.principals is not None:
        return _closest(statement.principals, caller)
    if statement.not_principals is not None:
        # A session is left out when its role is; a service never is unless it is named.
        return (
            Closeness.NOT if _closest(statement.not_principals, caller) > Closeness.NOT else Closeness.BY_ROLE
        )
    return Closeness.NOT


def _closest(principals: Principals, caller: IamCaller) -> Closeness:
    closest = Closeness.NOT
    for kind, names in principals.items():
        for name in names:
            closest = max(closest, _closeness(kind, name, caller))
    return closest


def _closeness(kind: str, name: str, caller: IamCaller) -> Closeness:
    if name == "*" and kind in {"AWS", "*"}:
        return Closeness.DIRECTLY
    if kind == "Service":
        return Closeness.DIRECTLY if name.lower() == caller.arn.lower() else Closeness.NOT
    if kind != "AWS" or caller.is_service:
        return Closeness.NOT
    if name == caller.arn:
        return Closeness.DIRECTLY
    if caller.role and name == caller.role:
        return Closeness.BY_ROLE
    account = _ACCOUNT.fullmatch(name)
    return Closeness.BY_ACCOUNT if account is not None and account[1] == caller.account else Closeness.NOT
