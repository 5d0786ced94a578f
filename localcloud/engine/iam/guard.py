"""The guard: decides on calls, remembers its decisions for a while, and keeps the ledger of each role.

AWS's IAM is eventually consistent; here a change of a policy is in force after a second.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Hashable, Iterable
from contextlib import AbstractContextManager
from typing import Final, Literal, NamedTuple

from localcloud.engine.iam.context import depends_on_request, static_context
from localcloud.engine.iam.identities import Identities, Identity
from localcloud.engine.iam.lookups import EngineLookups, tags_of
from localcloud.engine.iam.policies import Policies, UnknownRole
from localcloud.engine.ministack.responses import responses
from localcloud.iam.actions import ApiCall, Need, needs
from localcloud.iam.conditions import Context
from localcloud.iam.documents import Statement
from localcloud.iam.evaluation import AccessRequest, Decision, Grants, evaluate
from localcloud.iam.ledger import Ledger
from localcloud.iam.wording import AccessDenied, access_denied

Mode = Literal["warn", "enforce"]
SECONDS: Final = 1.0
_REMEMBERED: Final = 16_384

logger = logging.getLogger(__name__)


class _Verdict(NamedTuple):
    until: float
    denied: AccessDenied | None


class Guard:
    """Decides on every call with a role's or a user's credentials.

    Parameters
    ----------
    mode
        ``enforce`` refuses what the policies do not allow; ``warn`` says so once, and lets it pass.
    secret
        The administrator's, which sessions' tokens are signed with.
    now
        Returns monotonic seconds.
    """

    def __init__(
        self, mode: Mode, account: str, secret: str, *, now: Callable[[], float] = time.monotonic
    ) -> None:
        self.mode: Mode = mode
        self.account = account
        self.ledger = Ledger()
        self.identities = Identities(account, secret)
        self.policies = Policies()
        self.lookups = EngineLookups()
        self._scope: Callable[[str, str], AbstractContextManager[None]] = responses.request_scope
        self._verdicts: dict[tuple[str, str, str], _Verdict] = {}
        # Until when a call passes, whatever else is in it.
        self.settled: dict[tuple[Hashable, ...], float] = {}
        self._unknown: set[str] = set()
        self._now = now

    # For those who import nothing of this where IAM is off.
    call = ApiCall

    def refusal(self, identity: Identity, call: ApiCall) -> AccessDenied | None:
        """Return the error that a call is answered with; None for what may pass."""
        return self.refusal_until(identity, call)[0]

    def refusal_until(self, identity: Identity, call: ApiCall) -> tuple[AccessDenied | None, float | None]:
        """Return a call's refusal, and until when it passes whatever else is in it, if that is known."""
        with self._scope(call.account, call.region):
            required = self.needs(call)
            denied = self.first_denied(identity, required, call.service, call.region)
        verdicts = [self._verdicts.get((identity.key, need.action, need.resource)) for need in required]
        passing = [verdict.until for verdict in verdicts if verdict is not None and verdict.denied is None]
        return denied, (min(passing) if passing and len(passing) == len(verdicts) else None)

    def needs(self, call: ApiCall) -> tuple[Need, ...]:
        """Return what a call needs: for services that only MiniStack knows, as far as it does."""
        required = needs(call, self.lookups)
        if required is not None:
            return required
        from localcloud.engine.iam.fallback import ministack_needs  # noqa: PLC0415 - it is rarely needed

        return ministack_needs(call)

    def first_denied(
        self, identity: Identity, required: Iterable[Need], service: str, region: str
    ) -> AccessDenied | None:
        """Decide on each need in turn; return the first refusal. Call it in the scope of the call."""
        for need in required:
            denied = self.decide(identity, need, service, region)
            if denied is not None:
                return denied
        return None

    def decide(
        self, identity: Identity, need: Need, service: str, region: str, extra: Context | None = None
    ) -> AccessDenied | None:
        """Decide on one action; ``extra`` holds condition keys that the call's endpoint knows."""
        key = (identity.key, need.action, need.resource)
        verdict = self._verdicts.get(key) if extra is None else None
        if verdict is not None and verdict.until > self._now():
            return verdict.denied
        decided = self._decided(identity, need, region, extra)
        if decided is None:
            return None
        request, decision, varies = decided
        denied = self._noted(identity, service, request, decision)
        if not varies and extra is None:
            if len(self._verdicts) >= _REMEMBERED:
                self._verdicts.clear()
            self._verdicts[key] = _Verdict(self._now() + SECONDS, denied)
        return denied

    def look(self, identity: Identity, need: Need, region: str) -> bool:
        """Take note of what AWS does in a role by itself; say whether the role allows it."""
        with self._scope(self.account, region):
            decided = self._decided(identity, need, region, None)
        if decided is None:
            return True
        request, decision, _varies = decided
        if decision.allowed:
            self.ledger.of(identity.display_name).use(request.action, request.resource, decision.statement)
        return decision.allowed

    def lack(self, identity: Identity, required: Iterable[Need], sentence: str) -> None:
        """Take note of what a role lacks, and say it once."""
        use = self.ledger.of(identity.display_name)
        reasons = [(need, Decision(False).reason(need.action)) for need in required]
        # Each is noted, whichever is the first.
        if True in {use.lack(need.action, need.resource, reason) for need, reason in reasons}:
            logger.warning("IAM: %s", sentence)

    def _decided(
        self, identity: Identity, need: Need, region: str, extra: Context | None
    ) -> tuple[AccessRequest, Decision, bool] | None:
        """Return a decision, and whether it depends on more than identity, action and resource."""
        try:
            grants = self.policies.grants(identity, need.action, need.resource)
        except UnknownRole:
            self._mention_unknown(identity)
            return None
        keys = frozenset[str]().union(*(s.keys for s in _speaking(grants, need.action)))
        varies = depends_on_request(keys)
        context = {**static_context(identity, self.policies, region), **(extra or {})}
        if varies:
            context |= need.context()
            if any(name.startswith("aws:resourcetag/") for name in keys):
                context |= {f"aws:resourcetag/{k.lower()}": v for k, v in tags_of(need.resource).items()}
        request = AccessRequest(identity.caller, need.action, need.resource, context)
        return request, evaluate(request, grants), varies

    def decide_in(
        self, identity: Identity, need: Need, service: str, region: str, extra: Context | None = None
    ) -> AccessDenied | None:
        """Decide on one action in the account's region; see :meth:`decide`."""
        with self._scope(self.account, region):
            return self.decide(identity, need, service, region, extra)

    def now(self) -> float:
        """Return the time that decisions are remembered by."""
        return self._now()

    def forget(self) -> None:
        """Decide again: policies may have changed."""
        self._verdicts.clear()
        self.settled.clear()

    def _noted(
        self, identity: Identity, service: str, request: AccessRequest, decision: Decision
    ) -> AccessDenied | None:
        use = self.ledger.of(identity.display_name)
        if decision.allowed:
            use.use(request.action, request.resource, decision.statement)
            return None
        denied = access_denied(service, request, decision)
        if use.lack(request.action, request.resource, decision.reason(request.action)):
            refused = "refused" if self.mode == "enforce" else "AWS would refuse"
            logger.warning("IAM: %s: %s", refused, denied.message)
        return denied if self.mode == "enforce" else None

    def _mention_unknown(self, identity: Identity) -> None:
        if identity.display_name not in self._unknown:
            self._unknown.add(identity.display_name)
            logger.warning("IAM: there is no %s here: what it may do is not checked", identity.display_name)


def _speaking(grants: Grants, action: str) -> Iterable[Statement]:
    """Yield the statements that may speak of an action: the others' conditions do not matter."""
    from localcloud.iam.patterns import matches  # noqa: PLC0415

    for policies in (grants.identity, grants.boundary, grants.session, (grants.resource,)):
        for policy in policies or ():
            for statement in () if policy is None else policy.statements:
                if statement.actions is None or any(
                    matches(pattern, action, ignore_case=True) for pattern in statement.actions
                ):
                    yield statement
