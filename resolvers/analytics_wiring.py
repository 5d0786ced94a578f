"""The composition root of the analytics: which adapter keeps which port, made when first needed and kept."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from orders.adapters.clock import SystemClock
from orders.environment import read
from resolvers import settings

if TYPE_CHECKING:
    from orders.analytics.ports import DeadLetterCount, FiguresFeed, FiguresStore
    from orders.ports import Clock

# ruff: noqa: PLC0415 - as in ``wiring``: what is not needed loads nothing.


def clock() -> Clock:
    """Return the clock."""
    return SystemClock()


def window_seconds() -> int:
    """Return how many seconds of changes a window holds."""
    return int(read(settings.AnalyticsSettings).window_seconds)


@lru_cache(maxsize=1)
def figures_store() -> FiguresStore:
    """Return where the sums are kept."""
    from orders.adapters.clients import dynamodb
    from orders.adapters.dynamodb_figures import DynamoDBFigures

    return DynamoDBFigures(dynamodb(), read(settings.AnalyticsSettings).figures_table)


@lru_cache(maxsize=1)
def letter_count() -> DeadLetterCount:
    """Return what counts the shop's dead letters."""
    from orders.adapters.queue_depths import QueueDepths

    where = read(settings.AnalyticsSettings)
    return QueueDepths(where.dead_letter_queue_arns.split(","), where.aws_region)


@lru_cache(maxsize=1)
def figures_feed() -> FiguresFeed:
    """Return the publisher for subscribers."""
    from orders.adapters.figures_feed import AppSyncFiguresFeed

    where = read(settings.FiguresFeedSettings)
    return AppSyncFiguresFeed(where.graphql_url, where.aws_region)
