"""Where the API is and who issues its tokens: from options, ``ORDERWIRE_*``, or a local cloud's ready file.

An option wins over the environment, and the environment over the ready file. On AWS none of this
needs a ready file: ``ORDERWIRE_ENDPOINT``, ``ORDERWIRE_CLIENT_ID`` and the region are enough.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from clients.errors import BadSettings
from clients.ready_file import read_ready_file
from clients.webhook_settings import WebhookSettings, load_webhooks


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything a client must know before it signs in.

    Attributes
    ----------
    endpoint
        The GraphQL address, ``https://ID.appsync-api.REGION.amazonaws.com/graphql``.
    realtime
        The WebSocket address, ``wss://ID.appsync-realtime-api.REGION.amazonaws.com/graphql``.
    cognito
        Where Cognito's user pool API answers.
    client_id
        The user pool client that people sign in with.
    rest, websocket
        The companion's two APIs with their stages, ``https://ID.execute-api.REGION.amazonaws.com/api`` and
        ``wss://…``; None where there is no companion.
    events, events_realtime
        AppSync's Event API: ``https://ID.appsync-api.REGION.amazonaws.com/event`` and
        ``wss://ID.appsync-realtime-api.REGION.amazonaws.com/event/realtime``; None where there is none.
    iot
        AWS IoT Core with the authorizer's name,
        ``wss://ID-ats.iot.REGION.amazonaws.com/mqtt?x-amz-customauthorizer-name=NAME``; None where it is off.
    sse
        The stack's REST API that streams events, with its stage; None where that channel is off.
    intake
        The stack's REST API that queues orders without a function, with its stage; None where it is off.
    meter
        Where a local cloud counts what AWS operations it carried out; None on AWS.
    order_queue
        The name of the queue that direct start overflows into. A ready file names it.
    webhooks
        How webhooks are received.
    off
        Channels on which the stack publishes nothing, by the names of its parameters (``AppSyncChannel``):
        what follows by them learns from history alone. A ready file names them.
    """

    endpoint: str
    realtime: str
    cognito: str
    client_id: str
    rest: str | None = None
    websocket: str | None = None
    events: str | None = None
    events_realtime: str | None = None
    iot: str | None = None
    sse: str | None = None
    intake: str | None = None
    meter: str | None = None
    order_queue: str | None = None
    webhooks: WebhookSettings = field(default_factory=WebhookSettings)
    off: frozenset[str] = frozenset()

    @property
    def host(self) -> str:
        """The GraphQL address' host with its port: AppSync wants it in every WebSocket authorization."""
        return urlsplit(self.endpoint).netloc


def load(
    environment: Mapping[str, str],
    *,
    ready_file: Path | None = None,
    endpoint: str | None = None,
    realtime: str | None = None,
    client_id: str | None = None,
    region: str | None = None,
    rest: str | None = None,
    websocket: str | None = None,
    events: str | None = None,
    events_realtime: str | None = None,
    iot: str | None = None,
    sse: str | None = None,
    webhook_listen: str | None = None,
    webhook_url: str | None = None,
) -> Settings:
    """Put settings together from options, the environment and a ready file.

    Parameters
    ----------
    environment
        Usually ``os.environ``: ``ORDERWIRE_ENDPOINT``, ``ORDERWIRE_REALTIME``, ``ORDERWIRE_CLIENT_ID``,
        ``ORDERWIRE_REST_URL``, ``ORDERWIRE_WEBSOCKET_URL``, ``ORDERWIRE_EVENTS_URL``,
        ``ORDERWIRE_EVENTS_REALTIME``, ``ORDERWIRE_IOT_URL``, ``ORDERWIRE_SSE_URL``, ``ORDERWIRE_INTAKE_URL``,
        ``ORDERWIRE_WEBHOOK_LISTEN``, ``ORDERWIRE_WEBHOOK_URL``, ``ORDERWIRE_READY_FILE``, ``AWS_REGION``,
        ``AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER``, ``AWS_ENDPOINT_URL``.
    ready_file
        What ``python -m localcloud --ready-file`` wrote. When not given, ``.local/ready.json`` is used
        if it is there and nothing else names an endpoint.

    Raises
    ------
    BadSettings
        When something is missing or unreadable; the message says what to give.
    """
    endpoint = endpoint or environment.get("ORDERWIRE_ENDPOINT")
    ready = read_ready_file(environment, ready_file, needed=not endpoint)
    endpoint = endpoint or ready.endpoint
    region = region or environment.get("AWS_REGION") or environment.get("AWS_DEFAULT_REGION") or ready.region
    client_id = client_id or environment.get("ORDERWIRE_CLIENT_ID") or ready.client_id
    if not endpoint:
        raise BadSettings(
            "No API address: start the local cloud (`make run`), or give --endpoint or ORDERWIRE_ENDPOINT."
        )
    if not client_id:
        raise BadSettings("No user pool client: give --client-id or ORDERWIRE_CLIENT_ID.")
    cognito = (
        environment.get("AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER")
        or ready.engine
        or environment.get("AWS_ENDPOINT_URL")
        or (f"https://cognito-idp.{region}.amazonaws.com" if region else None)
    )
    if not cognito:
        raise BadSettings("No region: give --region or AWS_REGION.")
    realtime = realtime or environment.get("ORDERWIRE_REALTIME") or ready.realtime or realtime_of(endpoint)
    rest = rest or environment.get("ORDERWIRE_REST_URL") or ready.rest
    websocket = websocket or environment.get("ORDERWIRE_WEBSOCKET_URL") or ready.websocket
    events = events or environment.get("ORDERWIRE_EVENTS_URL")
    events_realtime = (
        events_realtime
        or environment.get("ORDERWIRE_EVENTS_REALTIME")
        # The ready file's own belongs to its own API alone.
        or (f"{realtime_of(events)}/realtime" if events else ready.events_realtime)
    )
    events = events or ready.events
    iot = iot or environment.get("ORDERWIRE_IOT_URL") or ready.iot
    intake = environment.get("ORDERWIRE_INTAKE_URL") or ready.intake
    sse = sse or environment.get("ORDERWIRE_SSE_URL") or ready.sse
    webhooks = load_webhooks(
        environment,
        listen=webhook_listen,
        url=webhook_url,
        certificates=ready.certificates,
        authority=ready.authority,
    )
    apis = (endpoint, realtime, cognito, rest, websocket, events, events_realtime, iot, sse, intake)
    for address in (webhooks.url, *apis):
        _check_address(address)
    return Settings(
        endpoint=endpoint,
        realtime=realtime,
        cognito=cognito,
        client_id=client_id,
        rest=rest,
        websocket=websocket,
        events=events,
        events_realtime=events_realtime,
        iot=iot,
        sse=sse,
        intake=intake,
        meter=ready.meter,
        order_queue=ready.order_queue,
        webhooks=webhooks,
        off=ready.off,
    )


def realtime_of(endpoint: str) -> str:
    """Return the WebSocket address that belongs to a GraphQL address.

    Examples
    --------
    >>> realtime_of("https://abc.appsync-api.eu-west-1.amazonaws.com/graphql")
    'wss://abc.appsync-realtime-api.eu-west-1.amazonaws.com/graphql'
    """
    return endpoint.replace("http", "ws", 1).replace(".appsync-api.", ".appsync-realtime-api.", 1)


def _check_address(address: str | None) -> None:
    if address is None:
        return
    parts = urlsplit(address)
    if parts.scheme not in {"http", "https", "ws", "wss"} or not parts.netloc:
        raise BadSettings(f"{address!r} is not an address such as https://host/graphql.")
