"""The door to deliveries for the rest of the local cloud."""

from localcloud.deliveries.deliverer import Deliverer, Delivery
from localcloud.deliveries.dispatch import SERVED, Dispatcher
from localcloud.deliveries.envelopes import Envelopes
from localcloud.deliveries.errors import (
    AuthorizationError,
    FilterPolicyLimitExceeded,
    InvalidParameter,
    InvalidToken,
    NotFound,
    PolicyError,
    SnsError,
)
from localcloud.deliveries.filters import FilterPolicy, Scope, parse_filter_policy
from localcloud.deliveries.messages import (
    SUBSCRIPTION_CONFIRMATION,
    UNSUBSCRIBE_CONFIRMATION,
    Attribute,
    Message,
    timestamp,
)
from localcloud.deliveries.outcomes import Delivered, Outcome, Refused, Unavailable
from localcloud.deliveries.policies import (
    effective,
    of_subscription,
    of_topic,
    subscription_document,
    topic_document,
)
from localcloud.deliveries.ports import QueueMessage
from localcloud.deliveries.redrive import parse_redrive_policy
from localcloud.deliveries.signing import Signer, Version
from localcloud.deliveries.subscribers import Subscriber
from localcloud.deliveries.web import Web, parse_endpoint

__all__ = [
    "SERVED",
    "SUBSCRIPTION_CONFIRMATION",
    "UNSUBSCRIBE_CONFIRMATION",
    "Attribute",
    "AuthorizationError",
    "Delivered",
    "Deliverer",
    "Delivery",
    "Dispatcher",
    "Envelopes",
    "FilterPolicy",
    "FilterPolicyLimitExceeded",
    "InvalidParameter",
    "InvalidToken",
    "Message",
    "NotFound",
    "Outcome",
    "PolicyError",
    "QueueMessage",
    "Refused",
    "Scope",
    "Signer",
    "SnsError",
    "Subscriber",
    "Unavailable",
    "Version",
    "Web",
    "effective",
    "of_subscription",
    "of_topic",
    "parse_endpoint",
    "parse_filter_policy",
    "parse_redrive_policy",
    "subscription_document",
    "timestamp",
    "topic_document",
]
