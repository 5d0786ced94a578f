"""Delivery policies of topics and subscriptions (HTTP/S alone): retries, throttling and the content type.

Forms and limits are those of "Creating an HTTP/S delivery policy".
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from localcloud.deliveries.errors import PolicyError
from localcloud.deliveries.fields import Json, PolicyFields, parse_object
from localcloud.deliveries.schedule import BACKOFFS, HTTP, Schedule

NAME: Final = "DeliveryPolicy"
CONTENT_TYPE: Final = "text/plain; charset=UTF-8"
MOST_RETRIES: Final = 100
MOST_SECONDS: Final = 3600
_RETRY: Final = (
    *("minDelayTarget", "maxDelayTarget", "numRetries", "numMaxDelayRetries", "numNoDelayRetries"),
    *("numMinDelayRetries", "backoffFunction"),
)
_MEDIA_TYPE: Final = re.compile(r"[!#$&^_.+\w-]+/[!#$&^_.+*\w-]+(\s*;\s*[\w-]+=[^;\r\n]+)*", re.ASCII)


@dataclass(frozen=True)
class DeliveryPolicy:
    """What a policy says; None where it says nothing.

    Attributes
    ----------
    per_second
        The most deliveries a second to a subscription.
    overrides
        Whether subscriptions' own policies count (a topic's policy may forbid them).
    """

    schedule: Schedule | None = None
    per_second: int | None = None
    content_type: str | None = None
    overrides: bool = True


NOTHING: Final = DeliveryPolicy()


@dataclass(frozen=True)
class Effective:
    """What holds for a subscription, after its own policy, the topic's and AWS's defaults."""

    schedule: Schedule = HTTP
    per_second: int | None = None
    content_type: str = CONTENT_TYPE


@lru_cache(maxsize=1024)
def of_subscription(text: str | None) -> DeliveryPolicy:
    """Return a subscription's policy.

    Raises
    ------
    PolicyError

    Examples
    --------
    >>> of_subscription('{"throttlePolicy": {"maxReceivesPerSecond": 10}}').per_second
    10
    >>> of_subscription('{"healthyRetryPolicy": {}}')  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    localcloud.deliveries.errors.PolicyError: ... healthyRetryPolicy.minDelayTarget must be specified
    """
    if not text:
        return NOTHING
    names = ("healthyRetryPolicy", "throttlePolicy", "requestPolicy", "sicklyRetryPolicy", "guaranteed")
    fields = PolicyFields(NAME, "", parse_object(NAME, text), names)
    return DeliveryPolicy(
        _schedule("healthyRetryPolicy", fields.inner("healthyRetryPolicy")),
        _per_second("throttlePolicy", fields.inner("throttlePolicy")),
        _content_type("requestPolicy", fields.inner("requestPolicy")),
    )


@lru_cache(maxsize=1024)
def of_topic(text: str | None) -> DeliveryPolicy:
    """Return a topic's policy.

    Raises
    ------
    PolicyError

    Examples
    --------
    >>> of_topic('{"http": {"disableSubscriptionOverrides": true}}').overrides
    False
    """
    if not text:
        return NOTHING
    document = PolicyFields(NAME, "", parse_object(NAME, text), ("http",)).inner("http") or {}
    names = (
        *("defaultHealthyRetryPolicy", "disableSubscriptionOverrides"),
        *("defaultThrottlePolicy", "defaultRequestPolicy", "defaultSicklyRetryPolicy"),
    )
    fields = PolicyFields(NAME, "http", document, names)
    return DeliveryPolicy(
        _schedule("http.defaultHealthyRetryPolicy", fields.inner("defaultHealthyRetryPolicy")),
        _per_second("http.defaultThrottlePolicy", fields.inner("defaultThrottlePolicy")),
        _content_type("http.defaultRequestPolicy", fields.inner("defaultRequestPolicy")),
        overrides=not fields.flag("disableSubscriptionOverrides"),
    )


def effective(topic: DeliveryPolicy, subscription: DeliveryPolicy = NOTHING) -> Effective:
    """Return what holds for a subscription."""
    own = subscription if topic.overrides else NOTHING
    return Effective(
        own.schedule or topic.schedule or HTTP,
        own.per_second if own.per_second is not None else topic.per_second,
        own.content_type or topic.content_type or CONTENT_TYPE,
    )


def retry_document(schedule: Schedule) -> Json:
    """Return a retry policy with every member, as AWS shows one."""
    return {
        "minDelayTarget": int(schedule.minimum),
        "maxDelayTarget": int(schedule.maximum),
        "numRetries": schedule.retries,
        "numMaxDelayRetries": schedule.after,
        "numNoDelayRetries": schedule.immediate,
        "numMinDelayRetries": schedule.before,
        "backoffFunction": schedule.function,
    }


def subscription_document(policy: DeliveryPolicy | Effective) -> Json:
    """Return a subscription's policy as AWS shows it, the own one or the effective one."""
    return {
        "healthyRetryPolicy": policy.schedule and retry_document(policy.schedule),
        "sicklyRetryPolicy": None,
        "throttlePolicy": policy.per_second and {"maxReceivesPerSecond": policy.per_second},
        "requestPolicy": policy.content_type and {"headerContentType": policy.content_type},
        "guaranteed": False,
    }


