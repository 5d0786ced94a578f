"""What is held: long polling and the synchronous call. Each keeps a function to itself."""

from __future__ import annotations

from collections.abc import Mapping

from compare import costs
from compare.model.asking import HeldRequests
from compare.model.channels.base import HEAD, MEMORY, ORDER, ChannelModel, function
from compare.model.counts import Counts
from compare.model.scenario import Scenario
from compare.model.use import Sent
from compare.usage import ServerUse


class _HeldRequests(ChannelModel):
    """Requests that the server holds, and reads the state meanwhile."""

    bill = (costs.rest_requests, costs.server_side, costs.transfer)
    aws = ("read-interval", "rest-request")
    assumptions = ("a request holds its function for as long as it is held, which is what Lambda bills",)

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
                    counts.requests * followers, counts.hold_seconds * followers, MEMORY.companion
                )
            },
        )

    def operations(self, counts: Counts) -> Mapping[str, float]:
        """Return the reads of one follower of one order."""
        return {"dynamodb.GetItem": counts.reads, "dynamodb.Query": counts.fruitful}

    def demands(self, counts: Counts, scenario: Scenario) -> Mapping[str, float]:
        """Return the requests, and the environments that they keep for as long as they are held."""
        requests = counts.requests * scenario.followers
        return {
            "lambda.concurrent": counts.hold_seconds * scenario.followers,
            "gateway.request": requests,
            "lambda.request": requests,
        }

    def request(self, scenario: Scenario) -> Mapping[str, float]:
        """Return what one request takes."""
        return {"gateway.request": 1, "lambda.request": 1, "lambda.concurrent": 1}


class LongPoll(_HeldRequests):
    """Asks, and is answered when there is news."""

    name = "longpoll"
    title = "Long polling"
    family = HeldRequests()


class Synchronous(_HeldRequests):
    """Sends the order with a wish to be answered at its end."""

    name = "synchronous"
    title = "Synchronous call"
    aws = ("until-final", "rest-request")
    family = HeldRequests(until="end", asks_first=False)

    def operations(self, counts: Counts) -> Mapping[str, float]:
        """Return the refused transaction of each call, and the reads of the state until the end."""
        return {
            "dynamodb.GetItem": counts.reads + 2 * counts.requests,
            "dynamodb.TransactWriteItems": counts.requests,
        }
