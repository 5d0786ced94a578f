"""The contract's enumerations. A member has the core's name; ``kind[status.name]`` translates."""

from __future__ import annotations

from enum import Enum

import strawberry
from strawberry.types.enum import EnumValueDefinition


def _value(name: str, description: str) -> EnumValueDefinition:
    return strawberry.enum_value(name, description=description)


@strawberry.enum(description=("What an order may be. `RECEIVED` is version 1; those that say so are final."))
class OrderStatus(Enum):
    """What an order may be."""

    RECEIVED = _value("RECEIVED", "Recorded, not checked yet.")
    VALIDATED = _value("VALIDATED", "Checked: every item is known, the total is right.")
    AWAITING_APPROVAL = _value(
        "AWAITING_APPROVAL",
        "Stock and payment are ours; staff must approve it, for its total or where it goes.",
    )
    CONFIRMED = _value("CONFIRMED", "Stock is reserved and the payment authorized.")
    PACKED = _value("PACKED", "In its box; too late to cancel.")
    SHIPPED = _value("SHIPPED", "On its way.")
    DELIVERED = _value("DELIVERED", "Final: with the customer.")
    CANCELLED = _value("CANCELLED", "Final: cancelled by the customer before it was packed.")
    REJECTED = _value("REJECTED", "Final: staff decided against it.")
    EXPIRED = _value("EXPIRED", "Final: no decision in time.")
    FAILED = _value("FAILED", "Final: could not be carried out; `reason` says why.")


@strawberry.enum(description="Why an order did not come to its good end.")
class FailureReason(Enum):
    """Why an order did not come to its good end."""

    UNKNOWN_ITEM = _value("UNKNOWN_ITEM", "The order asks for something that the shop does not sell.")
    OUT_OF_STOCK = _value("OUT_OF_STOCK", "At least one item has too little stock; none was kept.")
    PAYMENT_DECLINED = _value("PAYMENT_DECLINED", "The payment provider said no.")
    PAYMENT_TIMEOUT = _value(
        "PAYMENT_TIMEOUT", "The payment provider did not answer in time; nothing was charged."
    )
    CUSTOMER_REQUEST = _value("CUSTOMER_REQUEST", "Cancelled on the customer's request.")
    NOT_APPROVED = _value("NOT_APPROVED", "Staff did not approve it; stock and payment were given back.")
    APPROVAL_TIMEOUT = _value(
        "APPROVAL_TIMEOUT", "It was not approved in time; stock and payment were given back."
    )
    INTERNAL_ERROR = _value("INTERNAL_ERROR", "Our fault; it has been logged with the order's id.")


@strawberry.enum(description="In which form a webhook is delivered.")
class WebhookDelivery(Enum):
    """In which form a webhook is delivered."""

    WRAPPED = _value("WRAPPED", "Inside a notification of SNS, which SNS signs.")
    RAW = _value("RAW", "The message alone, signed with the webhook's secret.")


@strawberry.enum(description="How far a webhook has come.")
class WebhookStatus(Enum):
    """How far a webhook has come."""

    PENDING = _value("PENDING", "Registered; nothing is sent to it before it is verified.")
    CONFIRMING = _value(
        "CONFIRMING", "It answered the challenge, and has not confirmed its subscription yet."
    )
    ACTIVE = _value("ACTIVE", "It receives every change.")
    DISABLED = _value("DISABLED", "It ended its subscription itself; verify it again, or remove it.")


@strawberry.enum(description="What carries an order through its statuses. Its customer sees no difference.")
class Orchestrator(Enum):
    """What carries an order through its statuses."""

    WORKFLOW = _value("WORKFLOW", "A state machine of Step Functions.")
    DURABLE = _value("DURABLE", "A durable function of Lambda.")


@strawberry.enum(description="What staff may decide.")
class Decision(Enum):
    """What staff may decide."""

    APPROVE = _value("APPROVE", "The order goes on.")
    REJECT = _value("REJECT", "The order ends, and stock and payment are given back.")
