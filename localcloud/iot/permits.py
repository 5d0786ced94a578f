"""What one connection may do: its grant's policies, asked about topics, filters and its own client id."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from localcloud.iot.authorizing import Grant
from localcloud.iot.codec import Connect
from localcloud.iot.policies import PolicyRequest, allows

_KEPT: Final = 1_000


@dataclass(slots=True)
class Permits:
    """Answers whether a connection may do something, and remembers it: a topic comes again and again.

    Parameters
    ----------
    region, account
        Of the ARNs that policies speak of.
    context
        Condition keys and policy variables, by names in lower case.
    """

    grant: Grant
    region: str
    account: str
    context: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    _answers: dict[tuple[str, str], bool] = field(default_factory=dict)

    @classmethod
    def of(
        cls, grant: Grant, connect: Connect, *, region: str, account: str, remote: str = "127.0.0.1"
    ) -> Permits:
        """Return the permits of a connection that says what CONNECT says."""
        attributes = (() if connect.clean else ("PersistentConnect",)) + (
            ("LastWill",) if connect.will else ()
        )
        context = {
            "iot:clientid": (connect.client_id,),
            "iot:connectattributes": attributes,
            "aws:sourceip": (remote,),
            "iot:connection.thing.isattached": ("false",),
        }
        return cls(grant, region, account, context)

    def renew(self, grant: Grant) -> None:
        """Go by another grant from now on."""
        self.grant = grant
        self._answers.clear()

    def connect(self, client_id: str) -> bool:
        """Say whether this client id may connect."""
        return self._may("iot:Connect", f"client/{client_id}")

    def publish(self, topic: str, *, retain: bool) -> bool:
        """Say whether a message may be sent, and kept where that is asked for."""
        return self._may("iot:Publish", f"topic/{topic}") and (
            not retain or self._may("iot:RetainPublish", f"topic/{topic}")
        )

    def subscribe(self, text: str) -> bool:
        """Say whether a filter may be subscribed to."""
        return self._may("iot:Subscribe", f"topicfilter/{text}")

    def receive(self, topic: str) -> bool:
        """Say whether a message may be handed out."""
        return self._may("iot:Receive", f"topic/{topic}")

    def _may(self, action: str, resource: str) -> bool:
        policies = self.grant.policies
        if policies is None:
            return True
        allowed = self._answers.get((action, resource))
        if allowed is None:
            if len(self._answers) >= _KEPT:
                self._answers.clear()
            arn = f"arn:aws:iot:{self.region}:{self.account}:{resource}"
            allowed = self._answers[action, resource] = allows(
                policies, PolicyRequest(action, arn, self.context)
            )
        return allowed
