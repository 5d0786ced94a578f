"""The environment of each handler, as one small typed model that ``orders.environment`` reads."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class QueueSettings:
    """Where orders wait for a worker."""

    order_queue_url: str


@dataclass(frozen=True)
class RunSettings:
    """How a durable order waits: for parcels, the pace may be 0, and for a human; both are in seconds."""

    pace_seconds: str
    approval_seconds: str
    fulfilment: str


@dataclass(frozen=True)
class ChannelSettings:
    """Where each channel publishes; None where the stack has switched the channel off."""

    aws_region: str
    graphql_url: str | None
    connections_table: str | None
    followed_orders_marked: str | None
    events_host: str | None
    iot_endpoint: str | None
    webhooks_table: str | None
    webhook_secret_arn: str | None
    event_bus: str | None
    changes_stream: str | None


@dataclass(frozen=True)
class RedeliverySettings:
    """Where ``fanout`` sends what could not be published."""

    redelivery_queue_url: str


@dataclass(frozen=True)
class RegistrationSettings:
    """What registers webhooks; None where these are off. The topics' ARNs are split by commas."""

    webhooks_table: str | None
    webhook_secret_arn: str | None
    webhook_topics: str | None
    webhook_dead_letters_arn: str | None
    allow_private_webhooks: str
    aws_region: str


@dataclass(frozen=True)
class FulfilmentSettings:
    """What moves stock."""

    fulfilment_table: str


@dataclass(frozen=True)
class PoolSettings:
    """Whose tokens hold: the user pool's, made for its client."""

    user_pool_issuer: str
    user_pool_client_id: str


@dataclass(frozen=True)
class PaymentSettings:
    """What moves money; the timeout is in seconds."""

    fulfilment_table: str
    payment_timeout_seconds: float


@dataclass(frozen=True)
class FeedSettings:
    """Where a stream receives changes; without a real-time address it polls."""

    graphql_url: str
    realtime_url: str | None


@dataclass(frozen=True)
class AudienceSettings:
    """Whose tokens count, of all the clients of the user pool."""

    user_pool_client_id: str


@dataclass(frozen=True)
class DeadLetterSettings:
    """The stack's places of dead letters, each a line (``orders.dead_letters.places``)."""

    dead_letters: str


@dataclass(frozen=True)
class ImportSettings:
    """Where imports and their files are; the bucket is None where imports are off."""

    imports_table: str
    imports_bucket: str | None
    aws_region: str


@dataclass(frozen=True)
class SummarySettings:
    """Where customers' summaries are kept."""

    summaries_table: str


@dataclass(frozen=True)
class SummaryQueueSettings:
    """The queue of events for the summaries."""

    summary_queue_url: str


@dataclass(frozen=True)
class RebuildSettings:
    """ARNs of the archive and the rule that rebuild the summaries."""

    event_archive: str
    summary_rule: str


@dataclass(frozen=True)
class WebhookChannelSettings:
    """Where customers' webhooks are kept, and what their secrets are derived from."""

    aws_region: str
    webhooks_table: str
    webhook_secret_arn: str


@dataclass(frozen=True)
class ImportFileSettings:
    """What reads and writes the files of imports."""

    imports_table: str
    imports_bucket: str


@dataclass(frozen=True)
class ImportRunSettings:
    """What starts the state machine of imports."""

    import_machine_arn: str


@dataclass(frozen=True)
class ImportLinesSettings:
    """What imports lines; of a file so many orders are started in a second."""

    imports_table: str
    import_pace: float


@dataclass(frozen=True)
class ImportPublishingSettings:
    """Where progress is published; None where the channel is off."""

    imports_table: str
    graphql_url: str | None
    aws_region: str


@dataclass(frozen=True)
class AnalyticsSettings:
    """What counts changes and reads the figures; the ARNs of queues are split by commas."""

    aws_region: str
    figures_table: str
    window_seconds: str
    dead_letter_queue_arns: str


@dataclass(frozen=True)
class FiguresFeedSettings:
    """Where the figures are published."""

    aws_region: str
    graphql_url: str
