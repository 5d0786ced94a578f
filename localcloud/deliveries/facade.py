"""The facade of deliveries: what the rest of the local cloud may use."""

from localcloud.deliveries.deliverer import Deliverer, Delivery, unfinished
from localcloud.deliveries.dispatch import SERVED, Dispatcher
from localcloud.deliveries.endpoints import parse_endpoint
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
from localcloud.deliveries.events.archive import ArchivedEvents, Position
from localcloud.deliveries.events.dispatch import SERVED_TARGETS, EventDispatcher
from localcloud.deliveries.events.errors import (
    EventsError,
    InvalidPattern,
    InvalidRequest,
    NoSuchResource,
    unmet,
)
from localcloud.deliveries.events.event import Invocation, Rule
from localcloud.deliveries.events.failures import judge as judge_reply
from localcloud.deliveries.events.interfaces import (
    CallDestination,
    Elsewhere,
    Ended,
    NoReply,
    ServiceReply,
    TooLate,
    WebReply,
    WebRequest,
)
from localcloud.deliveries.events.paths import Missing as MissingPath
from localcloud.deliveries.events.paths import find as find_path
from localcloud.deliveries.events.rules import check_rule
from localcloud.deliveries.events.signatures import signed
from localcloud.deliveries.events.target import MOST_TARGETS, EventTarget, parse_arn, parse_target
from localcloud.deliveries.events.templates import placeholders as template_names
from localcloud.deliveries.events.templates import render as render_template
from localcloud.deliveries.filters import FilterPolicy, Scope, parse_filter_policy
from localcloud.deliveries.interfaces import Pending, QueueMessage
from localcloud.deliveries.messages import (
    SUBSCRIPTION_CONFIRMATION,
    UNSUBSCRIBE_CONFIRMATION,
    Attribute,
    Message,
    timestamp,
)
from localcloud.deliveries.outcomes import Delivered, DeliveryRefused, Outcome, Unavailable
from localcloud.deliveries.policies import (
    effective,
    of_subscription,
    of_topic,
    subscription_document,
    topic_document,
)
from localcloud.deliveries.redrive import parse_redrive_policy
from localcloud.deliveries.signing import Signer, Version
from localcloud.deliveries.subscribers import Subscriber
from localcloud.deliveries.web import ConnectionBroken, NobodyThere, NotHere, Web

__all__ = [
    "MOST_TARGETS",
    "SERVED",
    "SERVED_TARGETS",
    "SUBSCRIPTION_CONFIRMATION",
    "UNSUBSCRIBE_CONFIRMATION",
    "ArchivedEvents",
    "Attribute",
    "AuthorizationError",
    "CallDestination",
    "ConnectionBroken",
    "Delivered",
    "Deliverer",
    "Delivery",
    "DeliveryRefused",
    "Dispatcher",
    "Elsewhere",
    "Ended",
    "Envelopes",
    "EventDispatcher",
    "EventTarget",
    "EventsError",
    "FilterPolicy",
    "FilterPolicyLimitExceeded",
    "InvalidParameter",
    "InvalidPattern",
    "InvalidRequest",
    "InvalidToken",
    "Invocation",
    "Message",
    "MissingPath",
    "NoReply",
    "NoSuchResource",
    "NobodyThere",
    "NotFound",
    "NotHere",
    "Outcome",
    "Pending",
    "PolicyError",
    "Position",
    "QueueMessage",
    "Rule",
    "Scope",
    "ServiceReply",
    "Signer",
    "SnsError",
    "Subscriber",
    "TooLate",
    "Unavailable",
    "Version",
    "Web",
    "WebReply",
    "WebRequest",
    "check_rule",
    "effective",
    "find_path",
    "judge_reply",
    "of_subscription",
    "of_topic",
    "parse_arn",
    "parse_endpoint",
    "parse_filter_policy",
    "parse_redrive_policy",
    "parse_target",
    "render_template",
    "signed",
    "subscription_document",
    "template_names",
    "timestamp",
    "topic_document",
    "unfinished",
    "unmet",
]
