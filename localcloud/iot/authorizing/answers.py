"""An authorizer's answer, held to AWS's rules."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from localcloud.iot.authorizing.errors import NotAuthorized
from localcloud.iot.policies import Policy, PolicyInvalid, parse_policy
from localcloud.iot.policies.documents import JSON

MAX_POLICIES: Final = 10
MAX_POLICY: Final = 2048
LONGEST: Final = 86_400
_PRINCIPAL: Final = re.compile(r"[A-Za-z0-9]{1,128}")


@dataclass(frozen=True, slots=True)
class Grant:
    """What a client may do, and for how long.

    Attributes
    ----------
    policies
        None allows everything: IAM said who it is, and IAM is not enforced on this machine.
    disconnect_after, refresh_after
        Seconds; None for no limit of the authorizer's.
    """

    principal: str
    policies: tuple[Policy, ...] | None = None
    disconnect_after: float | None = None
    refresh_after: float | None = None


def parse_answer(answer: JSON, *, shortest: float = 300) -> Grant:
    """Return what an authorizer grants.

    Parameters
    ----------
    shortest
        The least seconds that either time may have.

    Raises
    ------
    NotAuthorized
        It says no, or its answer breaks a rule; the message names the rule.

    Examples
    --------
    >>> parse_answer({"isAuthenticated": True, "principalId": "ann", "disconnectAfterInSeconds": 3600,
    ...               "refreshAfterInSeconds": 300, "policyDocuments": []}).principal
    'ann'
    """
    if not isinstance(answer, Mapping):
        raise NotAuthorized("the authorizer answers no JSON object")
    if answer.get("isAuthenticated") is not True:
        raise NotAuthorized("the authorizer says no")
    principal = answer.get("principalId")
    if not isinstance(principal, str) or not _PRINCIPAL.fullmatch(principal):
        raise NotAuthorized("principalId is not 1 to 128 letters and digits")
    documents = answer.get("policyDocuments")
    if not isinstance(documents, list) or len(documents) > MAX_POLICIES:
        raise NotAuthorized(f"policyDocuments is no list of at most {MAX_POLICIES}")
    return Grant(
        principal,
        tuple(_policy(document) for document in documents),
        _seconds(answer, "disconnectAfterInSeconds", shortest),
        _seconds(answer, "refreshAfterInSeconds", shortest),
    )


def _policy(document: JSON) -> Policy:
    text = document if isinstance(document, str) else json.dumps(document, separators=(",", ":"))
    if len(text) > MAX_POLICY:
        raise NotAuthorized(f"a policy document has {len(text)} characters; {MAX_POLICY} are allowed")
    try:
        return parse_policy(document)
    except PolicyInvalid as problem:
        raise NotAuthorized(f"a policy document does not hold: {problem}") from None


def _seconds(answer: Mapping[str, JSON], name: str, shortest: float) -> float:
    value = answer.get(name)
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not shortest <= value <= LONGEST:
        raise NotAuthorized(f"{name} is not between {shortest:g} and {LONGEST}")
    return float(value)
