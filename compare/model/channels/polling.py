"""Polling, fixed and with backoff: the same requests, at other times."""

from __future__ import annotations

from collections.abc import Mapping

from compare import costs
from compare.model.asking import Polled
from compare.model.channels.base import HEAD, MEMORY, ORDER, REQUEST_SECONDS, ChannelModel, function
from compare.model.counts import Counts
from compare.model.families import Pause
from compare.model.scenario import Scenario
from compare.model.use import Sent
from compare.usage import ServerUse

# What chalicelib.rest answers as Retry-After: 1 s for an order that is not confirmed, 2 s then.
SOON, LATER, EARLY = 1.0, 2.0, 2
CAP = 20.0


class _Polling(ChannelModel):
    """One request after the other; most find nothing new."""

    bill = (costs.rest_requests, costs.server_side, costs.transfer)
    aws = ("poll-wait", "rest-request")

    def usage(self, counts: Counts, scenario: Scenario) -> Sent:
        """Return the requests, and the answers that carry the order."""
        received = counts.requests * HEAD + counts.fruitful * (ORDER + counts.changes * scenario.payload / 4)
        return Sent(requests=counts.requests, connections=1, bytes_in=received)

    def server(self, counts: Counts, scenario: Scenario) -> ServerUse:
        """Return a function and its reads for each request."""
        requests = counts.requests * scenario.followers
        whole = counts.fruitful * scenario.followers
        return ServerUse(
            # The first answer reads the order, the others its state, and the order once more where it is new.
            operations={"dynamodb.GetItem": requests - scenario.followers, "dynamodb.Query": whole},
            reads=(requests - scenario.followers) + whole,
            functions={"the companion": function(requests, requests * REQUEST_SECONDS, MEMORY.companion)},
        )

    def demands(self, counts: Counts, scenario: Scenario) -> Mapping[str, float]:
        """Return the requests, and the environments they keep busy."""
        requests = counts.requests * scenario.followers
        return {
            "gateway.request": requests,
            "lambda.request": requests,
            "lambda.concurrent": requests * REQUEST_SECONDS,
        }

    def request(self, scenario: Scenario) -> Mapping[str, float]:
        """Return what one request takes."""
        return {"gateway.request": 1, "lambda.request": 1, "lambda.concurrent": 1}


class PollFixed(_Polling):
    """Asks at a fixed interval."""

    name = "poll-fixed"
    title = "Polling, fixed"
    family = Polled(lambda _, interval: Pause(interval, interval))


class PollBackoff(_Polling):
    """Asks when the server says, and less and less often."""

    name = "poll-backoff"
    title = "Polling, backoff"
    family = Polled(
        lambda learned, _: Pause(SOON if learned <= EARLY else LATER, CAP, jitter=0.5, doubles=True)
    )
