"""A dispatcher of events with hand-written services and a clock that jumps."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from localcloud.deliveries.deliverer import Deliverer
from localcloud.deliveries.events.dispatch import EventDispatcher
from localcloud.deliveries.events.event import Invocation, Rule
from localcloud.deliveries.events.interfaces import (
    CallDestination,
    Document,
    Ended,
    NoReply,
    ServiceReply,
    WebReply,
    WebRequest,
)
from localcloud.deliveries.events.target import parse_target
from localcloud.deliveries.outcomes import Outcome
from tests.deliveries.clock import JumpingClock

ACCOUNT = "000000000000"
RULE = Rule(f"arn:aws:events:us-east-1:{ACCOUNT}:rule/orders", "orders")
QUEUE = f"arn:aws:sqs:us-east-1:{ACCOUNT}:queue"
DEAD = f"arn:aws:sqs:us-east-1:{ACCOUNT}:dead"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/any"
EVENT = {
    "version": "0",
    "id": "e-1",
    "detail-type": "Ordered",
    "source": "shop",
    "account": ACCOUNT,
    "time": "2026-01-31T12:00:00Z",
    "region": "us-east-1",
    "resources": [],
    "detail": {"order": "o-1", "items": [{"sku": "a"}, {"sku": "b"}], "total": 7},
}


def url_of(arn: str) -> str:
    return f"http://127.0.0.1:4566/{ACCOUNT}/{arn.rpartition(':')[2]}"


class FakeServices:
    """Answers as scripted, 200 otherwise, and keeps its requests."""

    def __init__(self, clock: JumpingClock) -> None:
        self._clock = clock
        self.replies: dict[str, list[ServiceReply | Exception]] = {}
        self.web: list[WebReply | NoReply] = []
        self.calls: list[tuple[str, Document]] = []
        self.moments: list[float] = []
        self.places: list[CallDestination] = []
        self.payloads: list[str] = []
        self.requests: list[WebRequest] = []
        self.queues = {QUEUE, DEAD, f"{QUEUE}.fifo"}
        self.apis: dict[str, str] = {}
        self.destinations: dict[str, Document] = {}
        self.connections: dict[str, Document] = {}
        self.buses: set[str] = set()
        self.forwarded: list[tuple[str, str]] = []

    def _reply(self, name: str) -> ServiceReply:
        replies = self.replies.get(name)
        reply = replies.pop(0) if replies else ServiceReply(200)
        if isinstance(reply, Exception):
            raise reply
        return reply

    async def call(
        self, place: CallDestination, service: str, operation: str, document: Document
    ) -> ServiceReply:
        self.calls.append((f"{service}.{operation}", document))
        self.moments.append(self._clock.now())
        self.places.append(place)
        return self._reply(f"{service}.{operation}")

    async def invoke(self, place: CallDestination, function: str, payload: str) -> ServiceReply:
        self.payloads.append(payload)
        self.places.append(place)
        self.moments.append(self._clock.now())
        return self._reply("lambda.Invoke")

    async def fetch(self, request: WebRequest, seconds: float) -> WebReply:
        self.requests.append(request)
        self.moments.append(self._clock.now())
        reply = self.web.pop(0) if self.web else WebReply(200)
        if isinstance(reply, NoReply):
            raise reply
        return reply

    def signed(self, place: CallDestination, service: str, request: WebRequest) -> WebRequest:
        signature = {"Authorization": f"{service} {place.account} {place.region}"}
        return WebRequest(request.method, request.url, {**request.headers, **signature}, request.body)

    def queue_url(self, arn: str) -> str | None:
        return url_of(arn) if arn in self.queues else None

    def graphql_url(self, place: CallDestination, api: str) -> str | None:
        return self.apis.get(api)

    def api_url(self, api: str) -> str:
        return f"http://127.0.0.1:4566/_aws/execute-api/{api}"

    def api_destination(self, arn: str) -> Document | None:
        return self.destinations.get(arn)

    def connection(self, arn: str) -> Document | None:
        return self.connections.get(arn)

    def forward(self, invocation: Invocation, bus: str) -> bool:
        if bus not in self.buses:
            return False
        self.forwarded.append((invocation.id, bus))
        return True

    def sent(self, queue: str) -> list[Document]:
        """Return the messages that a queue has been sent."""
        calls = [document for name, document in self.calls if name == "sqs.SendMessage"]
        return [document for document in calls if document["QueueUrl"] == url_of(queue)]


class Notes:
    """A journal."""

    def __init__(self) -> None:
        self.begun_for: list[str] = []
        self.attempts: list[tuple[int, Outcome]] = []
        self.ends: list[Ended] = []

    def begin(self, invocation: Invocation) -> None:
        self.begun_for.append(invocation.id)

    def attempted(self, invocation: Invocation, outcome: Outcome, retry: int) -> None:
        self.attempts.append((retry, outcome))

    def ended(self, ended: Ended) -> None:
        self.ends.append(ended)


class House:
    def __init__(self) -> None:
        self.clock = JumpingClock()
        self.services, self.notes = FakeServices(self.clock), Notes()
        self.deliverer = Deliverer(self.clock)
        self.dispatcher = EventDispatcher(self.services, self.deliverer, self.notes, self.clock)

    def invocation(
        self,
        arn: str,
        *,
        event: Mapping[str, Any] = EVENT,
        buses: tuple[str, ...] = (),
        trace: str | None = None,
        **members: Any,
    ) -> Invocation:
        document = {"Id": "t", "Arn": arn, "DeadLetterConfig": {"Arn": DEAD}, **members}
        return Invocation(
            dict(event),
            RULE,
            parse_target(document),
            self.clock.now(),
            "2026-01-31T12:00:01Z",
            trace,
            buses,
        )

    def put(self, arn: str, **members: Any) -> None:
        self.dispatcher.dispatch(self.invocation(arn, **members))

    async def deliver(self, arn: str, **members: Any) -> None:
        """Deliver, and let all the time pass that it takes."""
        self.put(arn, **members)
        await self.clock.run()

    def dead_letters(self) -> list[tuple[str, dict[str, str]]]:
        """Return the bodies and the attributes of the dead letters."""
        return [
            (
                message["MessageBody"],
                {name: item["StringValue"] for name, item in message["MessageAttributes"].items()},
            )
            for message in self.services.sent(DEAD)
        ]
