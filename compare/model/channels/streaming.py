"""Server-Sent Events: a response that goes on, from a function that listens to AppSync meanwhile."""

from __future__ import annotations

from collections.abc import Mapping

from compare.model.channels.base import (
    FRAME,
    HEAD,
    KB5,
    MEMORY,
    PUSH_SECONDS,
    ChannelModel,
    fanout,
    function,
    units,
)
from compare.model.counts import Counts
from compare.model.families import Pushed
from compare.model.scenario import Scenario
from compare.model.use import Sent
from compare.usage import ServerUse

STREAM = 14 * 60.0
"""Seconds after which a stream ends and is opened again: API Gateway allows fifteen minutes."""


class Sse(ChannelModel):
    """Reads one response that goes on; its function has a subscription of its own."""

    name = "sse"
    title = "Server-Sent Events"
    aws = ("stream-to-lambda", "appsync-publish", "stream-chunk")
    family = Pushed(reads_first=False)
    assumptions = (
        *ChannelModel.assumptions,
        "a stream holds its function for as long as it is open, which is what Lambda bills",
    )

    def usage(self, counts: Counts, scenario: Scenario) -> Sent:
        """Return one request for each stream, the reads of history, and an event for each change."""
        streams = 1 + counts.connected // STREAM
        requests = streams + counts.requests
        return Sent(
            requests=requests,
            sockets=streams,
            connections=streams + min(1.0, counts.requests),
            messages_in=counts.changes,
            bytes_in=requests * HEAD + counts.changes * (scenario.payload + FRAME / 2),
            connected_seconds=counts.connected,
        )

    def server(self, counts: Counts, scenario: Scenario) -> ServerUse:
        """Return a function for as long as each stream is open, its first read, and the fan-out."""
        followers = scenario.followers
        streams = 1 + counts.connected // STREAM
        # A stream reads the order when it begins, and once more when its function is subscribed.
        requests = 2 * streams + counts.requests
        return ServerUse(
            operations={"dynamodb.GetItem": requests * followers},
            reads=requests * followers,
            functions={
                "the stream": function(streams * followers, counts.connected * followers, MEMORY.companion),
                "the fan-out": fanout(counts.changes),
            },
        )

    def demands(self, counts: Counts, scenario: Scenario) -> Mapping[str, float]:
        """Return the environments that streams keep, and what their functions take of AppSync."""
        followers = scenario.followers
        streams = (1 + counts.connected // STREAM) * followers
        return {
            "lambda.concurrent": counts.connected * followers + counts.changes * PUSH_SECONDS,
            "gateway.request": streams,
            "appsync.connect": streams,
            "appsync.token": counts.changes + counts.requests * followers,
            "appsync.outbound": counts.changes * followers * units(scenario.payload, KB5),
        }

    def request(self, scenario: Scenario) -> Mapping[str, float]:
        """Return what opening a stream takes; its environment is kept to the end."""
        return {"gateway.request": 1, "lambda.concurrent": 1, "appsync.connect": 1}

    def publish(self, scenario: Scenario) -> Mapping[str, float]:
        """Return what the mutation takes."""
        return {"appsync.token": 1, "appsync.inbound": 1}

    def deliver(self, scenario: Scenario) -> Mapping[str, float]:
        """Return what one stream's message takes."""
        return {"appsync.outbound": units(scenario.payload, KB5)}