def topic_document(topic: DeliveryPolicy) -> Json:
    """Return a topic's effective policy as AWS shows it."""
    in_force = effective(topic)
    document: Json = {
        "defaultHealthyRetryPolicy": retry_document(in_force.schedule),
        "disableSubscriptionOverrides": not topic.overrides,
    }
    if in_force.per_second is not None:
        document["defaultThrottlePolicy"] = {"maxReceivesPerSecond": in_force.per_second}
    document["defaultRequestPolicy"] = {"headerContentType": in_force.content_type}
    return {"http": document}


def _schedule(place: str, document: dict[str, Any] | None) -> Schedule | None:
    if document is None:
        return None
    fields = PolicyFields(NAME, place, document, _RETRY)
    minimum = fields.whole("minDelayTarget", least=1, most=MOST_SECONDS)
    maximum = fields.whole("maxDelayTarget", least=1, most=MOST_SECONDS)
    retries = fields.whole("numRetries", least=0, most=MOST_RETRIES)
    immediate, before, after = (
        fields.whole(name, least=0, most=MOST_RETRIES, default=0)
        for name in ("numNoDelayRetries", "numMinDelayRetries", "numMaxDelayRetries")
    )
    function = fields.text("backoffFunction") or "linear"
    if function not in BACKOFFS:
        raise fields.wrong("backoffFunction", f"must be one of: {', '.join(sorted(BACKOFFS))}")
    if maximum < minimum:
        raise fields.wrong("maxDelayTarget", "must be greater than or equal to minDelayTarget")
    if immediate + before + after > retries:
        total = "total of numMinDelayRetries, numNoDelayRetries and numMaxDelayRetries"
        raise fields.wrong("numRetries", f"must be greater than or equal to {total}")
    backoff = retries - immediate - before - after
    schedule = Schedule(immediate, before, backoff, after, minimum, maximum, function)
    if sum(schedule.delays()) > MOST_SECONDS:
        limit = f"must be less than or equal to {MOST_SECONDS} seconds"
        raise PolicyError(f"{NAME}: {place} total retry time {limit}")
    return schedule


def _per_second(place: str, document: dict[str, Any] | None) -> int | None:
    if document is None:
        return None
    fields = PolicyFields(NAME, place, document, ("maxReceivesPerSecond",))
    return fields.whole("maxReceivesPerSecond", least=1, most=2**31 - 1)


def _content_type(place: str, document: dict[str, Any] | None) -> str | None:
    if document is None:
        return None
    fields = PolicyFields(NAME, place, document, ("headerContentType",))
    value = fields.text("headerContentType")
    if value is not None and not _MEDIA_TYPE.fullmatch(value):
        raise fields.wrong("headerContentType", "must be a valid content type")
    return value
