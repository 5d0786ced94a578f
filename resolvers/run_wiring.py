"""The composition root of what chooses an orchestrator, and of durable orders' runs."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from orders.adapters.settings import OrdersSettings
from orders.adapters.wiring import durable_orders, orchestrator
from orders.environment import read
from resolvers import settings

if TYPE_CHECKING:
    from orders.ports import Decisions

__all__ = ["RunRules", "decisions", "durable_orders", "orchestrator", "rules"]

# ruff: noqa: PLC0415 - as in ``wiring``: only who needs an adapter pays for it.


@dataclass(frozen=True, slots=True)
class RunRules:
    """How a run waits.

    Attributes
    ----------
    pace
        Seconds before a parcel is packed, shipped and delivered, each; may be 0.
    approval
        Seconds that staff may take.
    external
        Whether parcels are reported from outside.
    """

    pace: int
    approval: int
    external: bool


def rules() -> RunRules:
    """Return how a run waits that begins now."""
    values = read(settings.RunSettings)
    return RunRules(int(values.pace_seconds), int(values.approval_seconds), values.fulfilment == "external")


@lru_cache(maxsize=1)
def decisions() -> Decisions:
    """Return where a run leaves the callback that a decision answers."""
    from orders.adapters.clients import dynamodb
    from orders.adapters.dynamodb_approvals import DecisionCallbacks

    return DecisionCallbacks(dynamodb(), read(OrdersSettings).orders_table)
