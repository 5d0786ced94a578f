"""The companion's settings, from its environment; ``tools/companion.py`` fills it from the stack's outputs.

The models are read by ``orders.environment`` at the first request that needs one. The rest becomes
part of the API when it is deployed, so it is read at once.
"""

from __future__ import annotations

import os
from dataclasses import dataclass

from chalice.app import CognitoUserPoolAuthorizer, CORSConfig

CUSTOMERS = CognitoUserPoolAuthorizer("customers", provider_arns=[os.environ.get("USER_POOL_ARN", "")])
"""Who may call: people with an id token of the stack's user pool. API Gateway checks it."""

CORS = CORSConfig(
    # Tokens are bearer tokens and there are no cookies, so any origin may ask.
    allow_origin=os.environ.get("ALLOWED_ORIGIN", "*"),
    allow_headers=["Idempotency-Key", "If-None-Match", "Prefer"],
    expose_headers=["ETag", "Location", "Preference-Applied", "Retry-After"],
    max_age=3600,
)


@dataclass(frozen=True)
class ConnectionsSettings:
    """What keeps WebSocket connections and their tickets."""

    connections_table: str


@dataclass(frozen=True)
class QueueSettings:
    """Where an order waits for the companion's own worker."""

    companion_queue_url: str


@dataclass(frozen=True)
class PoolSettings:
    """Whose tokens a connection may bring that speaks GraphQL: API Gateway sees none of its messages."""

    user_pool_arn: str
    user_pool_client_id: str


@dataclass(frozen=True)
class WebhookSettings:
    """The stack's function that registers webhooks, and where it is."""

    manage_webhooks_arn: str
    aws_region: str


@dataclass(frozen=True)
class PushSettings:
    """Where frames are sent from; Lambda says."""

    aws_region: str
