"""What is held: long polling, the synchronous call, Server-Sent Events. Each keeps a function to itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from compare import costs
from compare.model.asking import Held
from compare.model.channels.base import HEAD, MEMORY, ORDER, ChannelModel, function
from compare.model.counts import Counts
from compare.model.scenario import Scenario
from compare.model.use import Sent
from compare.usage import ServerUse

STREAM = 14 * 60.0
"""A stream is ended before API Gateway's fifteen minutes are over, and opened again."""


class _Held(ChannelModel):
    """Requests that the server holds, and reads the state meanwhile."""

    bill = (costs.rest_requests, costs.server_side, costs.transfer)
    aws = ("read-interval", "rest-request")
    assumptions: ClassVar[tuple[str, ...]] = (
        "a request holds its function for as long as it is held, which is what Lambda bills",
    )

    def usage(self, counts: Counts, scenario: Scenario) -> Sent:
        """Return the requests, and the answers that carry the order."""
        received = counts.requests * HEAD + counts.fruitful * (ORDER + counts.changes * scenario.payload / 4)
        return Sent(requests=counts.requests, connections=1, bytes_in=received)

    def server(self, counts: Counts, scenario: Scenario) -> ServerUse:
        """Return a function for as long as each request is held, and its reads."""
        followers = scenario.followers
        return ServerUse(
            operations={name: n * followers for name, n in self.operations(counts).items()},
            reads=sum(self.operations(counts).values()) * followers,
            functions={
                "the companion": function(
                    counts.requests * followers, counts.held * followers, MEMORY.companion
                )
            },
        )

    def operations(self, counts: Counts) -> Mapping[str, float]:
        """Return the reads of one follower of one order."""
        return {"dynamodb.GetItem": counts.reads, "dynamodb.Query": counts.fruitful}

    def demands(self, counts: Counts, scenario: Scenario) -> Mapping[str, float]:
        """Return the requests, and the environments that they keep for as long as they are held."""
        asked = counts.requests * scenario.followers
        return {
            "lambda.concurrent": counts.held * scenario.followers,
            "gateway.request": asked,
            "lambda.request": asked,
        }

    def request(self, scenario: Scenario) -> Mapping[str, float]:
        """Return what one request takes."""
        return {"gateway.request": 1, "lambda.request": 1, "lambda.concurrent": 1}


class LongPoll(_Held):
    """Asks, and is answered when there is news."""

    name = "longpoll"
    title = "Long polling"
    family = Held()


class Synchronous(_Held):
    """Sends the order with a wish to be answered at its end."""

    name = "synchronous"
    title = "Synchronous call"
    aws = ("until-final", "rest-request")
    family = Held(until="end", asks_first=False)

    def operations(self, counts: Counts) -> Mapping[str, float]:
        """Return the refused transaction of each call, and the reads of the state until the end."""
        return {
            "dynamodb.GetItem": counts.reads + 2 * counts.requests,
            "dynamodb.TransactWriteItems": counts.requests,
        }


class Sse(_Held):
    """Reads one response that goes on."""

    name = "sse"
    title = "Server-Sent Events"
    family = Held(hold=STREAM, until="stream", asks_first=False)
    assumptions = (
        *_Held.assumptions,
        "the stream reads the order's state as a held request does, every 0.1 to 0.5 s",
    )

    def usage(self, counts: Counts, scenario: Scenario) -> Sent:
        """Return one request for each stream, and an event for each change."""
        received = counts.requests * HEAD + counts.changes * (scenario.payload + 40)
        return Sent(requests=counts.requests, connections=counts.requests, bytes_in=received)

    def operations(self, counts: Counts) -> Mapping[str, float]:
        """Return the reads of the state."""
        return {"dynamodb.GetItem": counts.reads}
