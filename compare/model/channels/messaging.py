"""What AWS's messaging services deliver: IoT Core by MQTT, SNS by webhooks."""

from __future__ import annotations

from collections.abc import Mapping

from compare.model.channels.base import (
    KB64,
    MEMORY,
    PUSH_SECONDS,
    REQUEST_SECONDS,
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


class Iot(ChannelModel):
    """Connects by MQTT over WebSocket, and subscribes to its own topics."""

    name = "iot"
    title = "IoT Core"
    aws = ("stream-to-lambda", "iot-publish")
    family = Pushed(reads_first=True)
    assumptions = (
        *ChannelModel.assumptions,
        "no latency of IoT Core was published",
        "at QoS 1 the acknowledgement of each change is a message, too",
    )

    def usage(self, counts: Counts, scenario: Scenario) -> Sent:
        """Return the connection, a subscription, and a message for each change; history comes by GraphQL."""
        return Sent(
            requests=counts.requests + 1,
            sockets=1,
            connections=2,
            messages_in=counts.changes + 2,
            messages_out=2 + counts.changes,
            bytes_in=counts.changes * (scenario.payload + 70) + counts.requests * 700,
            connected_seconds=counts.connected,
        )

    def server(self, counts: Counts, scenario: Scenario) -> ServerUse:
        """Return the fan-out's publishes, the authorizer, and the reads of history."""
        requests = counts.requests * scenario.followers
        return ServerUse(
            operations={"dynamodb.GetItem": requests},
            reads=requests,
            functions={
                "the fan-out": fanout(counts.changes),
                "the authorizer": function(
                    scenario.followers, scenario.followers * REQUEST_SECONDS, MEMORY.companion
                ),
            },
        )

    def demands(self, counts: Counts, scenario: Scenario) -> Mapping[str, float]:
        """Return connects, publishes either way, and connections at a time."""
        return {
            "appsync.token": counts.requests * scenario.followers,
            "iot.connect": scenario.followers,
            "iot.inbound": counts.changes,
            "iot.outbound": counts.changes * scenario.followers,
            "iot.concurrent": counts.connected * scenario.followers,
            "lambda.concurrent": counts.changes * PUSH_SECONDS + scenario.followers * REQUEST_SECONDS,
        }

    def request(self, scenario: Scenario) -> Mapping[str, float]:
        """Return what connecting and the first query take."""
        return {"iot.connect": 1, "appsync.token": 1}

    def publish(self, scenario: Scenario) -> Mapping[str, float]:
        """Return what publishing takes."""
        return {"iot.inbound": 1}

    def deliver(self, scenario: Scenario) -> Mapping[str, float]:
        """Return what one subscriber's message takes."""
        return {"iot.outbound": 1}


PUBLISHER_GB = 0.25
"""Of the function between the bus and SNS."""


class Webhook(ChannelModel):
    """Has each change posted to it by SNS; who receives pays for the receiving."""

    name = "webhook"
    title = "Webhook by SNS"
    aws = ("stream-to-lambda", "bus-to-queue", "queue-to-lambda", "sns-http")
    family = Pushed(reads_first=True, connects=False)
    assumptions = (
        *ChannelModel.assumptions,
        "no latency of SNS over HTTP was published, nor of the bus before it",
        "the bus is there for webhooks alone; everything else that it feeds is on no channel's bill",
        "who receives reads the history once, and again when it is quiet for long, as our client does; a "
        "server that trusts SNS's retries leaves these reads out, and half of the bill or more",
        "registering the endpoint is on no order's bill",
        "the receiver answers the first attempt, and its own costs are not counted",
    )

    def usage(self, counts: Counts, scenario: Scenario) -> Sent:
        """Return a delivery for each change; history comes by GraphQL."""
        return Sent(
            requests=counts.requests,
            connections=1,
            messages_in=counts.changes,
            bytes_in=counts.changes * (scenario.payload + 1600) + counts.requests * 700,
        )

    def server(self, counts: Counts, scenario: Scenario) -> ServerUse:
        """Return the fan-out, which asks who listens and publishes each change once for all."""
        requests = counts.requests * scenario.followers
        return ServerUse(
            operations={
                "dynamodb.GetItem": requests,
                "sns.Publish": counts.changes,
                "sns.delivery.http": counts.changes * scenario.followers,
            },
            reads=counts.changes + requests,
            functions={
                "the fan-out": fanout(counts.changes),
                "webhooks' publisher": function(counts.changes, counts.changes * PUSH_SECONDS, PUBLISHER_GB),
            },
        )

    def demands(self, counts: Counts, scenario: Scenario) -> Mapping[str, float]:
        """Return the publishes: of deliveries SNS names no rate."""
        return {
            "appsync.token": counts.requests * scenario.followers,
            "sns.publish": counts.changes * units(scenario.payload, KB64),
            "lambda.concurrent": 2 * counts.changes * PUSH_SECONDS,
        }

    def publish(self, scenario: Scenario) -> Mapping[str, float]:
        """Return what publishing takes."""
        return {"sns.publish": 1}
