"""Which channels are on, each with its adapters, made when the first change is published and kept."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from orders.environment import read
from resolvers import settings

if TYPE_CHECKING:
    from orders.adapters.signing import Role
    from orders.connections import Connections
    from orders.ports import Channel
    from resolvers.channels.webhooks import WebhookChannel

# ruff: noqa: PLC0415 - as in ``wiring``: a channel that is off loads nothing.


@lru_cache(maxsize=1)
def channels() -> tuple[Channel, ...]:
    """Return the channels that are on: those whose address is set. A new one is a line and a function."""
    from orders.adapters.signing import Role

    where, role = read(settings.ChannelSettings), Role()
    every = (
        _appsync(where, role),
        _websocket(where, role),
        _events(where, role),
        _iot(where, role),
        _webhook(where, role),
        _bus(where, role),
        _analytics(where, role),
    )
    return tuple(channel for channel in every if channel is not None)


def _appsync(where: settings.ChannelSettings, role: Role) -> Channel | None:
    if where.graphql_url is None:
        return None
    from resolvers.channels.appsync import AppSyncChannel

    return AppSyncChannel(where.graphql_url, where.aws_region, role)


def _websocket(where: settings.ChannelSettings, role: Role) -> Channel | None:
    table = where.connections_table
    if table is None:
        return None
    from orders.adapters.dynamodb_subscribers import DynamoDBSubscribers
    from orders.adapters.websocket_push import WebSocketPush
    from resolvers.channels.websocket import WebSocketChannel

    subscribers = DynamoDBSubscribers(
        table, where.aws_region, lambda gone: connections(table).forget(gone.connection_id, gone), role
    )
    push = WebSocketPush(where.aws_region, role)
    return WebSocketChannel(subscribers, push, marked=where.followed_orders_marked is not None)


def _events(where: settings.ChannelSettings, role: Role) -> Channel | None:
    if where.events_host is None:
        return None
    from resolvers.channels.events import EventsChannel

    return EventsChannel(where.events_host, where.aws_region, role)


def _iot(where: settings.ChannelSettings, role: Role) -> Channel | None:
    if where.iot_endpoint is None:
        return None
    from orders.adapters.endpoints import iot_data_endpoint
    from resolvers.channels.iot import IotChannel

    return IotChannel(iot_data_endpoint(where.iot_endpoint), where.aws_region, role)


def _webhook(where: settings.ChannelSettings, role: Role) -> Channel | None:
    if where.webhooks_table is None or where.webhook_secret_arn is None:
        return None
    return _webhook_channel(where.webhooks_table, where.webhook_secret_arn, where.aws_region, role)


def webhooks() -> WebhookChannel:
    """Return the channel of webhooks for one batch, for who publishes on it alone."""
    return _webhooks().for_batch()


@lru_cache(maxsize=1)
def _webhooks() -> WebhookChannel:
    from orders.adapters.signing import Role

    where = read(settings.WebhookChannelSettings)
    channel = _webhook_channel(where.webhooks_table, where.webhook_secret_arn, where.aws_region, Role())
    channel.prepare()
    return channel


def _webhook_channel(table: str, secret: str, region: str, role: Role) -> WebhookChannel:
    from orders.adapters.dynamodb_webhooks import WebhookReader
    from orders.adapters.secret_store import SecretsManagerKey
    from orders.adapters.sns import SnsPosts
    from resolvers.channels.webhooks import WebhookChannel

    return WebhookChannel(
        WebhookReader(table, region, role), SnsPosts(region, role), SecretsManagerKey(secret, region, role)
    )


def _bus(where: settings.ChannelSettings, role: Role) -> Channel | None:
    if where.event_bus is None:
        return None
    from resolvers.channels.bus import BusChannel

    return BusChannel(where.event_bus, where.aws_region, role)


def _analytics(where: settings.ChannelSettings, role: Role) -> Channel | None:
    if where.changes_stream is None:
        return None
    from orders.adapters.kinesis import KinesisStream
    from resolvers.channels.analytics import AnalyticsChannel

    return AnalyticsChannel(KinesisStream(where.changes_stream, where.aws_region, role))


@lru_cache(maxsize=1)
def connections(table: str) -> Connections:
    """Return who is connected, for forgetting who is gone."""
    from orders.adapters.clients import client
    from orders.adapters.dynamodb_connections import DynamoDBConnections

    return DynamoDBConnections(client("dynamodb"), table)
