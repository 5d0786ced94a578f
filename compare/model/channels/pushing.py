"""What AppSync pushes: GraphQL subscriptions and Event APIs."""

from __future__ import annotations

from collections.abc import Mapping

from compare import costs
from compare.model.channels.base import FRAME, KB5, PUSH_SECONDS, ChannelModel, fanout, units
from compare.model.counts import Counts
from compare.model.families import Pushed
from compare.model.scenario import Scenario
from compare.model.use import Sent
from compare.usage import ServerUse


class AppSync(ChannelModel):
    """Subscribes by GraphQL, and reads the history once when that is live."""

    name = "appsync"
    title = "AppSync"
    bill = (
        costs.appsync_publishes,
        costs.appsync_queries,
        costs.appsync_updates,
        costs.appsync_minutes,
        costs.server_side,
        costs.transfer,
    )
    aws = ("stream-to-lambda", "appsync-publish")
    family = Pushed(reads_first=True)

    def usage(self, counts: Counts, scenario: Scenario) -> Sent:
        """Return the connection with its acknowledgements, the queries, and a message for each change."""
        messages = counts.changes + 3
        return Sent(
            requests=counts.requests + 1,
            sockets=1,
            connections=2,
            messages_in=messages,
            messages_out=3,
            bytes_in=counts.changes * (scenario.payload + FRAME) + 3 * FRAME + counts.requests * 700,
            connected_seconds=counts.connected,
        )

    def server(self, counts: Counts, scenario: Scenario) -> ServerUse:
        """Return the fan-out, and the reads of history."""
        requests = counts.requests * scenario.followers
        return ServerUse(
            operations={"dynamodb.GetItem": requests},
            reads=requests,
            functions={"the fan-out": fanout(counts.changes)},
        )

    def demands(self, counts: Counts, scenario: Scenario) -> Mapping[str, float]:
        """Return connections, messages either way, and the tokens of queries and mutations."""
        requests = counts.requests * scenario.followers
        return {
            "appsync.token": counts.changes + requests,
            "appsync.connect": scenario.followers,
            "appsync.inbound": counts.changes + 2 * scenario.followers,
            "appsync.outbound": counts.changes * scenario.followers * units(scenario.payload, KB5),
            "lambda.concurrent": counts.changes * PUSH_SECONDS,
        }

    def request(self, scenario: Scenario) -> Mapping[str, float]:
        """Return what connecting and the first query take."""
        return {"appsync.connect": 1, "appsync.inbound": 2, "appsync.token": 1}

    def publish(self, scenario: Scenario) -> Mapping[str, float]:
        """Return what the mutation takes."""
        return {"appsync.token": 1, "appsync.inbound": 1}

    def deliver(self, scenario: Scenario) -> Mapping[str, float]:
        """Return what one subscriber's message takes."""
        return {"appsync.outbound": units(scenario.payload, KB5)}


class Events(ChannelModel):
    """Subscribes to its own channel of an Event API."""

    name = "events"
    title = "AppSync Events"
    aws = ("stream-to-lambda", "events-publish")
    family = Pushed(reads_first=True)
    assumptions = (*ChannelModel.assumptions, "no latency of AppSync Events was published")

    def usage(self, counts: Counts, scenario: Scenario) -> Sent:
        """Return the connection, a subscription, and a message for each change; history comes by GraphQL."""
        return Sent(
            requests=counts.requests + 1,
            sockets=1,
            connections=2,
            messages_in=counts.changes + 2,
            messages_out=2,
            bytes_in=counts.changes * (scenario.payload + FRAME) + 2 * FRAME + counts.requests * 700,
            connected_seconds=counts.connected,
        )

    def server(self, counts: Counts, scenario: Scenario) -> ServerUse:
        """Return the fan-out, and the reads of history."""
        requests = counts.requests * scenario.followers
        return ServerUse(
            operations={"dynamodb.GetItem": requests},
            reads=requests,
            functions={"the fan-out": fanout(counts.changes)},
        )

    def demands(self, counts: Counts, scenario: Scenario) -> Mapping[str, float]:
        """Return connections, events either way, and the tokens of the history's queries."""
        return {
            "appsync.token": counts.requests * scenario.followers,
            "events.connect": scenario.followers,
            "events.inbound": counts.changes,
            "events.outbound": counts.changes * scenario.followers * units(scenario.payload, KB5),
            "lambda.concurrent": counts.changes * PUSH_SECONDS,
        }

    def request(self, scenario: Scenario) -> Mapping[str, float]:
        """Return what connecting and the first query take."""
        return {"events.connect": 1, "appsync.token": 1}

    def publish(self, scenario: Scenario) -> Mapping[str, float]:
        """Return what publishing takes."""
        return {"events.inbound": 1}

    def deliver(self, scenario: Scenario) -> Mapping[str, float]:
        """Return what one subscriber's event takes."""
        return {"events.outbound": units(scenario.payload, KB5)}
