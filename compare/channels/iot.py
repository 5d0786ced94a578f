"""AWS IoT Core: MQTT over a WebSocket, one topic for each order."""

from __future__ import annotations

from clients.ways import Way
from clients.ways.iot import Iot as IotWay
from compare import costs
from compare.channels.base import WayChannel


class Iot(WayChannel):
    """Connects with the token as password, subscribes to the order's topic, and then reads history."""

    name = "iot"
    title = "AWS IoT Core"
    how = "connects by MQTT and subscribes to its topic before it submits; fan-out publishes each change"
    place = 27
    needs = "iot"
    pushes = True
    early = True
    bill = (
        costs.appsync_queries,
        costs.iot_publishes,
        costs.iot_messages,
        costs.iot_minutes,
        costs.server_side,
        costs.transfer,
    )
    aws = ("stream-to-lambda", "iot-publish")

    def way(self) -> Way:
        """Return AWS IoT's way."""
        return IotWay(self.settings, self.tokens)
