"""Whether IAM lets a role, or a service, act: asked of the engine, which keeps the policies, and remembered.

Calls that pass the engine are decided there. This is for what never does: AppSync and API Gateway invoke
functions in their own process, and serve what IAM callers ask.
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Final, NamedTuple

from localcloud.aws import EngineAddress
from localcloud.calls import HttpConnections, NoAnswer

# Longer than the engine's own memory, for each question is a request; a change of policies is reported.
SECONDS: Final = 10.0
_MOST: Final = 8192
_PAGE: Final = "/_localcloud/iam"

log = logging.getLogger(__name__)


class AccessRefused(NamedTuple):
    """What a service answers to a caller whose policies do not allow something."""

    code: str
    status: int
    message: str


class Question(NamedTuple):
    """Who wants to do what.

    Attributes
    ----------
    role, session
        A role's ARN, and the name of its session; or
    service, source
        a service's principal, and the resource that it acts for.
    region
        Empty: the local cloud's own.
    """

    action: str
    resource: str
    role: str = ""
    session: str = ""
    service: str = ""
    source: str = ""
    region: str = ""


def session_question(user_arn: str, action: str, resource: str) -> Question | None:
    """Return the question whether a role's session may do something; None for who is no such session.

    Examples
    --------
    >>> session_question("arn:aws:sts::000000000000:assumed-role/worker/fanout", "s3:GetObject", "*").role
    'arn:aws:iam::000000000000:role/worker'
    >>> session_question("arn:aws:iam::000000000000:user/administrator", "s3:GetObject", "*") is None
    True
    """
    head, mark, rest = user_arn.partition(":assumed-role/")
    role, _, session = rest.partition("/")
    if not mark:
        return None
    # Whatever path the role has, its name is enough to find it.
    return Question(action, resource, role=f"arn:aws:iam::{head.split(':')[4]}:role/{role}", session=session)


class Permissions:
    """Asks the engine.

    Parameters
    ----------
    enabled
        Whether IAM is on at all; else everything is allowed without a check.
    now
        Returns monotonic seconds.
    """

    def __init__(
        self, engine: EngineAddress, *, enabled: bool = True, now: Callable[[], float] = time.monotonic
    ) -> None:
        self._connections = HttpConnections(engine.endpoint)
        self._region, self._enabled, self._now = engine.region, enabled, now
        self._answers: dict[Question, tuple[float, AccessRefused | None]] = {}

    async def refusal(self, question: Question) -> AccessRefused | None:
        """Return why something is refused; None where it is allowed, or where it cannot be decided."""
        if not self._enabled:
            return None
        remembered = self._answers.get(question)
        if remembered is not None and remembered[0] > self._now():
            return remembered[1]
        refused = await self._decide(question)
        if len(self._answers) >= _MOST:
            self._answers.clear()
        self._answers[question] = (self._now() + SECONDS, refused)
        return refused

    async def invoking(self, role: str, session: str, function: str) -> str | None:
        """Return in IAM's words why a role may not invoke a function; None where it may."""
        refused = await self.refusal(Question("lambda:InvokeFunction", function, role=role, session=session))
        return None if refused is None else refused.message

    async def _decide(self, question: Question) -> AccessRefused | None:
        document = {**question._asdict(), "region": question.region or self._region}
        try:
            body = json.dumps(document).encode()
            answer = await self._connections.send("POST", _PAGE, {"Content-Type": "application/json"}, body)
            decision = json.loads(answer.body)
        except (NoAnswer, ValueError) as error:
            log.warning("IAM could not be asked for %s: %s", question.action, error)
            return None
        if answer.status != 200 or decision.get("allowed") is not False:
            return None
        return AccessRefused(str(decision["code"]), int(decision["status"]), str(decision["message"]))

    async def review(self) -> None:
        """Have the engine look at what AWS does in the roles of functions and machines by itself."""
        if self._enabled:
            with suppress(NoAnswer):
                headers = {"Content-Type": "application/json"}
                await self._connections.send("POST", _PAGE, headers, b'{"review": true}')

    def forget(self) -> None:
        """Ask again: policies may have changed."""
        self._answers.clear()

    def close(self) -> None:
        """Cut the connections."""
        self._connections.close()
